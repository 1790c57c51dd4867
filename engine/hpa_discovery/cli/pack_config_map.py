# SPDX-License-Identifier: Apache-2.0
"""`hpa pack configmap`: a pack for a cluster, without an image of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from hpa_discovery.cli.pack_building import pack_folder, telling_cases
from hpa_discovery.cli.verbs import Verb

EXAMPLES = """
# The ConfigMap, for a repository or for kubectl apply --server-side -f -
hpa pack configmap acme.nic > acme-nic.yaml

# Under another name
hpa pack configmap acme.nic --name acme-cards
"""


@click.command("configmap", cls=Verb, examples=EXAMPLES)
@pack_folder
@click.option("--name", metavar="NAME", help="The ConfigMap's name.  [default: hpa-pack- and the name in pack.yaml]")
def config_map_command(folder: Path, name: str | None) -> None:
    """Print a pack as a Kubernetes ConfigMap.

    The comments below it are the volume that gives the files their folders back. The pack must
    be fit to be published as for build, have no drivers, and fit the 1 MiB that Kubernetes takes.
    """
    from hpa_discovery.packs.publishing.config_map import make_config_map

    with telling_cases():
        made = make_config_map(folder, name)
    click.echo(made.document().encode(), nl=False)
