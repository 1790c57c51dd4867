# SPDX-License-Identifier: Apache-2.0
"""`hpa region`: which clouds are looked at, on the machine that has the deployment's database."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hpa_discovery.cli.deployment import Deployment, Told, actor
from hpa_discovery.cli.faults import say
from hpa_discovery.cli.options import database_option, output_option, state_dir_option
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.region_faults import known_region, refusals
from hpa_discovery.cli.region_findings import history_command, subjects_command
from hpa_discovery.cli.region_import import command as import_command
from hpa_discovery.cli.region_options import region_argument, said, settings_options
from hpa_discovery.cli.region_tables import draw_region, draw_regions
from hpa_discovery.cli.service_extra import service_extra
from hpa_discovery.cli.verbs import Verb, VerbGroup
from hpa_discovery.cli.waiting import waiting
from hpa_discovery.cli.writers import encoded

if TYPE_CHECKING:
    from hpa_discovery.service.regions import Regions

EXAMPLES = """
# A cloud, whose password stands in a file; it is only looked at
hpa region add acme/region-two --auth-url https://keystone.example:5000/v3 --credential cloud.yaml

# Those that ONAP knows already
hpa region import --aai-url https://aai.example:8443 --aai-user AAI --aai-password aai.password --dry-run

# How all stand, and all of one
hpa region list
hpa region show acme/region-one

# What changed there
hpa region history acme/region-one
"""
ADD_EXAMPLES = """
# cloud.yaml holds username, password, user_domain_name and project_name
hpa region add acme/region-two --auth-url https://keystone.example:5000/v3 --credential cloud.yaml

# With all settings in one file, as the HTTP API has them
hpa region add acme/region-two --from region.yaml
"""
LIST_EXAMPLES = """
# Those of one owner, for a program
hpa region list acme/ -o json
"""
SHOW_EXAMPLES = """
# Settings, the last listing, and what is due
hpa region show acme/region-one
"""
SET_EXAMPLES = """
# Write to A&AI what was only planned until now
hpa region set acme/region-one --mode apply

