# SPDX-License-Identifier: Apache-2.0
"""`hpa pack build`: the wheel of a pack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from hpa_discovery.cli.faults import say
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.verbs import Verb

EXAMPLES = """
# Into the folder dist of this folder
hpa pack build acme.nic

# Into another one
hpa pack build acme.nic --out wheels
"""

pack_folder = click.argument(
    "folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, readable=True, path_type=Path)
)


@click.command("build", cls=Verb, examples=EXAMPLES)
@pack_folder
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
    from hpa_discovery.packs.publishing.build import build_wheel

    with telling_cases():
        built = build_wheel(folder, out)
    for finding in built.warnings:
        say(printable(f"{finding.file}:{finding.line}:{finding.column}: {finding.severity} {finding.code}"))
    if built.left_out:
        say(printable(f"not published: {', '.join(built.left_out)}"))
    click.echo(printable(str(built.path)))


@contextmanager
def telling_cases() -> Iterator[None]:
    """Tell of the cases that fail, as hpa test does, before the error that they make."""
    from hpa_discovery.packs.publishing.build import CasesFailed

    try:
        yield
    except CasesFailed as error:
        for result in error.results:
            for line in result.lines():
                say(printable(line))
        raise
