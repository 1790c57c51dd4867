# SPDX-License-Identifier: Apache-2.0
"""An A&AI that refuses, is away, or would lose much: alarms, what goes on, and what comes right afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from aai.wishes import REGION, standing
from hpa_discovery.aai.desired import Ours
from hpa_discovery.errors import StoreError
from hpa_discovery.store import intents
from hpa_discovery.work import standing as standing_room
from hpa_discovery.work.orders import Order
from hpa_discovery.work.steps import publish_now
from peers.aai.journal import needless

if TYPE_CHECKING:
    from work.deployments import Deployment


def test_the_culprit_is_named_and_the_rest_goes_on(deployment: Deployment) -> None:
    """One poisoned flavor of forty: an alarm with its name, a later try, and none when it is cured."""
    deployment.cloud.add(*(f"f{number}" for number in range(40)))
    number = deployment.aai.control.fail("poison", path="/flavor/f7")

    deployment.round()

    [alarm] = deployment.alarms().values()
    assert (alarm.type, alarm.severity) == ("aai.refusing", "major")
    assert alarm.text.startswith("A&AI refuses 1 of the writes, such as onap.f7")
    with deployment.store.read("looking") as transaction:
        assert standing_room.apart(transaction, deployment.region.name) == {("f7", "")}
    assert standing(deployment.aai).keys() == deployment.cloud.flavors.keys() - {"f7"}
    assert deployment.steps()["publish"].attempts == 1
    assert deployment.steps()["publish"].due_at is not None

    deployment.aai.control.heal(number)
    deployment.do("publish")

    deployment.assert_right()
    assert deployment.alarms() == {}
    assert deployment.steps()["publish"].due_at is None
    assert needless(deployment.aai.control.writes()) == []


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "down"},
        {"kind": "status", "status": 503},
        {"kind": "truncated", "method": "GET"},
        {"kind": "html", "method": "GET"},
        {"kind": "reset_after", "method": "bulk", "times": 1},
        {"kind": "status", "status": 504, "done": True, "method": "bulk", "times": 1},
        {"kind": "status", "status": 401},
    ],
)
def test_whatever_aai_does_it_is_told_and_mended(deployment: Deployment, wish: dict[str, Any]) -> None:
    """Nothing is lost, and nothing written twice."""
    deployment.cloud.add("a", "b", hw_pages="1")
    deployment.aai.control.fail(**wish)
    deployment.round()
    assert deployment.alarm_types() == ["aai.refusing"]
    assert deployment.steps()["publish"].last_error

    deployment.aai.control.heal()
    deployment.do("publish")

    deployment.assert_right()
    assert deployment.alarms() == {}
    assert needless(deployment.aai.control.writes()) == []


def test_an_operation_hears_that_aai_is_away(deployment: Deployment) -> None:
    """Who waits for a publish step gets the error."""
    deployment.cloud.add("a")
    deployment.do("discover")
    deployment.ask("publish")
    deployment.aai.control.fail("status", status=503)

    deployment.do("publish")

    [operation] = deployment.operations()
    assert operation.state == "failed"
    assert operation.error is not None
    assert "503" in operation.error


def test_a_wrong_setting_is_told_like_a_refusal(deployment: Deployment) -> None:
    """A CA that is none."""
    deployment.cloud.add("a")
    deployment.change(ca="no PEM")
    deployment.round()

    assert deployment.alarm_types() == ["aai.refusing"]


def with_private_flavors(deployment: Deployment) -> list[str]:
    """60 public flavors and 40 private ones, in A&AI; the private ones."""
    deployment.cloud.add(*(f"public{number}" for number in range(60)), hw_pages="1")
    private = [f"private{number}" for number in range(40)]
    deployment.cloud.add(*private, hw_pages="1")
    deployment.round()
    deployment.assert_right()
    deployment.aai.control.forget()
    return private


def test_losing_the_rights_on_private_flavors_deletes_nothing(deployment: Deployment) -> None:
    """40% are not shown any more: the plan is held and told, for as long as it is so; with them the alarm goes."""
    private = with_private_flavors(deployment)
    kept = {name: deployment.cloud.flavors.pop(name) for name in private}

    deployment.round(4)

    assert "writes" not in deployment.aai.control.counts()
    [alarm] = deployment.alarms().values()
    assert (alarm.type, alarm.severity) == ("plan.held", "major")
    assert "80 of 200" in alarm.text
    held = deployment.operations()[0].result
    assert held is not None
    assert (held["deletes"], held["held"]) == (80, alarm.text)
    assert deployment.steps()["publish"].due_at is None

    deployment.cloud.flavors |= kept
    deployment.round()
    deployment.assert_right()
    assert deployment.alarms() == {}
    assert "writes" not in deployment.aai.control.counts()


def test_a_held_plan_goes_through_when_that_many_deletes_are_allowed(deployment: Deployment) -> None:
    """Not with one less."""
    for name in with_private_flavors(deployment):
        del deployment.cloud.flavors[name]
    deployment.round(2)

    told = publish_now(deployment.workplace, deployment.region.id, Order(allow_deletes=79))
    assert told is not None
    assert told.told["held"]
    assert "writes" not in deployment.aai.control.counts()

    told = publish_now(deployment.workplace, deployment.region.id, Order(allow_deletes=80))
    assert told is not None
    assert told.told["complete"]
    deployment.assert_right()
    assert deployment.alarms() == {}


def test_a_cloud_without_flavors_is_not_believed(deployment: Deployment) -> None:
    """However few there were: the plan is held and told, until somebody allows it, or the flavors are back."""
    deployment.cloud.add("a", "b", hw_pages="1")
    deployment.round()
    deployment.aai.control.forget()
    kept = dict(deployment.cloud.flavors)
    deployment.cloud.flavors.clear()

    deployment.round(4)
    [alarm] = deployment.alarms().values()
    assert (alarm.type, alarm.text[:51]) == ("plan.held", "the cloud shows no flavor of owner/region one any m")
    assert "writes" not in deployment.aai.control.counts()

    deployment.cloud.flavors |= kept
    deployment.round()
    assert deployment.alarms() == {}
    assert "writes" not in deployment.aai.control.counts()

    deployment.cloud.flavors.clear()
    deployment.round(2)
    told = publish_now(deployment.workplace, deployment.region.id, Order(allow_deletes=4))
    assert told is not None
    assert told.told["complete"]
    assert (standing(deployment.aai), deployment.alarms()) == ({}, {})


def test_flavors_that_all_get_new_ids(deployment: Deployment) -> None:
    """A cloud that was built anew: the new ones come at once, the old ones go when that many deletes are allowed."""
    names = [f"f{number}" for number in range(15)]
    deployment.cloud.add(*names, hw_pages="1")
    deployment.round()
    for name, old in list(deployment.cloud.flavors.items()):
        deployment.cloud.flavors[f"new-{name}"] = {**old, "id": f"new-{name}"}
        del deployment.cloud.flavors[name]

    deployment.round()
    assert standing(deployment.aai).keys() == {*names, *deployment.cloud.flavors}
    deployment.round()
    assert deployment.alarm_types() == ["plan.held"]

    publish_now(deployment.workplace, deployment.region.id, Order(allow_deletes=30))
    deployment.assert_right()
    assert deployment.alarms() == {}


def test_flavors_that_all_get_new_names(deployment: Deployment) -> None:
    """Only what says the name changes; nothing is deleted."""
    deployment.cloud.add(*(f"f{number}" for number in range(15)), hw_pages="1")
    deployment.round()
    deployment.aai.control.forget()
    for flavor in deployment.cloud.flavors.values():
        flavor["name"] = f"new.{flavor['name']}"

    deployment.round()

    assert deployment.deletes() == []
    deployment.assert_right()
    tree = deployment.aai.control.tree(f"{REGION}/flavors") or {}
    assert {each["flavor-name"] for each in tree["flavor"]} == {f"new.onap.f{number}" for number in range(15)}


def test_more_poisoned_flavors_than_a_turn_stands_hold_up_nobody(deployment: Deployment) -> None:
    """The turn stops after many refusals in a row; the next one sends the others first."""
    bad, good = [f"a-bad{number:02}" for number in range(60)], [f"good{number}" for number in range(10)]
    deployment.cloud.add(*bad, *good)
    deployment.aai.control.fail("poison", path="/flavor/a-bad")

    deployment.do("discover")
    deployment.do("publish")
    assert standing(deployment.aai) == {}
    deployment.do("publish")

    assert standing(deployment.aai).keys() == set(good)
    assert deployment.alarm_types() == ["aai.refusing"]


def test_an_aai_that_is_away_does_not_let_forget_what_to_send_apart(deployment: Deployment) -> None:
    """A turn that read nothing knows nothing else of it."""
    deployment.cloud.add("a", "b")
    deployment.aai.control.fail("poison", path="/flavor/a")
    deployment.round()
    deployment.aai.control.fail("status", status=503, method="GET")
    deployment.ask("publish")
    deployment.do("publish")

    assert deployment.operations()[0].state == "failed"
    with deployment.store.read("looking") as transaction:
        assert standing_room.apart(transaction, deployment.region.name) == {("a", "")}


def test_who_publishes_now_waits_for_nobody(deployment: Deployment) -> None:
    """While the region is being discovered there is no answer."""
    deployment.cloud.add("a")
    told: list[object] = []

    def ask(question: object) -> object:
        told.append(publish_now(deployment.workplace, deployment.region.id, Order()))
        return iter(())

    deployment.workplace = replace(deployment.workplace, readers={deployment.region.source: ask})
    deployment.do("discover")

    assert told == [None]


def test_a_plan_can_be_made_for_a_region_that_is_applied(deployment: Deployment) -> None:
    """For whoever wants to see it before."""
    deployment.cloud.add("a")
    deployment.do("discover")

    told = publish_now(deployment.workplace, deployment.region.id, Order(mode="plan"))

    assert told is not None
    assert told.plan is not None
    assert told.plan.counts()["create"] == 1
    assert "writes" not in deployment.aai.control.counts()


def test_a_region_that_was_never_listed_has_nothing_to_publish(deployment: Deployment) -> None:
    """A&AI is not asked, and who waits is told."""
    deployment.ask("publish")
    deployment.do("publish")

    [operation] = deployment.operations()
    assert operation.result == {"nothing": "owner/region one: it was never listed"}
    assert deployment.aai.control.counts() == {}


def test_what_others_made_stays(deployment: Deployment) -> None:
    """A flavor object and a capability of others; below their object ours come and go."""
    flavor = f"{REGION}/flavors/flavor/a"
    theirs = f"{flavor}/hpa-capabilities/hpa-capability/theirs"
    objects: list[tuple[str, dict[str, Any]]] = [
        (flavor, {"flavor-name": "theirs", "flavor-selflink": "s"}),
        (theirs, {"hpa-feature": "hugePages"}),
    ]
    deployment.aai.control.load(objects)
    deployment.cloud.add("a", hw_pages="1")
    deployment.round()
    assert len(standing(deployment.aai)["a"]) == 3

    deployment.cloud.add("b")
    del deployment.cloud.flavors["a"]
    deployment.round(2)

    assert standing(deployment.aai)["a"] == {"theirs": {}}


def test_what_onap_wrote_is_adopted_and_replaced(deployment: Deployment) -> None:
    """Where the region wants that."""
    random = "8d3a4a3c-6a49-4d3e-9b5c-0d4f0a0f9a11"
    flavor = f"{REGION}/flavors/flavor/a"
    objects: list[tuple[str, dict[str, Any]]] = [
        (flavor, {"flavor-name": "theirs", "flavor-selflink": "s"}),
        (f"{flavor}/hpa-capabilities/hpa-capability/{random}", {"hpa-feature": "hugePages"}),
    ]
    deployment.aai.control.load(objects)
    deployment.change(adopt=True)
    deployment.cloud.add("a", hw_pages="1")

    deployment.round()

    deployment.assert_right()


def test_unregistering_takes_all_that_is_ours(deployment: Deployment) -> None:
    """At once, whatever the mode and however much it is; what is others' stays, and operations hear of it."""
    flavor = f"{REGION}/flavors/flavor/a"
    objects: list[tuple[str, dict[str, Any]]] = [(flavor, {"flavor-name": "theirs", "flavor-selflink": "s"})]
    deployment.aai.control.load(objects)
    deployment.cloud.add("a", *(f"f{number}" for number in range(50)))
    deployment.round()
    deployment.change(mode="plan")

    told = publish_now(deployment.workplace, deployment.region.id, Order(unregister=True))

    assert told is not None
    assert told.told["complete"]
    assert standing(deployment.aai) == {"a": {}}
    assert deployment.ours() == Ours()


