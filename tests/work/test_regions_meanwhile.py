# SPDX-License-Identifier: Apache-2.0
"""A region that is changed, switched off or removed while one of its steps is under way: no further write."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from aai.wishes import standing
from hpa_discovery.store import regions
from hpa_discovery.work import orders
from peers.aai.journal import needless
from store.filling import keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpa_discovery.aai.client import Operation
    from work.deployments import Deployment

MANY = 100  # flavors: four bulk calls


def only_plan(deployment: Deployment) -> None:
    """Somebody sees that what is written is wrong."""
    deployment.change(mode="plan")


def switch_off(deployment: Deployment) -> None:
    """As above."""
    deployment.switch(on=False)


def remove(deployment: Deployment) -> None:
    """It is forgotten, and what was written is left behind."""
    with deployment.store.write("removing") as transaction:
        name = deployment.region.owner, deployment.region.region_id
        assert regions.remove(transaction, *name, leave_behind=True)


def at_the_second_call(
    monkeypatch: pytest.MonkeyPatch, deployment: Deployment, happens: Callable[[Deployment], None]
) -> None:
    """Something happens when the first bulk call was answered."""
    bulk = orders.AaiClient.bulk
    calls: list[int] = []

    def watched(self: orders.AaiClient, operations: list[Operation]) -> None:
        bulk(self, operations)
        calls.append(len(operations))
        if len(calls) == 1:
            happens(deployment)

    monkeypatch.setattr(orders.AaiClient, "bulk", watched)


@pytest.mark.parametrize("happens", [only_plan, switch_off, remove])
def test_nothing_more_is_written(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, happens: Callable[[Deployment], None]
) -> None:
    """Of four calls one was sent; the step ends, and is no failure."""
    deployment.cloud.add(*(f"f{number}" for number in range(MANY)))
    deployment.do("discover")
    at_the_second_call(monkeypatch, deployment, happens)
    deployment.do("publish")

    assert len(standing(deployment.aai)) == 30
    assert "work.overtaken" in [name for name, _ in deployment.events]
    assert "work.failed" not in [name for name, _ in deployment.events]
    assert deployment.alarms() == {}


def test_what_was_begun_is_gone_on_with(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the region is applied again, with no write twice."""
    deployment.cloud.add(*(f"f{number}" for number in range(MANY)))
    deployment.do("discover")
    at_the_second_call(monkeypatch, deployment, switch_off)
    deployment.do("publish")
    monkeypatch.undo()

    deployment.switch(on=True)
    deployment.round()

    deployment.assert_right()
    assert needless(deployment.aai.control.writes()) == []


def test_a_region_that_is_removed_while_it_is_listed_keeps_nothing(deployment: Deployment) -> None:
    """Neither rows nor alarms, and nobody hears of a failure."""

    def listing(question: Any) -> Any:
        remove(deployment)
        yield from deployment.cloud.read(question)

    deployment.cloud.add("a")
    deployment.cloud.error = "away"
    deployment.workplace = deployment.using(readers={deployment.region.source: listing})
    deployment.do("discover")

    assert [name for name, _ in deployment.events if name.startswith("work.")] == ["work.overtaken"]
    assert deployment.alarms() == {}


def test_another_region_of_the_same_name_begins_anew(deployment: Deployment) -> None:
    """What the removed one left behind is its own again, since ids come from names alone."""
    deployment.cloud.add("a", "b")
    deployment.round()
    remove(deployment)
    with deployment.store.write("adding") as transaction:
        draft = replace(deployment.region, id=0, revision=0)
        deployment.region = regions.add(transaction, keys(), draft, {"aai": deployment.aai.password})
    del deployment.cloud.flavors["a"]
    deployment.aai.control.forget()

    deployment.round(3)

    assert "writes" not in deployment.aai.control.counts()  # nothing is known of "a", so it stays
    assert standing(deployment.aai).keys() == {"a", "b"}
    del deployment.cloud.flavors["b"]
    deployment.cloud.add("c")
    deployment.round(3)
    assert standing(deployment.aai).keys() == {"a", "b", "c"}
    assert standing(deployment.aai)["b"] == {}  # the object may be another's
