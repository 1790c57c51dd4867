# SPDX-License-Identifier: Apache-2.0
"""`hpa lint`: what is wrong in packs, all at once. It reads files and runs nothing."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import click

from hpa_discovery.cli.faults import say
from hpa_discovery.cli.options import paths_argument
from hpa_discovery.cli.printable import many
from hpa_discovery.cli.verbs import Verb
from hpa_discovery.model import Severity
from hpa_discovery.packs import catalogue, report
from hpa_discovery.packs.lint import LintResult, lint_paths

EXAMPLES = """
# Every pack in this folder and right below it
hpa lint

# One rule
hpa lint packs/acme.nic/dpu.yaml

# As annotations of a pull request, or for a code scanner
hpa lint packs --format github
hpa lint packs --format sarif > lint.sarif

# What a code means, with a bad and a good example
hpa lint --explain expr.scope

# Also whether a rule was renamed since an earlier copy of the packs
hpa lint packs --base released
"""


@click.command(cls=Verb, examples=EXAMPLES)
@paths_argument
@click.option(
    "--format", "form", type=click.Choice(report.FORMATS), default="text", help="text is for people.  [default: text]"
)
@click.option("--explain", "code", metavar="CODE", help="Print the page of a code instead.")
@click.option(
    "--base",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="An earlier copy of the packs, to find rules that lost their id.",
)
def command(paths: Sequence[Path], form: report.Format, code: str | None, base: Path | None) -> int:
    """Find what is wrong in packs, rules and overlays.

    PATH is a pack, a folder of packs, or a file; the default is this folder. Exit
    code 1 when there is an error; a warning alone is no error.
    """
    if code is not None:
        click.echo(catalogue.page(code))
        return 0
    result = lint_paths(paths or [Path()], base=base)
    report.write(result.findings, form, sys.stdout)
    sys.stdout.flush()  # where both go to one place, the summary comes last
    if form == "text":
        say(_summary(result))
    return 0 if result.ok else 1


def _summary(result: LintResult) -> str:
    counts = Counter(finding.severity for finding in result.findings)
    told = [many(counts[severity], severity) for severity in get_args(Severity) if counts[severity]]
    looked_at = f"{many(result.files, 'file')} in {many(len(result.packs), 'pack')}"
    return f"{looked_at}: {', '.join(told) or 'nothing amiss'}"
