# SPDX-License-Identifier: Apache-2.0
"""`hpa test`: the test cases of packs, what they leave unseen, and the mutants they do not notice."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from hpa_discovery.cli.options import paths_argument
from hpa_discovery.cli.pack_report import PackReport
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.verbs import Verb
from hpa_discovery.cli.writers import JsonArray, Sink
from hpa_discovery.errors import PackError, UsageError
from hpa_discovery.packs.cases import run_cases
from hpa_discovery.packs.coverage import measure
from hpa_discovery.packs.files import PACK_FILE, TEST_SUFFIX
from hpa_discovery.packs.lint_targets import packs_at
from hpa_discovery.packs.load import LoadedPack, load_pack
from hpa_discovery.packs.mutation import mutate as try_mutants

EXAMPLES = """
# The cases of every pack in this folder and right below it
hpa test

# The cases of one rule
hpa test packs/acme.nic/dpu.test.yaml

# Does a case show every condition true and false, and every attribute?
hpa test packs --coverage

# Change the rules in small ways: is there a case that notices?
hpa test packs --coverage --mutate
"""


@click.command(cls=Verb, examples=EXAMPLES)
@paths_argument
@click.option("--coverage", is_flag=True, help="Say which conditions and attributes no case shows.")
@click.option("--mutate", is_flag=True, help="Change each rule in small ways; a change that passes is a missing case.")
@click.option(
    "-o", "--output", type=click.Choice(["text", "json"]), default="text", help="text is for people.  [default: text]"
)
def command(paths: Sequence[Path], coverage: bool, mutate: bool, output: str) -> int:
    """Run the test cases of packs; measure coverage; try mutants.

    PATH is a pack, a folder of packs, a rule or its test file; the default is this
    folder. Exit code 1 when a case fails, something is not covered, or a mutant survives.
    """
    packs = [_load(*found) for path in paths or [Path()] for found in _packs_at(path)]
    refused = [finding for pack in packs for finding in pack.findings if finding.severity == "error"]
    if refused:
        raise PackError("testing packs: those with errors cannot be tested", refused)
    sink: Sink = JsonArray(sys.stdout.buffer) if output == "json" else _Lines()
    failed = False
    for pack in packs:
        report = PackReport(run_cases(pack), measure(pack) if coverage else None, try_mutants(pack) if mutate else None)
        sink.write(report.as_json() if output == "json" else report.lines())
        failed = failed or report.failed
    sink.end()
    return 1 if failed else 0


class _Lines:
    """Reports as lines of text."""

    def write(self, told: Sequence[str]) -> None:
        for line in told:
            click.echo(printable(line))

    def end(self) -> None:
        """Nothing comes after the last line."""


def _packs_at(path: Path) -> list[tuple[Path, str]]:
    """The packs at `path`, each with the name of the one rule that is meant, or ""."""
    if path.is_dir():
        roots = packs_at(path)
        if not roots:
            raise UsageError(f"no pack in {path}: neither it nor a folder below it holds a {PACK_FILE}")
        return [(root, "") for root in roots]
    for root in path.parents:
        if (root / PACK_FILE).is_file():
            return [(root, "" if path.name == PACK_FILE else _rule_name(path))]
    raise UsageError(f"{path} belongs to no pack: no folder above it holds a {PACK_FILE}")


def _rule_name(path: Path) -> str:
    return path.name.removesuffix(TEST_SUFFIX).removesuffix(".yaml")


def _load(root: Path, rule_name: str) -> LoadedPack:
    """The pack with its tests; cut down to one rule where one is meant."""
    loaded = load_pack(root, tests=True)
    if loaded.pack is None or not rule_name:
        return loaded
    rule_id = f"{loaded.pack.namespace}/{rule_name}"
    rules = tuple(rule for rule in loaded.pack.rules if rule.id == rule_id)
    if not rules:
        known = ", ".join(rule.id for rule in loaded.pack.rules)
        raise UsageError(f"the pack in {root} has no rule {rule_id}; its rules are {known}")
    return replace(loaded, pack=replace(loaded.pack, rules=rules))
