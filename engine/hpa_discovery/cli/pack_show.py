# SPDX-License-Identifier: Apache-2.0
"""`hpa pack show`: what a pack is, before one installs it or while one uses it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from hpa_discovery.cli.options import database_option, state_dir_option
from hpa_discovery.cli.printable import many, printable
from hpa_discovery.cli.verbs import Verb
from hpa_discovery.cli.writers import encoded

EXAMPLES = """
# What others sent, before it is installed
hpa pack show onap_device_driver_acme_nic-0.1.0-py3-none-any.whl

# A folder, and a pack that is bundled or installed
hpa pack show acme.nic
hpa pack show onap.openstack -o json
"""


@click.command("show", cls=Verb, examples=EXAMPLES)
@click.argument("pack", metavar="DIR|WHEEL|NAME")
@state_dir_option
@database_option
@click.option(
    "-o", "--output", type=click.Choice(["text", "json"]), default="text", help="text is for people.  [default: text]"
)
def show_command(pack: str, state_dir: Path, database: str | None, output: str) -> int:
    """Show what a pack is: what it answers, by which rules and drivers.

    NAME is the namespace of a pack that is installed or bundled. The state directory says
    which of its drivers may run. Exit code 1 when the pack has errors.
    """
    told = _about(pack, state_dir, database)
    if output == "json":
        sys.stdout.buffer.write(encoded(told) + b"\n")
    else:
        for line in _lines(told):
            click.echo(printable(line))
    return 1 if told["errors"] else 0


def _about(given: str, state_dir: Path, database: str | None) -> dict[str, Any]:
    from hpa_discovery.cli.deployment import Deployment
    from hpa_discovery.cli.driver_allowing import read_allowed
    from hpa_discovery.errors import PackError
    from hpa_discovery.packs.load import load_pack
    from hpa_discovery.packs.publishing.about import about
    from hpa_discovery.packs.publishing.opening import open_pack

    doing = "showing a pack"
    with open_pack(given, doing) as opened:
        loaded = load_pack(opened.root, tests=True)
        if loaded.known is None or not loaded.known.namespace:
            raise PackError(f"{doing}: {given} cannot be read", loaded.findings)
        # Without drivers there is nothing that the state directory could say.
        drivers = loaded.known.drivers
        return about(opened, loaded, read_allowed(Deployment(state_dir, database)) if drivers else ())


def _lines(told: dict[str, Any]) -> Iterator[str]:
    yield f"{told['pack']} {told['version']}"
    yield f"  from        {told['from']} ({told['origin']})"
    yield f"  published   onap-device-driver-{told['name']}, {told['license']}"
    yield f"  level       {told['level']}, activation {told['activation']}"
    for name, value in told["requires"].items():
        yield f"  {name.ljust(10)}  {value if isinstance(value, str) else ', '.join(value)}"
    yield f"  features    {', '.join(told['features'])}"
    for rule in told["rules"]:
        yield f"  rule        {rule['rule']}: {rule['title']} ({rule['maturity']}, {many(rule['cases'], 'case')})"
    for driver in told["drivers"]:
        yield f"  driver      {driver['driver']}: {driver['title']}"
        yield f"    digest    {driver['digest']}, {'allowed' if driver['allowed'] else 'not allowed'}"
    for param in told["params"]:
        yield f"  parameter   {param['name']} = {param['default']!r}: {param['description']}".removesuffix(": ")
    for table in told["tables"]:
        yield f"  table       {table['name']}, {table['entries']} entries"
    if told["errors"]:
        yield f"  {many(told['errors'], 'error')}, which hpa lint tells"
