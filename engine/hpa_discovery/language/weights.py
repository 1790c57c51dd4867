# SPDX-License-Identifier: Apache-2.0
"""What it costs to walk a value whole, charged before anything walks it.

Values may share their parts: `[@,@]` nested thirty times is small in memory and
2^30 members long for whoever compares or prints it. The walk below goes level by
level, charges each level before it is made, and so ends when the meter is empty.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

from hpa_discovery.errors import BudgetError
from hpa_discovery.language.budgets import CHARACTERS_PER_STEP, Meter

# Comparing and printing recurse in C; a subject may be 64 deep, and 64 lets of 32 levels must not overflow.
DEPTH = 400

# JSON text escapes a character outside ASCII as \uXXXX.
_ESCAPED = 6

# Writing an integer takes the square of its length: 4300 digits take 150 us.
_BITS_SHIFT = 12


def spend_weight(value: Any, meter: Meter, times: int = 1) -> None:
    """Charge for walking `value` whole, `times` over: 1 a member, 1 for 16 characters.

    BudgetError `limit.steps` as soon as that is more than is left, and
    `limit.subject_depth` when it is nested more than 400 deep.
    """
    level: list[Any] = [value]
    depth = 0
    while level:
        containers = [item for item in level if isinstance(item, (list, dict))]
        members = sum(map(len, containers))
        meter.spend((members + _characters(level, containers) // CHARACTERS_PER_STEP) * times)
        depth += 1
        if depth > DEPTH:
            raise BudgetError("limit.subject_depth", f"a value is nested more than {DEPTH} deep")
        level = list(chain.from_iterable(map(_members, containers)))


def spend_texts(texts: list[str], meter: Meter) -> None:
    """Charge 1 for 16 characters of all `texts` together."""
    meter.spend(sum(map(len, texts)) // CHARACTERS_PER_STEP)


def _members(container: list[Any] | dict[str, Any]) -> Any:
    return container.values() if isinstance(container, dict) else container


def _characters(level: list[Any], containers: list[Any]) -> int:
    count = 0
    for item in level:
        if type(item) is str:
            count += len(item) if item.isascii() else len(item) * _ESCAPED
        elif type(item) is int:
            count += item.bit_length() // 3 + (item.bit_length() ** 2 >> _BITS_SHIFT)
    for container in containers:
        if isinstance(container, dict):
            count += sum(map(len, container))
    return count
