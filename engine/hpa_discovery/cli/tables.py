# SPDX-License-Identifier: Apache-2.0
"""Answers for people: one table a subject, and below it what is unknown and what went wrong.

On a terminal the table is drawn by rich, in colour and as wide as the terminal;
anywhere else it is plain text of WIDTH columns, and rich, which takes longer to
import than a flavor to answer, is left alone.
"""

from __future__ import annotations

from textwrap import TextWrapper
from typing import TYPE_CHECKING, Protocol, TextIO

import click

from hpa_discovery.cli.plain_table import WIDTH, write_plain
from hpa_discovery.cli.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hpa_discovery.cli.answers import Answer
    from hpa_discovery.model import Attribute, Capability, Unknown

INDENT = "  "
_LEVEL_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}


class DrawTable(Protocol):
    """Draws a header and lines of cells; a cell may have several lines."""

    def __call__(self, header: list[str], lines: list[list[str]], stream: TextIO, /) -> None:
        """Draw one table."""


class Tables:
    """Writes answers to a text stream."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._coloured = stream.isatty()
        self._draw = drawer(stream)
        self._count = 0

    def write(self, answer: Answer) -> None:
        """Write one subject."""
        if self._count:
            self._stream.write("\n")
        self._count += 1
        self._line(title_of(answer.identity), bold=True)
        outcome = answer.outcome
        if outcome.capabilities:
            self._draw(*cells(outcome.capabilities), self._stream)
        elif not outcome.unknown:
            self._line(f"{INDENT}no capabilities")
        for line in unknown_lines(outcome.unknown):
            self._line(line, "yellow")
        for diagnostic in outcome.diagnostics:
            where = f" {diagnostic.rule}:" if diagnostic.rule else ""
            text = f"{INDENT}{diagnostic.level}: {diagnostic.code}:{where} {diagnostic.message}"
            self._line(text, _LEVEL_COLOURS[diagnostic.level])
        self._stream.flush()

    def end(self) -> None:
        """Say so when there was nothing to tell of."""
        if not self._count:
            self._line("no subjects")

    def _line(self, text: str, colour: str | None = None, *, bold: bool = False) -> None:
        shown = printable(text)
        self._stream.write((click.style(shown, fg=colour, bold=bold or None) if self._coloured else shown) + "\n")


def drawer(stream: TextIO) -> DrawTable:
    """How tables are drawn there."""
    if not stream.isatty():
        return write_plain
    from hpa_discovery.cli.rich_table import write_rich

    return write_rich


def cells(capabilities: tuple[Capability, ...]) -> tuple[list[str], list[list[str]]]:
    """The header and a line a capability. The discriminator stands below its feature: few have one, and it is long."""
    named = "feature\n  discriminator" if any(capability.discriminator for capability in capabilities) else "feature"
    lines = [
        [
            printable(capability.feature) + (capability.discriminator and f"\n  {printable(capability.discriminator)}"),
            printable(capability.architecture),
            "\n".join(map(_attribute, capability.attributes)),
        ]
        for capability in capabilities
    ]
    return [named, "architecture", "attributes"], lines


def unknown_lines(unknown: Iterable[Unknown]) -> list[str]:
    """What is unknown, the instances of one cause together: all that reads extra specs may be unknown at once."""
    by_code: dict[str, list[str]] = {}
    for item in unknown:
        name = f"{item.feature} {item.discriminator}".removesuffix(" *")
        by_code.setdefault(item.code, []).append(printable(name))
    told = (f"unknown: {', '.join(dict.fromkeys(names))} ({code})" for code, names in by_code.items())
    return [line for text in told for line in _folded(text)]


def _folded(text: str) -> list[str]:
    fold = TextWrapper(
        WIDTH,
        initial_indent=INDENT,
        subsequent_indent=INDENT * 2,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return fold.wrap(text)


def _attribute(attribute: Attribute) -> str:
    value = attribute.value if isinstance(attribute.value, str) else ", ".join(attribute.value)
    unit = f" {attribute.unit}" if attribute.unit else ""
    return printable(f"{attribute.key} = {value}{unit}")


def title_of(identity: dict[str, str | None]) -> str:
    """What people call a subject."""
    name, own_id = identity["name"], identity["id"]
    if name and own_id and name != own_id:
        return f"{name} ({own_id})"
    return name or own_id or "(no name)"
