# SPDX-License-Identifier: Apache-2.0
"""What a rule said for values it has seen before.

A rule's answer depends on nothing but the members it reads, and the flavors of
a cloud repeat the same few values: so an answer is kept by those values. The
steps it took are kept too, and charged again, so that budgets do not depend on
what was asked earlier.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from hpa_discovery.discovery.contract import Path
from hpa_discovery.discovery.dependencies import Dependencies
from hpa_discovery.discovery.view import View, all_text
from hpa_discovery.model import Capability, Diagnostic, Unknown

_MOST = 128  # answers kept per rule; all are dropped when there are more
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
        parents: dict[Path, list[str]] = {}
        for path in sorted(reads.members):
            parents.setdefault(path[:-1], []).append(path[-1])
        self._members = tuple((parent, tuple(names)) for parent, names in parents.items())
        self._parts = tuple(sorted(reads.parts))
        self._answers: dict[tuple[Any, ...], Answer] = {}

    def key(self, view: View) -> tuple[Any, ...] | None:
        """The values the rule reads; None when one of them is no plain value, so nothing can be kept."""
        values: list[Any] = []
        for parent, keys in self._members:
            holder = view.object_at(parent)
            for key in keys:
                value = holder.get(key)
                if type(value) not in _KEYS:
                    if type(value) is not dict or not all_text(value):
                        return None
                    value = (tuple(value), tuple(value.values()))
                values.append(value)
        for path, prefix in self._parts:
            part = tuple([item for item in view.object_at(path).items() if item[0].startswith(prefix)])
            if not all([type(value) is str for _, value in part]):
                return None
            values.append(part)
        return tuple(values)

    def get(self, key: tuple[Any, ...]) -> Answer | None:
        """What the rule said for these values, if it is still known."""
        return self._answers.get(key)

    def keep(self, key: tuple[Any, ...], answer: Answer) -> None:
        """Remember what the rule said."""
        if len(self._answers) >= _MOST:
            self._answers.clear()
        self._answers[key] = answer
