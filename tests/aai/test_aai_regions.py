# SPDX-License-Identifier: Apache-2.0
"""What is taken over from ONAP, and given back: known regions, adopted capabilities, unregistered regions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aai.wishes import PLACE, RANDOM, REGION, as_standing, capability, client, desired, flavor, flavors, standing
from connectors.speaking import answer, speaking
from hpa_discovery.aai.applying import plan_region, unregister_region
from hpa_discovery.aai.client import AaiAccess, AaiClient
from hpa_discovery.aai.esr import EsrSystem, known_regions
from hpa_discovery.aai.paths import Place
from hpa_discovery.errors import ConnectorError
from hpa_discovery.sources.openstack_values import read_cloud

if TYPE_CHECKING:
    from aai.wishes import Caller
    from hpa_discovery.connectors.client import HttpClient
    from peers.aai.running import Aai

REGIONS = "/cloud-infrastructure/cloud-regions/cloud-region"
ESR: dict[str, Any] = {
    "service-url": "https://keystone:5000/v3",
    "user-name": "onap",
    "password": "s3cret",
    "system-type": "VIM",
    "ssl-insecure": False,
    "cloud-domain": "Users",
    "default-tenant": "vnfs",
}


def system_of(asking: AaiClient) -> EsrSystem:
    """The one system of o/r."""
    [region] = [each for each in known_regions(asking) if each.place == Place("o", "r")]
    [system] = region.systems
    return system


def test_the_regions_that_onap_knows(aai: Aai, http: HttpClient) -> None:
    """With how each cloud is reached, as a source takes it; passwords are in no repr."""
    aai.control.load(
        [
            (f"{REGIONS}/cmcc/RegionOne", {"cloud-type": "openstack", "cloud-region-version": "titanium"}),
            (f"{REGIONS}/cmcc/RegionOne/esr-system-info-list/esr-system-info/1", ESR),
        ]
    )

    known = {each.place: each for each in known_regions(client(aai, http))}

    assert known.keys() == {PLACE, Place("cmcc", "RegionOne")}
    assert known[PLACE].systems == ()
    one = known[Place("cmcc", "RegionOne")]
    [system] = one.systems
    assert (one.cloud_type, one.version, one.extra_info) == ("openstack", "titanium", "")
    cloud = read_cloud("cmcc/RegionOne", system.coordinates, system.credential)
    assert (cloud.auth_url, cloud.region_name, cloud.method) == ("https://keystone:5000/v3", "RegionOne", "password")
    assert cloud.credential == {
        "username": "onap",
        "password": "s3cret",
        "user_domain_name": "Users",
        "project_domain_name": "Users",
        "project_name": "vnfs",
    }
    assert "s3cret" not in repr(known)
    assert aai.control.counts()["GET"] == 3


@pytest.mark.parametrize(
    ("extra", "esr", "name"),
    [
        ("", {}, "r"),
        ('{"openstack-region-id": "RegionTwo"}', {}, "RegionTwo"),
        ('{"openstack-region-id": "RegionTwo"}', {"openstack-region-id": "RegionThree"}, "RegionThree"),
        ('{"openstack-region-id": 2}', {}, "r"),
        ("{", {}, "r"),
        ("[]", {}, "r"),
    ],
)
def test_the_name_that_openstack_has_for_a_region(
    aai: Aai, http: HttpClient, extra: str, esr: dict[str, str], name: str
) -> None:
    """As ONAP was told, else the id of the region."""
    region = f"{REGIONS}/o/r"
    body = {"cloud-extra-info": extra} if extra else {}
    aai.control.load([(region, body), (f"{region}/esr-system-info-list/esr-system-info/1", {**ESR, **esr})])

    assert system_of(client(aai, http)).coordinates["region_name"] == name


def test_a_cloud_of_little_information(aai: Aai, http: HttpClient) -> None:
    """Only what is told is passed on; without a domain it is Keystone's own."""
    region = f"{REGIONS}/o/r"
    esr = {"user-name": "u", "password": "p", "system-type": "VIM", "ssl-insecure": True}
    aai.control.load([(region, {}), (f"{region}/esr-system-info-list/esr-system-info/1", esr)])

    system = system_of(client(aai, http))

    assert system.coordinates == {"region_name": "r"}
    assert system.credential["user_domain_name"] == "Default"


