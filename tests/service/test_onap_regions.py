# SPDX-License-Identifier: Apache-2.0
"""Regions that ONAP knows are imported over HTTP, and what is ours is taken out of their A&AI again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.store import regions
from peers.aai.running import Aai
from service.asking import FLAVOR, Asking, asking, told
from service.region_asking import beside
from store.listed import listed, seen

ROOT = "/cloud-infrastructure/cloud-regions/cloud-region/acme"
ONE = "/v1/regions/acme/One"
CLOUD_PASSWORD = "of-the-cloud"  # noqa: S105 - of nobody
SYSTEM = {
    "service-url": "https://keystone.example:5000/v3",
    "user-name": "onap",
    "password": CLOUD_PASSWORD,
    "system-type": "VIM",
    "cloud-domain": "Default",
    "default-tenant": "vnfs",
}
INSIDE = {**SYSTEM, "service-url": "http://169.254.169.254"}


@pytest.fixture
def aai(one_aai: Aai) -> Aai:
    """With a region that ONAP reaches, one that it does not, and one that points inside."""
    one_aai.control.begin(
        [
            (f"{ROOT}/One", {"cloud-type": "openstack"}),
            (f"{ROOT}/One/esr-system-info-list/esr-system-info/1", SYSTEM),
            (f"{ROOT}/Bare", {}),
            (f"{ROOT}/Inside", {}),
            (f"{ROOT}/Inside/esr-system-info-list/esr-system-info/1", INSIDE),
        ]
    )
    return one_aai


@pytest.fixture
def runtime(tmp_path: Path, aai: Aai) -> Iterator[Runtime]:
    """A started runtime that may ask the double."""
    with beside(aai, tmp_path / "state") as started:
        yield started


@pytest.fixture
def client(runtime: Runtime) -> Iterator[Asking]:
    """A client of it."""
    with asking(runtime) as made:
        yield made


def body(aai: Aai, **more: Any) -> dict[str, Any]:
    """What an import is asked with."""
    return {"aai": {"url": aai.url, "user": aai.user, "password": aai.password, "ca": aai.ca}, **more}


def outcomes(client: Asking, value: dict[str, Any]) -> dict[str, str]:
    """What becomes of each region."""
    answer = client.post("/v1/regions/import", value, role="admin")
    assert answer.status_code == 200, answer.text
    assert CLOUD_PASSWORD not in answer.text
    return {row["region"]: row["outcome"] for row in answer.json()["regions"]}


def found(runtime: Runtime, *flavors: str) -> None:
    """A listing of acme/One gives these flavors, or the flavor 1, each with one capability."""
    list_one(runtime, *flavors or ("1",))


def list_one(runtime: Runtime, *flavors: str, error: str | None = None) -> None:
    """A listing of acme/One, which ended with this error if it is one."""
    with runtime.store.read("a region") as transaction:
        region = regions.get(transaction, "acme", "One")
    assert region is not None
    listed(runtime.store, region.id, *(seen(each, "numa") for each in flavors), error=error)


def test_regions_are_imported(client: Asking, aai: Aai) -> None:
    """Each with what ONAP logs in with, in mode plan, and audited; a dry run adds none, a second one nothing."""
    left_out = {"acme/Bare": "left out", "acme/Inside": "left out"}
    assert outcomes(client, body(aai, dry_run=True)) == {"acme/One": "new", **left_out}
    assert client.get("/v1/regions")["regions"] == []
    assert outcomes(client, body(aai)) == {"acme/One": "added", **left_out}
    assert outcomes(client, body(aai, regions=["acme/One"])) == {"acme/One": "there"}
    one = client.get(ONE)
    assert (one["coordinates"]["auth_url"], one["aai"]["mode"]) == (SYSTEM["service-url"], "plan")
    assert one["credentials"] == {"cloud": True, "aai": True}
    assert client.acts("region.add")[0].act.target == "acme/One"


def test_why_a_region_is_left_out(client: Asking, aai: Aai) -> None:
    """No cloud, an address outside the rules, and a name that A&AI does not have; each says so."""
    value = body(aai, regions=["acme/Bare", "acme/Inside", "acme/Typo"])
    rows = client.post("/v1/regions/import", value, role="admin").json()["regions"]
    why = {row["region"]: row["why"] for row in rows}
    assert "no service-url or no password" in why["acme/Bare"]
    assert "169.254.169.254 is link-local" in why["acme/Inside"]
    assert "no such cloud-region" in why["acme/Typo"]


WRONG = {
    "no A&AI": ({}, "/aai/url"),
    "an A&AI without a scheme": ({"aai": {"url": "aai.example"}}, "/aai/url"),
    "a mode": ({"aai": {"url": "https://aai.example", "mode": "apply"}}, "/aai/mode"),
    "a version": ({"aai": {"url": "https://aai.example", "version": "28"}}, "/aai"),
    "a name": ({"aai": {"url": "https://aai.example"}, "regions": ["acme"]}, "/regions/0"),
    "a number": ({"aai": {"url": "https://aai.example"}, "regions": [1]}, "/regions/0"),
    "an address outside the rules": ({"aai": {"url": "https://10.0.0.1"}}, "/aai/url"),
    "an unknown member": ({"dry": True}, "/dry"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_imported(client: Asking, name: str) -> None:
    """It is told where the fault stands, before anything is asked."""
    value, pointer = WRONG[name]
    problem = told(client.post("/v1/regions/import", value, role="admin"), 422, "invalid")
    assert problem["errors"][0]["pointer"] == pointer


def test_what_rules_see_of_an_imported_region(client: Asking, aai: Aai) -> None:
    """What Multicloud would tell its driver of it, under the same names."""
    told_there = {
        "cloud-type": "openstack",
        "cloud-region-version": "ocata",
        "complex-name": "here",
        "cloud-extra-info": '{"ovsDpdk":{"libname":"dpdk","libversion":"19.11"}}',
    }
    other = ROOT.replace("acme", "other")
    aai.control.load(
        [
            (f"{other}/Told", told_there),
            (f"{other}/Told/esr-system-info-list/esr-system-info/1", SYSTEM),
        ]
    )
    assert outcomes(client, body(aai, regions=["other/Told"])) == {"other/Told": "added"}
    vim = client.get("/v1/regions/other/Told")["context"]["vim"]
    assert vim == {
        "vimId": "other_Told",
        "name": "here",
        "type": "openstack",
        "version": "ocata",
        "cloud_owner": "other",
        "cloud_region_id": "Told",
        "cloud_extra_info": told_there["cloud-extra-info"],
    }
    promise = load_contracts()["openstack.flavor"].schema["x-hpa"]["context"]["properties"]["vim"]["properties"]
    assert vim.keys() == promise.keys() - {"cloud_epa_caps"}  # which A&AI has no more
    answer = client.post("/v1/discover", {"subject": FLAVOR, "context": {"vim": vim}}).json()
    features = [each["hpa-feature"] for each in answer["outcomes"][0]["capabilities"]]
    assert "ovsDpdk" in features


@pytest.mark.parametrize("kind", ["k8s", "azure", "Kubernetes"])
def test_a_cloud_that_is_no_openstack(client: Asking, aai: Aai, kind: str) -> None:
    """Is left out, though ONAP wants an address and a password for it, too: there is no Keystone."""
    other = ROOT.replace("acme", "other")
    aai.control.load(
        [
            (f"{other}/Theirs", {"cloud-type": kind}),
            (f"{other}/Theirs/esr-system-info-list/esr-system-info/1", SYSTEM),
            (f"{other}/Vio", {"cloud-type": "VMware"}),
            (f"{other}/Vio/esr-system-info-list/esr-system-info/1", SYSTEM),
        ]
    )
    rows = client.post("/v1/regions/import", body(aai, regions=["other/Theirs", "other/Vio"]), role="admin").json()
    [theirs, vio] = rows["regions"]
    assert (theirs["outcome"], repr(kind) in theirs["why"]) == ("left out", True)
    assert vio["outcome"] == "added"


def test_an_aai_that_does_not_answer(client: Asking, aai: Aai) -> None:
    """A wrong password is 503 with what A&AI said, and stands in the audit."""
    value = {"aai": {**body(aai)["aai"], "password": "wrong-password"}}
    problem = told(client.post("/v1/regions/import", value, role="admin"), 503, "unavailable")
    assert "A&AI refused it" in problem["detail"]
    assert "wrong-password" not in str(problem)
    assert client.acts("region.import")[0].act.outcome == "refused"


def test_who_may_import(client: Asking, aai: Aai) -> None:
    """An admin of all regions."""
    told(client.post("/v1/regions/import", body(aai), role="operator"), 403, "forbidden")
    limited = client.token("limited", "admin", regions=["acme/One"])
    told(client.post("/v1/regions/import", body(aai), token=limited), 403, "forbidden")


def test_a_region_is_unregistered(client: Asking, runtime: Runtime, aai: Aai) -> None:
    """All that is ours goes, the region is off, and it stands in the audit; asked again it does nothing."""
    outcomes(client, body(aai))
    told(client.ask("POST", f"{ONE}/unregister", role="operator"), 403, "forbidden")
    told(client.ask("POST", "/v1/regions/acme/None/unregister", role="admin"), 404, "not-found")
    found(runtime)
    applied = client.ask("POST", f"{ONE}/apply", role="admin").json()
    assert applied.get("done") == 1, applied
    gone = client.ask("POST", f"{ONE}/unregister", role="admin").json()
    assert (gone["complete"], gone["counts"]["delete"], gone["refused"]) == (True, 2, [])
    assert not (aai.control.tree(f"{ROOT}/One/flavors") or {"flavor": []})["flavor"]
    assert client.get(ONE)["enabled"] is False
    assert client.acts("region.unregister")[0].act.outcome == "done"
    again = client.ask("POST", f"{ONE}/unregister", role="admin").json()
    assert (again["complete"], again["error"]) == (True, "")


def test_a_region_that_aai_does_not_have_any_more(client: Asking, runtime: Runtime, aai: Aai) -> None:
    """ONAP deleted the cloud-region with all that was below it: nothing is left to be taken out, and it can go here."""
    outcomes(client, body(aai))
    found(runtime)
    client.ask("POST", f"{ONE}/apply", role="admin")
    aai.control.begin([(f"{ROOT}/Bare", {})])
    gone = client.ask("POST", f"{ONE}/unregister", role="admin").json()
    assert (gone["complete"], gone["error"]) == (True, "")
    assert client.get(ONE)["enabled"] is False
    assert client.ask("DELETE", ONE, role="admin").status_code == 200


def test_a_region_that_lost_its_aai_is_not_unregistered(client: Asking, runtime: Runtime, aai: Aai) -> None:
    """What is ours still stands there, so nobody is told that it is gone; with its A&AI again it goes."""
    outcomes(client, body(aai))
    found(runtime)
    client.ask("POST", f"{ONE}/apply", role="admin")
    for url in ("", aai.url):
        settings = {"url": url, "password": aai.password}
        change = {"revision": client.get(ONE)["revision"], "aai": settings}
        assert client.ask("PATCH", ONE, json=change, role="admin").status_code == 200
        answer = client.ask("POST", f"{ONE}/unregister", role="admin")
        if not url:
            assert "it has no A&AI" in told(answer, 409, "conflict")["detail"]
            assert client.get(ONE)["enabled"] is True
    assert answer.json()["complete"] is True
    assert not (aai.control.tree(f"{ROOT}/One/flavors") or {"flavor": []})["flavor"]


def test_a_region_that_is_unregistered_in_part(client: Asking, runtime: Runtime, aai: Aai) -> None:
    """What A&AI refuses stays, and is told; what is gone does not come back, and asking again does the rest."""
    outcomes(client, body(aai))
    found(runtime, "1", "2")
    client.ask("POST", f"{ONE}/apply", role="admin")
    aai.control.fail("poison", path="flavor/2/")
    part = client.ask("POST", f"{ONE}/unregister", role="admin").json()
    assert (part["complete"], part["done"], len(part["refused"])) == (False, 2, 1)
    assert client.get(ONE)["enabled"] is False
    aai.control.heal()
    assert client.ask("POST", f"{ONE}/unregister", role="admin").json()["complete"] is True
    assert not (aai.control.tree(f"{ROOT}/One/flavors") or {"flavor": []})["flavor"]


def test_a_region_that_was_never_listed(client: Asking, runtime: Runtime, aai: Aai) -> None:
    """Nothing can be applied, which is an error; nothing is ours, so unregistering it is done."""
    outcomes(client, body(aai))
    applied = client.ask("POST", f"{ONE}/apply", role="admin").json()
    assert (applied["complete"], applied["done"], applied["error"]) == (False, 0, "acme/One: it was never listed")
    gone = client.ask("POST", f"{ONE}/unregister", role="admin").json()
    assert (gone["complete"], gone["error"]) == (True, "")


def test_a_cloud_that_never_answered(client: Asking, runtime: Runtime, aai: Aai) -> None:
    """A listing that failed shows nothing, and a plan made of nothing would say that A&AI is right."""
    outcomes(client, body(aai))
    list_one(runtime, error="the cloud is away")
    problem = told(client.ask("POST", f"{ONE}/plan", role="operator"), 409, "conflict")
    assert "it was not listed yet" in problem["detail"]
    applied = client.ask("POST", f"{ONE}/apply", role="admin").json()
    assert (applied["complete"], applied["error"]) == (False, "acme/One: it was never listed")
    list_one(runtime, "1", error="the last page is missing")
    plan = client.ask("POST", f"{ONE}/plan", role="operator").json()
    assert plan["counts"]["create"] == 1


def test_an_aai_that_is_away(client: Asking, runtime: Runtime, aai: Aai) -> None:
    """Then it is not complete, with the reason, and the region stays on, so that it is tried again."""
    outcomes(client, body(aai))
    found(runtime)
    client.ask("POST", f"{ONE}/apply", role="admin")
    aai.control.fail("status", status=500, times=100)
    told_of = client.ask("POST", f"{ONE}/unregister", role="admin").json()
    assert (told_of["complete"], bool(told_of["error"])) == (False, True)
    assert client.get(ONE)["enabled"] is True


def test_a_region_that_is_off_raises_no_alarm(client: Asking, runtime: Runtime, aai: Aai) -> None:
    """Whoever unregisters it is told what A&AI says, and nobody would look again to clear an alarm."""
    outcomes(client, body(aai))
    found(runtime)
    client.ask("POST", f"{ONE}/apply", role="admin")
    off = {"revision": client.get(ONE)["revision"], "enabled": False}
    assert client.ask("PATCH", ONE, json=off, role="admin").status_code == 200
    aai.control.fail("status", status=500, times=100)
    told_of = client.ask("POST", f"{ONE}/unregister", role="admin").json()
    assert (told_of["complete"], bool(told_of["error"])) == (False, True)
    assert client.get("/v1/alarms?cleared=false")["alarms"] == []
