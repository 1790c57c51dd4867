# SPDX-License-Identifier: Apache-2.0
"""The subjects of a region and their history, for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.region_tables import minute
from hpa_discovery.cli.tables import drawer


def draw_subjects(rows: Iterable[dict[str, Any]], stream: TextIO) -> None:
    """A line or a few for each."""
    lines = [
        [
            _named(row),
            row["presence"],
            str(row["capabilities"]),
            "\n".join(map(printable, _doubts(row))),
        ]
        for row in rows
    ]
    drawer(stream)(["subject\n  id", "presence", "capabilities", "unknown, and diagnostics"], lines, stream)


def draw_changes(rows: Iterable[dict[str, Any]], stream: TextIO) -> None:
    """A line or a few for each, in the order they come in."""
    lines = [
        [
            minute(row["at"]),
            _named(row["subject"]),
            row["kind"],
            "\n".join(map(printable, _details(row["detail"]))),
        ]
        for row in rows
    ]
    drawer(stream)(["at (UTC)", "subject\n  id", "what happened", "of what"], lines, stream)


def _named(row: Mapping[str, Any]) -> str:
    return f"{printable(row['name'])}\n  {printable(row['id'])}"


def _doubts(row: Mapping[str, Any]) -> Iterator[str]:
    for each in row["unknown"]:
        yield f"{_instance(each)} ({each['code']})"
    for each in row["diagnostics"]:
        yield f"{each['code']}: {each['message']}"


def _details(detail: Mapping[str, Any]) -> Iterator[str]:
    if detail.get("subject"):
        yield "what the cloud says of it"
    for member in ("added", "removed"):
        for each in detail.get(member, ()):
            yield f"{member} {_instance(each)}"
    for each in detail.get("changed", ()):
        values = [f"{one['key']} {_value(one['before'])} -> {_value(one['after'])}" for one in each["attributes"]]
        yield f"changed {_instance(each)}: {', '.join(values)}"
    for each in detail.get("features", ()):
        yield f"{_instance(each)} ({each['code']})"
    if detail.get("more"):
        yield f"and {detail['more']} more"


def _instance(each: Mapping[str, Any]) -> str:
    which = each["discriminator"]
    return each["feature"] if which in {"", "*"} else f"{each['feature']} {which}"


def _value(text: str | None) -> str:
    return "nothing" if text is None else text
