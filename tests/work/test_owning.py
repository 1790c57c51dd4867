# SPDX-License-Identifier: Apache-2.0
"""What is ours in A&AI and what is not, whatever became of a write, and when it is forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aai.wishes import REGION, standing
from hpa_discovery.aai.desired import Ours
from hpa_discovery.errors import StoreRefused
from hpa_discovery.store import intents, regions
from hpa_discovery.work import owning
from hpa_discovery.work.orders import Order
from hpa_discovery.work.steps import publish_now
from peers.aai.asking import Asking
from store.stored import age

if TYPE_CHECKING:
    from collections.abc import Collection

    from hpa_discovery.store.database import Transaction
    from hpa_discovery.store.intents import Intent
    from hpa_discovery.store.schedule import Claim
    from work.deployments import Deployment

THEIRS = {"flavor-name": "theirs", "flavor-selflink": "s"}
RANDOM = "8d3a4a3c-6a49-4d3e-9b5c-0d4f0a0f9a11"


def flavor(name: str) -> str:
    """Where a flavor object is."""
    return f"{REGION}/flavors/flavor/{name}"


def remove(deployment: Deployment) -> bool:
    """Forget the region, unless something in A&AI is ours."""
    with deployment.store.write("removing") as transaction:
        return regions.remove(transaction, deployment.region.owner, deployment.region.region_id)


def test_a_region_that_was_unregistered_can_be_removed(deployment: Deployment) -> None:
    """At once, where A&AI answered every call."""
    deployment.cloud.add("a", "b", hw_pages="1")
    deployment.round()
    with pytest.raises(StoreRefused, match="objects in A&AI are ours"):
        remove(deployment)

    publish_now(deployment.workplace, deployment.region.id, Order(unregister=True))

    assert standing(deployment.aai) == {}
    assert remove(deployment)


def test_a_region_that_is_off_can_be_unregistered(deployment: Deployment) -> None:
    """Without being switched on for that; nothing of it is due afterwards."""
    deployment.cloud.add("a")
    deployment.round()
    deployment.switch(on=False)

    told = publish_now(deployment.workplace, deployment.region.id, Order(unregister=True))

    assert told is not None
    assert told.told["complete"]
    assert (standing(deployment.aai), deployment.ours()) == ({}, Ours())
    assert not deployment.is_due()


def test_what_left_is_forgotten_when_it_can_come_no_more(deployment: Deployment) -> None:
    """At once, where every write had its answer: capability, flavor object, and with the next listing the subject."""
    deployment.cloud.add("a", "b")
    deployment.round()
    del deployment.cloud.flavors["a"]
    deployment.round(3)

    assert {each.flavor for each in deployment.ours().capabilities.values()} == {"b"}
    assert deployment.ours().flavors == {"b"}
    assert {each.id for each in deployment.desired().flavors} == {"b"}
    deployment.assert_right()


@pytest.mark.parametrize("lost", ["answer", "process"])
def test_what_may_still_come_is_ours_for_an_hour(deployment: Deployment, lost: str) -> None:
    """After a write of which nobody heard, whether A&AI gave no answer or the process was killed."""
    deployment.cloud.add("a", "b")
    deployment.do("discover")
    if lost == "answer":
        deployment.aai.control.fail("reset_before", times=1, method="bulk")
        deployment.do("publish")
    else:
        deployment.die_after(3, "publish")
    del deployment.cloud.flavors["a"]
    deployment.round(3)
    assert {each.flavor for each in deployment.ours().capabilities.values()} == {"a", "b"}
    with pytest.raises(StoreRefused, match="objects in A&AI are ours"):
        remove(deployment)

    for table, column in (("intent", "changed_at"), ("flavor_object", "changed_at"), ("step", "unanswered_at")):
        age(deployment.store, table, column, timedelta(hours=1))
    deployment.round(2)

    assert {each.flavor for each in deployment.ours().capabilities.values()} == {"b"}
    assert deployment.ours().flavors == {"b"}
    deployment.assert_right()


def test_what_is_adopted_is_ours_before_it_is_deleted(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that it is known whose it was, should the process be killed."""
    deployment.aai.control.load(
        [
            (flavor("a"), THEIRS),
            (f"{flavor('a')}/hpa-capabilities/hpa-capability/{RANDOM}", {"hpa-feature": "hugePages"}),
        ]
    )
    deployment.change(adopt=True)
    deployment.cloud.add("a", hw_pages="1")
    wanted: list[str] = []
    want = intents.want

    def watch(transaction: Transaction, claim: Claim, found: Collection[Intent], changing: Collection[str]) -> bool:
        wanted.extend(each.capability_id for each in found)
        assert RANDOM in standing(deployment.aai)["a"]
        return want(transaction, claim, found, changing)

    monkeypatch.setattr(intents, "want", watch)
    deployment.round()

    assert RANDOM in wanted
    deployment.assert_right()


