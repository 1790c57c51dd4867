# SPDX-License-Identifier: Apache-2.0
"""The paths of a Multicloud plugin: what ONAP's callers send, and what they are answered."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from hpa_discovery.service.aai_turns import AaiTurns, Told, Wanted
from hpa_discovery.service.regions import Actor
from hpa_discovery.service.routes import multicloud
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.store import operations, regions, schedule
from hpa_discovery.work.orders import Order
from peers.aai.running import Aai
from service.asking import Asking, asking, told
from service.region_asking import beside
from store.listed import listed, seen
from store.regional import claimed, ended

TREE = "/cloud-infrastructure/cloud-regions/cloud-region/acme/Region_One"
PATHS = ["/api/multicloud-titaniumcloud/v0/acme_Region_One/registry", "/api/multicloud-k8s/v1/acme/Region_One/registry"]
# Multicloud's plugins take a slash at the end, and its broker unregisters without the last word.
SLASHED = [f"{path}/" for path in PATHS]
UNREGISTERING = [*PATHS, *SLASHED, *(path.removesuffix("/registry") for path in PATHS), f"{PATHS[0][:-9]}/"]
# What ONAP's External System Register sends.
TENANT = {"defaultTenant": "onap"}


@pytest.fixture
def aai(one_aai: Aai) -> Aai:
    """With the region alone."""
    one_aai.control.begin([(TREE, {})])
    return one_aai


@pytest.fixture
def runtime(tmp_path: Path, aai: Aai) -> Iterator[Runtime]:
    """A started runtime that may ask the double."""
    with beside(aai, tmp_path / "state") as started:
        yield started


@pytest.fixture
def client(runtime: Runtime, aai: Aai) -> Iterator[Asking]:
    """A client of it, with one region."""
    there = {"url": aai.url, "user": aai.user, "password": aai.password, "ca": aai.ca, "mode": "apply"}
    with asking(runtime) as made:
        assert made.post("/v1/regions", {**named("acme", "Region_One"), "aai": there}, role="admin").status_code == 201
        yield made


def named(owner: str, region: str) -> dict[str, Any]:
    """A region's body, without an A&AI."""
    cloud = {"coordinates": {"auth_url": "https://keystone.example:5000/v3"}}
    return {"owner": owner, "region": region, **cloud, "credential": {"username": "hpa", "password": "x"}}


def number(runtime: Runtime) -> int:
    """The number of the region."""
    with runtime.store.read("a region") as transaction:
        region = regions.get(transaction, "acme", "Region_One")
    assert region is not None
    return region.id


@pytest.mark.parametrize("path", [*PATHS, *SLASHED])
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


@pytest.mark.parametrize(
    "request_body",
    [
        {},
        {"data": TENANT},  # a form, as ONAP's Python SDK sends it
        {"json": TENANT},
        {"content": b"{", "headers": {"Content-Type": "application/json"}},
        {"content": b"x" * 100_000, "headers": {"Content-Type": "application/xml"}},
    ],
    ids=["none", "form", "json", "half", "xml"],
)
def test_the_body_is_not_read(client: Asking, request_body: dict[str, Any]) -> None:
    """Whatever a caller says of tenants, and in whichever form."""
    assert client.ask("POST", PATHS[0], role="operator", **request_body).status_code == 202


@pytest.mark.parametrize("path", UNREGISTERING)
def test_a_region_is_unregistered(client: Asking, runtime: Runtime, aai: Aai, path: str) -> None:
    """204 without a body when nothing of ours is left in A&AI, however often; registering it again brings it back."""
    listed(runtime.store, number(runtime), seen("1", "numa"))
    AaiTurns(runtime.workplace).apply("acme", "Region_One", Wanted(), Actor("test"))
    assert (aai.control.tree(f"{TREE}/flavors") or {})["flavor"]
    answer = client.ask("DELETE", path, role="admin")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not (aai.control.tree(f"{TREE}/flavors") or {"flavor": []})["flavor"]
    assert client.get(PATHS[0])["status"] == "unregistered"
    assert client.acts("region.unregister")[0].act.outcome == "done"
    assert client.ask("DELETE", path, role="admin").status_code == 204
    assert client.get(PATHS[0])["status"] == "unregistered"
    assert client.ask("POST", PATHS[0], role="operator").status_code == 202
    assert client.get(PATHS[0])["status"] == "discovering"


@pytest.mark.parametrize("path", PATHS)
def test_unregistering_waits_for_a_step_under_way(client: Asking, runtime: Runtime, path: str) -> None:
    """ONAP's callers do not come again, and most steps end soon."""
    claim = claimed(runtime.store, number(runtime))
    end = Timer(1.0, ended, (runtime.store, claim))
    end.start()
    assert client.ask("DELETE", path, role="admin").status_code == 204
    end.join()
    assert client.get(PATHS[0])["status"] == "unregistered"


def test_an_aai_that_is_away(client: Asking, runtime: Runtime, aai: Aai) -> None:
    """503 says why, so does one row of the audit, and the region stays on: what is in A&AI is still ours."""
    listed(runtime.store, number(runtime), seen("1", "numa"))
    AaiTurns(runtime.workplace).apply("acme", "Region_One", Wanted(), Actor("test"))
    elsewhere = {"revision": 1, "aai": {"url": "https://aai.invalid:8443", "password": "x"}}
    assert client.ask("PATCH", "/v1/regions/acme/Region_One", json=elsewhere, role="admin").status_code == 200
    problem = told(client.ask("DELETE", PATHS[0], role="admin"), 503, "unavailable")
    assert (problem["missing"], "aai.invalid" in problem["detail"]) == (["aai"], True)
    [failed] = client.acts("region.unregister")
    assert (failed.act.outcome, "aai.invalid" in failed.act.detail["why"]) == ("failed", True)
    told_now = client.get(PATHS[0])
    assert told_now["status"] != "unregistered"
    assert "aai.invalid" in told_now["error"]


