# SPDX-License-Identifier: Apache-2.0
"""`hpa region import`: the regions that ONAP knows already."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from hpa_discovery.cli.aai_workplace import aai_workplace, asking_aai
from hpa_discovery.cli.deployment import actor
from hpa_discovery.cli.options import output_option
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.region_faults import refusals
from hpa_discovery.cli.region_options import split_name, store_options
from hpa_discovery.cli.service_options import egress_option
from hpa_discovery.cli.settings_file import INPUT, read_line, read_pem
from hpa_discovery.cli.tables import drawer
from hpa_discovery.cli.verbs import Verb
from hpa_discovery.cli.waiting import waiting
from hpa_discovery.cli.writers import encoded

EXAMPLES = """
# What would become of each region of this A&AI
hpa region import --aai-url https://aai.example:8443 --aai-user AAI --aai-password aai.password --dry-run
"""


_DOING = "importing regions"


@click.command(cls=Verb, examples=EXAMPLES)
@click.argument("names", metavar="[OWNER/REGION]...", nargs=-1)
@click.option("--aai-url", metavar="URL", required=True, help="Of A&AI.")
@click.option("--aai-user", metavar="NAME", required=True, help="The user there.")
@click.option(
    "--aai-password", metavar="FILE|-", type=INPUT, required=True, help="A file with the password and nothing else."
)
@click.option("--aai-ca", metavar="FILE", type=INPUT, help="The CAs of A&AI, PEM; the text is kept.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of each.")
@egress_option
@store_options
@output_option
def command(
    names: Sequence[str],
    aai_url: str,
    aai_user: str,
    aai_password: str,
    aai_ca: str | None,
    dry_run: bool,
    output: str,
    **place: Any,
) -> int:
    """Register the regions that A&AI knows, with the addresses and passwords that ONAP uses.

    They are in mode plan, and published to the A&AI they come from. One that is
    registered already stays as it is. Exit code 1 when one cannot be registered.
    """
    for name in names:
        split_name(name)
    aai = {"url": aai_url, "user": aai_user, "password": read_line(aai_password, "password")}
    aai |= {} if aai_ca is None else {"ca": read_pem(aai_ca, "CAs")}
    with aai_workplace("region import", begin=True, **place) as workplace:
        from hpa_discovery.service.importing import import_regions
        from hpa_discovery.service.regions import Actor, Regions

        book = Regions(workplace.store, lambda: workplace.secrets)
        with asking_aai(_DOING), refusals(_DOING), waiting("asking A&AI for its regions"):
            found = list(import_regions(workplace, book, aai, Actor(actor()), only=names, dry=dry_run))
    if output == "json":
        sys.stdout.buffer.write(encoded([each.as_json() for each in found]) + b"\n")
    else:
        lines = [[printable(each.name), each.outcome, printable(each.why)] for each in found]
        drawer(sys.stdout)(["region", "outcome", "why"], lines, sys.stdout)
    return 1 if any(each.outcome == "left out" for each in found) else 0
