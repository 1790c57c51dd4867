# SPDX-License-Identifier: Apache-2.0
"""POST /v1/resource-urls and Discovery.resource_urls: where in A&AI capabilities belong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest

from hpa_discovery import DataError, Discovery
from peers.aai.asking import Asking as Writer
from peers.aai.running import Aai
from service.asking import FLAVOR, Asking, told

START = "/aai/v30/cloud-infrastructure/cloud-regions/cloud-region/acme/Region%20One/flavors/flavor/7/hpa-capabilities"
LIKE_ONAPS = {"flavor-name": "small", "flavor-selflink": "http://0.0.0.0"}
PLACE = {"owner": "acme", "region": "Region One"}


def asked(api: Asking, **question: Any) -> dict[str, Any]:
    """The answer to a question about the flavor."""
    answer = api.post("/v1/resource-urls", {"subject": FLAVOR, **PLACE, **question})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_each_capability_has_its_url(api: Asking) -> None:
    """The URL ends in the id, both are those of /v1/discover, and they are the same on every run."""
    (row,) = asked(api)["flavors"]
    discovered = api.post("/v1/discover", {"subject": FLAVOR, **PLACE}).json()["outcomes"][0]
    assert [each["hpa-capability"] for each in row["resource_urls"]] == discovered["capabilities"]
    for each in row["resource_urls"]:
        assert each["resource-url"] == f"{START}/hpa-capability/{each['hpa-capability']['hpa-capability-id']}"
    assert asked(api) == asked(api)
    assert (row["subject"], row["unknown"]) == (discovered["subject"], discovered["unknown"])


def test_the_context_may_name_the_region(api: Asking) -> None:
    """As for /v1/discover."""
    context = {"vim": {"cloud_owner": "acme", "cloud_region_id": "Region One"}}
    answer = api.post("/v1/resource-urls", {"subjects": [FLAVOR, FLAVOR], "context": context, "version": "v14"}).json()
    assert len(answer["flavors"]) == 2
    assert answer["flavors"][0]["resource_urls"][0]["resource-url"].startswith("/aai/v14/")


def test_a_flavor_without_an_id(api: Asking) -> None:
    """It has no place."""
    (row,) = asked(api, subject={"name": "x"})["flavors"]
    assert row["resource_urls"] == []


ODD = ["a/b", "50%", "%2F", "a b", "a?b#c", "a;v=1", "a+b", "\u00fcber \N{SNOWMAN}", "...", "a&b", '"', "a:b@c"]


@pytest.mark.parametrize("odd", ODD)
def test_odd_names_stay_one_part_of_the_path(api: Asking, odd: str) -> None:
    """Whatever Nova takes for an id, and whatever a region is called: what is unquoted again is the name."""
    (row,) = asked(api, subject={**FLAVOR, "id": odd}, owner=odd, region=odd)["flavors"]
    for each in row["resource_urls"]:
        parts = each["resource-url"].split("/")
        assert len(parts) == len(START.split("/")) + 2
        assert {unquote(parts[at]) for at in (6, 7, 10)} == {odd}
        assert each["resource-url"].isascii()


@pytest.fixture(scope="module")
def aai() -> Iterator[Aai]:
    """With the region and the flavor."""
    with Aai(mode="strict") as server:
        flavor = START.partition("/v30")[2].removesuffix("/hpa-capabilities")
        server.control.load([(flavor.removesuffix("/flavors/flavor/7"), {}), (flavor, LIKE_ONAPS)])
        yield server


@pytest.mark.parametrize("version", range(14, 31))
def test_what_is_put_there_stands_there(api: Asking, aai: Aai, version: int) -> None:
    """In every version of the schema: created, put again with its resource-version, and read back as it was."""
    (row,) = asked(api, version=f"v{version}")["flavors"]
    with Writer(aai, version=version) as plugin:
        for each in row["resource_urls"]:
            url, capability = each["resource-url"], each["hpa-capability"]
            assert url.startswith(f"/aai/v{version}/")
            assert plugin.put(url, capability).status == 201
            again = {**capability, "resource-version": plugin.version_of(url)}
            attributes = plugin.send("GET", f"{url}?depth=all").body["hpa-feature-attributes"]
            versions = {one["hpa-attribute-key"]: one["resource-version"] for one in attributes}
            again["hpa-feature-attributes"] = [
                {**one, "resource-version": versions[one["hpa-attribute-key"]]}
                for one in capability["hpa-feature-attributes"]
            ]
            assert plugin.put(url, again).status == 200
            found = plugin.send("GET", f"{url}?depth=all").body
            assert plain(found) == plain(capability)
            assert plugin.delete(url, found["resource-version"]).status == 204


def plain(capability: dict[str, Any]) -> dict[str, Any]:
    """Without resource-versions and the order of attributes."""
    inside = sorted(
        (each["hpa-attribute-key"], each["hpa-attribute-value"]) for each in capability["hpa-feature-attributes"]
    )
    return {**capability, "resource-version": "", "hpa-feature-attributes": inside}


FAULTS = {
    "no region": ({"region": ""}, "/region"),
    "dots": ({"owner": ".."}, "/owner"),
    "an old schema": ({"version": "v13"}, "/version"),
    "no version": ({"version": "newest"}, "/version"),
    "another source": ({"source": "kubernetes.node"}, "/source"),
    "a rule": ({"rule": "x"}, "/rule"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults(api: Asking, name: str) -> None:
    """What has no place is refused, with where it stands."""
    change, pointer = FAULTS[name]
    problem = told(api.post("/v1/resource-urls", {"subject": FLAVOR, **PLACE, **change}), 422, "invalid")
    assert problem["errors"][0]["pointer"] == pointer


def test_python_says_the_same() -> None:
    """A program in the same process gets the same URLs; names that no path can hold are refused."""
    with Discovery() as discovery:
        found = discovery.resource_urls(FLAVOR, "acme", "Region One")
        row = discovery.answer(FLAVOR, owner="acme", region="Region One")
        assert [each["hpa-capability"] for each in found] == row["capabilities"]
        assert found[0]["resource-url"].startswith(START)
        for flavor, region in ((FLAVOR, ".."), ({**FLAVOR, "id": ""}, "r")):
            with pytest.raises(DataError, match="a path can hold"):
                discovery.resource_urls(flavor, "acme", region)
        with pytest.raises(DataError, match="v14 to v30"):
            discovery.resource_urls(FLAVOR, "acme", "r", version=8)
