# SPDX-License-Identifier: Apache-2.0
"""The paths of a Multicloud plugin: what ONAP's callers send, and what they are answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from hpa_discovery.connectors.egress_rules import read_rules
from hpa_discovery.service.aai_turns import AaiTurns, Wanted
from hpa_discovery.service.regions import Actor
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.service.settings import Settings
from hpa_discovery.store import operations, regions
from packs.live.sites import Events
from peers.aai.running import Aai
from service.asking import Asking, asking, told
from store.listed import listed, seen

TREE = "/cloud-infrastructure/cloud-regions/cloud-region/acme/Region_One"
PATHS = ["/api/multicloud-titaniumcloud/v0/acme_Region_One/registry", "/api/multicloud-k8s/v1/acme/Region_One/registry"]
# What ONAP's External System Register sends.
TENANT = {"defaultTenant": {"name": "onap"}}


@pytest.fixture(scope="module")
def one_aai() -> Iterator[Aai]:
    """One process for all tests here."""
    with Aai(mode="strict") as server:
        yield server


@pytest.fixture
def aai(one_aai: Aai) -> Aai:
    """With the region alone."""
    one_aai.control.heal()
    one_aai.control.empty()
    one_aai.control.load([(TREE, {})])
    return one_aai


@pytest.fixture
def runtime(tmp_path: Path, aai: Aai) -> Iterator[Runtime]:
    """A started runtime that may ask the double."""
    rules = read_rules([f"aai=127.0.0.0/8:{urlsplit(aai.url).port}"])
    started = Runtime(Settings(tmp_path / "state", egress=rules), Events())
    try:
        started.start()
        yield started
    finally:
        started.end()


@pytest.fixture
def client(runtime: Runtime, aai: Aai) -> Iterator[Asking]:
    """A client of it, with one region."""
    body: dict[str, Any] = {
        "owner": "acme",
        "region": "Region_One",
        "coordinates": {"auth_url": "https://keystone.example:5000/v3"},
        "credential": {"username": "hpa", "password": "x"},
        "aai": {"url": aai.url, "user": aai.user, "password": aai.password, "ca": aai.ca, "mode": "apply"},
    }
    with asking(runtime) as made:
        assert made.post("/v1/regions", body, role="admin").status_code == 201
        yield made


def number(runtime: Runtime) -> int:
    """The number of the region."""
    with runtime.store.read("a region") as transaction:
        region = regions.get(transaction, "acme", "Region_One")
    assert region is not None
    return region.id


@pytest.mark.parametrize("path", PATHS)
def test_a_region_is_registered(client: Asking, runtime: Runtime, path: str) -> None:
    """202, whatever the body says; then its status is told until it is discovered."""
    assert client.get(path)["status"] == "registered"
    answer = client.post(path, TENANT, role="operator")
    assert (answer.status_code, answer.json()["status"]) == (202, "discovering")
    operation = client.get(answer.headers["location"])
    assert (operation["kind"], operation["state"]) == ("discover", "waiting")
    with runtime.store.write("ending") as transaction:
        operations.finish(transaction, [operation["id"]], {})
    listed(runtime.store, number(runtime), seen("1", "numa"))
    found = client.get(path)
    assert (found["status"], found["flavors"], found["error"]) == ("discovered", 1, "")
    listed(runtime.store, number(runtime), error="no route")
    assert (client.get(path)["status"], client.get(path)["error"]) == ("stale", "no route")


@pytest.mark.parametrize("path", PATHS)
def test_a_region_is_unregistered(client: Asking, runtime: Runtime, aai: Aai, path: str) -> None:
    """204 without a body when nothing of ours is left in A&AI; registering it again brings it back."""
    listed(runtime.store, number(runtime), seen("1", "numa"))
    AaiTurns(runtime.workplace).apply("acme", "Region_One", Wanted(), Actor("test"))
    assert (aai.control.tree(f"{TREE}/flavors") or {})["flavor"]
    answer = client.ask("DELETE", path, role="admin")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not (aai.control.tree(f"{TREE}/flavors") or {"flavor": []})["flavor"]
    assert client.get(path)["status"] == "unregistered"
    assert client.acts("region.unregister")[0].act.outcome == "done"
    assert client.ask("POST", path, role="operator").status_code == 202
    assert client.get(path)["status"] == "discovering"


def test_an_aai_that_is_away(client: Asking, runtime: Runtime, aai: Aai) -> None:
    """503 says why, and the region is not switched off: what is in A&AI is still ours."""
    listed(runtime.store, number(runtime), seen("1", "numa"))
    AaiTurns(runtime.workplace).apply("acme", "Region_One", Wanted(), Actor("test"))
    elsewhere = {"revision": 1, "aai": {"url": "https://aai.invalid:8443", "password": "x"}}
    assert client.ask("PATCH", "/v1/regions/acme/Region_One", json=elsewhere, role="admin").status_code == 200
    problem = told(client.ask("DELETE", PATHS[0], role="admin"), 503, "unavailable")
    assert (problem["missing"], "aai.invalid" in problem["detail"]) == (["aai"], True)
    assert client.get(PATHS[0])["status"] != "unregistered"


def test_plan_and_apply(client: Asking, runtime: Runtime, aai: Aai) -> None:
    """Over HTTP as on the command line: a plan writes nothing, an apply does what it said."""
    one = "/v1/regions/acme/Region_One"
    assert "not listed yet" in told(client.ask("POST", f"{one}/plan", role="operator"), 409, "conflict")["detail"]
    listed(runtime.store, number(runtime), seen("1", "numa"))
    told(client.ask("POST", f"{one}/plan"), 403, "forbidden")
    told(client.ask("POST", f"{one}/apply", role="operator"), 403, "forbidden")
    told(client.post(f"{one}/plan", {"allow_deletes": -1}, role="operator"), 422, "invalid")
    plan = client.post(f"{one}/plan", {"adopt": True}, role="operator").json()
    assert (plan["counts"]["create"], plan["held"], plan["more"]) == (1, "", 0)
    assert (plan["actions"][0]["action"], plan["actions"][0]["flavor_name"]) == ("create", "name of 1")
    assert not (aai.control.tree(f"{TREE}/flavors") or {"flavor": []})["flavor"]
    applied = client.ask("POST", f"{one}/apply", role="admin").json()
    assert (applied["complete"], applied["done"], applied["refused"]) == (True, 1, [])
    assert client.ask("POST", f"{one}/plan", role="operator").json()["actions"] == []
    published = client.get(one)["published"]
    assert (published["mode"], published["done"], "apart" in published) == ("apply", 1, False)
    assert client.acts("region.apply")[0].act.outcome == "done"


@pytest.mark.parametrize("path", PATHS)
def test_who_may(client: Asking, path: str) -> None:
    """Viewers look, operators register, admins unregister, and a token of other regions sees none."""
    told(client.ask("POST", path), 403, "forbidden")
    told(client.ask("DELETE", path, role="operator"), 403, "forbidden")
    token = client.token("other", "admin", regions=["acme/Other"])
    for method in ("GET", "POST", "DELETE"):
        told(client.ask(method, path, token=token), 404, "not-found")
        told(client.ask(method, path.replace("One", "Two"), role="admin"), 404, "not-found")
        told(client.ask(method, path, token=None), 401, "unauthenticated")