def test_alarms_of_an_aai_that_is_taken_away_go(deployment: Deployment) -> None:
    """With the next discovery."""
    deployment.cloud.add("a")
    deployment.aai.control.fail("status", status=503)
    deployment.round()
    assert deployment.alarm_types() == ["aai.refusing"]

    deployment.change(url="")
    deployment.do("discover")

    assert deployment.alarms() == {}


def test_adopting_may_be_wanted_of_one_turn(deployment: Deployment) -> None:
    """Also where the region does not want it."""
    random = "8d3a4a3c-6a49-4d3e-9b5c-0d4f0a0f9a11"
    flavor = f"{REGION}/flavors/flavor/a"
    objects: list[tuple[str, dict[str, Any]]] = [
        (flavor, {"flavor-name": "theirs", "flavor-selflink": "s"}),
        (f"{flavor}/hpa-capabilities/hpa-capability/{random}", {"hpa-feature": "hugePages"}),
    ]
    deployment.aai.control.load(objects)
    deployment.cloud.add("a", hw_pages="1")
    deployment.round()
    assert random in standing(deployment.aai)["a"]

    publish_now(deployment.workplace, deployment.region.id, Order(adopt=True))

    deployment.assert_right()


def test_who_publishes_now_hears_of_a_database_that_fails(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was sent, and the step is tried again by itself."""

    def fails(*_: object) -> bool:
        raise StoreError("the disk is full")

    deployment.cloud.add("a")
    deployment.do("discover")
    monkeypatch.setattr(intents, "want", fails)
    with pytest.raises(StoreError, match="disk is full"):
        publish_now(deployment.workplace, deployment.region.id, Order())

    assert "writes" not in deployment.aai.control.counts()
    step = deployment.steps()["publish"]
    assert (step.attempts, step.last_error, step.claimed_by) == (1, "the disk is full", None)
