# SPDX-License-Identifier: Apache-2.0
"""`hpa plan`: what would be written to a region's A&AI, from a fresh read."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from hpa_discovery.cli.aai_workplace import aai_options, aai_turns
from hpa_discovery.cli.faults import say
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.tables import drawer
from hpa_discovery.cli.verbs import Verb
from hpa_discovery.cli.writers import encoded
from hpa_discovery.errors import AaiRefused, ConnectorError, DataError, IncompleteRead

if TYPE_CHECKING:
    from hpa_discovery.aai.plan import Plan

EXAMPLES = """
# What an apply would create, change and delete, and why
hpa plan acme/region-one

# What stays, too, for a program
hpa plan acme/region-one --all -o json
"""


@click.command(cls=Verb, examples=EXAMPLES)
@click.option("--all", "everything", is_flag=True, help="What stays as it is, too.")
@aai_options
def command(
    name: tuple[str, str], everything: bool, allow_deletes: int, adopt: bool, output: str, **place: Any
) -> None:
    """Say what an apply would do to a region's A&AI.

    A&AI is read now. Nothing is written, neither there nor in the deployment.
    A last line says when ONAP's OOF skips the region, whatever is published.
    """
    with aai_turns("plan", **place) as turns:
        from hpa_discovery.service.aai_turns import Wanted

        try:
            plan = turns.plan(*name, Wanted(allow_deletes, adopt))
        except (AaiRefused, ConnectorError, IncompleteRead) as error:
            raise DataError(f"planning region {'/'.join(name)}: {error}") from error
        skipped = turns.why_oof_skips(*name)
    if output == "json":
        told = plan.as_json()
        told["oof-skips"] = skipped
        told["actions"] = [each for each in told["actions"] if everything or each["action"] != "keep"]
        sys.stdout.buffer.write(encoded(told) + b"\n")
    else:
        _draw(plan, everything)
    counts = ", ".join(f"{count} to {kind}" for kind, count in plan.counts().items())
    say(printable(counts + (f"; held: {plan.held}" if plan.held else "")))
    if skipped:
        say(printable(f"OOF skips {'/'.join(name)}: {skipped}"))


def _draw(plan: Plan, everything: bool) -> None:
    lines = []
    for action, flavor, capability, feature, discriminator, why in plan.table():
        if everything or action != "keep":
            what = f"{feature} {discriminator}".strip() if capability else "the flavor itself"
            lines.append(
                [action, printable(flavor), f"{printable(what)}\n  {printable(capability)}".rstrip(), printable(why)]
            )
    drawer(sys.stdout)(["action", "flavor", "feature\n  capability", "why"], lines, sys.stdout)
