# SPDX-License-Identifier: Apache-2.0
"""How many times an expression may repeat a value: `[@,@][] | [@,@][]` four times.

Each multi-select that takes the same value twice doubles what flows on, and
multi-selects in a row multiply. The meter would stop such an expression when it
runs; this refuses it when it is read.
"""

from __future__ import annotations

from collections.abc import Callable

from hpa_discovery.errors import BudgetError
from hpa_discovery.language.budgets import Limits
from hpa_discovery.language.costs import Node

Path = tuple[str, ...]


def check_growth(tree: Node, limits: Limits) -> None:
    """BudgetError `limit.expression_growth`, or `limit.steps` for `range()` of a literal beyond all steps."""
    found = growth(tree)
    if found > limits.expression_growth:
        raise BudgetError(
            "limit.expression_growth",
            f"an expression that may repeat a value {found} times: allowed are {limits.expression_growth}",
        )
    _check_ranges(tree, limits.steps)


def _check_ranges(tree: Node, steps: int) -> None:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        children = [child for child in node["children"] if isinstance(child, dict)]
        waiting.extend(children)
        if node["type"] == "function_expression" and node["value"] == "range" and len(children) == 1:
            count = children[0]["value"] if children[0]["type"] == "literal" else None
            if isinstance(count, (int, float)) and count > steps:
                raise BudgetError("limit.steps", f"range() of more than the {steps} items that a subject may spend")


def growth(node: Node) -> int:
    """How often a value that flows in may flow out."""
    measure = _MEASURES.get(node["type"])
    return measure(node["children"]) if measure else 1


def _one(_: list[Node]) -> int:
    return 1


def _product(children: list[Node]) -> int:
    answer = 1
    for child in children:
        answer *= growth(child)
    return answer


def _largest(children: list[Node]) -> int:
    return max(map(growth, children))


def _repeats(children: list[Node]) -> int:
    """How often the members of a multi-select, or the arguments of a call, take one and the same value."""
    values = [child["children"][0] if child["type"] == "key_val_pair" else child for child in children]
    taken = [(_start(value), growth(value)) for value in values if value["type"] != "literal"]
    return max((sum(n for other, n in taken if _overlap(path, other)) for path, _ in taken), default=1)


def _start(node: Node) -> Path:
    """The member path that `node` takes of what flows in; () is all of it."""
    kind = node["type"]
    if kind == "field":
        return (node["value"],)
    if kind == "outer":
        return ("$", node["value"])
    if kind == "subexpression":
        return _chain(node["children"])
    if kind in ("index_expression", "projection", "value_projection", "filter_projection", "pipe", "flatten"):
        return _start(node["children"][0])
    return ()


def _chain(children: list[Node]) -> Path:
    path: Path = ()
    for child in children:
        start = _start(child)
        path += start
        if child["type"] != "field":
            break
    return path


def _overlap(one: Path, other: Path) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _projected(children: list[Node]) -> int:
    return growth(children[0]) * growth(children[1])


_MEASURES: dict[str, Callable[[list[Node]], int]] = {
    "subexpression": _product,
    "index_expression": lambda children: _product(children[:1]),
    "pipe": _product,
    "projection": _projected,
    "value_projection": _projected,
    "filter_projection": _projected,
    "flatten": _product,
    "expref": _product,
    "or_expression": _largest,
    "and_expression": _largest,
    "multi_select_list": _repeats,
    "multi_select_dict": _repeats,
    "function_expression": _repeats,
    "comparator": _one,
    "not_expression": _one,
}
