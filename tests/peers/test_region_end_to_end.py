# SPDX-License-Identifier: Apache-2.0
"""From a real Nova over a service in a process of its own to A&AI, and what ONAP's OOF makes of what stands there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from peers import nova_flavors as flavors
from peers.aai.asking import Asking
from peers.aai.oof_reading import APP, choose, read_flavors, read_regions, unreadable
from peers.aai.running import Aai
from service.runtimes import Deployment, until
from service.serving import Served, served

if TYPE_CHECKING:
    from peers.real_nova import RealNova

pytestmark = pytest.mark.peer
OWNER, REGION = "acme", "RegionOne"
ONE = f"/v1/regions/{OWNER}/{REGION}"
PLACE = {
    "physical-location-type": "t",
    "street1": "s",
    "postal-code": "p",
    "region": "r",
    "city": "c",
    "country": "d",
    "latitude": "1",
    "longitude": "2",
    "complex-name": "n",
}
COMPLEX = "cloud-infrastructure/complexes/complex/c"
TREE = f"cloud-infrastructure/cloud-regions/cloud-region/{OWNER}/{REGION}"

PINNED = {
    "hpa-feature": "cpuPinning",
    "hpa-version": "v1",
    "architecture": "generic",
    "mandatory": "True",
    "hpa-feature-attributes": [
        {
            "hpa-attribute-key": "logicalCpuPinningPolicy",
            "operator": "=",
            "hpa-attribute-value": "dedicated",
            "unit": "",
        }
    ],
}


def body(nova: RealNova, aai: Aai) -> dict[str, Any]:
    """The region, whose flavors are those of ONAP."""
    entry = nova.cloud("admin")
    credential = dict(entry["auth"])
    coordinates = {"auth_url": credential.pop("auth_url"), "region_name": entry["region_name"]}
    there = {"url": aai.url, "user": aai.user, "password": aai.password, "ca": aai.ca, "mode": "apply"}
    named = {"owner": OWNER, "region": REGION, "name_prefix": "onap."}
    return {**named, "coordinates": coordinates, "credential": credential, "aai": there}


def published(one: Served) -> bool:
    """Whether the region was listed and published, and nothing of it is due or went wrong."""
    told = one.ask("GET", ONE).body
    alarms = one.ask("GET", "/v1/alarms?cleared=false").body["alarms"]
    assert not alarms, alarms
    return bool(told["in_aai"]) and all(step["last_ok_at"] for step in told["steps"])


def test_from_nova_to_oof(nova: RealNova, tmp_path: Path) -> None:
    """Every flavor with the prefix is in A&AI, and the second time nothing is written.

    OOF skips nothing, can read every value, and finds what fits.
    """
    with Aai(mode="strict") as aai:
        link = {"related-to": "complex", "related-link": COMPLEX}
        relationships = {"relationship-list": {"relationship": [link]}}
        aai.control.load([(COMPLEX, PLACE), (TREE, {"cloud-region-version": "1", **relationships})])
        rules = ("--egress", "cloud=127.0.0.0/8:1-65535", "--egress", "aai=127.0.0.0/8:1-65535")
        with served(Deployment(tmp_path), *rules) as one:
            added = one.ask("POST", "/v1/regions", body(nova, aai))
            assert added.status == 201, added.body
            until(lambda: published(one))
            found = one.ask("GET", f"{ONE}/capabilities?feature=cpuPinning").body["capabilities"]
            assert {row["subject"]["name"] for row in found} >= {"onap.hw"}
            aai.control.forget()
            operation = one.ask("POST", f"{ONE}/discover").body
            until(lambda: one.ask("GET", f"/v1/operations/{operation['id']}").body["state"] == "done")
            assert one.ask("POST", f"{ONE}/apply").body["counts"]["keep"] >= len(found)
            assert aai.control.writes() == []
        with Asking(aai, version=14, app=APP) as client:

            def get(path: str) -> Any:
                reply = client.send("GET", path)
                return None if reply.status == 404 else reply.body

            regions = read_regions(get)
            assert (regions.taken, regions.skipped) == (((OWNER, REGION),), {})
            standing = read_flavors(get, OWNER, REGION)
        assert {each["flavor-name"] for each in standing} == {each for each in flavors.ALL if each.startswith("onap.")}
        assert unreadable(standing) == []
        match = choose(standing, [PINNED])
        assert match is not None
        assert match.flavor_name == "onap.hw"
