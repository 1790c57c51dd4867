# SPDX-License-Identifier: Apache-2.0
"""The comparators, as jmespath 1.1.0 answers them, and what they charge.

Texts compare as texts do, so `'10' < '9'` holds, and a text never compares with
a number: jmespath fails there, and so do we.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from hpa_discovery.errors import ExpressionError
from hpa_discovery.language.budgets import CHARACTERS_PER_STEP, Meter
from hpa_discovery.language.signatures import Closure, shown
from hpa_discovery.language.weights import spend_weight

_ORDERS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "lt": ("<", operator.lt),
    "lte": ("<=", operator.le),
    "gt": (">", operator.gt),
    "gte": (">=", operator.ge),
}
_COMPARABLE = (str, int, float)


def equal(wanted: bool, left: Closure, right: Closure) -> Closure:
    """`left == right`, or `!=` where `wanted` is false. True is not 1, and false is not 0."""

    def run(value: Any, meter: Meter) -> bool:
        one, other = left(value, meter), right(value, meter)
        kind = one.__class__
        if kind is other.__class__ and kind in _WEIGHED and one is not None and len(one) == len(other):
            _spend_comparison(one, meter)
        same = one == other
        if same and kind is not other.__class__ and (kind is bool or other.__class__ is bool):
            same = False
        return bool(same) is wanted

    return run


_WEIGHED = frozenset({str, list, dict})


def _spend_comparison(value: Any, meter: Meter) -> None:
    if value.__class__ is not str:
        spend_weight(value, meter)
    elif len(value) >= CHARACTERS_PER_STEP:
        meter.spend_text(len(value))


def order(kind: str, left: Closure, right: Closure) -> Closure:
    """`<`, `<=`, `>`, `>=`: null when either side is neither number nor text."""
    sign, compare = _ORDERS[kind]

    def run(value: Any, meter: Meter) -> bool | None:
        one, other = left(value, meter), right(value, meter)
        if not (_is_comparable(one) and _is_comparable(other)):
            return None
        if one.__class__ is str and other.__class__ is str:
            meter.spend_text(min(len(one), len(other)))
        try:
            return compare(one, other)
        except TypeError as error:
            raise ExpressionError(
                "invalid-type",
                f"cannot compare {shown(one)} {sign} {shown(other)}: allowed are two numbers or two texts",
            ) from error

    return run


def _is_comparable(value: Any) -> bool:
    return isinstance(value, _COMPARABLE) and not isinstance(value, bool)
