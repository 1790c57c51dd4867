# SPDX-License-Identifier: Apache-2.0
"""`hpa pack`: publish a pack, and look at one that others have published."""

from __future__ import annotations

from pathlib import Path

import click

from hpa_discovery.cli.faults import say
from hpa_discovery.cli.pack_serving import COMMANDS
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.verbs import Verb, VerbGroup

EXAMPLES = """
# The wheel of a pack, with which others install it
hpa pack build acme.nic --out dist
"""
BUILD_EXAMPLES = """
# Into the folder dist of this folder
hpa pack build acme.nic

# Into another one
hpa pack build acme.nic --out wheels
"""

_pack_folder = click.argument(
    "folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, readable=True, path_type=Path)
)


@click.group(cls=VerbGroup, examples=EXAMPLES, no_args_is_help=False)
def command() -> None:
    """Publish a pack, look at one, and compare two versions of it."""


@command.command("build", cls=Verb, examples=BUILD_EXAMPLES)
@_pack_folder
@click.option(
    "--out",
    metavar="DIR",
    default="dist",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the wheel goes.  [default: dist]",
)
def build_command(folder: Path, out: Path) -> None:
    """Make the wheel of a pack: the same bytes every time.

    The pack must be lint clean and its tests must pass. Its drivers come along
    as they lie there; they are not run, and whoever installs the wheel must allow them.
    """
    from hpa_discovery.packs.publishing.build import CasesFailed, build_wheel

    try:
        built = build_wheel(folder, out)
    except CasesFailed as error:
        for result in error.results:
            for line in result.lines():
                say(printable(line))
        raise
    for finding in built.warnings:
        say(printable(f"{finding.file}:{finding.line}:{finding.column}: {finding.severity} {finding.code}"))
    if built.left_out:
        say(printable(f"not published: {', '.join(built.left_out)}"))
    click.echo(printable(str(built.path)))


for serving_command in COMMANDS:
    command.add_command(serving_command)
