# SPDX-License-Identifier: Apache-2.0
"""`hpa pack diff`: what a new version of a pack changes in meaning, and whether its version says so."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hpa_discovery.cli.options import context_option, output_option, source_option
from hpa_discovery.cli.verbs import Verb
from hpa_discovery.errors import PackError, UsageError

if TYPE_CHECKING:
    from hpa_discovery.cli.pack_diff_report import AnsweredSubjects
    from hpa_discovery.language.pack import Pack
    from hpa_discovery.packs.load import LoadedPack

EXAMPLES = """
# What changed since the wheel that is published
hpa pack diff released/onap_device_driver_acme_nic-0.1.0-py3-none-any.whl acme.nic

# And which of the flavors of a cloud are answered differently
hpa pack diff released/acme.nic acme.nic --subjects flavors.json --context context.yaml
"""
_FILE = click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True)
_DOING = "comparing packs"


@click.command("diff", cls=Verb, examples=EXAMPLES)
@click.argument("old")
@click.argument("new")
@click.option("--subjects", metavar="FILE", type=_FILE, multiple=True, help="Recorded subjects, as hpa discover reads.")
@source_option
@context_option
@output_option
def diff_command(old: str, new: str, subjects: Sequence[str], source: str, context: Path | None, output: str) -> int:
    """Say what changes in meaning from OLD to NEW, and which version step that asks for.

    Both are as for show. MAJOR takes an answer away or gives it another meaning, MINOR adds one,
    PATCH is all else. Drivers are not run. Exit code 1 when the version of NEW took too small a step.
    """
    from hpa_discovery.cli.pack_diff_report import DiffReport
    from hpa_discovery.packs.cases import usable
    from hpa_discovery.packs.publishing.changes import compare_packs
    from hpa_discovery.packs.publishing.recorded import compare_cases

    if context is not None and not subjects:
        raise UsageError("--context is what is known beside --subjects; give some, or leave it out")
    with _opened(old) as before, _opened(new) as after:
        packs = usable(before), usable(after)
        changes = [*compare_packs(*packs), *compare_cases(before, after)]
        report = DiffReport(*packs, changes, _subjects(*packs, subjects, source, context))
    report.write(sys.stdout, output)
    return 0 if report.step.enough else 1


def _subjects(old: Pack, new: Pack, files: Sequence[str], source: str, context: Path | None) -> AnsweredSubjects | None:
    """What is different about the recorded subjects; None without any."""
    from hpa_discovery.cli.context_file import merge, read_context_file
    from hpa_discovery.cli.pack_diff_report import AnsweredSubjects
    from hpa_discovery.cli.subjects import read_files
    from hpa_discovery.discovery.rows import identify
    from hpa_discovery.packs.contracts import load_contracts
    from hpa_discovery.packs.publishing.recorded import Recorded

    if not files:
        return None
    known = read_context_file(context) if context is not None else {}
    recorded, found = Recorded(old, new, source), AnsweredSubjects()
    for row in read_files(files):
        changes = recorded.compare(row.subject, merge(known, row.context)) if row.problem is None else None
        found.add(identify(load_contracts()[source], row.subject), changes)
    return found


@contextmanager
def _opened(given: str) -> Iterator[LoadedPack]:
    """The pack with its tests. PackError when it has errors."""
    from hpa_discovery.packs.load import load_pack
    from hpa_discovery.packs.publishing.opening import open_pack

    with open_pack(given, _DOING) as opened:
        loaded = load_pack(opened.root, tests=True)
        if not loaded.ok:
            raise PackError(f"{_DOING}: {given} has errors, so nobody knows what it means", loaded.findings)
        yield loaded
