# SPDX-License-Identifier: Apache-2.0
"""What the straight-line part of an expression costs, known before it runs.

1 a node. The body of a projection, the condition of a filter and the body of
`&` run once an item, so whoever runs them charges them for each.
"""

from __future__ import annotations

from typing import Any

Node = dict[str, Any]

# How many children, counted from the first, run exactly once.
_RUN_ONCE = {"projection": 1, "value_projection": 1, "filter_projection": 1, "expref": 0, "slice": 0}


def straight_cost(node: Node) -> int:
    """The steps charged on entry."""
    children = node["children"]
    once = _RUN_ONCE.get(node["type"], len(children))
    return 1 + sum(map(straight_cost, children[:once]))
