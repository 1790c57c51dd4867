# SPDX-License-Identifier: Apache-2.0
"""What an apply leaves in A&AI, and with how few requests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from aai.wishes import (
    REGION,
    as_standing,
    as_written,
    caller,
    capability,
    desired,
    flavor,
    standing,
)
from hpa_discovery.aai.reading import PAGE_SIZE
from hpa_discovery.errors import AaiRefused
from peers.aai import oof_reading
from peers.aai.asking import Asking
from peers.aai.journal import needless

if TYPE_CHECKING:
    from aai.wishes import Caller
    from hpa_discovery.aai.desired import Desired, DesiredFlavor
    from hpa_discovery.connectors.client import HttpClient
    from peers.aai.running import Aai

FEATURES = ("basicCapabilities", "cpuPinning", "hugePages", "numa", "localStorage")


pytestmark = pytest.mark.parametrize("aai", ["strict", "faithful"], indirect=True)


def many(count: int, value: str = "1") -> Desired:
    """Flavors with five capabilities each, one of which says `value`."""
    return desired(*(several(f"f{number}", value) for number in range(count)))


def several(name: str, value: str) -> DesiredFlavor:
    """One of them."""
    return flavor(name, (capability(name, each, value if each == "hugePages" else "1") for each in FEATURES))


@pytest.mark.parametrize("version", [14, 15, 21, 22, 30])
def test_new_flavors_come_with_their_capabilities(aai: Aai, http: HttpClient, version: int) -> None:
    """One PUT a flavor, in each version of the schema; from v22 on they tell whose they are."""
    region, wanted = caller(aai, http, version), many(3)

    applied = region.apply(wanted)

    assert applied.complete
    assert applied.absent == frozenset()
    assert standing(aai) == as_standing(wanted)
    tree = aai.control.tree(f"{REGION}/flavors/flavor/f1", version)
    assert tree is not None
    [first, *_] = tree["hpa-capabilities"]["hpa-capability"]
    owner = "hpa-discovery" if version >= 22 else None
    assert [each.get(name) for each in (tree, first) for name in ("data-owner", "data-source")] == [owner] * 4
    scalars = {"flavor-name": "onap.f1", "flavor-vcpus": 4, "flavor-ram": 8192, "flavor-swap": "0"}
    assert {name: tree[name] for name in scalars} == scalars
    assert aai.control.counts() == {"GET": 2, "bulk": 1, "writes": 3}


def test_the_second_apply_writes_nothing(aai: Aai, region: Caller) -> None:
    """Of 1,000 flavors, and reads each page once."""
    wanted = many(1000)
    region.apply(wanted)
    aai.control.forget()

    applied = region.apply(wanted)

    assert applied.complete
    assert applied.plan is not None
    assert applied.plan.counts() == {"create": 0, "change": 0, "delete": 0, "keep": 5000}
    assert aai.control.counts() == {"GET": 1000 // PAGE_SIZE}


def test_a_rule_that_touches_300_flavors(aai: Aai, region: Caller) -> None:
    """Takes 20 bulk calls, and nothing lingers of what was."""
    region.apply(many(300))
    wanted = many(300, "many")
    aai.control.forget()

    assert region.apply(wanted).complete

    assert standing(aai) == as_standing(wanted)
    assert aai.control.counts()["bulk"] == 20
    assert needless(aai.control.writes()) == []


def test_the_poisoned_one_of_600_stands_alone(aai: Aai, region: Caller) -> None:
    """599 are applied and one is told."""
    region.apply(many(600))
    wanted = many(600, "many")
    [poisoned] = [each for each in wanted.flavors[417].capabilities if each.feature == "hugePages"]
    aai.control.fail("poison", path=poisoned.id)

    applied = region.apply(wanted)

    assert len(applied.done) == 599
    [refusal] = applied.refused
    assert (refusal.action.key, refusal.error.status) == (("f417", poisoned.id), 500)
    assert not applied.complete
    assert [name for name, _ in region.events] == ["aai.refused"]
    healthy = as_standing(wanted)
    assert {name for name, found in standing(aai).items() if found != healthy[name]} == {"f417"}


def test_what_was_poisoned_comes_when_it_is_cured(aai: Aai, region: Caller) -> None:
    """A new flavor with poison in it too."""
    wanted = many(40)
    number = aai.control.fail("poison", path="/flavor/f7")
    assert {each.flavor for each in [r.action for r in region.apply(wanted).refused]} == {"f7"}
    aai.control.heal(number)

    assert region.apply(wanted).complete

    assert standing(aai) == as_standing(wanted)
    assert needless(aai.control.writes()) == []


def test_capabilities_are_put_below_the_flavors_of_others(aai: Aai, region: Caller) -> None:
    """The flavor object stays as it is, with what others have below it."""
    foreign = as_written(capability("f", "ovsDpdk"), **{"hpa-capability-id": "of-others"})
    body = {"flavor-name": "theirs", "flavor-selflink": "s", "hpa-capabilities": {"hpa-capability": [foreign]}}
    aai.control.load([(f"{REGION}/flavors/flavor/f", body)])
    before = aai.control.tree(f"{REGION}/flavors/flavor/f")
    wanted = desired(flavor("f"))

    assert region.apply(wanted).complete
    assert region.apply(desired(flavor("f", (), presence="gone"))).complete

    assert region.ours.flavors == frozenset()
    assert aai.control.tree(f"{REGION}/flavors/flavor/f") == before
    assert [write["method"] for write in aai.control.writes()] == ["PUT", "DELETE"]


def test_a_flavor_that_is_gone_goes_with_what_is_ours(aai: Aai, region: Caller) -> None:
    """The object too, since we created it; in one bulk call, after its capabilities."""
    region.apply(many(2))
    wanted = many(2)
    gone = replace(wanted.flavors[0], presence="gone")
    aai.control.forget()

    applied = region.apply(replace(wanted, flavors=(gone, wanted.flavors[1])))

    assert applied.complete
    assert standing(aai) == as_standing(desired(wanted.flavors[1]))
    assert region.ours.flavors == {"f1"}
    assert aai.control.counts() == {"GET": 1, "bulk": 1, "writes": 6}
    again = region.apply(replace(wanted, flavors=(gone, wanted.flavors[1])))
    assert again.absent == {each.id for each in gone.capabilities}


def test_a_flavor_in_use_stays(aai: Aai, region: Caller) -> None:
    """A vserver that was built from it keeps the object; our capabilities go."""
    region.apply(desired(flavor("f")))
    vserver = f"{REGION}/tenants/tenant/t/vservers/vserver/v"
    relation = {"related-to": "flavor", "related-link": f"{REGION}/flavors/flavor/f"}
    body = {"vserver-name": "v", "vserver-selflink": "s", "relationship-list": {"relationship": [relation]}}
    aai.control.load([(f"{REGION}/tenants/tenant/t", {"tenant-name": "t"}), (vserver, body)])

    applied = region.apply(desired(flavor("f", presence="gone")))

    assert applied.complete
    assert applied.plan is not None
    assert [each.why for each in applied.plan.actions if each.kind == "keep"] == [
        "the flavor is in use: it is related to vserver"
    ]
    assert standing(aai) == {"f": {}}


def test_our_flavor_object_follows_the_cloud(aai: Aai, region: Caller) -> None:
    """Its properties are changed one by one; what others wrote into it stays."""
    region.apply(desired(flavor("f")))
    aai.control.load([])
    renamed = flavor("f")
    renamed = replace(renamed, properties={**renamed.properties, "flavor-name": "onap.other", "flavor-vcpus": 8})
    aai.control.forget()

    assert region.apply(desired(renamed)).complete

    [write] = aai.control.writes()
    assert write["content"] == {"flavor-name": "onap.other", "flavor-vcpus": 8}
    tree = aai.control.tree(f"{REGION}/flavors/flavor/f")
    assert tree is not None
    assert (tree["flavor-name"], tree["flavor-ram"]) == ("onap.other", 8192)
    assert standing(aai) == as_standing(desired(renamed))


def test_attributes_that_linger_are_removed(aai: Aai, region: Caller) -> None:
    """A capability that has one attribute more than it should is changed, in one bulk call of DELETE and PUT."""
    wanted = desired(flavor("f"))
    region.apply(wanted)
    [one] = wanted.flavors[0].capabilities
    uri = f"{REGION}/flavors/flavor/f/hpa-capabilities/hpa-capability/{one.id}"
    old: dict[str, Any] = {"hpa-attribute-key": "old", "hpa-attribute-value": '{"value":"1"}'}
    aai.control.change(mode="faithful")
    tree = aai.control.tree(uri)
    assert tree is not None
    aai.control.load([(uri, {**tree, "hpa-feature-attributes": [*tree["hpa-feature-attributes"], old]})])
    aai.control.forget()

    assert region.apply(wanted).complete

    assert standing(aai) == as_standing(wanted)
    assert [write["method"] for write in aai.control.writes()] == ["DELETE", "PUT"]
    assert aai.control.counts()["bulk"] == 1


@pytest.mark.parametrize("replaces", ["transaction", "refuse"])
def test_sequential_is_right_for_every_server(aai: Aai, http: HttpClient, replaces: str) -> None:
    """One call deletes and the next one writes; 300 changes take 20 calls here too."""
    aai.control.change(replace=replaces)
    region = caller(aai, http, replace="sequential")
    region.apply(many(300))
    wanted = many(300, "many")
    aai.control.forget()

    assert region.apply(wanted).complete

    assert standing(aai) == as_standing(wanted)
    assert aai.control.counts()["bulk"] == 20


def test_a_server_that_refuses_both_in_one_call_says_so(aai: Aai, region: Caller) -> None:
    """Without `sequential` the changes are refused, nothing is lost, and the reason names the way out."""
    region.apply(many(2))
    aai.control.change(replace="refuse")

    applied = region.apply(many(2, "many"))

    assert {refusal.error.number for refusal in applied.refused} == {"6130"}
    assert all("replace: sequential" in str(refusal.error) for refusal in applied.refused)
    assert standing(aai) == as_standing(many(2))


@pytest.mark.parametrize("trouble", [{"bulk_limit": 10}, {"status": 404}, {"status": 405}, {"status": 413}])
def test_without_bulk_calls_all_is_done_singly(aai: Aai, region: Caller, trouble: dict[str, int]) -> None:
    """Said once, for as many groups as there are; changes become DELETE, then PUT."""
    region.apply(many(40))
    if "status" in trouble:
        aai.control.fail("status", method="bulk", **trouble)
    else:
        aai.control.change(**trouble)
    wanted = many(60, "many")
    aai.control.forget()

    assert region.apply(wanted).complete

    assert standing(aai) == as_standing(wanted)
    counts = aai.control.counts()
    assert (counts["bulk"], counts["DELETE"], counts["PUT"]) == (1, 40, 60)
    assert [name for name, _ in region.events] == ["aai.single_calls"]


def test_that_there_are_no_bulk_calls_is_learned_once(aai: Aai, region: Caller) -> None:
    """Another round does not try again."""
    aai.control.change(bulk_limit=1)
    wanted = many(5)
    aai.control.fail("conflict", path="/flavor/f", times=2)

    applied = region.apply(wanted)

    assert (applied.complete, applied.rounds) == (True, 2)
    assert [name for name, _ in region.events] == ["aai.single_calls"]
    assert aai.control.counts()["bulk"] == 1


def test_ids_with_special_characters(aai: Aai, region: Caller) -> None:
    """Are quoted in paths; the flavor id "..", which Nova allows, is left out and told."""
    wanted = desired(flavor("m1 tiny-2.x_ü%?#"), flavor(".."))

    applied = region.apply(wanted)

    assert applied.complete
    assert applied.plan is not None
    assert [each.flavor for each in applied.plan.actions if each.kind == "keep"] == [".."]
    assert standing(aai) == as_standing(desired(wanted.flavors[0]))


ODD = ("a/../b", "a/b", "a b\\c", "a\\..", "\n", "\0", "x" * 3000, "http://elsewhere.example/", "..", "%2e%2e")


@pytest.mark.parametrize("odd", ODD)
def test_a_flavor_id_that_only_an_ill_cloud_has(aai: Aai, region: Caller, odd: str) -> None:
    """Holds up nobody else, in a call with others as alone, and stays below its own region."""
    names = {f"f{number}" for number in range(30)}

    alone = region.apply(desired(flavor(odd)))
    among = region.apply(desired(flavor(odd), *map(flavor, names)))

    assert (alone.stopped, among.stopped) == (None, None)
    assert names <= standing(aai).keys() <= names | {odd}
    places = {write["uri"].strip("/").rpartition("/flavor/")[0] for write in aai.control.writes()}
    assert places == {f"{REGION}/flavors".strip("/")}


@pytest.mark.parametrize("server", [{"touched": "all"}, {"order": "changing"}, {"totals": False}])
def test_servers_differ(aai: Aai, region: Caller, server: dict[str, Any]) -> None:
    """In the resource-versions that a write changes, in the order of pages, in what they count."""
    aai.control.change(**server)

    for value in ("1", "2"):
        assert region.apply(many(450, value)).complete
    assert region.apply(many(450, "2")).done == ()

    assert standing(aai) == as_standing(many(450, "2"))
    assert needless(aai.control.writes()) == []


def test_oof_finds_what_was_written(aai: Aai, region: Caller) -> None:
    """It can take every value, and chooses the flavor that has what is asked for."""
    region.apply(desired(flavor("small"), flavor("large", [capability("large", value="64")])))
    attributes = [
        {"hpa-attribute-key": "count", "hpa-attribute-value": "32", "operator": ">="},
        {"hpa-attribute-key": "size", "hpa-attribute-value": "2048", "operator": "=", "unit": "KB"},
    ]
    requirement = {
        "hpa-feature": "hugePages",
        "hpa-version": "v1",
        "architecture": "generic",
        "mandatory": "True",
        "hpa-feature-attributes": attributes,
    }
    with Asking(aai, app=oof_reading.APP) as oof:
        found = oof_reading.read_flavors(lambda path: oof.get(path).body, "owner", "region one")

    assert oof_reading.unreadable(found) == []
    chosen = oof_reading.choose(found, [requirement])
    assert chosen is not None
    assert (chosen.flavor_id, chosen.flavor_name) == ("large", "onap.large")


def test_a_region_that_aai_does_not_know(aai: Aai, region: Caller) -> None:
    """Is told as such, and nothing is written."""
    aai.control.empty()

    applied = region.apply(many(1))

    assert isinstance(applied.stopped, AaiRefused)
    assert "has no cloud-region owner/region one" in str(applied.stopped)
    assert not aai.control.writes()
    assert not region.committed
