# SPDX-License-Identifier: Apache-2.0
"""The rule index: from a subject's keys, values, prefixes and numbers to the rules that can fire.

What a look-up costs depends on the subject, not on the number of rules: a key
is one dictionary access, a prefix or threshold one bisection.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hpa_discovery.discovery.facts import COMPARISONS, Fact, Needs, Path
from hpa_discovery.discovery.view import View
from hpa_discovery.language.quantities import read_int

_MOST_KEY_SETS = 512

Orders = tuple[int, ...]
Rows = Sequence[tuple[Fact, int]]


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

    __slots__ = ("_equals", "_nontext", "_numbers", "_prefixes", "_text_numbers", "plain", "present")

    def __init__(self, rows: Rows) -> None:
        self.present = tuple({order for fact, order in rows if fact.test == "present"})
        # A value that is no text is a matter for every rule that expects text.
        self._nontext = tuple({order for fact, order in rows if fact.test in ("equals", "prefix", "nontext")})
        self._equals = _grouped((fact.operand, order) for fact, order in rows if fact.test == "equals")
        prefixes = _grouped((fact.operand, order) for fact, order in rows if fact.test == "prefix")
        self._prefixes = PrefixIndex(prefixes) if prefixes else None
        texts = [row for row in rows if row[0].test == "nonint" or (row[0].test in COMPARISONS and row[0].to_int)]
        numbers = [
            row for row in rows if row[0].test == "nonnumber" or (row[0].test in COMPARISONS and not row[0].to_int)
        ]
        self._text_numbers = ThresholdIndex(texts) if texts else None
        self._numbers = ThresholdIndex(numbers) if numbers else None
        looks = self._equals or self._prefixes or self._text_numbers or self._numbers
        # Any value that is not null concerns the same rules, so none has to be looked at.
        self.plain = not looks and set(self._nontext) <= set(self.present)

    def collect(self, value: Any, found: set[int]) -> None:
        """Add the rules that may have something to say about `value`, which is not null."""
        found.update(self.present)
        if type(value) is str:
            if self._equals:
                found.update(self._equals.get(value, ()))
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
    return value if type(value) in (int, float) else None


def _grouped(pairs: Iterable[tuple[str, int]]) -> dict[str, Orders]:
    groups: defaultdict[str, set[int]] = defaultdict(set)
    for operand, order in pairs:
        groups[operand].add(order)
    return {operand: tuple(orders) for operand, orders in groups.items()}


_Known = tuple[frozenset[int], tuple[tuple[str, Slot], ...]]


class Branch:
    """The members of one object that rules look at, and the prefixes of its keys."""

    __slots__ = ("_known", "_prefixes", "_slots", "path")

    def __init__(self, path: Path, rows: Mapping[str, Rows], keys: Mapping[str, Orders]) -> None:
        self.path = path
        self._slots = {name: Slot(slot) for name, slot in rows.items()}
        self._prefixes = PrefixIndex(keys) if keys else None
        self._known: dict[tuple[str, ...], _Known] = {}

    def collect(self, value: dict[str, Any], found: set[int]) -> None:
        """Add the rules that may have something to say about the object."""
        if None in value.values():
            value = {key: item for key, item in value.items() if item is not None}
        keys = tuple(value)
        plain, others = self._known.get(keys) or self._of_keys(keys)
        found |= plain
        for key, slot in others:
            slot.collect(value[key], found)

    def _of_keys(self, keys: tuple[str, ...]) -> _Known:
        """What the keys alone decide, and the slots that want to see a value; few clouds have many key sets."""
        present = [(key, self._slots[key]) for key in keys if key in self._slots]
        found = {order for _, slot in present if slot.plain for order in slot.present}
        self._collect_prefixes(keys, found)
        known = frozenset(found), tuple(pair for pair in present if not pair[1].plain)
        if len(self._known) >= _MOST_KEY_SETS:
            self._known.clear()
        self._known[keys] = known
        return known

    def _collect_prefixes(self, keys: Iterable[str], found: set[int]) -> None:
        if self._prefixes is not None:
            for key in keys:
                self._prefixes.collect(key, found)


class RuleIndex:
    """The rules of one source, by what they need. Built from (order, needs) pairs."""

    __slots__ = ("_always", "_branches")

    def __init__(self, rules: Iterable[tuple[int, Needs]]) -> None:
        always: list[int] = []
        slots: defaultdict[Path, defaultdict[str, list[tuple[Fact, int]]]] = defaultdict(lambda: defaultdict(list))
        keys: defaultdict[Path, list[tuple[str, int]]] = defaultdict(list)
        for order, needs in rules:
            if needs is None:
                always.append(order)
                continue
            for fact in needs:
                if fact.test == "key":
                    keys[fact.path].append((fact.operand, order))
                else:
                    slots[fact.path[:-1]][fact.path[-1]].append((fact, order))
        self._always = frozenset(always)
        paths = sorted(slots.keys() | keys.keys())
        self._branches = tuple(Branch(path, slots[path], _grouped(keys[path])) for path in paths)

    def candidates(self, view: View) -> list[int]:
        """The orders of the rules that may answer or report, ascending."""
        found = set(self._always)
        for branch in self._branches:
            value = view.object_at(branch.path)
            if value:
                branch.collect(value, found)
        return sorted(found)
