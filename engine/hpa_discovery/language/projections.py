# SPDX-License-Identifier: Apache-2.0
"""What repeats: projections, filters, flatten, slices. All of it is charged before it runs.

n items cost n * (cost of the body + 1). A body of None stands for the item
itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hpa_discovery.errors import ExpressionError
from hpa_discovery.language.budgets import Meter
from hpa_discovery.language.signatures import Closure


def project(base: Closure, body: Closure | None, cost: int) -> Closure:
    """`base[*].body`: null for what is no list; null results are left out."""

    def run(value: Any, meter: Meter) -> Any:
        items = base(value, meter)
        if not isinstance(items, list):
            return None
        meter.spend(len(items) * (cost + 1))
        return _collect(items, body, meter)

    return run


def project_values(base: Closure, body: Closure | None, cost: int) -> Closure:
    """`base.*.body`: null for what is no object; null results are left out."""

    def run(value: Any, meter: Meter) -> Any:
        members = base(value, meter)
        if not isinstance(members, dict):
            return None
        meter.spend(len(members) * (cost + 1))
        return _collect(members.values(), body, meter)

    return run


def _collect(items: Iterable[Any], body: Closure | None, meter: Meter) -> list[Any]:
    if body is None:
        return [item for item in items if item is not None]
    return [found for item in items if (found := body(item, meter)) is not None]


def filter_items(base: Closure, condition: Closure, body: Closure | None, cost: int) -> Closure:
    """`base[?condition].body`; `cost` is that of condition and body together."""

    def holds(item: Any, meter: Meter) -> bool:
        found = condition(item, meter)
        return bool(found) or (found == 0 and found is not False)

    def run(value: Any, meter: Meter) -> Any:
        items = base(value, meter)
        if not isinstance(items, list):
            return None
        meter.spend(len(items) * (cost + 1))
        if body is None:
            return [item for item in items if holds(item, meter) and item is not None]
        # Condition and body take turns, so that the error of an earlier item comes first.
        return [found for item in items if holds(item, meter) and (found := body(item, meter)) is not None]

    return run


def pick(base: Closure, member: str, text: str, body: Closure | None, cost: int) -> Closure:
    """`base[?member == 'text'].body`, the filter most rules use."""

    def run(value: Any, meter: Meter) -> Any:
        items = base(value, meter)
        if not isinstance(items, list):
            return None
        meter.spend(len(items) * (cost + 1))
        found = [item for item in items if isinstance(item, dict) and item.get(member) == text]
        return found if body is None else _collect(found, body, meter)

    return run


def flatten(base: Closure) -> Closure:
    """`base[]` before its body: one level of lists is opened."""

    def run(value: Any, meter: Meter) -> Any:
        items = base(value, meter)
        if not isinstance(items, list):
            return None
        meter.spend(len(items))
        meter.spend(sum(len(item) for item in items if isinstance(item, list)))
        merged: list[Any] = []
        for item in items:
            if isinstance(item, list):
                merged.extend(item)
            else:
                merged.append(item)
        return merged

    return run


def slice_of(parts: list[int | None]) -> Closure:
    """`[start:end:step]`; a step of 0 is invalid-value."""
    part = slice(*parts)

    def run(value: Any, meter: Meter) -> Any:
        if not isinstance(value, list):
            return None
        try:
            count = len(range(*part.indices(len(value))))
        except ValueError as error:
            raise ExpressionError("invalid-value", "a slice cannot have step 0: allowed is any other step") from error
        meter.spend(count)
        return value[part]

    return run
