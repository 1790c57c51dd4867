# SPDX-License-Identifier: Apache-2.0
"""What it costs to hold values against conditions and against the limits of lets, in steps.

Both are cheap for the values that hardware has, and both are repeated for each
item: a pattern over a text of a megabyte, 256 times, would take minutes. The
costs depend on the values only, never on which part of a condition is decisive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hpa_discovery.language.budgets import CHARACTERS_PER_STEP, DEFAULT
from hpa_discovery.language.conditions import leaves
from hpa_discovery.language.patterns import compile_pattern
from hpa_discovery.language.rule import Condition, Leaf, Let

CostOf = Callable[[Any], int]


def condition_cost(condition: Condition) -> int | Callable[[Mapping[str, Any]], int]:
    """The steps of a condition: 1 a leaf, more where operands are long; a function of the names where values count."""
    parts = leaves(condition)
    fixed = sum(1 + _operand_cost(leaf.operand) for leaf in parts)
    growing = tuple((leaf.var, cost) for leaf in parts if (cost := _value_cost(leaf)) is not None)
    if not growing:
        return fixed

    def run(names: Mapping[str, Any]) -> int:
        return fixed + sum([cost(names.get(var)) for var, cost in growing])

    return run


def let_cost(let: Let) -> CostOf | None:
    """The steps of checking a value of the let; None where that takes no time to speak of."""
    per_text = None if let.pattern is None else compile_pattern(let.pattern, DEFAULT.pattern_chars).cost
    per_item = 0 if let.enum is None else _operand_cost(let.enum)
    if let.type != "list":
        return None if per_text is None and per_item <= 1 else lambda value: _item_cost(value, per_item, per_text)
    if per_text is None and let.enum is None and let.minimum is None and let.maximum is None:
        return None

    def run(value: Any) -> int:
        if not isinstance(value, list):
            return 0
        return len(value) + sum([_item_cost(item, per_item, per_text) for item in value])

    return run


def cheap_length(let: Let) -> int:
    """The length up to which checking a text takes no time to speak of."""
    if let.enum is not None and _operand_cost(let.enum) > 1:
        return -1
    return 0 if let.pattern is None else compile_pattern(let.pattern, DEFAULT.pattern_chars).cheap_length


def _item_cost(value: Any, fixed: int, per_text: Callable[[str], int] | None) -> int:
    return fixed + per_text(value) if per_text is not None and isinstance(value, str) else fixed


def _operand_cost(operand: Any) -> int:
    """What comparing with the operand may cost beyond a step."""
    if isinstance(operand, str):
        return len(operand) // CHARACTERS_PER_STEP
    if isinstance(operand, Sequence):
        # Comparing two short scalars takes a tenth of what a step is worth.
        return len(operand) // 8 + sum(map(_operand_cost, operand))
    return 0


def _value_cost(leaf: Leaf) -> CostOf | None:
    if leaf.operator == "matches":
        cost = compile_pattern(leaf.operand, DEFAULT.pattern_chars).cost
        return lambda value: cost(value) if isinstance(value, str) else 0
    if leaf.operator == "contains":
        return _search_cost
    return None


def _search_cost(value: Any) -> int:
    if isinstance(value, str):
        return len(value) // CHARACTERS_PER_STEP
    return len(value) // 8 if isinstance(value, list) else 0
