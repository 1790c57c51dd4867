# SPDX-License-Identifier: Apache-2.0
"""`hpa audit`: who changed what, from the database of a deployment."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO

import click

from hpa_discovery.cli.deployment import Deployment
from hpa_discovery.cli.durations import as_moment
from hpa_discovery.cli.limited import Limited, limit_option
from hpa_discovery.cli.options import database_option, lines_output_option, state_dir_option
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.service_extra import service_extra
from hpa_discovery.cli.tables import drawer
from hpa_discovery.cli.verbs import Verb
from hpa_discovery.cli.writers import JsonArray, JsonLines, Sink, encoded

if TYPE_CHECKING:
    from hpa_discovery.store.audit import AuditRow, Wanted
    from hpa_discovery.store.database import Store

EXAMPLES = """
# What was done in the last day, newest first
hpa audit --since 24h

# All that concerns drivers, for a program
hpa audit --action driver --limit 1000 -o jsonl

# What one token did or was refused
hpa audit --actor multicloud
"""
_PAGE = 500
_DIGEST = re.compile("[0-9a-f]{64}")
_SHORT = 12  # characters of a digest, as hpa pack list shows it


@click.command(cls=Verb, examples=EXAMPLES)
@click.option("--since", metavar="MOMENT", callback=as_moment, help="24h, 7d, 2026-01-31 or 2026-01-31T12:00Z.")
@click.option("--until", metavar="MOMENT", callback=as_moment, help="As --since; what happened then is left out.")
@click.option("--actor", metavar="NAME", help="A token's name, or cli:USER for commands on the machine itself.")
@click.option("--action", metavar="WORD", help="Such as driver.allow; driver alone finds all that begins so.")
@click.option("--target", metavar="NAME", help="What it was done to.")
@click.option("--outcome", type=click.Choice(["done", "refused", "failed"]), help="How it went.")
@limit_option
@state_dir_option
@database_option
@lines_output_option
def command(
    since: datetime | None,
    until: datetime | None,
    actor: str | None,
    action: str | None,
    target: str | None,
    outcome: Literal["done", "refused", "failed"] | None,
    limit: int,
    state_dir: Path,
    database: str | None,
    output: str,
) -> None:
    """Tell who changed what in a deployment.

    Newest first. Times are the database's, in UTC.
    """
    with service_extra("audit"):
        from hpa_discovery.store.audit import Wanted
    wanted = Wanted(actor, action, target, outcome, since, until)
    sink = _sink(output)
    with Deployment(state_dir, database).opened("reading the audit") as store:
        some = Limited(_rows(store, wanted), limit)
        for row in some:
            sink.write(_as_json(row))
    sink.end()
    some.tell()


def _rows(store: Store, wanted: Wanted) -> Iterator[AuditRow]:
    from hpa_discovery.store.audit import page

    last: int | None = None
    while True:
        with store.read("reading the audit") as transaction:
            rows = page(transaction, last, _PAGE, wanted)
        yield from rows
        if len(rows) < _PAGE:
            return
        last = rows[-1].id


def _sink(output: str) -> Sink:
    if output == "json":
        return JsonArray(sys.stdout.buffer)
    return JsonLines(sys.stdout.buffer) if output == "jsonl" else _Table(sys.stdout)


class _Table:
    """Collects rows, and draws them when all are there."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: list[list[str]] = []

    def write(self, row: dict[str, Any]) -> None:
        ended = "" if row["outcome"] == "done" else f" ({row['outcome']})"
        what = f"{printable(row['action'] + ended)}\n  {printable(_short(row['target']))}"
        detail = "\n".join(printable(f"{name} = {_text(value)}") for name, value in row["detail"].items())
        self._lines.append([row["at"][:19].replace("T", " "), printable(row["actor"]), what, detail])

    def end(self) -> None:
        """Draw them."""
        drawer(self._stream)(["at (UTC)", "actor", "action\n  target", "detail"], self._lines, self._stream)


def _short(target: str) -> str:
    return target[:_SHORT] if _DIGEST.fullmatch(target) else target


def _text(value: Any) -> str:
    return _short(value) if isinstance(value, str) else encoded(value).decode()


def _as_json(row: AuditRow) -> dict[str, Any]:
    act = row.act
    told = {"id": row.id, "at": row.at.isoformat(), "actor": act.actor, "action": act.action, "target": act.target}
    return {**told, "outcome": act.outcome, "detail": dict(act.detail), "request_id": act.request_id}
