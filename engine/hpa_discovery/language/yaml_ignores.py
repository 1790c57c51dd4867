# SPDX-License-Identifier: Apache-2.0
"""The one way to leave a finding out: `# hpa: ignore[code, ...] reason` in the file itself.

On a line of its own the comment is about the next line that says something; at
the end of a line it is about that line. The reason is not optional: whoever
reads the file later has to know why the rule was set aside.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import islice

from hpa_discovery.language import yaml_events as ye
from hpa_discovery.language.yaml_events import Mark
from hpa_discovery.language.yaml_text import Lines

_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#[ \t]*hpa:[ \t]*ignore\b(?P<rest>[^\r\n]*)", re.MULTILINE)
_FORM = re.compile(r"\[(?P<codes>[^\]\[]*)\](?P<reason>.*)")
_CODE = re.compile(r"[a-z]+(?:[._-][a-z0-9]+)*")
_SILENT_LINE = re.compile(r"[ \t]*(?:#.*)?")

FORM = "# hpa: ignore[code, ...] reason"


@dataclass(frozen=True, slots=True)
class Ignore:
    """Findings with one of `codes` on `line` are left out, because of `reason`."""

    line: int
    codes: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class IgnoreFault:
    """An ignore comment that cannot be followed: finding `code` at `mark`."""

    mark: Mark
    code: str
    message: str
    hint: str


def read_ignores(text: str, most: int) -> tuple[tuple[Ignore, ...], tuple[IgnoreFault, ...]]:
    """The ignores of `text`, and what is wrong with those that cannot be followed; at most `most` comments."""
    if "hpa:" not in text:
        return (), ()
    lines, spans = Lines(text), _Spans(text)
    source = _Source(text)
    ignores: list[Ignore] = []
    faults: list[IgnoreFault] = []
    for found in islice(_COMMENT.finditer(text), most):
        if spans.cover(found.start()):
            continue
        mark = lines.mark(found.start())
        read = _read(found["rest"], mark)
        if isinstance(read, IgnoreFault):
            faults.append(read)
        else:
            ignores.append(Ignore(source.target(mark), *read))
    return tuple(ignores), tuple(faults)


class _Spans:
    """The parts of a text that are quoted or block scalars: a # in there starts no comment."""

    def __init__(self, text: str) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        try:
            for event in ye.events(text):
                if isinstance(event, ye.ScalarEvent) and event.style in ("'", '"', "|", ">"):
                    start, end = ye.span_of(event)
                    self._starts.append(start)
                    self._ends.append(end)
        except ye.SyntaxFault:
            return

    def cover(self, index: int) -> bool:
        before = bisect_right(self._starts, index)
        return before > 0 and index < self._ends[before - 1]


def _read(rest: str, mark: Mark) -> tuple[tuple[str, ...], str] | IgnoreFault:
    form = _FORM.fullmatch(rest.strip())
    codes = tuple(code.strip() for code in form["codes"].split(",")) if form else ()
    if form is None or not all(_CODE.fullmatch(code) for code in codes):
        return IgnoreFault(mark, "ignore.form", "this ignore comment names no code", f"write {FORM}")
    reason = form["reason"].strip()
    if not reason:
        message = f"ignoring {', '.join(codes)} needs a reason"
        return IgnoreFault(mark, "ignore.reason", message, f"write {FORM}")
    return codes, reason


class _Source:
    """The lines of a text, asked from top to bottom which of them each comment is about."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._next = 0  # the last line that was found to say something

    def target(self, mark: Mark) -> int:
        """The line that the comment at `mark` is about."""
        if self._lines[mark.line - 1][: mark.column - 1].strip():
            return mark.line
        # Found once for a block of comments: each looking for itself would go through the file once a comment.
        if self._next <= mark.line:
            below = range(mark.line, len(self._lines))
            spoken = (number + 1 for number in below if not _SILENT_LINE.fullmatch(self._lines[number]))
            self._next = next(spoken, len(self._lines) + 1)
        return self._next if self._next <= len(self._lines) else mark.line
