# SPDX-License-Identifier: Apache-2.0
"""The rule index: from a subject's keys, values, prefixes and numbers to the rules that can fire.

What a look-up costs depends on the subject, not on the number of rules: a key
is one dictionary access, a prefix or threshold one bisection.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from hpa_discovery.discovery.contract import Path
from hpa_discovery.discovery.facts import COMPARISONS, Fact, Needs
from hpa_discovery.language.quantities import read_int

_MOST_KEY_SETS = 512
_MOST_OF_KEYS = 8192  # keys and their characters; more are looked up again each time
_MOST_TEXTS = 256
_LONG_TEXT = 256  # characters; what is longer is looked up again each time
_OF_OBJECTS = frozenset({"key", "nonobject"})
_EXPECT_TEXT = frozenset({"equals", "prefix", "outside", "nontext"})

Orders = tuple[int, ...]
Rows = Sequence[tuple[Fact, int]]
_Operand = TypeVar("_Operand")


class PrefixIndex:
    """Which of many prefixes a text starts with, by one bisection.

    Of sorted prefixes, every one that the text starts with is an ancestor of
    the last prefix not after the text.
    """

    __slots__ = ("_found", "_head", "_heads", "_parents", "_prefixes")

    def __init__(self, orders: Mapping[str, Orders]) -> None:
        self._prefixes = sorted(orders)
        # Most texts start like no prefix at all; that takes one look-up to see.
        self._head = len(min(orders, key=len))
        self._heads = frozenset(prefix[: self._head] for prefix in orders)
        self._found = [orders[prefix] for prefix in self._prefixes]
        self._parents = _parents(self._prefixes)

    def collect(self, text: str, found: set[int]) -> None:
        """Add the rules of every prefix that `text` starts with."""
        if text[: self._head] not in self._heads:
            return
        place = bisect_right(self._prefixes, text) - 1
        while place >= 0:
            if text.startswith(self._prefixes[place]):
                found.update(self._found[place])
            place = self._parents[place]


def _parents(prefixes: Sequence[str]) -> list[int]:
    """For each of the sorted prefixes, the place of the longest other one it starts with, or -1."""
    parents: list[int] = []
    open_places: list[int] = []
    for place, prefix in enumerate(prefixes):
        while open_places and not prefix.startswith(prefixes[open_places[-1]]):
            open_places.pop()
        parents.append(open_places[-1] if open_places else -1)
        open_places.append(place)
    return parents


class ThresholdIndex:
    """Which of many comparisons a number satisfies, by one bisection per operator."""

    __slots__ = ("_above", "_below", "everything")

    def __init__(self, rows: Rows) -> None:
        self.everything = tuple({order for _, order in rows})
        # A number must be above the bound (at or above: `ge`), or below it.
        self._above = [_sorted(rows, test) for test in ("gt", "ge")]
        self._below = [_sorted(rows, test) for test in ("lt", "le")]

    def collect(self, number: float, found: set[int]) -> None:
        """Add the rules whose comparison the number satisfies."""
        (gt, gt_rules), (ge, ge_rules) = self._above
        (lt, lt_rules), (le, le_rules) = self._below
        found.update(gt_rules[: bisect_left(gt, number)])
        found.update(ge_rules[: bisect_right(ge, number)])
        found.update(lt_rules[bisect_right(lt, number) :])
        found.update(le_rules[bisect_left(le, number) :])


def _sorted(rows: Rows, test: str) -> tuple[list[float], list[int]]:
    pairs = sorted((fact.operand, order) for fact, order in rows if fact.test == test)
    return [bound for bound, _ in pairs], [order for _, order in pairs]


class Slot:
    """The rules that look at one member."""

    __slots__ = (
        "_enums",
        "_equals",
        "_known",
        "_nontext",
        "_numbers",
        "_prefixes",
        "_text_numbers",
        "plain",
        "present",
    )

    def __init__(self, rows: Rows) -> None:
        present = {order for fact, order in rows if fact.test == "present"}
        self.present = tuple(present)
        # Whoever is asked about any value need not be found by what the value is like.
        rows = [row for row in rows if row[1] not in present]
        # A value that is no text is a matter for every rule that expects text.
        self._nontext = tuple({order for fact, order in rows if fact.test in _EXPECT_TEXT})
        self._equals = _grouped((fact.operand, order) for fact, order in rows if fact.test == "equals")
        # Rules rarely differ in the values they know, so these are few.
        self._enums = tuple(_grouped((fact.operand, order) for fact, order in rows if fact.test == "outside").items())
        prefixes = _grouped((fact.operand, order) for fact, order in rows if fact.test == "prefix")
        self._prefixes = PrefixIndex(prefixes) if prefixes else None
        texts = [row for row in rows if row[0].test == "nonint" or (row[0].test in COMPARISONS and row[0].to_int)]
        numbers = [
            row for row in rows if row[0].test == "nonnumber" or (row[0].test in COMPARISONS and not row[0].to_int)
        ]
        self._text_numbers = ThresholdIndex(texts) if texts else None
        self._numbers = ThresholdIndex(numbers) if numbers else None
        # What was found for texts that were seen: a cloud's flavors repeat the same few.
        self._known: dict[str, Orders] = {}
        looks = self._enums or self._equals or self._prefixes or self._text_numbers or self._numbers
        # Any value that is not null concerns the same rules, so none has to be looked at.
        self.plain = not looks and not self._nontext

    def collect(self, value: Any, found: set[int]) -> None:
        """Add the rules that may have something to say about `value`, which is not null."""
        if type(value) is not str or len(value) > _LONG_TEXT:
            self._look(value, found)
            return
        known = self._known.get(value)
        if known is None:
            fresh: set[int] = set()
            self._look(value, fresh)
            if len(self._known) >= _MOST_TEXTS:
                self._known.clear()
            known = self._known[value] = tuple(fresh)
        found.update(known)

    def _look(self, value: Any, found: set[int]) -> None:
        found.update(self.present)
        if type(value) is str:
            if self._equals:
                found.update(self._equals.get(value, ()))
            for enum, orders in self._enums:
                if value not in enum:
                    found.update(orders)
            if self._prefixes is not None:
                self._prefixes.collect(value, found)
        else:
            found.update(self._nontext)
        if self._text_numbers is not None:
            _compare(self._text_numbers, read_int(value), found)
        if self._numbers is not None:
            _compare(self._numbers, _as_number(value), found)


def _compare(index: ThresholdIndex, number: float | None, found: set[int]) -> None:
    if number is None:
        found.update(index.everything)
    else:
        index.collect(number, found)


def _as_number(value: Any) -> float | None:
    """The whole number, as a let of type integer takes it."""
    return value if type(value) is int or (type(value) is float and value.is_integer()) else None


def _grouped(pairs: Iterable[tuple[_Operand, int]]) -> dict[_Operand, Orders]:
    groups: defaultdict[_Operand, set[int]] = defaultdict(set)
    for operand, order in pairs:
        groups[operand].add(order)
    return {operand: tuple(orders) for operand, orders in groups.items()}


class _Known(NamedTuple):
    """What an object's keys decide: the rules they suffice for, and the members that must be looked at."""

    plain: frozenset[int]
    slots: tuple[tuple[str, Slot], ...]
    below: tuple[tuple[str, Members], ...]


