# SPDX-License-Identifier: Apache-2.0
"""Regions for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from hpa_discovery.cli.printable import many, printable
from hpa_discovery.cli.tables import drawer

_HIDDEN = ("owner", "region", "listing", "steps", "aai", "coordinates", "context", "credentials", "mode", "published")


def draw_regions(rows: Iterable[dict[str, Any]], stream: TextIO) -> None:
    """One line a region."""
    lines = [
        [
            printable(f"{row['owner']}/{row['region']}"),
            row["mode"] if row["enabled"] else "off",
            str(row["subjects"]),
            printable(listing_text(row["listing"])),
        ]
        for row in rows
    ]
    drawer(stream)(["region", "mode", "subjects", "last listing (UTC)"], lines, stream)


def draw_region(told: dict[str, Any], stream: TextIO) -> None:
    """All of a region, a line for each setting."""
    lines = [[printable(name), printable(text)] for name, text in _lines(told)]
    drawer(stream)([printable(f"{told['owner']}/{told['region']}"), ""], lines, stream)


def listing_text(listing: dict[str, Any] | None) -> str:
    """How the last listing went."""
    if listing is None:
        return "none yet"
    if listing["complete"]:
        return minute(listing["finished_at"])
    return f"stale since {minute(listing['stale_since'])}: {listing['error']}"


def published_text(published: dict[str, Any] | None) -> str:
    """What the last turn at A&AI came to."""
    if published is None:
        return "nothing yet"
    counts = ", ".join(f"{count} to {kind}" for kind, count in published.get("counts", {}).items())
    rest = [published[name] for name in ("held", "stopped", "nothing") if published.get(name)]
    refused = published.get("refused", ())
    rest += [f"{many(len(refused), 'write')} refused"] if refused else []
    return "; ".join(filter(None, [f"{published['mode']}: {counts}" if counts else "", *rest]))


def minute(moment: str | None) -> str:
    """A time of an answer row, to the minute."""
    return "-" if moment is None else moment[:16].replace("T", " ")


def _lines(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in told.items():
        if name not in _HIDDEN:
            yield name, minute(value) if name.endswith("_at") else _text(value)
    for group in ("coordinates", "context", "aai"):
        for name, value in told[group].items():
            yield f"{group}.{name}", _text(value)
    kept = [target for target, there in told["credentials"].items() if there]
    yield "credentials", f"kept for {', '.join(kept)}" if kept else "none"
    yield "last listing", listing_text(told["listing"])
    yield "A&AI", published_text(told["published"])
    for step in told["steps"]:
        failed = f", failed {many(step['attempts'], 'time')}: {step['last_error']}" if step["attempts"] else ""
        yield f"{step['kind']} due", minute(step["due_at"]) + failed


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    return text.strip().splitlines()[0] + " ..." if "\n" in text.strip() else text
