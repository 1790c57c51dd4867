# SPDX-License-Identifier: Apache-2.0
"""`hpa pack`: publish a pack, and look at one that others have published."""

from __future__ import annotations

import click

from hpa_discovery.cli.pack_building import build_command
from hpa_discovery.cli.pack_config_map import config_map_command
from hpa_discovery.cli.pack_diff import diff_command
from hpa_discovery.cli.pack_serving import COMMANDS
from hpa_discovery.cli.pack_show import show_command
from hpa_discovery.cli.verbs import VerbGroup

EXAMPLES = """
# The wheel of a pack, with which others install it
hpa pack build acme.nic

# What a pack is that others have sent
hpa pack show onap_device_driver_acme_nic-0.1.0-py3-none-any.whl

# What changed since the last version, and whether the version says so
hpa pack diff released/acme.nic acme.nic
"""


@click.group(cls=VerbGroup, examples=EXAMPLES, no_args_is_help=False)
def command() -> None:
    """Publish a pack, look at one, and compare two versions of it."""


for publishing_command in (build_command, show_command, config_map_command, diff_command):
    command.add_command(publishing_command)
for serving_command in COMMANDS:
    command.add_command(serving_command)
