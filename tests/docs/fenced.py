# SPDX-License-Identifier: Apache-2.0
"""The fenced blocks and tables of a Markdown page, so that tests can run what the page says.

The first word behind the fence is the block's language, as Markdown viewers read
it; the words after it are marks for the tests: `cases`, `title="flavor.json"`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(r"(`{3,})(.*)")
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Block:
    """One fenced block; `line` is that of its opening fence, from 1."""

    page: Path
    line: int
    language: str
    marks: Mapping[str, str]
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


@dataclass(frozen=True)
class Table:
    """One table; cells are without the spaces around them, and an escaped bar in them is a bar."""

    heading: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def pages() -> list[Path]:
    """Every Markdown page of the project that people read."""
    folders = ("docs", "examples", "rules", "custom_drivers", "schemas")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.md")]
    return sorted([*ROOT.glob("*.md"), *found])


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found: list[Block] = []
    lines = page.read_text("utf-8").splitlines()
    start, fence, info, inside = 0, "", "", list[str]()
    for number, line in enumerate(lines, start=1):
        opening = _FENCE.match(line)
        if not fence and opening:
            start, fence, info, inside = number, opening[1], opening[2], []
        elif fence and line.strip() == fence:
            words = shlex.split(info)
            marks = dict(_mark(word) for word in words[1:])
            text = "".join(f"{each}\n" for each in inside)
            found.append(Block(page, start, words[0] if words else "", marks, text))
            fence = ""
        elif fence:
            inside.append(line)
    assert not fence, f"{page}:{start}: the block is not closed"
    return found


def prose(page: Path) -> Iterator[tuple[int, str]]:
    """The lines of a page outside of fenced blocks, with their numbers."""
    fence = ""
    for number, line in enumerate(page.read_text("utf-8").splitlines(), start=1):
        opening = _FENCE.match(line)
        if opening and (not fence or line.strip() == fence):
            fence = "" if fence else opening[1]
        elif not fence:
            yield number, line


def tables(page: Path) -> list[Table]:
    """The tables of a page, each with the heading it stands under."""
    found: list[Table] = []
    heading, rows = "", list[tuple[str, ...]]()
    for _, line in [*prose(page), (0, "")]:
        if line.startswith("|"):
            cells = _CELL.split(line.strip())[1:-1]
            rows.append(tuple(cell.strip().replace("\\|", "|") for cell in cells))
        elif rows:
            found.append(Table(heading, rows[0], tuple(rows[2:])))
            rows = []
        if line.startswith("#"):
            heading = line.lstrip("#").strip()
    return found


def table(page: Path, heading: str) -> Table:
    """The one table under a heading."""
    found = [each for each in tables(page) if each.heading == heading]
    assert len(found) == 1, f"{page.name} has {len(found)} tables under {heading!r}"
    return found[0]


def code(cell: str) -> str:
    """What a cell shows as code, without the backticks."""
    shown = re.fullmatch(r"(`+) ?(.*?) ?\1", cell)
    assert shown, f"{cell!r} is not code and nothing else"
    return shown[2]


def codes(cell: str) -> list[str]:
    """Every piece of code in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def _mark(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name, value
