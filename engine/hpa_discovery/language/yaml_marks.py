# SPDX-License-Identifier: Apache-2.0
"""Where each value and key of a YAML text stands.

Most files are right and need no marks, so they are not kept while reading:
the text is gone through again when the first one is asked for.
"""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from hpa_discovery.language import yaml_events as ye
from hpa_discovery.language.yaml_events import Mark

Pointer = tuple[str | int, ...]

_ESCAPE_LENGTHS = {"x": 4, "u": 6, "U": 10}


class Place(NamedTuple):
    """Of one value: its mark, its key's mark, and what is inside it.

    `start` is the index of its first character in the text and `end` the one
    behind its last; `quote` is the quote of a scalar on one line, "" when it
    has none, and None for whatever is longer than a line.
    """

    mark: Mark
    key_mark: Mark
    start: int
    end: int
    quote: str | None
    children: dict[str | int, Place] | None


class Marks:
    """The marks of one text, found when they are first asked for; what comes after `most` events has none."""

    __slots__ = ("_most", "_root", "_text")

    def __init__(self, text: str, most: int) -> None:
        self._text = text
        self._most = most
        self._root: Place | None = None

    def mark(self, pointer: Pointer, *, key: bool) -> Mark:
        """The mark of the value (or its key) at `pointer`, or of the nearest known value around it."""
        place, _ = self._find(pointer)
        return place.key_mark if key else place.mark

    def inside(self, pointer: Pointer, offset: int) -> Mark:
        """The mark of character `offset` of the text at `pointer`, where it stands on one line."""
        place, exact = self._find(pointer)
        if not exact or place.quote is None:
            return place.mark
        steps = _source_offset(self._text, place, offset)
        return Mark(place.mark.line, place.mark.column + steps)

    def _find(self, pointer: Pointer) -> tuple[Place, bool]:
        if self._root is None:
            self._root = _places(self._text, self._most)
        place = self._root
        for part in pointer:
            inner = place.children.get(part) if place.children else None
            if inner is None:
                return place, False
            place = inner
        return place, True


def _source_offset(text: str, place: Place, offset: int) -> int:
    """How far into the source the character `offset` of a scalar is: quotes and escapes count."""
    index = place.start + len(place.quote or "")
    for _ in range(offset):
        if index >= place.end - 1:
            break
        index += _width(text, index, place.quote)
    return min(index, place.end) - place.start


def _width(text: str, index: int, quote: str | None) -> int:
    if quote == "'" and text[index] == "'":
        return 2
    if quote == '"' and text[index] == "\\":
        return _ESCAPE_LENGTHS.get(text[index + 1], 2)
    return 1


class _Frame:
    __slots__ = ("children", "is_mapping", "key", "key_mark", "opened")

    def __init__(self, opened: ye.Event, is_mapping: bool) -> None:
        self.opened = opened
        self.is_mapping = is_mapping
        self.children: dict[str | int, Place] = {}
        self.key: str | None = None
        self.key_mark = Mark(1, 1)

    def add(self, event: ye.Event, end: int, children: dict[str | int, Place] | None) -> None:
        """Put a value that has ended into its place; the first of equal keys stays."""
        mark = ye.mark_of(event)
        key: str | int = len(self.children) if self.key is None else self.key
        key_mark = self.key_mark if self.is_mapping else mark
        place = Place(mark, key_mark, ye.span_of(event)[0], end, None, children)
        if ye.is_one_line(event):
            place = place._replace(quote=event.style if event.style in ("'", '"') else "")
        self.children.setdefault(key, place)
        self.key = None

    def takes_key(self, event: ye.Event) -> bool:
        """Take `event` as the key it is, if a key is due; a key that is no scalar never matches a pointer."""
        if not self.is_mapping or self.key is not None:
            return False
        self.key = event.value if isinstance(event, ye.ScalarEvent) else "\0"
        self.key_mark = ye.mark_of(event)
        return True


def _places(text: str, most: int) -> Place:
    root = Place(Mark(1, 1), Mark(1, 1), 0, len(text), None, None)
    top = _Frame(None, is_mapping=False)
    frames = [top]
    try:
        for event in islice(ye.events(text), most):
            _step(frames, event)
    except ye.SyntaxFault:
        pass  # what stands before it keeps its marks
    while len(frames) > 1:
        _close(frames, frames[-1].opened)
    return top.children.get(0, root)


def _step(frames: list[_Frame], event: ye.Event) -> None:
    if isinstance(event, (ye.ScalarEvent, ye.AliasEvent)):
        if not frames[-1].takes_key(event):
            frames[-1].add(event, ye.span_of(event)[1], None)
    elif isinstance(event, (ye.MappingStartEvent, ye.SequenceStartEvent)):
        frames.append(_Frame(event, isinstance(event, ye.MappingStartEvent)))
    elif isinstance(event, (ye.MappingEndEvent, ye.SequenceEndEvent)):
        _close(frames, event)


def _close(frames: list[_Frame], event: ye.Event) -> None:
    frame = frames.pop()
    if not frames[-1].takes_key(frame.opened):
        frames[-1].add(frame.opened, ye.span_of(event)[1], frame.children)