class Members:
    """The members of one object that rules look at, the prefixes of its keys, and the objects below it.

    A slot is made when the first subject has its key: of many vendors' rules a
    cloud meets few, and a reload makes none of the others again.
    """

    __slots__ = ("_below", "_keys", "_known", "_prefixes", "_rows", "_slots", "nonobject")

    def __init__(self) -> None:
        self._rows: dict[str, list[tuple[Fact, int]]] = {}
        self._slots: dict[str, Slot] = {}
        self._keys: list[tuple[str, int]] = []
        self._prefixes: PrefixIndex | None = None
        self._below: dict[str, Members] = {}
        self.nonobject: list[int] = []  # the rules to ask when a value that is no object stands here
        self._known: dict[tuple[str, ...], _Known] = {}

    def add(self, path: Path, fact: Fact, order: int) -> None:
        """Take up a fact about the member at `path` below this object."""
        if not path and fact.test == "key":
            self._keys.append((fact.operand, order))
        elif not path:
            self.nonobject.append(order)
        elif len(path) == 1 and fact.test not in _OF_OBJECTS:
            self._rows.setdefault(path[0], []).append((fact, order))
        else:
            lower = self._below.get(path[0])
            if lower is None:
                lower = self._below[path[0]] = Members()
            lower.add(path[1:], fact, order)

    def collect(self, value: dict[str, Any], found: set[int]) -> None:
        """Add the rules that may have something to say about the object."""
        if None in value.values():
            self._collect_prefixes([key for key, item in value.items() if item is None], found)
            value = {key: item for key, item in value.items() if item is not None}
        keys = tuple(value)
        known = self._known.get(keys) or self._of_keys(keys)
        found |= known.plain
        for key, slot in known.slots:
            slot.collect(value[key], found)
        for key, lower in known.below:
            item = value[key]
            if type(item) is dict:
                lower.collect(item, found)
            elif lower.nonobject:
                found.update(lower.nonobject)

    def _of_keys(self, keys: tuple[str, ...]) -> _Known:
        """What the keys alone decide; few clouds have many key sets."""
        slots = [(key, self._slot(key)) for key in keys if key in self._rows]
        plain = {order for _, slot in slots if slot.plain for order in slot.present}
        self._collect_prefixes(keys, plain)
        known = _Known(
            frozenset(plain),
            tuple(pair for pair in slots if not pair[1].plain),
            tuple((key, self._below[key]) for key in keys if key in self._below),
        )
        if sum(map(len, keys)) + len(keys) <= _MOST_OF_KEYS:
            if len(self._known) >= _MOST_KEY_SETS:
                self._known.clear()
            self._known[keys] = known
        return known

    def _slot(self, key: str) -> Slot:
        slot = self._slots.get(key)
        if slot is None:
            slot = self._slots[key] = Slot(self._rows[key])
        return slot

    def _collect_prefixes(self, keys: Iterable[str], found: set[int]) -> None:
        if not self._keys:
            return
        if self._prefixes is None:
            self._prefixes = PrefixIndex(_grouped(self._keys))
        for key in keys:
            self._prefixes.collect(key, found)


