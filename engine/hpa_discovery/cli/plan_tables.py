# SPDX-License-Identifier: Apache-2.0
"""Plans for people: row by row while they can be read so, and in groups when there are many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

from hpa_discovery.cli.printable import many, printable
from hpa_discovery.cli.tables import drawer

if TYPE_CHECKING:
    from hpa_discovery.aai.plan import Plan

MOST_ROWS = 50
_EXAMPLES = 3
_Row = Sequence[str]  # as Plan.table has it


def draw_plan(plan: Plan, stream: TextIO, *, everything: bool) -> bool:
    """Each row of what is written; whether rows were drawn in groups instead.

    With `everything` also each row of what stays, and the ids of capabilities.
    """
    rows = [row for row in plan.table() if everything or row[0] != "keep"]
    if not everything and len(rows) > MOST_ROWS:
        _draw_groups(rows, stream)
        return True
    ids = everything
    lines = [[row[0], printable(row[1]), _what(row, ids=ids), printable(row[5])] for row in rows]
    drawer(stream)(["action", "flavor", "feature" + "\n  capability" * ids, "why"], lines, stream)
    return False


def _draw_groups(rows: Iterable[_Row], stream: TextIO) -> None:
    """Those of the same action, feature and reason stand together."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        groups.setdefault((row[0], _feature(row), row[5]), []).append(row[1])
    lines = [
        [action, str(len(flavors)), printable(feature), f"{printable(why)}\n  {_named(flavors)}"]
        for (action, feature, why), flavors in groups.items()
    ]
    drawer(stream)(["action", "rows", "feature", "why\n  flavors"], lines, stream)


def _named(flavors: Sequence[str]) -> str:
    different = list(dict.fromkeys(flavors))
    more = len(different) - _EXAMPLES
    shown = ", ".join(map(printable, different[:_EXAMPLES]))
    return shown if more <= 0 else f"{shown} and {many(more, 'other')}"


def _what(row: _Row, *, ids: bool) -> str:
    capability, discriminator = row[2], row[4]
    told = printable(f"{_feature(row)} {discriminator}".strip())
    return f"{told}\n  {printable(capability)}" if ids and capability else told


def _feature(row: _Row) -> str:
    return row[3] if row[2] else "the flavor itself"
