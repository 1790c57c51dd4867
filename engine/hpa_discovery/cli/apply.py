# SPDX-License-Identifier: Apache-2.0
"""`hpa apply`: make a region's A&AI right, now."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from hpa_discovery.cli.aai_workplace import aai_options, aai_turns
from hpa_discovery.cli.deployment import actor
from hpa_discovery.cli.faults import say
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.tables import drawer
from hpa_discovery.cli.verbs import Verb
from hpa_discovery.cli.waiting import waiting
from hpa_discovery.cli.writers import encoded
from hpa_discovery.errors import UsageError

EXAMPLES = """
# What hpa plan says, though the region's mode is plan
hpa apply acme/region-one

# A plan that is held, since it deletes much, and is right
hpa apply acme/region-one --allow-deletes 40

# Take out all that is ours, and switch the region off
hpa apply acme/region-one --unregister
"""
_ROWS = ("done", "silent", "left", "held", "error")


@click.command(cls=Verb, examples=EXAMPLES)
@click.option("--unregister", is_flag=True, help="Delete all that is ours instead, and switch the region off.")
@aai_options
def command(name: tuple[str, str], unregister: bool, allow_deletes: int, adopt: bool, output: str, **place: Any) -> int:
    """Write what differs to a region's A&AI.

    Exit code 1 when something is held, refused or has no answer; the service tries
    again what it may.
    """
    if unregister and (adopt or allow_deletes):
        raise UsageError("--unregister deletes all that is ours: neither --adopt nor --allow-deletes goes with it")
    with aai_turns("apply", **place) as turns:
        from hpa_discovery.service.aai_turns import Wanted
        from hpa_discovery.service.regions import Actor

        by = Actor(actor())
        try:
            with waiting(f"writing to the A&AI of {'/'.join(map(printable, name))}"):
                told = (
                    turns.unregister(*name, by) if unregister else turns.apply(*name, Wanted(allow_deletes, adopt), by)
                )
        except KeyboardInterrupt:
            say("what was sent so far may be done; hpa plan tells, and applying again does the rest")
            raise
    if output == "json":
        sys.stdout.buffer.write(encoded(told) + b"\n")
    else:
        drawer(sys.stdout)(["/".join(map(printable, name)), ""], [list(row) for row in _lines(told)], sys.stdout)
    return 0 if told["complete"] else 1


def _lines(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if told["counts"] is None and not told["error"]:
        yield "nothing done", "nothing in A&AI is ours"
    for kind, count in (told["counts"] or {}).items():
        yield f"to {kind}", str(count)
    for member in _ROWS:
        if told[member]:
            yield member, printable(str(told[member]))
    for refusal in told["refused"]:
        yield "refused", printable(f"{refusal['flavor']} {refusal['feature']}: {refusal['reason']}")
