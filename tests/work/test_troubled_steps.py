# SPDX-License-Identifier: Apache-2.0
"""Steps that neither the cloud nor A&AI fails: lost keys, subjects that nobody can keep, faults of our own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.fernet import Fernet, MultiFernet

from aai.wishes import standing
from hpa_discovery.errors import StoreError, StoreRefused
from hpa_discovery.store import intents, listings, region_secrets
from hpa_discovery.store.secret_values import Secrets
from hpa_discovery.work import publishing
from hpa_discovery.work.holding import Overtaken, take
from store.filling import keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hpa_discovery.work.reading import Question, Subject
    from work.deployments import Deployment

LOST = Secrets(MultiFernet([Fernet(Fernet.generate_key())]))


def with_password(deployment: Deployment) -> None:
    """The region's cloud has a credential, which its reader is given."""
    with deployment.store.write("sealing") as transaction:
        region_secrets.keep(transaction, keys(), deployment.region, {"cloud": "s3cret"})


@pytest.mark.parametrize(
    ("kind", "alarm", "names"), [("discover", "source.unreachable", "cloud"), ("publish", "aai.refusing", "aai")]
)
def test_a_key_that_was_lost(deployment: Deployment, kind: Any, alarm: str, names: str) -> None:
    """An alarm says which secret no key opens; nothing is asked, nothing deleted; with the key all is well."""
    with_password(deployment)
    deployment.cloud.add("a")
    deployment.round()
    deployment.aai.control.forget()
    asked = deployment.cloud.asked
    mine, deployment.workplace = deployment.workplace, deployment.using(secrets=LOST)

    deployment.do(kind)

    [told] = deployment.alarms().values()
    assert told.type == alarm
    assert f"/{names}': no key of the key file fits" in told.text
    assert "s3cret" not in told.text
    assert (deployment.cloud.asked, deployment.aai.control.counts()) == (asked, {})
    assert deployment.steps()[kind].attempts == 1
    if kind == "discover":
        assert deployment.listing().stale_since is not None
    deployment.workplace = mine
    deployment.round()
    assert deployment.alarms() == {}


def test_keys_that_are_rotated_while_steps_run(deployment: Deployment) -> None:
    """A host with the new key first reads and writes all, and so does one that still has the old one first."""
    with_password(deployment)
    old, new = keys(), Secrets(MultiFernet([Fernet(Fernet.generate_key()), *fernets()]))
    deployment.cloud.add("a")
    for secrets in (old, new):
        deployment.workplace = deployment.using(secrets=secrets)
        deployment.round()
    with deployment.store.write("rotating") as transaction:
        assert new.rotate(transaction) == 2
    deployment.round()
    assert deployment.alarms() == {}
    deployment.assert_right()


def fernets() -> list[Fernet]:
    """The keys of the store of these tests."""
    return list(keys()._keys._fernets)


@pytest.mark.parametrize(
    ("id_", "body", "said"),
    [
        ("nul\0", {}, "no NUL"),
        ("half\ud800", {}, "half a surrogate pair"),
        ("x" * 10_000, {}, "1 to 300 characters"),
        ("", {}, "1 to 300 characters"),
        ("nan", {"vcpus": float("nan")}, "only JSON can be kept"),
        ("set", {"vcpus": {1}}, "only JSON can be kept"),
    ],
)
def test_a_subject_that_no_database_keeps(deployment: Deployment, id_: str, body: dict[str, Any], said: str) -> None:
    """An alarm names it; the others are listed and published, and as long as it is so nothing is deleted."""
    deployment.cloud.add("a", "b")
    deployment.round()
    deployment.cloud.flavors["odd"] = {**deployment.cloud.flavors["a"], "id": id_, "extra_specs": {}, **body}
    deployment.cloud.add("c")
    del deployment.cloud.flavors["b"]

    deployment.round(3)

    [alarm] = deployment.alarms().values()
    assert alarm.type == "source.incomplete"
    assert said in alarm.text
    assert standing(deployment.aai).keys() == {"a", "b", "c"}
    del deployment.cloud.flavors["odd"]
    deployment.round(2)
    assert deployment.alarms() == {}
    deployment.assert_right()


