# SPDX-License-Identifier: Apache-2.0
"""A&AI goes away between the DELETE and the PUT of a change: what it lost so comes again, whatever is known by then."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aai.wishes import REGION, standing
from peers.aai.asking import Asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from work.deployments import Deployment

NAMES = ("a", "b", "c")
AWAY: dict[str, dict[str, Any]] = {
    "a password that ended": {"kind": "status", "status": 401},
    "too many requests": {"kind": "status", "status": 429},
    "no answer": {"kind": "reset_before"},
}


def pages(deployment: Deployment) -> dict[str, str]:
    """What A&AI says of hugePages, by flavor."""
    found = standing(deployment.aai)
    return {
        name: json.loads(each["count"])["value"]
        for name, inside in found.items()
        for each in inside.values()
        if "count" in each
    }


def begin(deployment: Deployment) -> None:
    """Three flavors are there, and all of them change by DELETE and PUT."""
    deployment.change(replace="sequential")
    deployment.cloud.add(*NAMES, hw_pages="1")
    deployment.round()
    deployment.cloud.add(*NAMES, hw_pages="2")


def interrupt(deployment: Deployment, away: str = "too many requests") -> None:
    """The deletes are done, and A&AI is away."""
    begin(deployment)
    deployment.aai.control.fail(method="bulk", skip=1, times=1, **AWAY[away])
    deployment.round()
    assert pages(deployment) == {}


def bad_let(deployment: Deployment) -> None:
    """A number that is none."""
    for flavor in deployment.cloud.flavors.values():
        flavor["vcpus"] = "many"


def half_listing(deployment: Deployment) -> None:
    """It shows one flavor, and of that one that it has no huge pages any more."""
    deployment.cloud.add("a")
    deployment.cloud.error, deployment.cloud.shown = "the second page timed out", 1


def missing_once(deployment: Deployment) -> None:
    """Two flavors are not in the list; the third cannot be judged."""
    bad_let(deployment)
    deployment.cloud.flavors = {"a": deployment.cloud.flavors["a"]}


@pytest.mark.parametrize("doubt", [bad_let, half_listing, missing_once])
@pytest.mark.parametrize("away", AWAY)
def test_what_a_change_lost_comes_again_though_it_is_unknown_by_then(
    deployment: Deployment, away: str, doubt: Callable[[Deployment], None]
) -> None:
    """As it was to be written; then it is left alone, and follows the cloud when the doubt ends."""
    interrupt(deployment, away)
    doubt(deployment)
    deployment.round()
    assert pages(deployment) == dict.fromkeys(NAMES, "2")

    deployment.aai.control.forget()
    deployment.do("publish")
    assert deployment.aai.control.writes() == []
    deployment.cloud.error = ""
    deployment.cloud.add(*NAMES, hw_pages="3")
    deployment.round()
    assert pages(deployment) == dict.fromkeys(NAMES, "3")
    deployment.assert_right()


@pytest.mark.parametrize("writes", [2, 3])
def test_a_process_that_died_between_the_two(deployment: Deployment, writes: int) -> None:
    """What it began is kept before its first call."""
    begin(deployment)
    deployment.do("discover")
    deployment.aai.control.fail(method="bulk", skip=1, times=1, **AWAY["too many requests"])
    deployment.die_after(writes, "publish")
    bad_let(deployment)
    deployment.round()
    assert pages(deployment) == dict.fromkeys(NAMES, "1" if writes == 2 else "2")


def test_it_is_tried_until_it_is_there(deployment: Deployment) -> None:
    """Also when A&AI was still away, and when it was known for a while what it should say."""
    interrupt(deployment)
    deployment.cloud.add(*NAMES, hw_pages="3")
    deployment.aai.control.fail(method="bulk", times=2, **AWAY["too many requests"])
    deployment.round()
    bad_let(deployment)
    deployment.round()
    assert pages(deployment) == {}
    deployment.round()
    assert pages(deployment) == dict.fromkeys(NAMES, "3")


def test_what_is_proved_absent_does_not_come_again(deployment: Deployment) -> None:
    """Nor when it becomes unknown afterwards."""
    interrupt(deployment)
    deployment.cloud.add(*NAMES)
    deployment.round()
    deployment.cloud.add(*NAMES, hw_pages="2")
    bad_let(deployment)
    deployment.round()
    assert pages(deployment) == {}


def test_a_region_that_withdraws_what_is_unknown_does_not_write_it_again(deployment: Deployment) -> None:
    """Missing is what it asks for."""
    interrupt(deployment)
    deployment.change(on_failure="withdraw")
    bad_let(deployment)
    deployment.round()
    assert pages(deployment) == {}
    assert deployment.ours().changing == {}


def test_what_was_never_written_does_not_come_while_it_is_unknown(deployment: Deployment) -> None:
    """A create that A&AI did not take is no change."""
    deployment.change(replace="sequential")
    deployment.cloud.add(*NAMES)
    deployment.round()
    deployment.cloud.add(*NAMES, hw_pages="1")
    deployment.aai.control.fail(method="bulk", times=1, **AWAY["too many requests"])
    deployment.round()
    bad_let(deployment)
    deployment.round(2)
    assert pages(deployment) == {}


@pytest.mark.parametrize("replace", ["transaction", "sequential"])
def test_what_others_delete_after_its_change_does_not_come_while_it_is_unknown(
    deployment: Deployment, replace: str
) -> None:
    """A change that ended lost nothing, also one that the next read had to tell of."""
    begin(deployment)
    deployment.change(replace=replace)
    deployment.round()
    assert deployment.ours().changing == {}
    deployment.cloud.add(*NAMES, hw_pages="3")
    deployment.aai.control.fail("status", status=429, method="bulk", times=1)
    deployment.round()
    assert len(deployment.ours().changing) == 3
    deployment.do("publish")
    assert deployment.ours().changing == {}
    bad_let(deployment)
    deployment.do("discover")
    tree = deployment.aai.control.tree(f"{REGION}/flavors/flavor/a")
    assert tree is not None
    [key] = [
        e["hpa-capability-id"]
        for e in tree["hpa-capabilities"]["hpa-capability"]
        if e["hpa-feature"] != "basicCapabilities"
    ]
    where = f"{REGION}/flavors/flavor/a/hpa-capabilities/hpa-capability/{key}".lstrip("/")
    with Asking(deployment.aai) as other:
        assert other.delete(where, other.version_of(where)).status == 204
    deployment.do("publish")
    assert pages(deployment) == {"b": "3", "c": "3"}
