# SPDX-License-Identifier: Apache-2.0
"""Alarms of packs that were rejected."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hpa_discovery.alarms.inventory import TYPES
from hpa_discovery.model import Finding
from hpa_discovery.store.alarm_rows import Identity
from hpa_discovery.work import causes, pack_alarms, region_alarms
from hpa_discovery.work.pack_alarms import TYPE, PackAlarms
from store.stored import age

if TYPE_CHECKING:
    from work.deployments import Deployment


@dataclass(frozen=True)
class Standing:
    """How a pack stands."""

    name: str = "acme.cards"
    origin: str = "/packs/acme"
    state: str = "held"
    findings: tuple[Finding, ...] = (
        Finding("rule.style", "warning", "a long title", "a.yaml", 2),
        Finding("rule.path", "error", "no such member", "rules/a.yaml", 7),
        Finding("rule.path", "error", "nor this one", "rules/b.yaml", 1),
    )


def test_a_pack_that_is_held_is_an_alarm_until_it_is_not(deployment: Deployment) -> None:
    """With its first error; written once, and cleared by itself."""
    statuses = [Standing(), Standing("acme.good", state="serving"), Standing("", "/packs/odd", findings=())]
    turn = PackAlarms(deployment.store, deployment.workplace.alarms, lambda: statuses, "host-1").turn
    turn()
    turn()

    assert len(deployment.resources()) == 2
    told = deployment.resources()["pack/acme.cards"]
    assert (told.type, told.qualifier, told.raises) == ("pack.rejected", "host-1", 1)
    assert told.text == "/packs/acme: rule.path rules/a.yaml:7: no such member, and 1 more"
    assert deployment.resources()["pack//packs/odd"].text == "/packs/odd is held"

    statuses[:] = [Standing("acme.good", state="serving")]
    turn()
    assert deployment.resources() == {}


def test_what_a_pack_writes_moves_no_cursor(deployment: Deployment) -> None:
    """Neither its folder nor its texts speak to a terminal or a log; markup is text like any other."""
    odd = Finding("expr.syntax", "error", "'\x1b[2J' \n<script>\u202e", "a\x1b[31m.yaml", 2)
    statuses = [Standing("", "/packs/e\nvil\x1b[31m", findings=(odd,))]
    for _ in range(2):  # as the first turns of two processes
        PackAlarms(deployment.store, deployment.workplace.alarms, lambda: statuses, "host-1").turn()

    [(resource, told)] = deployment.resources().items()
    assert resource == r"pack//packs/e\nvil\x1b[31m"
    assert told.text == r"/packs/e\nvil\x1b[31m: expr.syntax a\x1b[31m.yaml:2: '\x1b[2J' \n<script>\u202e"
    assert told.raises == 1


def test_an_alarm_of_another_host_stays(deployment: Deployment) -> None:
    """Its folders are others."""
    PackAlarms(deployment.store, deployment.workplace.alarms, lambda: [Standing()], "host-1").turn()
    PackAlarms(deployment.store, deployment.workplace.alarms, lambda: (), "host-2").turn()

    assert deployment.resources()["pack/acme.cards"].qualifier == "host-1"


@pytest.mark.parametrize(
    ("deployment", "left"), [("postgresql", []), ("sqlite", ["pack/acme.cards"])], indirect=["deployment"]
)
def test_a_host_that_ends_takes_its_alarms_with_it(deployment: Deployment, left: list[str]) -> None:
    """Where there are others: it may never come back under its name. A host that is alone comes back."""
    alarms = PackAlarms(deployment.store, deployment.workplace.alarms, lambda: [Standing()], "host-1")
    alarms.turn()
    PackAlarms(deployment.store, deployment.workplace.alarms, lambda: [Standing("acme.other")], "host-2").turn()

    alarms.end()

    assert sorted(deployment.resources()) == [*left, "pack/acme.other"]


def test_an_alarm_of_a_process_that_ended_is_cleared_by_the_next(deployment: Deployment) -> None:
    """On the same host."""
    PackAlarms(deployment.store, deployment.workplace.alarms, lambda: [Standing()], "host-1").turn()
    PackAlarms(deployment.store, deployment.workplace.alarms, lambda: (), "host-1").turn()

    assert deployment.resources() == {}


def test_alarms_of_a_host_that_was_killed_end(deployment: Deployment) -> None:
    """When it has confirmed them for a quarter of an hour no more: another host clears them, and only them."""
    for host in ("host-1", "host-3"):
        PackAlarms(deployment.store, deployment.workplace.alarms, lambda: [Standing()], host).turn()
    age(deployment.store, "alarm", "confirmed_at", timedelta(minutes=16), "qualifier = 'host-1'")
    age(deployment.store, "alarm", "confirmed_at", timedelta(minutes=14), "qualifier = 'host-3'")
    other = PackAlarms(deployment.store, deployment.workplace.alarms, lambda: [Standing("acme.other")], "host-2")
    other.turn()

    assert {qualifier for _, qualifier in deployment.alarms()} == {"host-2", "host-3"}


def test_a_host_that_was_stopped_for_long_tells_its_alarms_again(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others cleared what it no longer confirmed; it finds out when it next confirms."""
    alarms = PackAlarms(deployment.store, deployment.workplace.alarms, lambda: [Standing()], "host-1")
    alarms.turn()
    with deployment.store.write("by another host") as transaction:
        deployment.workplace.alarms.clear(transaction, Identity("pack/acme.cards", TYPE, "host-1"))
    alarms.turn()
    assert deployment.alarms() == {}

    monkeypatch.setattr(pack_alarms, "monotonic", lambda: time.monotonic() + 301)
    alarms.turn()
    assert deployment.alarms()[TYPE, "host-1"].raises == 2


def test_an_alarm_that_is_confirmed_stays(deployment: Deployment) -> None:
    """For however long the pack is rejected: the host itself confirms before it looks for what nobody does."""
    PackAlarms(deployment.store, deployment.workplace.alarms, lambda: [Standing()], "host-1").turn()
    age(deployment.store, "alarm", "confirmed_at", timedelta(days=1))
    PackAlarms(deployment.store, deployment.workplace.alarms, lambda: [Standing()], "host-1").turn()

    assert deployment.alarms()[TYPE, "host-1"].raises == 1


def test_every_type_is_in_the_inventory() -> None:
    """So it has a severity, a meaning and a remedy."""
    assert {*region_alarms.SOURCE, *region_alarms.AAI, *causes.TYPES, TYPE} == set(TYPES)
