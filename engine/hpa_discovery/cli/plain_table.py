# SPDX-License-Identifier: Apache-2.0
"""A table as plain text of WIDTH columns, for pipes and files."""

from __future__ import annotations

from itertools import zip_longest
from textwrap import wrap
from typing import TextIO

WIDTH = 80
_INDENT = "  "
_GAP = "  "
# No column but the last is wider than this, so that there is room for the last one.
_COLUMN = 28


def write_plain(header: list[str], lines: list[list[str]], stream: TextIO) -> None:
    """Write the table; what does not fit its column goes on below, and no text is cut."""
    widths = _widths([header, *lines])
    for line in (header, ["-" * width for width in widths], *lines):
        for parts in zip_longest(*map(_fold, line, widths), fillvalue=""):
            text = _GAP.join(part.ljust(width) for part, width in zip(parts, widths, strict=True))
            stream.write(f"{_INDENT}{text}".rstrip() + "\n")


def _widths(lines: list[list[str]]) -> list[int]:
    widest = [max(len(part) for cell in column for part in cell.split("\n")) for column in zip(*lines, strict=True)]
    widths = [min(width, _COLUMN) for width in widest[:-1]]
    room = WIDTH - len(_INDENT) - sum(widths) - len(_GAP) * len(widths)
    return [*widths, min(widest[-1], room)]


def _fold(cell: str, width: int) -> list[str]:
    return [part for line in cell.split("\n") for part in _fold_line(line, width)]


def _fold_line(line: str, width: int) -> list[str]:
    if len(line) <= width:
        return [line]
    deeper = " " * (len(line) - len(line.lstrip()) + 2)
    return wrap(line, width, subsequent_indent=deeper, break_on_hyphens=False)
