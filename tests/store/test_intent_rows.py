# SPDX-License-Identifier: Apache-2.0
"""What is ours in A&AI: from before the first call until a fresh read shows that it is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from hpa_discovery.errors import StoreError
from hpa_discovery.store import flavor_objects, intents
from hpa_discovery.store.intents import Intent
from store.regional import added, claimed, ended, pass_lease
from store.stored import age

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store
    from hpa_discovery.store.schedule import Claim

CONTENT = {"hpa-capability-id": "one", "hpa-feature-attributes": [{"hpa-attribute-value": '{"value":"\0"}'}]}
ONE = Intent("one", "flavor ö", "pciePassthrough", "v1", "generic", "x" * 1000, CONTENT)
NOW = timedelta(0)
LANDING = timedelta(hours=1)


def states(store: Store, region: int) -> dict[str, str]:
    """What is ours and whether it shall stay."""
    with store.read("reading") as transaction:
        return {each.intent.capability_id: each.state for each in intents.ours(transaction, region)}


def wanted(store: Store, claim: Claim, *found: Intent) -> bool:
    """Mean to write these."""
    with store.write("intending") as transaction:
        return intents.want(transaction, claim, found)


def leaving(store: Store, claim: Claim, *ids: str) -> bool:
    """Mean to delete these."""
    with store.write("intending") as transaction:
        return intents.leave(transaction, claim, ids)


def settled(store: Store, claim: Claim, *absent: str, landing: timedelta = NOW) -> bool:
    """A read did not show these."""
    with store.write("settling") as transaction:
        return intents.settle(transaction, claim, absent, landing)


def test_an_intent_comes_back_as_it_was(store: Store) -> None:
    """With all its members; those of other regions stay out."""
    region, other = added(store).id, added(store, "acme/other").id
    assert wanted(store, claimed(store, region, "publish"), ONE, replace(ONE, capability_id="two", discriminator=""))
    with store.read("reading") as transaction:
        first, second = intents.ours(transaction, region)
        assert intents.ours(transaction, other) == ()
        assert (intents.count(transaction, region), intents.count(transaction, other)) == (2, 0)
    assert (first.intent, first.state) == (ONE, "wanted")
    assert second.intent.discriminator == ""


def test_only_differences_are_written(store: Store) -> None:
    """What is wanted already keeps its time; another content does not."""
    region = added(store).id
    claim = claimed(store, region, "publish")
    others = [replace(ONE, capability_id=f"n{number}") for number in range(1200)]
    wanted(store, claim, ONE, *others)
    age(store, "intent", "changed_at", timedelta(hours=1))
    with store.read("reading") as transaction:
        before = {each.intent.capability_id: each.changed_at for each in intents.ours(transaction, region)}
    wanted(store, claim, replace(ONE, content={"other": 1}), *others)
    with store.read("reading") as transaction:
        after = {each.intent.capability_id: each for each in intents.ours(transaction, region)}
    assert [each for each, row in after.items() if row.changed_at != before[each]] == ["one"]
    assert after["one"].intent.content == {"other": 1}


def test_what_leaves_is_ours_until_it_is_gone(store: Store) -> None:
    """A read that does not show it ends that; what shall stay is not forgotten though it is not there."""
    region = added(store).id
    claim = claimed(store, region, "publish")
    wanted(store, claim, ONE, replace(ONE, capability_id="two"), replace(ONE, capability_id="three"))
    leaving(store, claim, "one", "three")
    assert states(store, region) == {"one": "leaving", "three": "leaving", "two": "wanted"}
    settled(store, claim, "one", "two", "unheard-of")
    assert states(store, region) == {"three": "leaving", "two": "wanted"}
    wanted(store, claim, replace(ONE, capability_id="three"))
    settled(store, claim, "three")
    assert states(store, region) == {"three": "wanted", "two": "wanted"}


def test_what_changes_is_so_until_it_is_known_to_be_there(store: Store) -> None:
    """Or until it is to leave, or wanted anew; what is not changing is not ended."""
    region = added(store).id
    claim = claimed(store, region, "publish")
    two, three = replace(ONE, capability_id="two"), replace(ONE, capability_id="three")
    wanted(store, claim, ONE, two, three)
    with store.write("changing") as transaction:
        assert intents.want(transaction, claim, [replace(ONE, content={"other": 1}), two, three], {"one", "two"})
    assert states(store, region) == {"one": "changing", "two": "changing", "three": "wanted"}
    leaving(store, claim, "two", "three")
    with store.write("ending") as transaction:
        assert intents.end_changes(transaction, claim, ["one", "two", "three", "unheard-of"])
    assert states(store, region) == {"one": "wanted", "two": "leaving", "three": "leaving"}
    with store.write("changing again") as transaction:
        assert intents.want(transaction, claim, [two], {"two"})
    wanted(store, claim, two)
    assert states(store, region)["two"] == "wanted"


def test_a_late_write_is_still_ours(store: Store) -> None:
    """A read right after a timeout proves nothing: what began to leave just now stays for a while."""
    region = added(store).id
    claim = claimed(store, region, "publish")
    wanted(store, claim, ONE)
    age(store, "intent", "changed_at", 2 * LANDING)
    leaving(store, claim, "one")
    settled(store, claim, "one", landing=LANDING)
    assert states(store, region) == {"one": "leaving"}
    age(store, "intent", "changed_at", LANDING)
    leaving(store, claim, "one")  # once more does not begin the time anew
    settled(store, claim, "one", landing=LANDING)
    assert states(store, region) == {}


def test_a_taken_fence_intends_nothing(store: Store) -> None:
    """Neither capabilities nor flavors: A&AI must not be asked then."""
    region = added(store).id
    late = claimed(store, region, "publish")
    wanted(store, late, ONE)
    pass_lease(store, late)
    ended(store, claimed(store, region, "publish"))
    assert wanted(store, late, replace(ONE, capability_id="two")) is False
    assert leaving(store, late, "one") is False
    assert settled(store, late, "one") is False
    assert states(store, region) == {"one": "wanted"}
    with store.write("coming late") as transaction:
        assert intents.end_changes(transaction, late, ["one"]) is False
        assert flavor_objects.ask(transaction, late, ["f"]) is False
        assert flavor_objects.own(transaction, late, ["f"]) is False
        assert flavor_objects.disown(transaction, late, ["f"]) is False
        assert flavor_objects.settle(transaction, late, ["f"], NOW) is False
        assert flavor_objects.created(transaction, region) == {}


@pytest.mark.parametrize("change", [{"capability_id": "\0"}, {"subject_id": "x" * 301}, {"feature": "\ud800"}])
def test_what_no_database_keeps_is_not_intended(store: Store, change: dict[str, Any]) -> None:
    """The same on both databases."""
    region = added(store).id
    with pytest.raises(StoreError, match="of a capability is"):
        wanted(store, claimed(store, region, "publish"), replace(ONE, **change))
    assert states(store, region) == {}


def test_flavor_objects_are_ours_until_they_are_gone(store: Store) -> None:
    """Or until A&AI refused them, or others made them."""
    region = added(store).id
    claim = claimed(store, region, "publish")
    with store.write("going through") as transaction:
        assert flavor_objects.ask(transaction, claim, ["a", "b", "c", "ö"])
        assert flavor_objects.disown(transaction, claim, ["ö", "unheard-of"])
        assert flavor_objects.own(transaction, claim, ["a", "b"])
        assert flavor_objects.created(transaction, region) == {"a": "made", "b": "made", "c": "asked"}
        assert flavor_objects.settle(transaction, claim, ["a", "c"], LANDING)
        assert flavor_objects.ask(transaction, claim, ["b"])
        assert flavor_objects.created(transaction, region) == {"a": "made", "b": "asked", "c": "asked"}
        assert flavor_objects.settle(transaction, claim, ["a", "c"], NOW)
        assert flavor_objects.created(transaction, region) == {"b": "asked"}


def test_a_late_flavor_is_still_ours(store: Store) -> None:
    """What was asked for just now stays; that it was made is told once, and to ask again begins the time anew."""
    region = added(store).id
    claim = claimed(store, region, "publish")
    with store.write("going through") as transaction:
        flavor_objects.ask(transaction, claim, ["a", "b"])
        flavor_objects.own(transaction, claim, ["a", "b"])
        flavor_objects.settle(transaction, claim, ["a", "b"], LANDING)
        assert flavor_objects.created(transaction, region) == {"a": "made", "b": "made"}
    age(store, "flavor_object", "changed_at", LANDING)
    with store.write("going through") as transaction:
        flavor_objects.own(transaction, claim, ["a"])
        flavor_objects.ask(transaction, claim, ["b"])
        flavor_objects.settle(transaction, claim, ["a", "b"], LANDING)
        assert flavor_objects.created(transaction, region) == {"b": "asked"}
