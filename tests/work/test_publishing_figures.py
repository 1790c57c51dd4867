# SPDX-License-Identifier: Apache-2.0
"""What a turn at A&AI costs and loses, counted: the figures that a deployment is measured by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aai.wishes import standing
from discovery.small_packs import emit, pack
from hpa_discovery.aai.reading import PAGE_SIZE
from peers.aai.journal import needless
from work.deployments import ALWAYS, PAGES, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from work.deployments import Deployment

    Record = Callable[[str, object], None]


def test_a_second_turn_writes_nothing(deployment: Deployment, record_property: Record) -> None:
    """Of 1,000 flavors: no write, and as many GETs as pages."""
    deployment.cloud.add(*(f"f{number}" for number in range(1000)))
    deployment.round()
    deployment.assert_right()
    assert len(standing(deployment.aai)) == 1000
    deployment.aai.control.forget()

    deployment.round()

    record_property("calls for 1,000 flavors that are right", deployment.aai.control.counts())
    assert deployment.aai.control.counts() == {"GET": 1000 // PAGE_SIZE}
    assert deployment.alarms() == {}


def test_a_rule_that_touches_300_flavors(deployment: Deployment, record_property: Record) -> None:
    """Takes 20 bulk calls, in which nothing is written twice; other flavors and capabilities are left alone."""
    deployment.cloud.add(*(f"f{number}" for number in range(300)), hw_pages="1")
    deployment.cloud.add(*(f"g{number}" for number in range(100)))
    deployment.round()
    deployment.aai.control.forget()
    less = {**PAGES, "emit": emit({"key": "count", "from": "x"}, feature="hugePages")}
    deployment.serves = serving(pack(ALWAYS, less))

    deployment.round()

    deployment.assert_right()
    record_property("calls for a rule that touches 300 flavors", deployment.aai.control.counts())
    assert deployment.aai.control.counts() == {"GET": 400 // PAGE_SIZE, "bulk": 20, "writes": 600}
    assert needless(deployment.aai.control.writes()) == []


def test_one_poisoned_of_600(deployment: Deployment, record_property: Record) -> None:
    """599 are applied, and there is one alarm, which names the one."""
    deployment.cloud.add(*(f"f{number}" for number in range(600)))
    deployment.aai.control.fail("poison", path="/flavor/f417")

    deployment.round()

    record_property("applied of 600, one poisoned", len(standing(deployment.aai)))
    assert standing(deployment.aai).keys() == deployment.cloud.flavors.keys() - {"f417"}
    assert len(standing(deployment.aai)) == 599
    [alarm] = deployment.alarms().values()
    assert (alarm.type, "onap.f417" in alarm.text) == ("aai.refusing", True)
