# SPDX-License-Identifier: Apache-2.0
"""What a rule said for values it has seen before.

A rule's answer depends on nothing but the members it reads, and the flavors of
a cloud repeat the same few values: so an answer is kept by those values. The
steps it took are kept too, and charged again, so that budgets do not depend on
what was asked earlier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from hpa_discovery.discovery.contract import Path, member
from hpa_discovery.discovery.dependencies import Dependencies
from hpa_discovery.discovery.view import View, all_text
from hpa_discovery.model import Capability, Diagnostic, Unknown

_MOST = 128  # answers kept per rule; all are dropped when there are more
# What a key may hold, so that remembered answers take little memory.
_MANY = 64  # values
_LONG = 1024  # characters of a value
_STEPS = 4096  # of an answer; each 16 characters that the rule writes are a step
# Exact types: 1, 1.0 and true would be one key.
_TEXT = frozenset({str})
_PLAIN = frozenset({str, int, type(None)})

Key = str | tuple[Any, ...]
ByObject = tuple[tuple[Path, tuple[str, ...]], ...]
ReadKey = Callable[[View], Key | None]


class Said(NamedTuple):
    """All that a rule said of one subject, and the steps it took."""

    capabilities: tuple[Capability, ...]
    unknown: tuple[Unknown, ...]
    diagnostics: tuple[Diagnostic, ...]
    steps: int


class Memo:
    """The answers of one rule, by the values of the members it reads.

    Threads may use it at once: an answer lost or made twice is still right.
    """

    __slots__ = ("_answers", "key")

    def __init__(self, reads: Dependencies) -> None:
        # The values the rule reads; None when one of them is no plain value, so nothing can be kept.
        self.key = _key(reads)
        self._answers: dict[Key, Said] = {}

    def get(self, key: Key) -> Said | None:
        """What the rule said for these values, if it is still known."""
        return self._answers.get(key)

    def keep(self, key: Key, said: Said) -> None:
        """Remember what the rule said."""
        if said.steps > _STEPS or not _small((key,)):
            return
        if len(self._answers) >= _MOST:
            self._answers.clear()
        self._answers[key] = said


def _key(reads: Dependencies) -> ReadKey:
    of_context = [path for path in {*reads.members, *(path for path, _ in reads.parts)} if path[0] == "context"]
    members = _by_object((path[:-1], path[-1]) for path in reads.members if path[0] != "context")
    parts = _by_object((path, prefix) for path, prefix in reads.parts if path[0] != "context")

    matching = [(path, _KeysWith(prefixes)) for path, prefixes in parts]

    def key(view: View) -> Key | None:
        # One for all of the context: it is the same for all subjects of a region.
        values: list[Any] = [view.context_digest] if of_context else []
        if _add_members(values, members, view) and _add_parts(values, matching, view):
            return tuple(values)
        return None

    if parts or of_context or len(members) != 1:
        return key
    [(path, names)] = members
    return _key_of_one(path, names[0], key) if len(names) == 1 else _key_of_many(path, names, key)


def _key_of_one(path: Path, name: str, key: ReadKey) -> ReadKey:
    """For a rule that reads one member: mostly its text itself."""

    def of_one(view: View) -> Key | None:
        value = view.object_at(path).get(name)
        return value if type(value) is str else key(view)

    return of_one


def _key_of_many(path: Path, names: tuple[str, ...], key: ReadKey) -> ReadKey:
    """For a rule that reads members of one object: mostly their texts and numbers."""

    def of_many(view: View) -> Key | None:
        values = tuple(map(view.object_at(path).get, names))
        return values if _PLAIN.issuperset(map(type, values)) else key(view)

    return of_many


def _add_members(values: list[Any], members: ByObject, view: View) -> bool:
    for path, names in members:
        holder = view.object_at(path)
        for name in names:
            value = holder.get(name)
            if type(value) not in _PLAIN:
                if type(value) is not dict or not all_text(value):
                    return False
                value = (tuple(value), tuple(value.values()))
            values.append(value)
    return True


def _add_parts(values: list[Any], parts: Iterable[tuple[Path, _KeysWith]], view: View) -> bool:
    for path, keys_with in parts:
        holder = view.object_at(path)
        if not holder:
            whole = member(view.names, path)
            if whole is not None and type(whole) is not dict:
                return False  # taking a part of what is no object is an error
            values.append(whole if whole is None else ())
            continue
        keys = keys_with(tuple(holder))
        part = tuple(map(holder.__getitem__, keys))
        if not _TEXT.issuperset(map(type, part)):
            return False
        values += (len(holder), keys, part)  # looking through a larger object takes more steps
    return True


class _KeysWith:
    """Which keys of an object start with one of some prefixes; few clouds have many sets of keys."""

    __slots__ = ("_known", "_prefixes")

    def __init__(self, prefixes: tuple[str, ...]) -> None:
        self._prefixes = prefixes
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def __call__(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        found = self._known.get(keys)
        if found is None:
            found = tuple([key for key in keys if key.startswith(self._prefixes)])
            if len(self._known) >= _MOST:
                self._known.clear()
            if len(keys) <= _MANY and max(map(len, keys)) <= _LONG:
                self._known[keys] = found
        return found


def _small(key: tuple[Any, ...]) -> bool:
    for value in key:
        kind = type(value)
        if kind is str:
            if len(value) > _LONG:
                return False
        elif kind is tuple and (len(value) > _MANY or not _small(value)):
            return False
    return True


def _by_object(pairs: Iterable[tuple[Path, str]]) -> ByObject:
    """Names or prefixes of the same object side by side."""
    found: dict[Path, list[str]] = {}
    for path, name in sorted(pairs):
        found.setdefault(path, []).append(name)
    return tuple((path, tuple(names)) for path, names in found.items())