def test_an_object_that_we_made_goes_though_others_emptied_it(deployment: Deployment) -> None:
    """Somebody deleted our capability below it, and then the flavor was gone from the cloud."""
    deployment.cloud.add("a", "b")
    deployment.round()
    [capability] = standing(deployment.aai)["a"]
    with Asking(deployment.aai) as other:
        path = f"{flavor('a')}/hpa-capabilities/hpa-capability/{capability}".lstrip("/")
        assert other.delete(path, other.version_of(path)).status == 204
    del deployment.cloud.flavors["a"]

    deployment.round(2)

    assert standing(deployment.aai).keys() == {"b"}


def gone(deployment: Deployment, name: str) -> None:
    """The flavor leaves the cloud, and A&AI follows."""
    deployment.cloud.add("other")
    deployment.cloud.flavors.pop(name)
    deployment.round(3)
    assert "other" in standing(deployment.aai)


def test_an_object_that_others_made_where_ours_was_refused_stays(deployment: Deployment) -> None:
    """Though our capabilities stood below it later."""
    deployment.cloud.add("a")
    deployment.aai.control.fail("poison", path="/flavor/a")
    deployment.round()
    deployment.aai.control.heal()
    deployment.aai.control.load([(flavor("a"), THEIRS)])
    deployment.round()
    assert len(standing(deployment.aai)["a"]) == 1

    gone(deployment, "a")

    assert standing(deployment.aai)["a"] == {}


def test_an_object_that_others_made_where_ours_had_no_answer_stays(deployment: Deployment) -> None:
    """Ours was never done; their object stands, and ours only below it."""
    deployment.cloud.add("a")
    deployment.aai.control.fail("reset_before", times=1, method="PUT")
    deployment.round()
    assert deployment.ours().asked == {"a"}
    deployment.aai.control.load([(flavor("a"), THEIRS)])
    deployment.round(2)
    assert len(standing(deployment.aai)["a"]) == 1

    gone(deployment, "a")

    assert standing(deployment.aai)["a"] == {}


def test_an_object_of_which_nobody_heard_stays_ours_though_it_is_refused_later(deployment: Deployment) -> None:
    """What was asked for the first time may still come, and would then be nobody's."""
    deployment.cloud.add("a")
    deployment.aai.control.fail("reset_before", times=1, method="PUT")
    deployment.round()
    deployment.aai.control.fail("poison", path="/flavor/a")
    deployment.do("publish")
    assert deployment.alarms()["aai.refusing", ""].text.startswith("A&AI refuses 1 of the writes")

    assert deployment.ours().asked == {"a"}


def test_an_object_that_was_refused_in_the_first_round_is_not_ours_in_the_second(deployment: Deployment) -> None:
    """Also when the process is killed between its second round and its end."""
    deployment.cloud.add("a", "b")
    deployment.aai.control.fail("poison", path="/flavor/a")
    deployment.aai.control.fail("conflict", path="/flavor/b", times=2)
    deployment.do("discover")
    deployment.die_after(5, "publish")  # the claim, and what is kept before each of the two rounds
    deployment.aai.control.heal()
    assert "a" not in deployment.ours().asked
    deployment.aai.control.load([(flavor("a"), THEIRS)])
    deployment.round()

    gone(deployment, "a")

    assert standing(deployment.aai)["a"] == {}


def test_what_is_wanted_is_kept_in_portions(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it before the first call; a process that is killed between two of them has written nothing."""
    monkeypatch.setattr(owning, "PORTION", 2)
    deployment.cloud.add("a", "b", "c", "d", "e")
    deployment.do("discover")
    deployment.die_after(3, "publish")  # the claim, and two portions of three
    assert len(deployment.ours().capabilities) == 4
    assert "writes" not in deployment.aai.control.counts()

    deployment.round()

    deployment.assert_right()
    assert len(deployment.ours().capabilities) == 5
