# SPDX-License-Identifier: Apache-2.0
"""`hpa alarms`: which faults there are, from the database of a deployment."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hpa_discovery.cli.deployment import Deployment
from hpa_discovery.cli.options import database_option, state_dir_option
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.region_tables import minute
from hpa_discovery.cli.service_extra import service_extra
from hpa_discovery.cli.tables import drawer
from hpa_discovery.cli.verbs import Verb
from hpa_discovery.cli.writers import encoded

if TYPE_CHECKING:
    from hpa_discovery.store.alarm_rows import Alarm, Severity, Wanted
    from hpa_discovery.store.database import Store

EXAMPLES = """
# What is wrong now
hpa alarms

# What was wrong with one region, too, for a program
hpa alarms --all --resource region/acme/region-one -o json
"""
_PAGE = 500


@click.command(cls=Verb, examples=EXAMPLES)
@click.option("--all", "everything", is_flag=True, help="Those that are over, too.")
@click.option("--resource", metavar="NAME", help="Of it and all below it, such as region/acme.")
@click.option("--type", "kind", metavar="WORD", help="Such as source.unreachable.")
@click.option(
    "--severity",
    type=click.Choice(["indeterminate", "warning", "minor", "major", "critical"]),
    help="At least as bad as this.",
)
@click.option("--limit", metavar="N", type=click.IntRange(1), default=100, show_default=True, help="At most so many.")
@state_dir_option
@database_option
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json"]),
    default="table",
    help="table is for people.  [default: table]",
)
def command(
    everything: bool,
    resource: str | None,
    kind: str | None,
    severity: Severity | None,
    limit: int,
    state_dir: Path,
    database: str | None,
    output: str,
) -> None:
    """Tell which faults there are in a deployment.

    Newest first. Times are the database's, in UTC. Alarms are raised and cleared by
    the service; the HTTP API acknowledges them.
    """
    with service_extra("alarms"):
        from hpa_discovery.alarms.inventory import at_least
        from hpa_discovery.alarms.raising import as_json
        from hpa_discovery.store.alarm_rows import Wanted
    severities = None if severity is None else at_least(severity)
    wanted = Wanted(resource, kind, severities, None if everything else False)
    with Deployment(state_dir, database).opened("reading alarms") as store:
        found = [as_json(each) for each in islice(_alarms(store, wanted), limit)]
    if output == "json":
        sys.stdout.buffer.write(encoded(found) + b"\n")
        return
    drawer(sys.stdout)(["since (UTC)", "severity", "what", "text"], [_cells(row) for row in found], sys.stdout)


def _alarms(store: Store, wanted: Wanted) -> Iterator[Alarm]:
    from hpa_discovery.store.alarm_rows import page

    last: int | None = None
    while True:
        with store.read("reading alarms") as transaction:
            some = page(transaction, last, _PAGE, wanted)
        yield from some
        if len(some) < _PAGE:
            return
        last = some[-1].id


def _cells(row: dict[str, Any]) -> list[str]:
    told = [row["text"]]
    if row["cleared"]:
        told.append(f"over since {minute(row['cleared_at'])}")
    elif row["acknowledged_by"]:
        told.append(f"{row['acknowledged_by']} looks after it")
    what = f"{row['type']} {row['qualifier']}".strip()
    return [
        minute(row["raised_at"]),
        row["severity"],
        f"{printable(what)}\n  {printable(row['resource'])}",
        "\n".join(map(printable, told)),
    ]
