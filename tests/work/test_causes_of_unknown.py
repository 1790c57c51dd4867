# SPDX-License-Identifier: Apache-2.0
"""Unknown is not absent: whatever the cause, nothing is deleted, and when it ends A&AI becomes right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from discovery.small_packs import CONTRACTS, emit, pack
from discovery.test_driven import Asked, card, driver
from hpa_discovery.discovery.driven import DriverAnswer, no_answer
from hpa_discovery.discovery.generation import Compiler
from hpa_discovery.language.budgets import DEFAULT
from work.deployments import ALWAYS, PAGES, serving

if TYPE_CHECKING:
    from hpa_discovery.language.pack import Pack
    from work.deployments import Deployment, Serving

NAMES = tuple(f"f{number}" for number in range(6))
DRIVER = driver(features=("pciePassthrough",))


def good_cloud(deployment: Deployment) -> None:
    """Flavors of which all is known."""
    deployment.cloud.add(*NAMES, hw_pages="2")
    for flavor in deployment.cloud.flavors.values():
        flavor["extra_specs"]["pci_passthrough:alias"] = "qat:1"


def serve(*others: Pack, answer: DriverAnswer | None = None, **limits: int) -> Serving:
    """What serves: two rules and a driver, all of which answer, unless told otherwise."""
    whole = replace(pack(ALWAYS, PAGES), drivers=(DRIVER,))
    ask = Asked(answer or DriverAnswer((card(),)))
    return serving(whole, *others, compiler=Compiler(CONTRACTS, replace(DEFAULT, **limits), ask))


def bad_let(deployment: Deployment) -> None:
    """A number that is none."""
    for flavor in deployment.cloud.flavors.values():
        flavor["vcpus"] = "many"


def budget(deployment: Deployment) -> None:
    """A subject may spend no step any more."""
    deployment.serves = serve(steps=1)


def too_many(deployment: Deployment) -> None:
    """A subject may have one capability only."""
    deployment.serves = serve(capabilities=1)


def dead_driver(deployment: Deployment) -> None:
    """It does not answer any more."""
    deployment.serves = serve(answer=no_answer(DRIVER, "driver.exit", "ended"))


def forbidden(deployment: Deployment) -> None:
    """The user may not read extra specs any more."""
    for flavor in deployment.cloud.flavors.values():
        del flavor["extra_specs"]


def half_listing(deployment: Deployment) -> None:
    """The listing ends before it is over, with a flavor less each time."""
    deployment.cloud.error, deployment.cloud.shown = "the second page timed out", 3


def no_listing(deployment: Deployment) -> None:
    """The cloud cannot be reached."""
    deployment.cloud.error = "connection refused"


def conflict(deployment: Deployment) -> None:
    """Another pack says otherwise."""
    other = {**PAGES, "emit": emit({"key": "count", "value": "7"}, feature="hugePages")}
    deployment.serves = serve(pack(other, namespace="other.test"))


CAUSES: dict[str, tuple[Callable[[Deployment], None], list[str]]] = {
    "bad let": (bad_let, []),
    "budget": (budget, ["result.over_budget"]),
    "too many capabilities": (too_many, ["result.over_budget"]),
    "dead driver": (dead_driver, ["driver.failing"]),
    "forbidden extra specs": (forbidden, ["source.unreadable"]),
    "half listing": (half_listing, ["source.incomplete"]),
    "no listing": (no_listing, ["source.unreachable"]),
    "conflict": (conflict, ["conflict"]),
}


@pytest.mark.parametrize("name", CAUSES)
def test_nothing_is_deleted_and_then_all_is_right(deployment: Deployment, name: str) -> None:
    """Three rounds long; alarms come, one for each cause, and go by themselves."""
    cause, alarms = CAUSES[name]
    good_cloud(deployment)
    deployment.serves = serve()
    deployment.round()
    deployment.assert_right()
    deployment.aai.control.forget()

    cause(deployment)
    deployment.round(3)

    assert [each for each in deployment.aai.control.writes() if each["method"] == "DELETE"] == []
    assert sorted({kind for kind, _ in deployment.alarms()}) == alarms
    assert len(deployment.alarms()) == len(alarms)

    deployment.cloud.error = ""
    good_cloud(deployment)
    deployment.cloud.add("new", hw_pages="4")
    deployment.serves = serve()
    deployment.round(2)

    deployment.assert_right()
    assert deployment.alarms() == {}


@pytest.mark.parametrize("name", ["bad let", "too many capabilities", "forbidden extra specs"])
def test_a_region_may_withdraw_what_is_unknown(deployment: Deployment, name: str) -> None:
    """`on_failure: withdraw` deletes it, and it comes again when it is known."""
    good_cloud(deployment)
    deployment.serves = serve()
    deployment.change(on_failure="withdraw")
    deployment.round()

    CAUSES[name][0](deployment)
    deployment.round()

    assert deployment.deletes()
    good_cloud(deployment)
    deployment.serves = serve()
    deployment.round()
    deployment.assert_right()


def test_one_alarm_for_a_cause_and_not_one_a_flavor(deployment: Deployment) -> None:
    """Its text says how many subjects, and names one."""
    good_cloud(deployment)
    dead_driver(deployment)
    deployment.do("discover")

    [alarm] = deployment.alarms().values()
    assert (alarm.type, alarm.qualifier) == ("driver.failing", DRIVER.id)
    assert alarm.region == deployment.region.name
    assert alarm.text == "6 of 6 subjects, such as onap.f0: driver.exit"
