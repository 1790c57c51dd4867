# SPDX-License-Identifier: Apache-2.0
"""The way into a compiled expression: its straight-line cost is charged, then it runs.

This is the hottest code there is: a rule that does not fire is little else. So
chains of members, most of all lets, are charged and read in one closure.
"""

from __future__ import annotations

from typing import Any

from hpa_discovery.errors import BudgetError
from hpa_discovery.language.budgets import Meter
from hpa_discovery.language.costs import Node
from hpa_discovery.language.signatures import Closure

# What `.get` answers on the way of a chain whose member is missing; never handed out, never changed.
NOTHING: dict[str, Any] = {}


def enter(tree: Node, body: Closure, cost: int) -> Closure:
    """`body` behind the charge of `cost`."""
    names = member_names(tree["children"]) if tree["type"] == "subexpression" else []
    if len(names) == 2:
        return _two(names[0], names[1], cost)
    if len(names) == 3:
        return _three(names[0], names[1], names[2], cost)

    def run(value: Any, meter: Meter) -> Any:
        left = meter.left = meter.left - cost
        if left < 0:
            meter.spend(0)
        try:
            return body(value, meter)
        except RecursionError as error:
            raise BudgetError("limit.subject_depth", "a value is nested too deeply to be worked on") from error

    return run


def member_names(steps: list[Node]) -> list[str]:
    """The names of a chain of members, `a.b.c`; none when it has other steps."""
    return [step["value"] for step in steps] if all(step["type"] == "field" for step in steps) else []


def _two(first: str, second: str, cost: int) -> Closure:
    def run(value: Any, meter: Meter) -> Any:
        left = meter.left = meter.left - cost
        if left < 0:
            meter.spend(0)
        try:
            return value.get(first, NOTHING).get(second)
        except AttributeError:
            return None

    return run


def _three(first: str, second: str, third: str, cost: int) -> Closure:
    def run(value: Any, meter: Meter) -> Any:
        left = meter.left = meter.left - cost
        if left < 0:
            meter.spend(0)
        try:
            return value.get(first, NOTHING).get(second, NOTHING).get(third)
        except AttributeError:
            return None

    return run
