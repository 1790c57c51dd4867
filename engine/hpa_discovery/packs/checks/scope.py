# SPDX-License-Identifier: Apache-2.0
"""The names that stand at one place of a rule, and how a fault found there is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, get_args

from hpa_discovery.language.rule import RESERVED, ROOTS, Let, LetType
from hpa_discovery.language.spelling import nearest
from hpa_discovery.packs.checks.guesses import Guess, known_members

ROOT_NAMES = frozenset(ROOTS.values())
# A let of a rule with faults may have none of them: then nothing is known of its value.
LET_TYPES: frozenset[str] = frozenset(get_args(LetType))


class Fault(NamedTuple):
    """What is wrong in a text; `offset` is the character of it, None for the text as a whole."""

    code: str
    message: str
    offset: int | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """The names a text may use.

    `names` holds what is known of each, `lets` those that are lets of a known type, `items`
    those that are items of an `each`; `later` are lets of the rule that do not
    have a value yet, `own` is the let whose expression this is.
    """

    names: Mapping[str, Guess]
    lets: Mapping[str, Let]
    items: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    own: str = ""

    def with_item(self, name: str, guess: Guess) -> Scope:
        """The scope inside an `each`."""
        return replace(self, names={**self.names, name: guess}, items=self.items | {name})

    def with_let(self, let: Let, guess: Guess) -> Scope:
        """The scope behind a let."""
        later = self.later - {let.name}
        lets = {**self.lets, let.name: let} if let.type in LET_TYPES else self.lets
        return replace(self, names={**self.names, let.name: guess}, lets=lets, later=later, own="")

    def refuse_name(self, name: str, code: str, offset: int | None) -> Fault:
        """The fault of using a name that has no value here."""
        if name == self.own:
            return Fault("let.order", f"the let {name} uses itself", offset, "a let sees the lets above it")
        if name in self.later:
            hint = f"move {name} above it; an `each` of a rule sees no lets at all"
            return Fault("let.order", f"{name} has no value yet where it is used", offset, hint)
        if name in RESERVED:
            hint = f"the subject of this rule is {next(iter(ROOT_NAMES & self.names.keys()), '')}"
            return Fault(code, f"there is no {name} in this source", offset, hint)
        return Fault(code, f"there is no name {name[:80]}", offset, self._hint(name, code))

    def _hint(self, name: str, code: str) -> str:
        meant = nearest(name, self.names)
        if meant:
            return f"did you mean {meant}?"
        for root in ROOT_NAMES & self.names.keys():
            if name in known_members(self.names[root]):
                return f"write {root}.{name}" if code.startswith("expr.") else f"read {root}.{name} in a let"
        return f"there are: {', '.join(sorted(self.names))}"

    def variables(self) -> list[str]:
        """The names a condition may ask about: lets and items."""
        return sorted(name for name in self.names if name not in RESERVED)