class RuleIndex:
    """The rules of one source, by what they need. Built from (order, needs) pairs."""

    __slots__ = ("_always", "_context", "_subject")

    def __init__(self, root: str, rules: Iterable[tuple[int, Needs]]) -> None:
        always: list[int] = []
        self._subject = Members()
        self._context = Members()
        trees = {root: self._subject, "context": self._context}
        for order, needs in rules:
            if needs is None:
                always.append(order)
                continue
            for fact in needs:
                if not _decides(fact):
                    always.append(order)
                elif fact.path[0] in trees:  # another source's subject is never there
                    trees[fact.path[0]].add(fact.path[1:], fact, order)
        self._always = frozenset(always)

    def of_subject(self, subject: dict[str, Any]) -> set[int]:
        """The orders of the rules that may answer or report because of what the subject is like."""
        found: set[int] = set()
        self._subject.collect(subject, found)
        return found

    def of_context(self, context: dict[str, Any]) -> frozenset[int]:
        """Those that may because of what the context is like, or whatever there is."""
        found: set[int] = set()
        self._context.collect(context, found)
        return self._always | found


def _decides(fact: Fact) -> bool:
    """Whether the fact tells subjects apart: subject and context themselves are objects always."""
    return len(fact.path) > 1 or fact.test in _OF_OBJECTS