ODD = (
    "a/b",
    "A",
    "a",
    "\u0430",
    "\uff46\uff11",
    "é",
    "e\u0301",
    "..",
    "%2F",
    "a b?#",
    "x" * 300,
    "\u202eevil",
    "null",
    "0",
)


def test_ids_that_look_alike_or_odd_are_different(deployment: Deployment) -> None:
    """Case, another alphabet, another form of one letter, slashes: each is a flavor of its own, also when it goes."""
    deployment.cloud.add(*ODD, hw_pages="1")
    deployment.round()
    can_be_named = set(ODD) - {".."}
    assert standing(deployment.aai).keys() == can_be_named
    for gone in ("A", "\u0430", "e\u0301", "a/b"):
        del deployment.cloud.flavors[gone]

    deployment.round(2)

    assert standing(deployment.aai).keys() == can_be_named - {"A", "\u0430", "e\u0301", "a/b"}
    assert deployment.alarms() == {}


def test_a_subject_that_comes_twice(deployment: Deployment) -> None:
    """Nobody knows which one is right: nothing of the listing is kept, and an alarm says so until it is over."""

    def twice(question: Question) -> Iterator[Subject]:
        for each in deployment.cloud.read(question):
            yield each
            yield replace(each, name="another")

    deployment.cloud.add("a")
    deployment.round()
    mine, deployment.workplace = deployment.workplace, deployment.using(readers={deployment.region.source: twice})
    deployment.do("discover")
    [alarm] = deployment.alarms().values()
    assert (alarm.type, "only 1 have different ids" in alarm.text) == ("source.unreachable", True)
    assert deployment.listing().stale_since is not None
    deployment.workplace = mine
    deployment.do("discover")
    assert deployment.alarms() == {}


@pytest.mark.parametrize(("kind", "alarm"), [("discover", "source.unreachable"), ("publish", "aai.refusing")])
@pytest.mark.parametrize("error", [StoreRefused("cannot be kept"), ZeroDivisionError("by zero")])
def test_what_nobody_foresaw_is_an_alarm(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, kind: Any, alarm: str, error: Exception
) -> None:
    """Or a region would stand still and nobody would hear of it."""

    def fails(*_: Any, **__: Any) -> Any:
        raise error

    deployment.cloud.add("a")
    deployment.do("discover")
    room, name = (listings, "check") if kind == "discover" else (intents, "want")
    if kind == "discover" and isinstance(error, StoreRefused):
        room, name = deployment, "serves"
        monkeypatch.setattr(deployment, "workplace", deployment.using(serves=fails))
    else:
        monkeypatch.setattr(room, name, fails)
    deployment.ask(kind)
    deployment.do(kind)

    [told] = deployment.alarms().values()
    assert told.type == alarm
    assert str(error) in told.text
    assert deployment.operations()[0].state == "failed"
    monkeypatch.undo()
    deployment.round()
    assert deployment.alarms() == {}
    deployment.assert_right()


@pytest.mark.parametrize("kind", ["discover", "publish"])
def test_a_database_that_fails_is_no_fault_of_the_region(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    """It is tried again, and neither the cloud nor A&AI is blamed."""

    def fails(*_: Any) -> Any:
        raise StoreError("the server closed the connection")

    deployment.cloud.add("a")
    deployment.do("discover")
    monkeypatch.setattr(region_secrets, "read", fails)
    deployment.do(kind)

    assert deployment.alarms() == {}
    assert deployment.steps()[kind].last_error == "the server closed the connection"
    assert deployment.listing().stale_since is None


def test_who_was_overtaken_ends_no_operation(deployment: Deployment) -> None:
    """Whoever has the step now serves it, also where there is nothing to publish."""
    asked = deployment.ask("publish").id
    late = take(deployment.workplace, deployment.region.id, "publish", at_once=True)
    assert late is not None
    assert deployment.lose_leases() == ["publish"]
    now = take(deployment.workplace, deployment.region.id, "publish", at_once=True)
    assert now is not None

    with pytest.raises(Overtaken):
        publishing.publish(deployment.workplace, late)

    assert [each.state for each in deployment.operations() if each.id == asked] == ["running"]
    publishing.publish(deployment.workplace, now)
    assert [each.state for each in deployment.operations() if each.id == asked] == ["done"]
