# SPDX-License-Identifier: Apache-2.0
"""hpa region subjects and hpa region history, on the database of a deployment."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from cli.doctoring import begun
from cli.running import Ran, hpa
from hpa_discovery.cli.deployment import Told
from hpa_discovery.cli.region_findings import KINDS
from hpa_discovery.model import Diagnostic, Outcome
from hpa_discovery.store import regions
from hpa_discovery.store.changes import Kind
from hpa_discovery.store.opening import open_store
from store.listed import listed, outcome, seen

NAME = "acme/RegionOne"
BODY = {
    "coordinates": {"auth_url": "https://keystone.example:5000/v3"},
    "credential": {"username": "hpa", "password": "x", "user_domain_name": "Default", "project_name": "hpa"},
}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A region that was listed: one flavor came, one changed, one is unknown in part, and one went."""
    state = begun(tmp_path / "state")
    ran = hpa("region", "add", NAME, "--from", "-", "--state-dir", state, stdin=json.dumps(BODY))
    assert ran.code == 0, ran.err
    store = open_store(state, Told())
    with store.read("a region") as transaction:
        region = regions.get(transaction, "acme", "RegionOne")
    assert region is not None
    listed(store, region.id, seen("changes", "numa"), seen("goes", "numa"), seen("doubtful", "numa"))
    doubt = outcome("numa", unknown=("pciePassthrough:QAT",))
    said = Diagnostic("let.type", "acme/rule", "error", "a size is needed")
    doubt = Outcome(doubt.capabilities, doubt.unknown, (said,))
    after = (
        replace(seen("changes"), outcome=outcome("numa", value="2")),
        replace(seen("doubtful"), outcome=doubt),
    )
    for _ in range(2):
        listed(store, region.id, *after)
    store.close()
    return state


def run(verb: str, state: Path, *given: str, name: str = NAME) -> Ran:
    """Run a verb of `hpa region`."""
    return hpa("region", verb, name, "--state-dir", state, *given)


def told(ran: Ran) -> list[dict[str, Any]]:
    """What it says with -o json."""
    assert ran.code == 0, ran.err
    rows: list[dict[str, Any]] = json.loads(ran.out)
    return rows


def test_subjects_are_told_with_what_is_unknown(state: Path) -> None:
    """By id, with the reason; `--unknown` leaves out those of which all is known."""
    rows = told(run("subjects", state, "-o", "json"))
    assert [(row["id"], row["presence"]) for row in rows] == [("changes", "present"), ("doubtful", "present")]
    assert [row["id"] for row in told(run("subjects", state, "--unknown", "-o", "json"))] == ["doubtful"]
    assert len(told(run("subjects", state, "--limit", "1", "-o", "json"))) == 1
    table = " ".join(run("subjects", state).out.split())
    assert "pciePassthrough QAT (let.type)" in table
    assert "let.type: a size is needed" in table


def test_the_history_tells_what_changed(state: Path) -> None:
    """Newest first, from which value to which, and as few as are wanted."""
    rows = told(run("history", state, "-o", "json"))
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
    assert {row["kind"] for row in rows} == {"appeared", "changed", "gone", "unknown"}
    (gone,) = told(run("history", state, "--kind", "gone", "-o", "json"))
    assert gone["subject"]["id"] == "goes"
    assert len(told(run("history", state, "--limit", "2", "-o", "json"))) == 2
    assert {row["subject"]["id"] for row in told(run("history", state, "--subject", "goes", "-o", "json"))} == {"goes"}
    table = " ".join(run("history", state).out.split())  # its cells are folded
    for said in ("changed numa: key", "1 MB -> 2", "added numa", "pciePassthrough QAT", "(let.type)"):
        assert said in table


@pytest.mark.parametrize(("verb", "all_of_them"), [("subjects", 2), ("history", 6)])
def test_what_the_limit_leaves_out_is_told(state: Path, verb: str, all_of_them: int) -> None:
    """A table that just ends looks like all there is."""
    assert len(told(run(verb, state, "-o", "json"))) == all_of_them
    assert "--limit N tells more" in run(verb, state, "--limit", str(all_of_them - 1)).err
    assert run(verb, state, "--limit", str(all_of_them)).err == ""


@pytest.mark.parametrize("verb", ["subjects", "history"])
def test_a_region_that_nobody_knows(state: Path, verb: str) -> None:
    """The name that was probably meant is told."""
    ran = run(verb, state, name="acme/RegionOnr")
    assert (ran.code, f"did you mean {NAME}?" in ran.err) == (1, True), ran.err


def test_the_kinds_are_those_of_the_store() -> None:
    """Of which the option offers all."""
    assert get_args(Kind) == KINDS
