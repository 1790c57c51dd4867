# SPDX-License-Identifier: Apache-2.0
"""`hpa schema`: the JSON Schemas that editors and other programs can check YAML and answers with."""

from __future__ import annotations

import json
from pathlib import Path

import click

from hpa_discovery.cli.verbs import Verb
from hpa_discovery.errors import UsageError
from hpa_discovery.resources import bundled

EXAMPLES = """
# Which schemas there are
hpa schema

# The schema of a rule, for an editor
hpa schema rule > rule.schema.json

# What a rule may read from a flavor
hpa schema inputs/openstack.flavor
"""


@click.command(cls=Verb, examples=EXAMPLES)
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the JSON Schemas, or print one."""
    files = schema_files()
    if name is None:
        width = max(map(len, files))
        for known, path in files.items():
            click.echo(f"{known.ljust(width)}  {json.loads(path.read_text('utf-8'))['title']}")
    elif name in files:
        click.echo(files[name].read_text("utf-8"), nl=False)
    else:
        raise UsageError(f"no schema {name!r}; known are {', '.join(files)}")


def schema_files() -> dict[str, Path]:
    """Every schema's file by the name that the command line has for it."""
    root = bundled("schemas")
    found = sorted(root.glob("*.json")) + sorted((root / "inputs").glob("*.json"))
    return {path.relative_to(root).as_posix().removesuffix(".json"): path for path in found}
