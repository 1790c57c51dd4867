# SPDX-License-Identifier: Apache-2.0
"""`hpa new`: packs, rules and drivers to start from, which already pass lint, tests, coverage and mutation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from hpa_discovery.cli.options import DEFAULT_SOURCE
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.verbs import Verb, VerbGroup
from hpa_discovery.packs.scaffold import new_pack, new_rule
from hpa_discovery.packs.scaffold_driver import EXAMPLE, LANGUAGES, Language, new_driver

EXAMPLES = """
# A pack of your own, in the folder acme.nic
hpa new pack acme.nic

# A rule in it, with its tests
hpa new rule acme.nic/smart-nic

# A driver in it, for what rules cannot express
hpa new driver acme.nic/cards
"""
PACK_EXAMPLES = """
# A pack with a first rule, its tests, and jobs for GitHub, GitLab and Zuul
hpa new pack acme.nic

# In another folder, and for Kubernetes nodes
hpa new pack acme.gpu --dir packs --source kubernetes.node
"""
RULE_EXAMPLES = """
# A rule and its tests, in the pack acme.nic of this folder
hpa new rule acme.nic/smart-nic

# A rule for another of the sources and features that pack.yaml names
hpa new rule acme.nic/offload --source openstack.flavor --feature pciePassthrough
"""
DRIVER_EXAMPLES = """
# A driver in Python, in the pack acme.nic of this folder
hpa new driver acme.nic/cards

# In Go, of which make builds a program
hpa new driver acme.nic/cards --language go
"""

_folder = click.option(
    "--dir",
    "folder",
    metavar="DIR",
    default=".",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where the pack is, or is made.  [default: this folder]",
)
_source = click.option("--source", metavar="NAME", help="What it reads.  [default: as the pack]")
_feature = click.option("--feature", metavar="NAME", help="The hpa-feature that it answers.")


@click.group(cls=VerbGroup, examples=EXAMPLES, no_args_is_help=False)
def command() -> None:
    """Start a pack, a rule or a driver that already passes lint and test.

    Files that are there already are never overwritten.
    """


@command.command("pack", cls=Verb, examples=PACK_EXAMPLES)
@click.argument("name")
@_folder
@click.option("--source", metavar="NAME", default=DEFAULT_SOURCE, help=f"What it reads.  [default: {DEFAULT_SOURCE}]")
@_feature
def pack_command(name: str, folder: Path, source: str, feature: str | None) -> None:
    """Start a pack: a folder that can be the top of a repository.

    NAME is its namespace: lower-case words joined by . or -, your organization first.
    """
    _tell(new_pack(name, folder, source=source, feature=feature))


@command.command("rule", cls=Verb, examples=RULE_EXAMPLES)
@click.argument("name", metavar="PACK/NAME")
@_folder
@_source
@_feature
def rule_command(name: str, folder: Path, source: str | None, feature: str | None) -> None:
    """Start a rule and its tests in a pack."""
    _tell(new_rule(name, folder, source=source, feature=feature))


@command.command("driver", cls=Verb, examples=DRIVER_EXAMPLES)
@click.argument("name", metavar="PACK/NAME")
@_folder
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="python", help="What it is written in.  [default: python]"
)
@_source
@_feature
def driver_command(name: str, folder: Path, language: Language, source: str | None, feature: str | None) -> None:
    """Start a driver in a pack, with a subject to try it with."""
    written = new_driver(name, folder, language=language, source=source, feature=feature)
    _tell(written)
    own = written[0].parent
    if language == "go":
        click.echo(printable(f"build it:  make -C {own}"))
    click.echo(printable(f"try it:    hpa driver try {own} {own / EXAMPLE}"))


def _tell(written: Sequence[Path]) -> None:
    for path in written:
        click.echo(printable(f"wrote {path}"))
