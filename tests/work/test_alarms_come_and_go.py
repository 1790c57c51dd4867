# SPDX-License-Identifier: Apache-2.0
"""Every alarm of the inventory comes and goes by itself, through the steps that see what it tells of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from hpa_discovery.alarms.inventory import TYPES
from hpa_discovery.model import Finding
from hpa_discovery.store import alarm_rows
from hpa_discovery.work.pack_alarms import PackAlarms
from work.test_causes_of_unknown import (
    budget,
    conflict,
    dead_driver,
    forbidden,
    good_cloud,
    half_listing,
    no_listing,
    serve,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpa_discovery.store.alarm_rows import Alarm
    from work.deployments import Deployment

    Act = Callable[[Deployment], None]


@dataclass(frozen=True)
class Rejected:
    """A pack that failed its checks."""

    name: str = "acme.cards"
    origin: str = "/packs/acme"
    state: str = "held"
    findings: tuple[Finding, ...] = (Finding("rule.path", "error", "no such member", "rules/a.yaml", 7),)


def discover(deployment: Deployment) -> None:
    """One look."""
    deployment.do("discover")


def publish(deployment: Deployment) -> None:
    """One turn at A&AI."""
    deployment.do("publish")


def look_twice(deployment: Deployment) -> None:
    """Until what is not shown is gone, and then publish."""
    deployment.round(2)


def mended(deployment: Deployment) -> None:
    """The cloud, the packs and A&AI are well."""
    deployment.cloud.error = ""
    good_cloud(deployment)
    deployment.serves = serve()
    deployment.aai.control.heal()


def refused(deployment: Deployment) -> None:
    """A&AI is away."""
    deployment.aai.control.fail("status", status=503)


def poisoned(deployment: Deployment) -> None:
    """A&AI refuses one of our writes."""
    deployment.cloud.add("new", hw_pages=str(deployment.cloud.asked))
    deployment.aai.control.fail("poison", path="/flavor/new")


def emptied(deployment: Deployment) -> None:
    """Rights were lost."""
    deployment.cloud.flavors.clear()


CASES: dict[str, tuple[str, Act, Act, Act]] = {
    "source.unreachable": ("source.unreachable", no_listing, discover, discover),
    "source.incomplete": ("source.incomplete", half_listing, discover, discover),
    "source.unreadable": ("source.unreadable", forbidden, discover, discover),
    "driver.failing": ("driver.failing", dead_driver, discover, discover),
    "conflict": ("conflict", conflict, discover, discover),
    "result.over_budget": ("result.over_budget", budget, discover, discover),
    "aai.refusing, away": ("aai.refusing", refused, publish, publish),
    "aai.refusing, one write": ("aai.refusing", poisoned, look_twice, publish),
    "plan.held": ("plan.held", emptied, look_twice, look_twice),
}


def records(deployment: Deployment) -> list[Alarm]:
    """All that ever were."""
    with deployment.store.read("alarms") as transaction:
        return list(alarm_rows.page(transaction))


@pytest.mark.parametrize("name", CASES)
def test_an_alarm_of_a_region(deployment: Deployment, name: str) -> None:
    """Raised once however often it is seen, cleared by the step that sees the end, then raised as the same record."""
    kind, goes_wrong, sees_it, sees_the_end = CASES[name]
    mended(deployment)
    deployment.round()
    for times in (1, 2):
        goes_wrong(deployment)
        sees_it(deployment)
        sees_it(deployment)
        [alarm] = deployment.alarms().values()
        assert (alarm.type, alarm.severity, alarm.region) == (kind, TYPES[kind].severity, deployment.region.name)

        mended(deployment)
        sees_the_end(deployment)
        assert deployment.alarms() == {}
        [record] = records(deployment)
        assert (record.raises, record.cleared) == (times, True)


def test_the_alarm_of_a_pack(deployment: Deployment) -> None:
    """As above; the turn of the ticker sees it."""
    statuses = [Rejected()]
    turn = PackAlarms(deployment.store, deployment.workplace.alarms, lambda: statuses, "host-1").turn
    for times in (1, 2):
        statuses[:] = [Rejected()]
        turn()
        turn()
        assert deployment.alarm_types() == ["pack.rejected"]
        statuses.clear()
        turn()
        [record] = records(deployment)
        assert (record.type, record.raises, record.cleared) == ("pack.rejected", times, True)


def test_all_types_are_here() -> None:
    """What the inventory names has a case."""
    assert {kind for kind, *_ in CASES.values()} | {"pack.rejected"} == set(TYPES)


@pytest.mark.parametrize("trouble", [{"kind": "poison", "path": "/flavor/a"}, {"kind": "status", "status": 503}])
def test_what_is_refused_again_in_the_same_words_is_told_once(deployment: Deployment, trouble: dict[str, Any]) -> None:
    """Though each call has an X-TransactionId of its own: no change of the alarm, and no other operation."""
    deployment.aai.control.fail(**trouble)
    deployment.cloud.add("a")
    deployment.round()
    [alarm] = deployment.alarms().values()
    assert "X-TransactionId" in alarm.text
    left = len(deployment.operations())

    for _ in range(2):
        deployment.do("publish")

    assert list(deployment.alarms().values()) == [alarm]
    with deployment.store.read("looking") as transaction:
        assert [each.kind for each in alarm_rows.history(transaction, alarm.id)] == ["raised"]
    assert len(deployment.operations()) == left
    assert deployment.steps()["publish"].attempts == 3
