# SPDX-License-Identifier: Apache-2.0
"""`hpa new`: packs and rules to start from, which already pass lint, tests, coverage and mutation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from hpa_discovery.cli.options import DEFAULT_SOURCE
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.verbs import Verb, VerbGroup
from hpa_discovery.packs.scaffold import new_pack, new_rule

EXAMPLES = """
# A pack of your own, in the folder acme.nic
hpa new pack acme.nic

# A rule in it, with its tests
hpa new rule acme.nic/smart-nic
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

_folder = click.option(
    "--dir",
    "folder",
    metavar="DIR",
    default=".",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where the pack is, or is made.  [default: this folder]",
)
_feature = click.option("--feature", metavar="NAME", help="The hpa-feature that the rule answers.")


@click.group(cls=VerbGroup, examples=EXAMPLES, no_args_is_help=False)
def command() -> None:
    """Start a pack or a rule that already passes lint and test.

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
@click.option("--source", metavar="NAME", help="What it reads.  [default: as the pack]")
@_feature
def rule_command(name: str, folder: Path, source: str | None, feature: str | None) -> None:
    """Start a rule and its tests in a pack."""
    _tell(new_rule(name, folder, source=source, feature=feature))


def _tell(written: Sequence[Path]) -> None:
    for path in written:
        click.echo(printable(f"wrote {path}"))
