# SPDX-License-Identifier: Apache-2.0
"""The entry point of `hpa`: its verbs, and from what happened to an exit code.

0 fine; 1 findings, or errors in the data; 2 wrong usage; 3 our own fault.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from hpa_discovery.cli.faults import exit_code_of
from hpa_discovery.cli.streams import make_usable
from hpa_discovery.cli.verbs import LazyGroup, Settings

VERBS = {
    "discover": ("hpa_discovery.cli.discover", "Tell the hardware capabilities of flavors, nodes or systems."),
    "explain": ("hpa_discovery.cli.explain", "Say why each rule fired or not, and what would make it fire."),
    "lint": ("hpa_discovery.cli.lint", "Find what is wrong in packs, rules and overlays."),
    "test": ("hpa_discovery.cli.test", "Run the test cases of packs; measure coverage; try mutants."),
    "driver": ("hpa_discovery.cli.driver", "List, allow, revoke and try drivers."),
    "new": ("hpa_discovery.cli.new", "Start a pack, a rule or a driver that already passes lint and test."),
    "pack": ("hpa_discovery.cli.pack", "Publish a pack, look at one, and compare two versions of it."),
    "serve": ("hpa_discovery.cli.serve", "Serve the HTTP API, and take up packs while they change."),
    "region": ("hpa_discovery.cli.region", "Register clouds, look at them, and change how they are looked at."),
    "plan": ("hpa_discovery.cli.plan", "Say what an apply would do to a region's A&AI."),
    "apply": ("hpa_discovery.cli.apply", "Write what differs to a region's A&AI."),
    "alarms": ("hpa_discovery.cli.alarms", "Tell which faults there are in a deployment, and look after them."),
    "token": ("hpa_discovery.cli.token", "Create, list and revoke the tokens of a deployment."),
    "audit": ("hpa_discovery.cli.audit", "Tell who changed what in a deployment."),
    "secrets": ("hpa_discovery.cli.secrets", "Look after the keys that secrets are sealed with."),
    "doctor": ("hpa_discovery.cli.doctor", "Look at all that the service needs, and say what is wrong."),
    "schema": ("hpa_discovery.cli.schema", "List the JSON Schemas, or print one."),
    "completion": ("hpa_discovery.cli.completion", "Print the completion script of a shell."),
}
EXAMPLES = """
# The capabilities of the flavors in a file, as a table
hpa discover flavor.json

# What is wrong with the packs below this folder
hpa lint .

# The options of one command, with examples
hpa discover --help
"""
CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"]}


def _print_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        # Slow to import, so not at the top.
        from hpa_discovery.cli.version import version

        click.echo(f"hpa-discovery {version()}")
        ctx.exit()


@click.group(cls=LazyGroup, verbs=VERBS, examples=EXAMPLES, context_settings=CONTEXT, no_args_is_help=False)
@click.option(
    "--debug", is_flag=True, envvar="HPA_DEBUG", help="Show the traceback of a fault of ours; so does HPA_DEBUG=1."
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
@click.pass_obj
def cli(settings: Settings, debug: bool) -> None:
    """Discover what hardware can do, by rules that are data.

    Answers are ONAP A&AI hpa-capability objects. Exit codes: 0 fine; 1
    findings, or errors in the data; 2 wrong usage; 3 our own fault.
    """
    settings.debug = debug


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `hpa` with `arguments` (default: the process's); returns the exit code, never raises."""
    make_usable()
    settings = Settings()
    return exit_code_of(lambda: run(sys.argv[1:] if arguments is None else arguments, settings), settings)


def run(arguments: Sequence[str], settings: Settings) -> int:
    """Run `hpa`; exceptions pass."""
    # A verb returns its exit code, or None for 0; click gives the code of --help and --version.
    code = cli.main(list(arguments), prog_name="hpa", standalone_mode=False, obj=settings)
    return code if isinstance(code, int) else 0
