# SPDX-License-Identifier: Apache-2.0
"""`hpa driver`: which drivers there are, which of them may run, and what one answers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from hpa_discovery.cli.context_file import read_context_file
from hpa_discovery.cli.deployment import Deployment
from hpa_discovery.cli.options import context_option, database_option, output_option, pack_path_option, state_dir_option
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.subjects import read_files
from hpa_discovery.cli.verbs import Verb, VerbGroup
from hpa_discovery.cli.writers import encoded

EXAMPLES = """
# The drivers of the packs in this folder, and whether they may run
hpa driver list --pack-path .

# What one of them answers about a flavor; nothing needs to be allowed for that
hpa driver try packs/acme.nic/drivers/cards upf.json

# Let it run, with exactly the content that was looked at
hpa driver allow acme.nic/cards --pack-path packs --digest 1f0c...
"""
LIST_EXAMPLES = """
# As a table, with the fences that this machine can put around drivers
hpa driver list --pack-path packs

# For a program, with whole digests
hpa driver list --pack-path packs -o json
"""
SHOW_EXAMPLES = """
# What it reads and answers, how it is started, its files, its digest
hpa driver show acme.nic/cards --pack-path packs
"""
ALLOW_EXAMPLES = """
# Let it run as long as nothing in its folder changes
hpa driver allow acme.nic/cards --pack-path packs --digest 1f0c...
"""
REVOKE_EXAMPLES = """
# Whatever its content
hpa driver revoke acme.nic/cards

# Only one content of it
hpa driver revoke acme.nic/cards --digest 1f0c...
"""
TRY_EXAMPLES = """
# The driver in a folder, asked about a flavor
hpa driver try packs/acme.nic/drivers/cards upf.json

# With the aliases of the site, and only what the driver writes
hpa driver try packs/acme.nic/drivers/cards upf.json --context context.yaml --raw
"""


@click.group(cls=VerbGroup, examples=EXAMPLES, no_args_is_help=False)
def command() -> None:
    """List, allow, revoke and try drivers.

    A driver is a program of a pack. It runs only where its exact content was allowed.
    """


@command.command("list", cls=Verb, examples=LIST_EXAMPLES)
@pack_path_option
@state_dir_option
@database_option
@output_option
def list_command(pack_path: Sequence[Path], state_dir: Path, database: str | None, output: str) -> None:
    """List the drivers of all packs at hand, and those that may run.

    At hand are the packs of --pack-path, installed ones and bundled ones.
    """
    from hpa_discovery.cli.driver_allowing import read_allowed
    from hpa_discovery.cli.driver_report import fences_json, list_json, write_list
    from hpa_discovery.drivers.isolation import fences
    from hpa_discovery.packs.found_drivers import find_drivers

    found = find_drivers(pack_path)
    rows = list_json(found.drivers, read_allowed(Deployment(state_dir, database)))
    if output == "json":
        _write_json({"drivers": rows, "fences": fences_json(fences())})
    else:
        write_list(rows, fences(), sys.stdout)
    faulty = (f"the pack in {root} has errors, which hpa lint tells" for root in found.faulty)
    for problem in (*faulty, *found.unread):
        click.echo(printable(f"warning: {problem}"), err=True)


@command.command("show", cls=Verb, examples=SHOW_EXAMPLES)
@click.argument("driver", metavar="ID")
@pack_path_option
@state_dir_option
@database_option
@output_option
def show_command(driver: str, pack_path: Sequence[Path], state_dir: Path, database: str | None, output: str) -> None:
    """Show all that is known of a driver, with the files of its folder."""
    from hpa_discovery.cli.driver_allowing import read_allowed
    from hpa_discovery.cli.driver_report import show_json, show_lines
    from hpa_discovery.drivers.isolation import fences
    from hpa_discovery.packs.found_drivers import find_drivers

    found = find_drivers(pack_path).named(driver)
    allowed = read_allowed(Deployment(state_dir, database))
    if output == "json":
        _write_json([show_json(item, allowed, fences()) for item in found])
        return
    for item in found:
        for line in show_lines(item, allowed, fences()):
            click.echo(printable(line))


@command.command("allow", cls=Verb, examples=ALLOW_EXAMPLES)
@click.argument("driver", metavar="ID")
@click.option("--digest", metavar="SHA256", required=True, help="The digest that was looked at, as show prints it.")
@pack_path_option
@state_dir_option
@database_option
def allow_command(driver: str, digest: str, pack_path: Sequence[Path], state_dir: Path, database: str | None) -> None:
    """Let a driver run that has this digest.

    Its folder is copied to the state directory and runs from there. When the folder changes, the
    driver has another digest and must be allowed again.
    """
    from hpa_discovery.cli.driver_allowing import allow
    from hpa_discovery.packs.found_drivers import find_drivers

    found = find_drivers(pack_path).named(driver)
    new, copy = allow(Deployment(state_dir, database), found, digest)
    click.echo(printable(f"allowed {driver}; it runs from {copy}" if new else f"{driver} was allowed already"))


@command.command("revoke", cls=Verb, examples=REVOKE_EXAMPLES)
@click.argument("driver", metavar="ID")
@click.option("--digest", metavar="SHA256", help="Only this content.  [default: all of this driver]")
@state_dir_option
@database_option
def revoke_command(driver: str, digest: str | None, state_dir: Path, database: str | None) -> None:
    """Let a driver run no more. A service ends it within a second."""
    from hpa_discovery.cli.driver_allowing import revoke

    for revoked in revoke(Deployment(state_dir, database), driver, digest):
        click.echo(f"revoked {driver} with the digest {revoked}")


@command.command("try", cls=Verb, examples=TRY_EXAMPLES)
@click.argument("driver", metavar="DIR|ID")
@click.argument("file", metavar="FILE|-", type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True))
@context_option
@pack_path_option
@click.option("--raw", is_flag=True, help="Print only the lines that the driver answers.")
def try_command(driver: str, file: str, context: Path | None, pack_path: Sequence[Path], raw: bool) -> int:
    """Ask a driver about the subjects of a file, without allowing it.

    DIR is the driver's folder, or a pack with one driver. It runs in all fences of this machine, for
    this command only. Shown are its answer, what the check made of it, its stderr and the times. Exit
    code 1 when an answer is refused or there is none.
    """
    from hpa_discovery.cli.driver_trial import tell_stderr, try_all
    from hpa_discovery.drivers.trial import Trial
    from hpa_discovery.packs.found_drivers import driver_at, find_drivers

    folder = Path(driver)
    chosen = driver_at(folder) if folder.is_dir() else find_drivers(pack_path).named(driver)[0].driver
    known = read_context_file(context) if context is not None else {}
    trial = Trial(chosen)
    with trial:
        good = try_all(trial, read_files([file]), known, raw=raw)
    tell_stderr(trial.told, raw=raw)
    return 0 if good else 1


def _write_json(value: object) -> None:
    sys.stdout.buffer.write(encoded(value) + b"\n")
