# SPDX-License-Identifier: Apache-2.0
"""`hpa plan`: what would be written to a region's A&AI, from a fresh read."""

from __future__ import annotations

import sys
from typing import Any

import click

from hpa_discovery.cli.aai_workplace import aai_options, aai_turns, asking_aai
from hpa_discovery.cli.faults import say
from hpa_discovery.cli.plan_tables import draw_plan
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.verbs import Verb
from hpa_discovery.cli.waiting import waiting
from hpa_discovery.cli.writers import encoded

EXAMPLES = """
# What an apply would create, change and delete, and why
hpa plan acme/region-one

# Each row, and what stays, too, for a program
hpa plan acme/region-one --all -o json
"""


@click.command(cls=Verb, examples=EXAMPLES)
@click.option("--all", "everything", is_flag=True, help="Each row, however many, with ids, and what stays, too.")
@aai_options
def command(
    name: tuple[str, str], everything: bool, allow_deletes: int, adopt: bool, output: str, **place: Any
) -> None:
    """Say what an apply would do to a region's A&AI.

    A&AI is read now. Nothing is written, neither there nor in the deployment.
    A last line says when ONAP's OOF skips the region, whatever is published.
    """
    called = "/".join(name)
    with aai_turns("plan", **place) as turns:
        from hpa_discovery.service.aai_turns import Wanted

        with waiting(f"reading the A&AI of {printable(called)}"):
            with asking_aai(f"planning region {called}"):
                plan = turns.plan(*name, Wanted(allow_deletes, adopt))
            skipped = turns.why_oof_skips(*name)
    if output == "json":
        told = plan.as_json()
        told["oof_skips"] = skipped
        told["actions"] = [each for each in told["actions"] if everything or each["action"] != "keep"]
        sys.stdout.buffer.write(encoded(told) + b"\n")
    grouped = output != "json" and draw_plan(plan, sys.stdout, everything=everything)
    sys.stdout.flush()  # where both go to one place, the summary comes last
    if grouped:
        say("many rows, so they are told in groups; --all tells each")
    counts = ", ".join(f"{count} to {kind}" for kind, count in plan.counts().items())
    say(counts)
    if plan.held:
        say(printable(f"held: {plan.held}; when it is right: hpa apply {called} --allow-deletes {plan.deletes}"))
    if skipped:
        say(printable(skipped))
