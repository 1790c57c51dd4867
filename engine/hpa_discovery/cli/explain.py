# SPDX-License-Identifier: Apache-2.0
"""`hpa explain`: why each rule answered a subject as it did, and what would make it fire."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from hpa_discovery.cli.asking import asking
from hpa_discovery.cli.context_file import merge, read_context_file
from hpa_discovery.cli.deployment import Deployment
from hpa_discovery.cli.faults import say
from hpa_discovery.cli.options import (
    Names,
    context_option,
    database_option,
    needed_files,
    pack_path_option,
    packs_option,
    source_option,
    state_dir_option,
)
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.subjects import read_files
from hpa_discovery.cli.verbs import Verb
from hpa_discovery.cli.writers import JsonArray, Sink
from hpa_discovery.discovery.explain import Explanation, explain
from hpa_discovery.discovery.explain_text import lines
from hpa_discovery.packs.activate import activate
from hpa_discovery.packs.installed import installed_packs

EXAMPLES = """
# Every rule: fired or not, and why
hpa explain flavor.json

# One rule, with the aliases of the site
hpa explain flavor.json --rule onap.openstack/cpu-pinning --context context.yaml

# The same for a program, about flavors that come from a pipe
cat flavors.json | hpa explain - -o json
"""


@click.command(cls=Verb, examples=EXAMPLES)
@needed_files
@click.option("--rule", metavar="ID", help="Only this rule, such as onap.openstack/cpu-pinning.")
@source_option
@context_option
@packs_option
@pack_path_option
@state_dir_option
@database_option
@click.option(
    "-o", "--output", type=click.Choice(["text", "json"]), default="text", help="text is for people.  [default: text]"
)
def command(
    files: Sequence[str],
    rule: str | None,
    source: str,
    context: Path | None,
    packs: Names,
    pack_path: Sequence[Path],
    state_dir: Path,
    database: str | None,
    output: str,
) -> int:
    """Say why each rule fired or not, and what would make it fire.

    FILE is read as by discover. Shown are the values, where they were read, every
    condition, and for each attribute the rule, the pack's version and the path it
    comes from. What a rule calls sensitive is masked.
    """
    known = read_context_file(context) if context is not None else {}
    sink: Sink = JsonArray(sys.stdout.buffer) if output == "json" else _Trees()
    failed = False
    with asking(Deployment(state_dir, database)) as ask:
        generation = activate(source, packs, pack_path, ask=ask, installed=installed_packs())
        for row in read_files(files):
            if row.problem is None:
                sink.write(explain(generation, source, row.subject, merge(known, row.context), rule=rule))
            else:
                say(f"error: {row.problem.message}")
                failed = True
    sink.end()
    return 1 if failed else 0


class _Trees:
    """Explanations as trees of text, with an empty line between them."""

    def __init__(self) -> None:
        self._first = True

    def write(self, explanation: Explanation) -> None:
        if not self._first:
            click.echo()
        self._first = False
        for line in lines(explanation):
            click.echo(printable(line))

    def end(self) -> None:
        """Nothing comes after the last tree."""
