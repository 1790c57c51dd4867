# SPDX-License-Identifier: Apache-2.0
"""Alarms for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from hpa_discovery.cli.printable import many, printable
from hpa_discovery.cli.region_tables import minute
from hpa_discovery.cli.tables import drawer


def draw_alarms(rows: Iterable[dict[str, Any]], stream: TextIO) -> None:
    """A line or a few for each."""
    drawer(stream)(["no.", "since (UTC)", "severity", "what", "text"], [_cells(row) for row in rows], stream)


def draw_alarm(told: dict[str, Any], stream: TextIO) -> None:
    """All of one, then what happened to it, newest first."""
    lines = [[name, printable(text)] for name, text in _lines(told)]
    drawer(stream)([f"alarm {told['id']}", ""], lines, stream)
    history = [
        [minute(row["at"]), row["kind"], row["severity"], "\n".join(filter(None, _said(row)))]
        for row in told["history"]
    ]
    stream.write("\n")
    drawer(stream)(["at (UTC)", "what happened", "severity", "text"], history, stream)


def _cells(row: dict[str, Any]) -> list[str]:
    told = [row["text"]]
    if row["cleared"]:
        told.append(f"over since {minute(row['cleared_at'])}")
    elif row["acknowledged_by"]:
        told.append(_after(row))
    what = f"{row['type']} {row['qualifier']}".strip()
    return [
        str(row["id"]),
        minute(row["raised_at"]),
        row["severity"],
        f"{printable(what)}\n  {printable(row['resource'])}",
        "\n".join(map(printable, told)),
    ]


def _lines(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "what", f"{told['type']} {told['qualifier']}".strip()
    yield "of", told["resource"]
    yield "severity", told["severity"]
    yield "text", told["text"]
    yield "means", told["meaning"] or "-"
    yield "to do", told["remedy"] or "-"
    yield "since", f"{minute(told['raised_at'])} UTC, raised {many(told['raises'], 'time')}"
    if told["cleared"]:
        yield "over since", f"{minute(told['cleared_at'])} UTC"
    if told["acknowledged_by"]:
        yield "acknowledged", _after(told)


def _after(row: dict[str, Any]) -> str:
    said = f": {row['acknowledged_text']}" if row["acknowledged_text"] else ""
    return f"{row['acknowledged_by']} looks after it{said}"


def _said(row: dict[str, Any]) -> Iterator[str]:
    yield printable(row["text"])
    if row["made_by"]:
        yield f"by {printable(row['made_by'])}"
