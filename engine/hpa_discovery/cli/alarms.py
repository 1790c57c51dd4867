# SPDX-License-Identifier: Apache-2.0
"""`hpa alarms`: which faults there are and were, from the database of a deployment, and who looks after them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from hpa_discovery.cli.alarm_tables import draw_alarm, draw_alarms
from hpa_discovery.cli.deployment import Deployment, actor
from hpa_discovery.cli.faults import say
from hpa_discovery.cli.limited import Limited, limit_option
from hpa_discovery.cli.options import database_option, output_option, state_dir_option
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.region_options import split_name
from hpa_discovery.cli.service_extra import service_extra
from hpa_discovery.cli.verbs import Verb, VerbGroup
from hpa_discovery.cli.writers import encoded
from hpa_discovery.errors import DataError, UsageError

if TYPE_CHECKING:
    from hpa_discovery.store.alarm_rows import Alarm, Severity, Wanted
    from hpa_discovery.store.database import Store, Transaction

EXAMPLES = """
# What is wrong now, and what of it nobody looks after
hpa alarms
hpa alarms --unacknowledged --severity major

# What was wrong with one region, too, for a program
hpa alarms --all --region acme/region-one -o json
"""
SHOW_EXAMPLES = """
# What alarm 1 means, what to do about it, and what happened to it
hpa alarms show 1
"""
ACKNOWLEDGE_EXAMPLES = """
# For those who come after you
hpa alarms acknowledge 1 --text "the cloud's team restarts Keystone"
"""
_PAGE = 500


@click.group(cls=VerbGroup, examples=EXAMPLES, invoke_without_command=True, no_args_is_help=False)
@click.option("--all", "everything", is_flag=True, help="Those that are over, too.")
@click.option("--cleared", is_flag=True, help="Only those that are over.")
@click.option("--unacknowledged", is_flag=True, help="Only those that nobody looks after.")
@click.option("--region", metavar="OWNER/REGION", help="Only about this region.")
@click.option("--resource", metavar="NAME", help="Of it and all below it, such as region/acme.")
@click.option("--type", "kind", metavar="WORD", help="Such as source.unreachable.")
@click.option(
    "--severity",
    type=click.Choice(["indeterminate", "warning", "minor", "major", "critical"]),
    help="At least as bad as this.",
)
@limit_option
@state_dir_option
@database_option
@output_option
@click.pass_context
def command(context: click.Context, /, state_dir: Path, database: str | None, output: str, **wish: Any) -> None:
    """Tell which faults there are in a deployment, and look after them.

    Newest first. Times are the database's, in UTC. Alarms are raised and cleared by
    the service.
    """
    if context.invoked_subcommand is not None:
        _insist_on_none(context, context.invoked_subcommand)
        return
    limit: int = wish.pop("limit")
    wanted = _wanted(**wish)
    with Deployment(state_dir, database).opened("reading alarms") as store:
        from hpa_discovery.alarms.raising import as_json

        some = Limited(_alarms(store, wanted), limit)
        found = [as_json(each) for each in some]
    some.show(found, output, draw_alarms)


@command.command("show", cls=Verb, examples=SHOW_EXAMPLES)
@click.argument("number", type=click.IntRange(1))
@state_dir_option
@database_option
@output_option
def show_command(number: int, state_dir: Path, database: str | None, output: str) -> None:
    """Tell all of an alarm: what it means, what to do about it, and its last 50 changes."""
    doing = f"showing alarm {number}"
    with service_extra("alarms"):
        from hpa_discovery.service.alarm_rows import alarm_detail
    with Deployment(state_dir, database).opened(doing) as store, store.read(doing) as transaction:
        told = alarm_detail(transaction, _one(transaction, doing, number))
    if output == "json":
        sys.stdout.buffer.write(encoded(told) + b"\n")
    else:
        draw_alarm(told, sys.stdout)


@command.command("acknowledge", cls=Verb, examples=ACKNOWLEDGE_EXAMPLES)
@click.argument("numbers", metavar="NUMBER...", type=click.IntRange(1), nargs=-1, required=True)
@click.option("--text", default="", help="What you do about it, for those who read the history.")
@state_dir_option
@database_option
def acknowledge_command(numbers: Sequence[int], text: str, state_dir: Path, database: str | None) -> None:
    """Say that you look after alarms, until they are raised anew.

    All of them, or none where one is unknown.
    """
    doing = f"acknowledging alarm {', '.join(map(str, numbers))}"
    with service_extra("alarms"):
        from hpa_discovery.service.alarm_rows import acknowledge
        from hpa_discovery.service.regions import Actor
    with Deployment(state_dir, database).opened(doing) as store, store.write(doing) as transaction:
        alarms = [_one(transaction, doing, number) for number in dict.fromkeys(numbers)]
        for alarm in alarms:
            acknowledge(transaction, alarm, Actor(actor()), text)
    for alarm in alarms:
        say(printable(f"acknowledged {alarm.id}: {alarm.type} of {alarm.resource}{' (over)' if alarm.cleared else ''}"))


def _insist_on_none(context: click.Context, verb: str) -> None:
    """UsageError for an option that was meant for the verb, and would not count for it."""
    for each in context.command.params:
        if each.name and context.get_parameter_source(each.name) is ParameterSource.COMMANDLINE:
            raise UsageError(f"{each.opts[-1]} is an option of the list; those of {verb} stand after {verb}")


def _wanted(
    *,
    everything: bool,
    cleared: bool,
    unacknowledged: bool,
    region: str | None,
    resource: str | None,
    kind: str | None,
    severity: Severity | None,
) -> Wanted:
    if everything and cleared:
        raise UsageError("--all and --cleared do not go together: --cleared leaves out those that stand")
    with service_extra("alarms"):
        from hpa_discovery.alarms.inventory import at_least
        from hpa_discovery.store.alarm_rows import Wanted
    return Wanted(
        resource,
        kind,
        None if severity is None else at_least(severity),
        None if everything else cleared,
        False if unacknowledged else None,
        None if region is None else ["/".join(split_name(region))],
    )


def _one(transaction: Transaction, doing: str, number: int) -> Alarm:
    from hpa_discovery.store.alarm_rows import get

    found = get(transaction, number)
    if found is None:
        raise DataError(f"{doing}: there is no alarm {number}; hpa alarms --all lists them with their numbers")
    return found


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
