# SPDX-License-Identifier: Apache-2.0
"""hpa alarms, on the database of a deployment: listed, shown and acknowledged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.running import Ran, hpa
from hpa_discovery.alarms.raising import Alarms
from hpa_discovery.cli.deployment import Told, actor
from hpa_discovery.store import audit
from hpa_discovery.store.alarm_rows import Identity
from hpa_discovery.store.opening import open_store

HERE, THERE = (Identity(f"region/acme/{name}", "source.unreachable") for name in ("RegionOne", "Two"))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A deployment with an alarm that stands, 1, and one that is over, 2."""
    with open_store(tmp_path / "state", Told()).write("raising") as transaction:
        Alarms().raise_(transaction, HERE, "no route", region="acme/RegionOne")
        Alarms().raise_(transaction, THERE, "no name", severity="warning", region="acme/Two")
        Alarms().clear(transaction, THERE)
    return tmp_path / "state"


def alarms(state: Path, *given: str) -> Ran:
    """Run `hpa alarms`; options of a verb below it stand after it."""
    return hpa("alarms", *given, "--state-dir", state)


def found(state: Path, *given: str) -> list[dict[str, Any]]:
    """What a listing tells a program."""
    ran = alarms(state, *given, "-o", "json")
    assert ran.code == 0, ran.err
    rows: list[dict[str, Any]] = json.loads(ran.out)
    return rows


def test_what_stands_is_listed(state: Path) -> None:
    """With its number; those that are over only when they are asked for."""
    table = alarms(state)
    assert (table.code, "no route" in table.out, "no name" in table.out) == (0, True, False)
    assert table.out.splitlines()[2].split()[0] == "1"
    assert "over since" in alarms(state, "--all").out
    assert [row["cleared"] for row in found(state, "--all")] == [True, False]


FILTERS = (
    (("--severity", "major"), [1]),
    (("--severity", "warning", "--all"), [2, 1]),
    (("--resource", "region/acme"), [1]),
    (("--region", "acme/RegionOne"), [1]),
    (("--region", "acme/Two"), []),
    (("--region", "acme/Two", "--all"), [2]),
    (("--cleared",), [2]),
    (("--unacknowledged",), [1]),
    (("--type", "plan.held", "--all"), []),
    (("--all", "--limit", "1"), [2]),
)


@pytest.mark.parametrize(("given", "numbers"), FILTERS)
def test_filters(state: Path, given: tuple[str, ...], numbers: list[int]) -> None:
    """By severity, region, resource and type, and by whether they are over or looked after."""
    assert [row["id"] for row in found(state, *given)] == numbers


def test_an_alarm_is_acknowledged(state: Path) -> None:
    """It says who looks after it, stands in the audit, and is nobody's again when it is raised anew."""
    ran = alarms(state, "acknowledge", "1", "--text", "the cloud's team was called")
    assert (ran.code, "acknowledged 1: source.unreachable of region/acme/RegionOne" in ran.err) == (0, True)
    (row,) = found(state)
    assert (row["acknowledged_by"], row["acknowledged_text"]) == (actor(), "the cloud's team was called")
    assert f"{actor()} looks after it: the cloud's team was called" in " ".join(alarms(state).out.split())
    assert found(state, "--unacknowledged") == []
    store = open_store(state, Told())
    with store.read("the audit") as transaction:
        (act,) = audit.page(transaction, wanted=audit.Wanted(action="alarm.acknowledge"))
    assert (act.act.actor, act.act.target) == (actor(), "1")
    with store.write("raising anew") as transaction:
        Alarms().clear(transaction, HERE)
        Alarms().raise_(transaction, HERE, "no route", region="acme/RegionOne")
    assert [each["id"] for each in found(state, "--unacknowledged")] == [1]


def test_an_alarm_is_shown(state: Path) -> None:
    """What it means, what to do, and what happened to it, newest first."""
    alarms(state, "acknowledge", "1", "--text", "on it")
    ran = alarms(state, "show", "1")
    text = " ".join(ran.out.split())
    assert ran.code == 0
    for part in ("a cloud could not be listed", "check the network", "raised 1 time", "on it", f"by {actor()}"):
        assert part in text
    told = json.loads(alarms(state, "show", "1", "-o", "json").out)
    assert [row["kind"] for row in told["history"]] == ["acknowledged", "raised"]
    assert told["remedy"]


def test_what_cannot_be_done(state: Path) -> None:
    """A number that no alarm has changes none of the others; options that do not fit are wrong usage."""
    for verb in ("show", "acknowledge"):
        ran = alarms(state, verb, "9")
        assert (ran.code, "there is no alarm 9; hpa alarms --all lists them" in ran.err) == (1, True)
    assert alarms(state, "acknowledge", "1", "9").code == 1
    assert found(state, "--unacknowledged") != []
    for wrong in (
        ("acknowledge",),
        ("acknowledge", "0"),
        ("show", "one"),
        ("--all", "--cleared"),
        ("--region", "acme"),
    ):
        assert alarms(state, *wrong).code == 2, wrong


def test_an_option_before_a_verb(state: Path) -> None:
    """It would not count for the verb, so it is refused."""
    ran = hpa("alarms", "--state-dir", state, "show", "1")
    assert (ran.code, "--state-dir is an option of the list; those of show stand after show" in ran.err) == (2, True)


def test_there_are_none_without_a_deployment(tmp_path: Path) -> None:
    """Nothing is made for whoever only asks."""
    ran = alarms(tmp_path / "none", "show", "1")
    assert (ran.code, "there is no deployment" in ran.err, (tmp_path / "none").exists()) == (1, True, False)