def test_a_plan_that_is_held(client: Asking, runtime: Runtime) -> None:
    """Who asks for the status hears that A&AI does not have what was found."""
    listed(runtime.store, number(runtime), seen("1", "numa"))
    with runtime.store.write("holding") as transaction:
        operations.add(transaction, "publish", region="acme/Region_One", by="test")
        turn = operations.start(transaction, "publish", "acme/Region_One")
        operations.finish(transaction, turn, {"held": "it would delete 30"})
    assert (client.get(PATHS[0])["status"], client.get(PATHS[0])["error"]) == ("discovered", "it would delete 30")


def test_a_region_that_is_off_stays_off(client: Asking, runtime: Runtime, aai: Aai) -> None:
    """Unregistering it, while A&AI is away, does not switch it on: it would be published again."""
    listed(runtime.store, number(runtime), seen("1", "numa"))
    off = {"revision": 1, "enabled": False, "aai": {"url": "https://aai.invalid:8443", "password": "x"}}
    assert client.ask("PATCH", "/v1/regions/acme/Region_One", json=off, role="admin").status_code == 200
    told(client.ask("DELETE", PATHS[0], role="admin"), 503, "unavailable")
    assert client.get(PATHS[0])["status"] == "unregistered"


def test_unregistering_a_region_that_is_off_discovers_nothing(client: Asking, runtime: Runtime) -> None:
    """It is on for the length of the turn, and a service that runs must not begin to look at it meanwhile."""
    due: list[schedule.Due] = []

    class Looking(AaiTurns):
        def _turn(self, doing: str, name: tuple[str, str], order: Order) -> Told:
            with self.workplace.store.read("looking") as transaction:
                due.extend(schedule.due(transaction))
            return super()._turn(doing, name, order)

    listed(runtime.store, number(runtime), seen("1", "numa"))
    off = {"revision": 1, "enabled": False}
    assert client.ask("PATCH", "/v1/regions/acme/Region_One", json=off, role="admin").status_code == 200
    assert Looking(runtime.workplace).unregister("acme", "Region_One", Actor("test"))["complete"]
    assert due == []


def test_a_region_whose_discovery_does_not_end(
    client: Asking, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """409 tells to try again; nothing of it changes."""
    monkeypatch.setattr(multicloud, "AaiTurns", partial(AaiTurns, patience=0.6))
    claimed(runtime.store, number(runtime))
    assert "try again soon" in told(client.ask("DELETE", PATHS[0], role="admin"), 409, "conflict")["error"]
    assert client.get(PATHS[0])["status"] == "registered"


def test_an_id_whose_owner_has_an_underscore(client: Asking) -> None:
    """ONAP's own reading, the first underscore, comes first; any other counts where that one is not registered."""
    path = "/api/multicloud-ocata/v0/a_b_c_d/registry"
    told(client.ask("GET", path), 404, "not-found")
    for owner, region in (("a_b_c", "d"), ("a_b", "c_d"), ("a", "b_c_d")):
        assert client.post("/v1/regions", named(owner, region), role="admin").status_code == 201
        found = client.get(path)
        assert (found["cloud_owner"], found["cloud_region_id"]) == (owner, region)
    limited = client.token("limited", "viewer", regions=["a_b_c/d"])
    assert client.ask("GET", path, token=limited).json()["cloud_owner"] == "a_b_c"


def test_what_is_not_done_is_told_as_onap_reads_it(client: Asking) -> None:
    """Problems have the member `error`, on these paths alone; an unknown region says how it becomes known."""
    for method, role in (("GET", "viewer"), ("POST", "operator"), ("DELETE", "admin")):
        path = PATHS[1].replace("Region_One", "elsewhere")
        problem = told(client.ask(method, path, role=role), 404, "not-found")
        assert problem["error"] == problem["detail"]
        assert "acme/elsewhere" in problem["error"]
        assert "hpa region import" in problem["error"]
    assert "error" in told(client.ask("GET", PATHS[0], token=None), 401, "unauthenticated")
    assert "error" not in told(client.ask("GET", "/v1/regions/acme/elsewhere"), 404, "not-found")
    assert "error" in told(client.ask("GET", "/api/multicloud-ocata/v0/acme_Region_One/flavors"), 404, "not-found")


def test_a_slash_is_forgiven_on_these_paths_alone(client: Asking) -> None:
    """Others are what they say."""
    told(client.ask("GET", "/v1/regions/"), 404, "not-found")
    told(client.ask("GET", f"{PATHS[0]}//"), 404, "not-found")
    told(client.ask("GET", f"{PATHS[0]}/?depth=1"), 422, "invalid")


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
    assert "no cloud-region-version" in plan["oof_skips"]
    assert not (aai.control.tree(f"{TREE}/flavors") or {"flavor": []})["flavor"]
    applied = client.ask("POST", f"{one}/apply", role="admin").json()
    assert (applied["complete"], applied["done"], applied["refused"]) == (True, 1, [])
    assert client.ask("POST", f"{one}/plan", role="operator").json()["actions"] == []
    published = client.get(one)["published"]
    assert (published["mode"], published["done"], "apart" in published) == ("apply", 1, False)
    assert client.acts("region.apply")[0].act.outcome == "done"
    [turn] = [each for each in client.get("/v1/operations")["operations"] if each["kind"] == "publish"]
    assert (turn["made_by"][:6], turn["result"]["done"], "apart" in turn["result"]) == ("admin-", 1, False)


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
