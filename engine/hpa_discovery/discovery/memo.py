# SPDX-License-Identifier: Apache-2.0
"""What a rule said for values it has seen before.

A rule's answer depends on nothing but the members it reads, and the flavors of
a cloud repeat the same few values: so an answer is kept by those values. The
steps it took are kept too, and charged again, so that budgets do not depend on
what was asked earlier.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from hpa_discovery.discovery.contract import Path, member
from hpa_discovery.discovery.dependencies import Dependencies
from hpa_discovery.discovery.view import View, all_text
from hpa_discovery.model import Capability, Diagnostic, Unknown

_MOST = 128  # answers kept per rule; all are dropped when there are more
# What a key may hold, so that remembered answers take little memory.
_MANY = 64  # values
_LONG = 1024  # characters of a value
# Exact types: 1, 1.0 and true would be one key.
_KEYS = frozenset({str, int, type(None)})


class Answer(NamedTuple):
    """All that a rule said of one subject, and the steps it took."""

    capabilities: tuple[Capability, ...]
    unknown: tuple[Unknown, ...]
    diagnostics: tuple[Diagnostic, ...]
    steps: int


class Memo:
    """The answers of one rule, by the values of the members it reads.

    Threads may use it at once: an answer lost or made twice is still right.
    """

    __slots__ = ("_answers", "_members", "_parts")

    def __init__(self, reads: Dependencies) -> None:
        self._members = _by_object((path[:-1], path[-1]) for path in reads.members)
        self._parts = _by_object(reads.parts)
        self._answers: dict[tuple[Any, ...], Answer] = {}

    def key(self, view: View) -> tuple[Any, ...] | None:
        """The values the rule reads; None when one of them is no plain value, so nothing can be kept."""
        values: list[Any] = []
        for path, names in self._members:
            holder = view.object_at(path)
            for name in names:
                value = holder.get(name)
                if type(value) not in _KEYS:
                    if type(value) is not dict or not all_text(value):
                        return None
                    value = (tuple(value), tuple(value.values()))
                values.append(value)
        for path, prefixes in self._parts:
            holder = view.object_at(path)
            if not holder:
                whole = member(view.names, path)
                if whole is not None and type(whole) is not dict:
                    return None  # taking a part of what is no object is an error
                values.append(whole if whole is None else ())
                continue
            part = tuple([item for item in holder.items() if item[0].startswith(prefixes)])
            for _, value in part:
                if type(value) is not str:
                    return None
            values += (len(holder), part)  # looking through a larger object takes more steps
        return tuple(values)

    def get(self, key: tuple[Any, ...]) -> Answer | None:
        """What the rule said for these values, if it is still known."""
        return self._answers.get(key)

    def keep(self, key: tuple[Any, ...], answer: Answer) -> None:
        """Remember what the rule said."""
        if not _small(key):
            return
        if len(self._answers) >= _MOST:
            self._answers.clear()
        self._answers[key] = answer


def _small(key: tuple[Any, ...]) -> bool:
    for value in key:
        kind = type(value)
        if kind is str:
            if len(value) > _LONG:
                return False
        elif kind is tuple and (len(value) > _MANY or not _small(value)):
            return False
    return True


def _by_object(pairs: Iterable[tuple[Path, str]]) -> tuple[tuple[Path, tuple[str, ...]], ...]:
    """Names or prefixes of the same object side by side."""
    found: dict[Path, list[str]] = {}
    for path, name in sorted(pairs):
        found.setdefault(path, []).append(name)
    return tuple((path, tuple(names)) for path, names in found.items())
