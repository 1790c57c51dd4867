# SPDX-License-Identifier: Apache-2.0
"""The verbs of `hpa pack` about a deployment: what serves, what served, and going back to it."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hpa_discovery.cli.deployment import Deployment, Told, actor
from hpa_discovery.cli.options import database_option, output_option, state_dir_option
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.tables import drawer
from hpa_discovery.cli.verbs import Verb
from hpa_discovery.cli.writers import encoded

if TYPE_CHECKING:
    from hpa_discovery.model import Part
    from hpa_discovery.service.commands import Serving
    from hpa_discovery.service.rollback import PartChange

LIST_EXAMPLES = """
# What the service with the default state directory serves
hpa pack list

# For a program, with whole digests
hpa pack list --state-dir /var/lib/hpa-discovery -o json
"""
HISTORY_EXAMPLES = """
# What served, newest first
hpa pack history --state-dir /var/lib/hpa-discovery
"""
ROLLBACK_EXAMPLES = """
# What served before
hpa pack rollback --reason "acme.nic 2.0 counts wrong"

# A certain generation, by the beginning of its digest
hpa pack rollback 4f1c09ae --reason "acme.nic 2.0 counts wrong"
"""
UNPIN_EXAMPLES = """
# Let what the folders hold serve again
hpa pack unpin
"""
REMOVE_EXAMPLES = """
# A pack that no folder holds any more
hpa pack remove acme.nic
"""
_SHORT = 12
_reason = click.option("--reason", metavar="TEXT", default="", help="Why, for those who read the history later.")


@click.command("list", cls=Verb, examples=LIST_EXAMPLES)
@state_dir_option
@database_option
@output_option
def list_command(state_dir: Path, database: str | None, output: str) -> None:
    """List the packs, overlays and drivers that a deployment serves."""
    with Deployment(state_dir, database).opened("listing what serves") as store:
        from hpa_discovery.service.commands import serving

        found = serving(store)
    if output == "json":
        _write_json(_as_json(found))
        return
    if found.generation is None:
        click.echo("nothing serves yet: hpa serve begins it")
        return
    click.echo(f"generation {found.generation[:_SHORT]} since {_when(found.since)}")
    if found.pin is not None:
        click.echo(printable(f"pinned {found.pin}; what is new waits until: hpa pack unpin"))
    lines = [[part.kind, part.name, part.version, part.digest[:_SHORT], part.origin] for part in found.parts]
    drawer(sys.stdout)(["kind", "name", "version", "digest", "from"], _printable(lines), sys.stdout)


@click.command("history", cls=Verb, examples=HISTORY_EXAMPLES)
@click.option("--limit", metavar="N", type=click.IntRange(1, 1000), default=20, help="At most so many.  [default: 20]")
@state_dir_option
@database_option
@output_option
def history_command(limit: int, state_dir: Path, database: str | None, output: str) -> None:
    """List the generations that served, newest first, with who changed them and why."""
    with Deployment(state_dir, database).opened("listing what served") as store:
        from hpa_discovery.service.commands import history

        rows = history(store, limit)
    if output == "json":
        names = ("sequence", "generation", "action", "made_by", "reason")
        _write_json([{**{name: getattr(row, name) for name in names}, "at": row.at.isoformat()} for row in rows])
        return
    lines = [
        [str(row.sequence), _when(row.at), row.action, (row.generation or "")[:_SHORT], row.made_by, row.reason]
        for row in rows
    ]
    drawer(sys.stdout)(["number", "at", "action", "generation", "by", "reason"], _printable(lines), sys.stdout)


@click.command("rollback", cls=Verb, examples=ROLLBACK_EXAMPLES)
@click.argument("generation", metavar="[DIGEST]", required=False)
@_reason
@state_dir_option
@database_option
def rollback_command(generation: str | None, reason: str, state_dir: Path, database: str | None) -> None:
    """Let an earlier generation serve, and stay.

    Without DIGEST it is the one that served before, so doing it twice leads back
    to where you were. Either way it is pinned: new content is still checked and
    waits, until `hpa pack unpin` lets what the folders hold serve again. A
    running service changes within a second.
    """
    with Deployment(state_dir, database).opened("rolling back") as store:
        from hpa_discovery.service.rollback import roll_back

        done = roll_back(store, generation, actor(), reason)
    click.echo(f"generation {done.generation} serves, and stays until: hpa pack unpin")
    for line in map(_change, done.changes):
        click.echo(printable(line))
    if not done.changes:
        click.echo("  it served already")


@click.command("unpin", cls=Verb, examples=UNPIN_EXAMPLES)
@_reason
@state_dir_option
@database_option
def unpin_command(reason: str, state_dir: Path, database: str | None) -> None:
    """Let what the folders and wheels hold serve again."""
    with Deployment(state_dir, database).opened("unpinning") as store:
        from hpa_discovery.service.commands import unpin

        unpin(store, actor(), reason)
    click.echo("unpinned; a running service takes up what waited")


@click.command("remove", cls=Verb, examples=REMOVE_EXAMPLES)
@click.argument("name", metavar="NAME")
@state_dir_option
@database_option
def remove_command(name: str, state_dir: Path, database: str | None) -> None:
    """Let a pack or overlay go that a deployment serves.

    Where a folder or wheel still holds it, it does not come back before its content changes.
    """
    from hpa_discovery.service.commands import remove
    from hpa_discovery.service.settings import Settings

    with Deployment(state_dir, database).opened(f"removing {name}"):
        removed = remove(Settings(state_dir, database), Told(), name, actor())
    for part in removed:
        click.echo(printable(f"removed {part.kind} {part.name} {part.version}".rstrip()))


COMMANDS = (list_command, history_command, rollback_command, unpin_command, remove_command)


def _change(change: PartChange) -> str:
    before, after = change.before, change.after
    part = after or before
    assert part is not None  # one of them is there
    other = ", with other content" if before and after and before.version == after.version and part.version else ""
    return f"  {part.kind} {part.name} {_version(before)} -> {_version(after)}{other}"


def _version(part: Part | None) -> str:
    return "none" if part is None else part.version or part.digest[:_SHORT]


def _as_json(found: Serving) -> dict[str, Any]:
    names = ("kind", "name", "version", "digest", "origin")
    return {
        "generation": found.generation,
        "pinned": found.pin is not None,
        "pin": found.pin and found.pin.as_json(),
        "since": found.since.isoformat(),
        "parts": [{name: getattr(part, name) for name in names} for part in found.parts],
    }


def _when(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def _printable(lines: list[list[str]]) -> list[list[str]]:
    return [[printable(cell) for cell in line] for line in lines]


def _write_json(value: object) -> None:
    sys.stdout.buffer.write(encoded(value) + b"\n")