@pytest.mark.parametrize("key", [None, "", 7, "..", "a/../b", "\ud800", {}])
@pytest.mark.parametrize("name", ["cloud-owner", "cloud-region-id"])
def test_a_region_that_cannot_be_named(http: HttpClient, name: str, key: Any) -> None:
    """Is none that A&AI could have: the answer is not believed, and nothing is asked below it."""
    told = {"cloud-region": [{"cloud-owner": "o", "cloud-region-id": "r", name: key}]}
    with speaking(answer(200, json.dumps(told).encode())) as server:
        asking = AaiClient(http, AaiAccess(f"http://127.0.0.1:{server.port}", "u", "p"))
        with pytest.raises(ConnectorError, match=f"a cloud-region has the {name}") as caught:
            known_regions(asking)

    assert str(caught.value).encode()
    assert len(server.asked) == 1


def test_an_aai_without_regions(aai: Aai, http: HttpClient) -> None:
    """Has none."""
    aai.control.empty()

    assert known_regions(client(aai, http)) == []


def theirs(aai: Aai) -> None:
    """What ONAP's driver leaves: one capability that we have too, one that we have not."""
    inside = [
        {**capability("f").content, "hpa-capability-id": RANDOM},
        {**capability("f", "ovsDpdk").content, "hpa-capability-id": RANDOM.replace("0b7c", "1b7c")},
    ]
    body = {"flavor-name": "onap.f", "flavor-selflink": "s", "hpa-capabilities": {"hpa-capability": inside}}
    aai.control.load([(f"{REGION}/flavors/flavor/f", body)])


@pytest.mark.parametrize("adopt", [False, True])
def test_adopting_replaces_what_onaps_driver_wrote(aai: Aai, region: Caller, adopt: bool) -> None:
    """Only when it is asked for; what was adopted is committed as ours before it is deleted."""
    theirs(aai)
    wanted = desired(flavor("f"))

    assert region.apply(wanted, adopt=adopt).complete

    left = {RANDOM.replace("0b7c", "1b7c")} | (set() if adopt else {RANDOM})
    assert standing(aai)["f"].keys() == left | as_standing(wanted)["f"].keys()
    assert (RANDOM in region.committed[0].capabilities) is adopt
    assert region.apply(wanted, adopt=adopt).done == ()


def test_unregister_leaves_what_is_not_ours(aai: Aai, region: Caller) -> None:
    """Capabilities of ours go, and the flavor objects that we made; the region stays."""
    theirs(aai)
    before = aai.control.tree(REGION)
    region.apply(desired(flavor("f"), *(flavor(f"f{number}") for number in range(50))))

    applied = unregister_region(region.target, region.ours, commit=region.commit)

    assert applied.complete
    assert len(applied.done) == 101
    assert applied.ours.flavors == frozenset()
    assert aai.control.tree(REGION) == before
    again = unregister_region(region.target, applied.ours, commit=region.commit)
    assert again.done == ()
    assert again.absent == applied.ours.capabilities.keys()


@pytest.mark.parametrize(("is_aai", "complete"), [(True, True), (False, False)])
def test_unregister_where_the_cloud_region_is_gone(aai: Aai, region: Caller, is_aai: bool, complete: bool) -> None:
    """Nothing of ours is below it, if A&AI itself says so: a 404 of anybody else is no proof."""
    region.apply(flavors(2))
    if is_aai:
        aai.control.begin([(f"{REGIONS}/cmcc/RegionOne", {})])
    else:
        aai.control.fail("status", status=404)

    applied = unregister_region(region.target, region.ours, commit=region.commit)

    assert (applied.complete, applied.done) == (complete, ())
    assert applied.absent == (applied.ours.capabilities.keys() if complete else set())


def test_a_held_plan_sends_nothing(aai: Aai, region: Caller) -> None:
    """Not its creates and changes either, until as many deletes are allowed."""
    region.apply(desired(*(flavor(f"f{number}") for number in range(50))))
    less = desired(*(flavor(f"f{number}", [] if number < 30 else None) for number in range(50)), flavor("new"))
    aai.control.forget()

    held = region.apply(less)

    assert "delete 30 of 50 capabilities" in held.held
    assert not held.complete
    assert aai.control.writes() == []
    assert region.apply(less, allow_deletes=29).held
    assert region.apply(less, allow_deletes=30).complete
    assert aai.control.counts()["writes"] == 31


def test_a_plan_alone_writes_nothing(aai: Aai, region: Caller) -> None:
    """It reads and tells."""
    made = plan_region(region.target, desired(flavor("f")), region.ours)

    assert [each.kind for each in made.actions] == ["create"]
    assert aai.control.counts().keys() == {"GET"}
