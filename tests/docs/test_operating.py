# SPDX-License-Identifier: Apache-2.0
"""The operator's page: its tables of codes, levels, exit codes and context name what the code has."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from docs.fenced import DOCS, ROOT, code, table
from hpa_discovery.alarms.inventory import TYPES
from hpa_discovery.cli import faults
from hpa_discovery.cli.main import cli
from hpa_discovery.discovery.context import read_context
from hpa_discovery.errors import HpaError, UsageError
from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.service.app import make_api

PAGE = DOCS / "operating.md"
ENGINE = ROOT / "engine" / "hpa_discovery"
CONTRACT = load_contracts()["openstack.flavor"]
# Where the diagnostics of a subject are made.
MADE_IN = [
    *sorted((ENGINE / "discovery").glob("*.py")),
    ENGINE / "cli" / "subjects.py",
    ENGINE / "work" / "discovering.py",
]
_CODE = re.compile(r'"((?:input|subject|context|let|each|emit|limit|conflict|result)\.[a-z_]+)"')
# The code of the meter, which is in language/ because expressions spend from it.
_SPENT = "limit.steps"


def _listed() -> dict[str, str]:
    return {code(row[0]): row[1] for row in table(PAGE, "Diagnostics").rows}


def _of_contexts() -> set[str]:
    """The codes of a context that cannot be used, which are made from those of subjects."""
    deep: object = {}
    for _ in range(DEFAULT.subject_depth + 1):
        deep = {"a": deep}
    bad = ([], {"a": "\ud800"}, {"a": float("nan")}, {"a": "x" * DEFAULT.subject_bytes}, deep)
    found = [read_context(value, CONTRACT, DEFAULT).error for value in bad]
    return {error.code for error in found if error is not None}


def test_every_diagnostic_is_listed() -> None:
    """The table of diagnostics holds every code that the source can answer with, and no other."""
    made = {found for path in MADE_IN for found in _CODE.findall(path.read_text("utf-8"))}
    assert set(_listed()) == made | _of_contexts() | {_SPENT}


def test_levels_are_those_of_the_source() -> None:
    """A code is listed as a warning where the source makes a warning of it."""
    source = "".join(path.read_text("utf-8") for path in MADE_IN)
    warnings = set(re.findall(r'Diagnostic\("([a-z.]+)", [^,]+, "warning"', source))
    assert {name for name, level in _listed().items() if level == "warning"} == warnings
    assert set(_listed().values()) == {"error", "warning"}


def test_every_exit_code_is_listed() -> None:
    """The table of exit codes holds those of the command line."""
    listed = [int(row[0]) for row in table(PAGE, "Exit codes").rows]
    known = [0, HpaError.exit_code, UsageError.exit_code, faults.OUR_FAULT, faults.INTERRUPTED, faults.PIPE_CLOSED]
    assert listed == known


def test_every_member_of_the_context_is_listed() -> None:
    """The table of the context holds what the input contract has."""
    members = CONTRACT.schema["x-hpa"]["context"]["properties"]
    assert {code(row[0]) for row in table(PAGE, "Context").rows} == set(members)


@pytest.mark.parametrize("figure", [("2.86", "NEWEST_MICROVERSION = (2, 86)"), ("2.61", "SPECS_INLINE = (2, 61)")])
def test_microversions_are_those_of_the_source(figure: tuple[str, str]) -> None:
    """The page names the microversions that the source of flavors works with."""
    shown, written = figure
    assert shown in PAGE.read_text("utf-8")
    assert any(written in path.read_text("utf-8") for path in (ENGINE / "sources").glob("openstack*.py"))


def _alarm_pages() -> dict[str, str]:
    """What the page says of each type of alarm."""
    night = PAGE.read_text("utf-8").partition("\n## Alarms at night\n")[2].partition("\n## ")[0]
    return {page.partition("\n")[0]: page for page in night.split("\n### ")[1:]}


def test_every_alarm_has_its_page() -> None:
    """For each type what it means, what to look at and what to do."""
    assert list(_alarm_pages()) == list(TYPES)
    for page in _alarm_pages().values():
        assert page.count("\n- **Look at**") == page.count("\n- **Do**") == 1


def _shown() -> Iterator[str]:
    for page in _alarm_pages().values():
        yield from (" ".join(text.split()) for text in re.findall(r"`([^`]+)`", page))


@pytest.mark.parametrize("shown", sorted({text for text in _shown() if text.startswith("hpa ")}))
def test_what_is_to_be_typed_at_night_exists(shown: str) -> None:
    """Each command is there, with the options that are shown."""
    context = click.Context(cli, info_name="hpa")
    command: click.Command = cli
    words = shown.split()[1:]
    while words and isinstance(command, click.Group) and (below := command.get_command(context, words[0])) is not None:
        command, words = below, words[1:]
    assert command is not cli
    known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= known


def test_what_is_to_be_asked_at_night_exists() -> None:
    """Each path is a route."""
    routes = {re.sub(r"{[^}]*}", "X", path) for path, told in make_api().openapi()["paths"].items() if "get" in told}
    asked = {
        text.split()[1].partition("?")[0].replace("OWNER/REGION", "X/X") for text in _shown() if text[:4] == "GET "
    }
    assert asked
    assert asked <= routes
