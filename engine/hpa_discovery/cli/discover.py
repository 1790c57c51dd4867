# SPDX-License-Identifier: Apache-2.0
"""`hpa discover`: subjects in, their capabilities out, one row each and in order."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from hpa_discovery.cli.answers import Answer, Answers
from hpa_discovery.cli.asking import asking
from hpa_discovery.cli.context_file import read_context_file
from hpa_discovery.cli.deployment import Deployment
from hpa_discovery.cli.options import (
    Names,
    context_option,
    database_option,
    input_files,
    lines_output_option,
    pack_path_option,
    packs_option,
    source_option,
    state_dir_option,
)
from hpa_discovery.cli.progress import Progress, terminal
from hpa_discovery.cli.subjects import InputRow, read_files
from hpa_discovery.cli.verbs import Verb
from hpa_discovery.cli.writers import JsonArray, JsonLines, Sink
from hpa_discovery.errors import UsageError
from hpa_discovery.packs.activate import activate
from hpa_discovery.packs.installed import installed_packs

EXAMPLES = """
# The capabilities of one flavor, as a table
hpa discover flavor.json

# What Nova answers, read from a pipe; one JSON row a flavor, with the ids that A&AI gets
cat flavors.json | hpa discover - -o jsonl --owner example --region region-one

# With the PCI aliases of the site, and with a pack of your own
hpa discover flavor.json --context context.yaml --pack-path packs

# As ONAP's own driver would answer
hpa discover flavor.json --packs onap.openstack-compat -o json

# Every flavor of a cloud in clouds.yaml whose name starts with onap.
hpa discover --cloud mycloud --name-prefix onap.
"""


@click.command(cls=Verb, examples=EXAMPLES)
@input_files
@click.option("--cloud", metavar="NAME", help="Read the flavors of this cloud in clouds.yaml; envvars means OS_*.")
@click.option("--name-prefix", metavar="TEXT", default="", help="Of a cloud, only flavors whose name starts so.")
@source_option
@context_option
@packs_option
@pack_path_option
@state_dir_option
@database_option
@click.option("--owner", metavar="TEXT", help="The cloud-owner in A&AI.  [default: the context's vim.cloud_owner]")
@click.option("--region", metavar="TEXT", help="The cloud-region-id.  [default: the context's vim.cloud_region_id]")
@lines_output_option
def command(
    files: Sequence[str],
    cloud: str | None,
    name_prefix: str,
    source: str,
    context: Path | None,
    packs: Names,
    pack_path: Sequence[Path],
    state_dir: Path,
    database: str | None,
    owner: str | None,
    region: str | None,
    output: str,
) -> int:
    """Tell the hardware capabilities of flavors, nodes or systems.

    FILE is a JSON document (a subject, a list, or what Nova answers), or JSON
    Lines of {"subject": {...}, "context": {...}}; - is standard input. Exit code
    1 when a subject could not be answered in full because of an error.
    """
    _check_usage(files, cloud, name_prefix, source)
    known = read_context_file(context) if context is not None else {}
    with asking(Deployment(state_dir, database)) as ask:
        generation = activate(source, packs, pack_path, ask=ask, installed=installed_packs())
        rows = read_files(files) if cloud is None else _of_cloud(cloud, name_prefix)
        failed = _write_all(Answers(generation, source, known, owner, region).of(rows), output)
    return 1 if failed else 0


def _check_usage(files: Sequence[str], cloud: str | None, name_prefix: str, source: str) -> None:
    if bool(files) == (cloud is not None):
        raise UsageError("say what to read: FILE (- for standard input) or --cloud NAME, one of them")
    if cloud is None:
        if name_prefix:
            raise UsageError("--name-prefix chooses among the flavors of --cloud; a file is read whole")
        return
    from hpa_discovery.sources import openstack

    if source != openstack.NAME:
        raise UsageError(f"--cloud reads {openstack.NAME}; --source says {source}")


def _of_cloud(cloud: str, name_prefix: str) -> Iterator[InputRow]:
    from hpa_discovery.sources import openstack

    for flavor in openstack.list_flavors(openstack.Config(cloud, name_prefix)):
        yield InputRow(flavor)


def _sink(output: str) -> Sink:
    if output == "jsonl":
        return JsonLines(sys.stdout.buffer)
    if output == "json":
        return JsonArray(sys.stdout.buffer)
    from hpa_discovery.cli.tables import Tables

    return Tables(sys.stdout)


def _write_all(answers: Iterable[Answer], output: str) -> bool:
    """Write every answer as soon as it is there; whether one of them failed."""
    sink, failed = _sink(output), False
    with Progress("subjects", terminal()) as progress:
        for answer in answers:
            sink.write(answer if output == "table" else answer.row())
            failed = failed or answer.failed
            progress.advance()
    sink.end()
    return failed