# Look less often
hpa region set acme/region-one --interval 6h
"""
REMOVE_EXAMPLES = """
# Refused while something in A&AI is ours
hpa region remove acme/region-one
"""
DISCOVER_EXAMPLES = """
# The service that runs on this deployment does it
hpa region discover acme/region-one
"""


@click.group(cls=VerbGroup, examples=EXAMPLES, no_args_is_help=False)
def command() -> None:
    """Register clouds, look at them, and change how they are looked at.

    These commands act on the database itself; a running service takes up what they change.
    """


@command.command("add", cls=Verb, examples=ADD_EXAMPLES)
@region_argument
@settings_options
def add_command(name: tuple[str, str], **given: Any) -> None:
    """Register a cloud; it is discovered at once.

    Nothing is written to A&AI before --mode apply.
    """
    doing, when = f"adding region {'/'.join(name)}", _when(given)
    with _book(doing, given, begin=True) as book, refusals(doing):
        from hpa_discovery.service.region_settings import new_region
        from hpa_discovery.service.regions import Actor

        value = {**said(**given), "owner": name[0], "region": name[1]}
        added = book.add(new_region(value), Actor(actor()))
    say(printable(f"added {added.name}; it is discovered {when}"))


@command.command("list", cls=Verb, examples=LIST_EXAMPLES)
@click.argument("prefix", default="")
@state_dir_option
@database_option
@output_option
def list_command(prefix: str, output: str, **given: Any) -> None:
    """List the regions, or those whose OWNER/REGION begins with PREFIX."""
    rows: list[dict[str, Any]] = []
    with waiting("listing regions"), _book("listing regions", given) as book:
        from hpa_discovery.service.region_rows import region_rows
        from hpa_discovery.store import regions

        with book.store.read("listing regions") as transaction:
            some = regions.page(transaction, prefix=prefix, limit=regions.MOST_PAGE)
            while some:
                rows += region_rows(transaction, some)
                last = (some[-1].owner, some[-1].region_id)
                some = regions.page(transaction, last, regions.MOST_PAGE, prefix)
    _tell(output, rows, lambda: draw_regions(rows, sys.stdout))
    if not rows:
        say(printable(f"no region begins with {prefix}" if prefix else "no regions; hpa region add registers one"))


@command.command("show", cls=Verb, examples=SHOW_EXAMPLES)
@region_argument
@state_dir_option
@database_option
@output_option
def show_command(name: tuple[str, str], output: str, **given: Any) -> None:
    """Show all of a region but its credentials, which nobody is told."""
    doing = f"showing region {'/'.join(name)}"
    with _book(doing, given) as book:
        from hpa_discovery.service.region_rows import region_detail
        from hpa_discovery.service.regions import found

        with book.store.read(doing) as transaction:
            told = region_detail(transaction, found(transaction, *name))
    _tell(output, told, lambda: draw_region(told, sys.stdout))


@command.command("set", cls=Verb, examples=SET_EXAMPLES)
@region_argument
@settings_options
def set_command(name: tuple[str, str], **given: Any) -> None:
    """Change what the options say; the rest stays. It is discovered at once.

    A cloud or an A&AI at another host or port needs its credential again.
    """
    doing = f"changing region {'/'.join(name)}"
    with _book(doing, given) as book, refusals(doing):
        from hpa_discovery.service.regions import Actor, found

        value = said(**given)
        if not value:
            raise click.UsageError("nothing is said that is to be different: name at least one setting, such as --mode")
        with book.store.read(doing) as transaction:
            before = found(transaction, *name)
        if "coordinates" in value:
            value["coordinates"] = {**before.coordinates, **value["coordinates"]}
        changed = book.change(*name, {"revision": before.revision, **value}, Actor(actor()))
    say(printable(f"changed {changed.name}, now revision {changed.revision}"))


@command.command("remove", cls=Verb, examples=REMOVE_EXAMPLES)
@region_argument
@click.option("--leave-behind", is_flag=True, help="Although something in A&AI is ours, which stays there.")
@state_dir_option
@database_option
def remove_command(name: tuple[str, str], leave_behind: bool, **given: Any) -> None:
    """Forget a region, its credentials and all that is known of it."""
    with _book(f"removing region {'/'.join(name)}", given) as book:
        from hpa_discovery.service.regions import Actor

        book.remove(*name, Actor(actor()), leave_behind=leave_behind)
    say(printable(f"removed {'/'.join(name)}"))


@command.command("discover", cls=Verb, examples=DISCOVER_EXAMPLES)
@region_argument
@state_dir_option
@database_option
def discover_command(name: tuple[str, str], **given: Any) -> None:
    """Let a region be discovered as soon as there is room."""
    when = _when(given)
    with _book(f"discovering region {'/'.join(name)}", given) as book:
        from hpa_discovery.service.regions import Actor

        operation = book.discover(*name, Actor(actor()))
    say(printable(f"{'/'.join(name)} is discovered {when}; it is operation {operation.id}"))


command.add_command(import_command, "import")
command.add_command(subjects_command, "subjects")
command.add_command(history_command, "history")


@contextmanager
def _book(doing: str, given: dict[str, Any], *, begin: bool = False) -> Iterator[Regions]:
    """The regions of the deployment that the options name, which are taken out of `given`. DataError."""
    state_dir: Path = given.pop("state_dir")
    key_file: Path | None = given.pop("secret_key_file", None)
    deployment = Deployment(state_dir, given.pop("database"))
    with service_extra("region"):
        from hpa_discovery.service.regions import Regions
        from hpa_discovery.store.keys import load_keys
        from hpa_discovery.store.secret_values import Secrets
    with deployment.begun() if begin else deployment.opened(doing) as store, known_region(store, doing):
        yield Regions(store, lambda: Secrets(load_keys(store, state_dir, key_file, Told(), make=begin)))


def _when(given: dict[str, Any]) -> str:
    """When a discovery that was asked for is done: services on other hosts are not seen from here."""
    from hpa_discovery.service.state_lock import is_held

    return "by the service that runs here" if is_held(given["state_dir"]) else "when a service runs"


def _tell(output: str, value: Any, draw: Any) -> None:
    if output == "json":
        sys.stdout.buffer.write(encoded(value) + b"\n")
    else:
        draw()
