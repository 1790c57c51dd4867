# SPDX-License-Identifier: Apache-2.0
"""YAML text as a flat run of events: the only place that calls PyYAML.

Events, and not PyYAML's own objects: an alias is refused when it is met, so an
alias bomb costs nothing, and nesting is followed on a list, so no depth of it
reaches Python's recursion limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

__all__ = [
    "AliasEvent",
    "DocumentStartEvent",
    "Event",
    "MappingEndEvent",
    "MappingStartEvent",
    "Mark",
    "ScalarEvent",
    "SequenceEndEvent",
    "SequenceStartEvent",
    "SyntaxFault",
    "events",
    "is_one_line",
    "mark_of",
    "span_of",
]

# PyYAML can be built without libyaml; the answers are the same, five times slower.
FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PURE = yaml.SafeLoader


# PyYAML's types call the marks of an event optional; its parsers always set them.
Event = Any


class Mark(NamedTuple):
    """A place in a file; both count from 1."""

    line: int
    column: int


class SyntaxFault(Exception):
    """The text stops being YAML at `mark`; `problem` and `context` are the parser's words."""

    def __init__(self, mark: Mark, problem: str, context: str) -> None:
        super().__init__(problem)
        self.mark = mark
        self.problem = problem
        self.context = context


def mark_of(event: Event) -> Mark:
    """Where `event` starts."""
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)


def span_of(event: Event) -> tuple[int, int]:
    """The index of the first character of `event` and of the one behind its last."""
    return event.start_mark.index, event.end_mark.index


def is_one_line(event: Event) -> bool:
    """Whether `event` is a scalar that starts and ends on one line."""
    return bool(event.start_mark.line == event.end_mark.line) and isinstance(event, ScalarEvent)


def events(text: str, loader: type = FAST) -> Iterator[Event]:
    """The events of `text`; SyntaxFault where it stops being YAML."""
    try:
        yield from yaml.parse(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        raise _fault(error) from error
    except yaml.YAMLError as error:
        raise SyntaxFault(Mark(1, 1), str(error), "") from error


def _fault(error: yaml.MarkedYAMLError) -> SyntaxFault:
    problem, context = error.problem or "unreadable", error.context or ""
    # A quote that is never closed is found at the end of the text; what helps is where it was opened.
    place: Any = (error.context_mark if "quoted" in context else None) or error.problem_mark or error.context_mark
    mark = Mark(place.line + 1, place.column + 1) if place else Mark(1, 1)
    return SyntaxFault(mark, problem, context)
