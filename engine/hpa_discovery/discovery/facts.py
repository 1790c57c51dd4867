# SPDX-License-Identifier: Apache-2.0
"""What must be true of a subject before a rule can say anything: the rule index's vocabulary.

`Needs` is a set of facts of which at least one must hold; None means that no
fact is known, so the rule has to be asked about every subject. Needs are
necessary, not sufficient: a rule that is asked in vain costs time, a rule that
is not asked although it would answer is a wrong result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from hpa_discovery.discovery.contract import Path

# present   the member at `path` is not null
# key       an object at `path` has a key that starts with `operand`
# equals    text equal to `operand`;  prefix: text that starts with it;  outside: text that is not among `operand`
# lt .. ge  a number compared with `operand`; to_int: text that to_int turns into such a number
# nontext   anything but text;  nonint: anything that to_int refuses;  nonnumber: no whole number;  nonobject: no object
Test = Literal[
    "present",
    "key",
    "equals",
    "prefix",
    "outside",
    "lt",
    "le",
    "gt",
    "ge",
    "nontext",
    "nonint",
    "nonnumber",
    "nonobject",
]
COMPARISONS = frozenset({"lt", "le", "gt", "ge"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about the member at `path` of the names (the first part is `flavor`, `context`, ...)."""

    path: Path
    test: Test = "present"
    operand: Any = None
    to_int: bool = False


Needs = frozenset[Fact] | None
NEVER: Needs = frozenset()
ALWAYS: Needs = None

_SELECTIVITY = {"present": 4, "key": 2}


def either(*options: Needs) -> Needs:
    """The needs of something that happens when any of the options does."""
    result: frozenset[Fact] = frozenset()
    for option in options:
        if option is None:
            return None
        result |= option
    return result


def both(*parts: Needs) -> Needs:
    """The needs of something that happens when all parts do: the most selective part's."""
    known = [part for part in parts if part is not None]
    return min(known, key=_cost) if known else None


def _cost(needs: frozenset[Fact]) -> int:
    return sum(_SELECTIVITY.get(fact.test, 1) for fact in needs)
