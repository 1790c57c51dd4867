# SPDX-License-Identifier: Apache-2.0
"""What would have to change for a rule to fire: the fewest members to set, and to what.

Each change is one leaf to turn, one let to mend, or one attribute that lacks
its value, told as the member of the subject or context that decides it. Where
several of them read one member, only the first is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hpa_discovery.discovery.masking import Masks
from hpa_discovery.discovery.origins import Origins, path_text, value_at
from hpa_discovery.discovery.trace import ItemTrace
from hpa_discovery.language.conditions import Judgement
from hpa_discovery.language.rule import AttributeEntry, Branch, Leaf, Let, Not, Operator, Rule
from hpa_discovery.language.templates import compile_template

ABSENT = "absent"
_SEPARATOR = " | "
_MOST_VALUES = 20


@dataclass(frozen=True, slots=True)
class Read:
    """A member, as JMESPath text, and what it holds now; None is absent."""

    path: str
    now: Any


@dataclass(frozen=True, slots=True)
class Change:
    """Set one of `reads` so that `name` becomes `to`; `through` is the expression between them, "" for a plain path."""

    name: str
    reads: tuple[Read, ...]
    to: str
    through: str

    @property
    def paths(self) -> frozenset[str]:
        """The members of `reads`."""
        return frozenset(read.path for read in self.reads)

    def as_json(self) -> dict[str, Any]:
        """Plain data; a member that is absent has no `now`."""
        return {
            "name": self.name,
            "set": [{"path": read.path} | ({} if read.now is None else {"now": read.now}) for read in self.reads],
            "to": self.to,
            **({"through": self.through} if self.through else {}),
        }


class Counterfactual:
    """The changes that make one rule fire, for the names of one item."""

    def __init__(self, rule: Rule, masks: Masks) -> None:
        self._rule = rule
        self._masks = masks
        self._lets = {let.name: let for let in rule.lets}
        self._origins = Origins(rule)

    def for_item(self, item: ItemTrace) -> list[Change]:
        """The fewest changes for an item that did not fire; [] for one that did."""
        if item.verdict == "fired":
            return []
        unfilled = next((let for let in self._rule.lets if let.name not in item.names), None)
        if unfilled is not None:
            return [self._change(unfilled.name, allowed(unfilled), item.names)]
        wanted = [] if item.when is None else list(_turn(item.when, True))
        wanted += [
            (judgement.condition, True)
            for requirement, judgement in item.requirements
            if requirement.level == "error" and judgement.truth is not True and isinstance(judgement.condition, Leaf)
        ]
        changes = {leaf.var: self._change(leaf.var, self._aim(leaf, target), item.names) for leaf, target in wanted}
        for name in self._missing(item.names):
            change = self._change(name, self._present(name), item.names)
            # Once a member is set, everything that reads it is another question.
            if not any(change.paths & other.paths for other in changes.values()):
                changes[name] = change
        return list(changes.values())

    def for_no_item(self, names: Mapping[str, Any]) -> list[Change]:
        """The change for a rule whose `each` gave nothing."""
        each = self._rule.each
        return [] if each is None else [self._change(each.name, "a list with at least one item", names)]

    def _change(self, name: str, to: str, names: Mapping[str, Any]) -> Change:
        origins = self._origins.of_name(name)
        reads = tuple(Read(path_text(path), self._masks.show(path, value_at(names, path))) for path in origins)
        expression = self._origins.expression(name)
        return Change(name, reads, to, "" if [read.path for read in reads] == [expression] else expression)

    def _aim(self, leaf: Leaf, target: bool) -> str:
        if leaf.operator == "present":
            return self._present(leaf.var) if bool(leaf.operand) is target else ABSENT
        let = self._lets.get(leaf.var)
        if not target and let is not None and let.enum is not None and leaf.operator in ("equals", "in"):
            refused = [leaf.operand] if leaf.operator == "equals" else leaf.operand
            return _choice([value for value in let.enum if value not in refused])
        return _AIMS[leaf.operator, target](leaf.operand)

    def _present(self, name: str) -> str:
        return allowed(self._lets[name]) if name in self._lets else "any value"

    def _missing(self, names: Mapping[str, Any]) -> Iterator[str]:
        """The names that an attribute needs and that have no value."""
        for entry in self._rule.emit.entries:
            if isinstance(entry, AttributeEntry) and not entry.optional:
                wanted = [entry.var] if entry.var else sorted(compile_template(entry.value or "").names)
                yield from (name for name in wanted if name in self._lets and names.get(name) in (None, ""))


def _turn(judgement: Judgement, target: bool) -> Iterator[tuple[Leaf, bool]]:
    """The fewest leaves to turn so that the truth of the condition is `target`."""
    condition = judgement.condition
    if judgement.truth is target:
        return
    if isinstance(condition, Leaf):
        yield condition, target
    elif isinstance(condition, Not):
        yield from _turn(judgement.parts[0], not target)
    else:
        yield from _turn_branch(condition, judgement.parts, target)


def _turn_branch(branch: Branch, parts: tuple[Judgement, ...], target: bool) -> Iterator[tuple[Leaf, bool]]:
    ways = [list(_turn(part, target)) for part in parts]
    if (branch.kind == "all") is target:
        yield from (leaf for way in ways for leaf in way)
    else:
        yield from min(ways, key=len)


def allowed(let: Let) -> str:
    """What a let may hold, in words."""
    if let.enum is not None:
        return _choice(let.enum)
    noun = f"{'an' if let.type[0] in 'aeiou' else 'a'} {let.type}".replace("an integer", "a whole number")
    if let.type == "size":
        return "a size in KB, MB or GB"
    if let.pattern is not None:
        return f"{noun} that matches {let.pattern}"
    limits = [("from", let.minimum), ("to", let.maximum)]
    return " ".join([noun, *(f"{word} {limit}" for word, limit in limits if limit is not None)])


def _choice(values: Any) -> str:
    shown = [str(value) for value in values]
    rest = len(shown) - _MOST_VALUES
    return _SEPARATOR.join(shown if rest <= 0 else [*shown[:_MOST_VALUES], f"{rest} more"])


def _number(word: str) -> Callable[[Any], str]:
    return lambda operand: f"a number {word} {operand}"


_AIMS: Mapping[tuple[Operator, bool], Callable[[Any], str]] = {
    ("equals", True): str,
    ("equals", False): lambda operand: f"anything but {operand}",
    ("in", True): _choice,
    ("in", False): lambda operand: f"anything but {_choice(operand)}",
    ("lt", True): _number("below"),
    ("lt", False): _number("of at least"),
    ("ge", True): _number("of at least"),
    ("ge", False): _number("below"),
    ("le", True): _number("of at most"),
    ("le", False): _number("above"),
    ("gt", True): _number("above"),
    ("gt", False): _number("of at most"),
    ("matches", True): lambda operand: f"text that matches {operand}",
    ("matches", False): lambda operand: f"text that does not match {operand}",
    ("startsWith", True): lambda operand: f"text that begins with {operand}",
    ("startsWith", False): lambda operand: f"text that does not begin with {operand}",
    ("contains", True): lambda operand: f"something that contains {operand}",
    ("contains", False): lambda operand: f"something without {operand}",
}
