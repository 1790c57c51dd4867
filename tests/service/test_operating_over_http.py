# SPDX-License-Identifier: Apache-2.0
"""Packs, findings, generations, drivers and sources: what an operator sees and changes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from hpa_discovery.packs.files import find_packs
from hpa_discovery.resources import bundled
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.store.allowances import allow
from hpa_discovery.store.generations import add
from packs.live.sites import Vendor
from service.asking import JSON, Asking, asking, told
from service.runtimes import Deployment, counts, until

SRIOV_NIC = Path(__file__).resolve().parents[2] / "custom_drivers" / "sriov_nic" / "onap_device_driver_sriov_nic"

OVERLAY = """apiVersion: hpa-discovery/v1
kind: Overlay
metadata: {id: lab1/nic}
target: {pack: acme.nic, version: ">=1.0"}
params: {count: "8"}
"""


@pytest.fixture
def runtime(deployment: Deployment) -> Iterator[Runtime]:
    """A started runtime of its own for the test."""
    with deployment.running() as started:
        yield started


@pytest.fixture
def client(runtime: Runtime) -> Iterator[Asking]:
    """A client of it."""
    with asking(runtime) as made:
        yield made


def changed(deployment: Deployment, runtime: Runtime, count: str) -> str:
    """Let the vendor answer another count; the digest of the generation that served before."""
    before = runtime.live.digest
    deployment.vendor.write(count=count)
    until(lambda: counts(runtime) == [count])
    return before


def states(client: Asking) -> dict[str, str]:
    """The state of each pack that is not bundled."""
    ours = {path.name for path in find_packs(bundled("rules"))}
    return {pack["name"]: pack["state"] for pack in client.get("/v1/packs")["packs"] if pack["name"] not in ours}


def codes(client: Asking) -> list[tuple[str, str]]:
    """Names and codes of all findings."""
    return sorted((each["name"], each["finding"]["code"]) for each in client.get("/v1/findings")["findings"])


def test_packs(client: Asking, runtime: Runtime, deployment: Deployment) -> None:
    """Each pack says what serves of it, what lies at its origin, and why they differ."""
    answer = client.get("/v1/packs")
    assert (answer["generation"], answer["pinned"], answer["problems"]) == (runtime.live.digest, False, {})
    (vendor,) = [pack for pack in answer["packs"] if pack["name"] == "acme.nic"]
    assert (vendor["state"], vendor["serving"]["version"], vendor["findings"]) == ("serving", "1.0.0", [])
    assert vendor["serving"]["digest"] == vendor["offered"]
    (deployment.vendor.folder / "device.yaml").write_text("spec: [\n", encoding="utf-8")
    until(lambda: "held" in states(client).values())
    (held,) = client.get("/v1/packs/acme.nic")["status"]
    assert (held["state"], held["serving"]) == ("held", vendor["serving"])
    assert held["offered"] != vendor["offered"]
    assert [finding["code"] for finding in held["findings"]] == ["yaml.syntax"]


def test_one_pack(client: Asking) -> None:
    """A pack shows its rules as they serve."""
    serving = client.get("/v1/packs/acme.nic")["serving"]
    assert (serving["version"], serving["level"], serving["features"]) == ("1.0.0", "vendor", ["pciePassthrough"])
    assert serving["params"] == {"count": "1"}
    assert [rule["id"] for rule in serving["rules"]] == ["acme.nic/device"]
    told(client.ask("GET", "/v1/packs/acme.none"), 404, "not-found")


def test_an_overlay_whose_id_is_a_path(client: Asking, runtime: Runtime, deployment: Deployment) -> None:
    """Overlay ids may have slashes; such an overlay is shown and removed like others."""
    (deployment.packs / "lab.overlay.yaml").write_text(OVERLAY, encoding="utf-8")
    until(lambda: counts(runtime) == ["8"])
    found = client.get("/v1/packs/lab1/nic")
    assert (found["status"][0]["kind"], found["status"][0]["state"], found["serving"]) == ("overlay", "serving", None)
    assert client.ask("DELETE", "/v1/packs/lab1/nic", role="admin").json()["removed"] == "lab1/nic"
    assert counts(runtime) == ["1"]


def test_findings(client: Asking, deployment: Deployment) -> None:
    """All findings stand in one list, which can be narrowed."""
    assert client.get("/v1/findings") == {"total": 0, "findings": []}
    (deployment.vendor.folder / "device.yaml").write_text("spec: [\n", encoding="utf-8")
    Vendor(deployment.packs / "other", name="acme.other", key="acme:other").write(expected="9")
    until(lambda: codes(client) == [("acme.nic", "yaml.syntax"), ("acme.other", "test.failed")])
    for query, total in (
        ("pack=acme.nic", 1),
        ("code=test.failed", 1),
        ("severity=error", 2),
        ("severity=warning", 0),
        ("pack=acme.nic&code=test.failed", 0),
    ):
        assert client.get(f"/v1/findings?{query}")["total"] == total
    narrowed = client.get("/v1/findings?limit=1")
    assert (narrowed["total"], len(narrowed["findings"])) == (2, 1)


def test_a_pack_is_removed_by_command(client: Asking, runtime: Runtime, deployment: Deployment) -> None:
    """A removed pack answers no more, though its folder is there, until its content changes; that is audited."""
    answer = client.ask("DELETE", "/v1/packs/acme.nic", role="admin", headers={"X-Request-ID": "r-1"})
    assert answer.json() == {"removed": "acme.nic", "generation": runtime.live.digest}
    assert counts(runtime) == []
    runtime.keeper.step()
    assert counts(runtime) == []
    (row,) = client.acts("pack.remove")
    assert (row.act.target, row.act.request_id, row.act.outcome) == ("acme.nic", "r-1", "done")
    assert row.act.actor.startswith("admin")
    told(client.ask("DELETE", "/v1/packs/acme.nic", role="admin"), 404, "not-found")
    changed(deployment, runtime, "5")


def test_what_cannot_be_removed(client: Asking, runtime: Runtime) -> None:
    """A bundled pack stays, and so does everything while a generation is pinned."""
    problem = told(client.ask("DELETE", "/v1/packs/onap.openstack", role="admin"), 409, "conflict")
    assert "an overlay can" in problem["detail"]
    runtime.activate(runtime.live.digest, "cli:test", "stay")
    problem = told(client.ask("DELETE", "/v1/packs/acme.nic", role="admin"), 409, "conflict")
    assert "pinned" in problem["detail"]
    assert counts(runtime) == ["1"]


def test_roll_back_and_go_on(client: Asking, runtime: Runtime, deployment: Deployment) -> None:
    """An operator goes back to an earlier generation, which stays until it is unpinned."""
    first = changed(deployment, runtime, "2")
    answer = client.post(f"/v1/generations/{first}/activate", {"reason": "2 is wrong"}, role="operator")
    assert answer.json() == {"generation": first, "sequence": 3, "pinned": True}
    assert counts(runtime) == ["1"]
    deployment.vendor.write(count="3")
    until(lambda: states(client)["acme.nic"] == "waiting")
    assert counts(runtime) == ["1"]
    answer = client.ask("DELETE", "/v1/generations/pin", role="operator", json={"reason": "3 is right"})
    assert answer.status_code == 200
    assert answer.json()["pinned"] is False
    until(lambda: counts(runtime) == ["3"])
    (unpinned,) = client.acts("generation.unpin")
    assert (unpinned.act.target, unpinned.act.detail["reason"]) == (first, "3 is right")
    assert client.get("/v1/generations")["activations"][1]["reason"] == "3 is right"
    assert [row.act.action for row in client.acts("generation")][-3:] == [
        "generation.pin",
        "generation.activate",
        "generation.activate",
    ]
    (pinned,) = client.acts("generation.pin")
    assert (pinned.act.target, pinned.act.detail["reason"]) == (first, "2 is wrong")
    assert pinned.act.request_id == client.acts("generation.pin")[0].act.request_id is not None


def test_history_comes_in_pages(client: Asking, runtime: Runtime, deployment: Deployment) -> None:
    """Following `next` shows every change once, newest first."""
    for count in ("2", "3", "4"):
        changed(deployment, runtime, count)
    whole = client.get("/v1/generations")
    assert [row["sequence"] for row in whole["activations"]] == [4, 3, 2, 1]
    assert (whole["serving"], whole["sequence"], whole["next"]) == (runtime.live.digest, 4, None)
    pages, before = [], ""
    while True:
        page = client.get(f"/v1/generations?limit=3{before}")
        pages += page["activations"]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    assert pages == whole["activations"]
    assert client.get("/v1/generations?limit=4")["next"] is None


def test_one_generation(client: Asking, runtime: Runtime, deployment: Deployment) -> None:
    """A generation says what it is made of, and whether it serves."""
    first = changed(deployment, runtime, "2")
    for digest, serves in ((first, False), (runtime.live.digest, True)):
        found = client.get(f"/v1/generations/{digest}")
        assert (found["digest"], found["serving"]) == (digest, serves)
        assert ("pack", "acme.nic") in {(part["kind"], part["name"]) for part in found["parts"]}
    told(client.ask("GET", f"/v1/generations/{'0' * 64}"), 404, "not-found")


@pytest.mark.parametrize("body", [None, b"{}", b'{"reason": null}'])
def test_a_reason_is_not_needed(client: Asking, runtime: Runtime, body: bytes | None) -> None:
    """Activation and its end may come without a body."""
    content = {} if body is None else {"content": body, "headers": JSON}
    for method, path, pinned in (
        ("POST", f"/v1/generations/{runtime.live.digest}/activate", True),
        ("DELETE", "/v1/generations/pin", False),
    ):
        answer = client.ask(method, path, role="operator", **content)
        assert (answer.status_code, answer.json()["pinned"]) == (200, pinned)


def test_what_cannot_be_activated(client: Asking, runtime: Runtime) -> None:
    """Unknown generations, unknown members, and unpinning nothing are refused; nothing changes."""
    before = runtime.live
    told(client.post(f"/v1/generations/{'0' * 64}/activate", {}, role="operator"), 404, "not-found")
    path = f"/v1/generations/{before.digest}/activate"
    problem = told(client.post(path, {"why": "x"}, role="operator"), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/why"
    told(client.send(b"{", path, role="operator"), 400, "malformed")
    told(client.ask("POST", path, role="operator", content=b"{}"), 415, "media-type")
    problem = told(client.ask("DELETE", "/v1/generations/pin", role="operator", json={"why": "x"}), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/why"
    problem = told(client.ask("DELETE", "/v1/generations/pin", role="operator"), 409, "conflict")
    assert "none is pinned" in problem["detail"]
    assert runtime.live is before


def test_a_generation_of_another_engine(client: Asking, runtime: Runtime) -> None:
    """Generations stored by another version of the program are shown and not activated."""
    digest = "a" * 64
    with runtime.store.write("storing what another engine made") as transaction:
        add(transaction, digest, "0.0.1", [])
    assert client.get(f"/v1/generations/{digest}")["engine"] == "0.0.1"
    problem = told(client.post(f"/v1/generations/{digest}/activate", {}, role="operator"), 409, "conflict")
    assert "engine 0.0.1" in problem["detail"]
    assert client.get("/v1/packs")["pinned"] is False


def test_sources(client: Asking) -> None:
    """Every source is listed with what answers for it."""
    sources = {each["source"]: each for each in client.get("/v1/sources")["sources"]}
    assert {"openstack.flavor", "kubernetes.node", "redfish.system"} <= set(sources)
    assert sources["openstack.flavor"]["root"] == "flavor"
    assert "pciePassthrough" in sources["openstack.flavor"]["features"]
    assert sources["openstack.flavor"]["rules"] > 1


def test_drivers(tmp_path: Path) -> None:
    """A driver is listed with its digest and whether it may run, and how it does once it was asked."""
    deployment = Deployment(tmp_path)
    shutil.copytree(SRIOV_NIC, deployment.packs / "cards")
    with deployment.running() as runtime, asking(runtime) as client:
        (driver,) = client.get("/v1/drivers")["drivers"]
        assert (driver["id"], driver["allowed"], driver["state"]) == ("onap.sriov/sriov-nic", False, "absent")
        ask = {
            "subject": {
                "id": "1",
                "name": "f",
                "vcpus": 1,
                "ram": 1,
                "disk": 1,
                "extra_specs": {"pci_passthrough:alias": "nic:2"},
            }
        }
        row = client.post("/v1/discover", ask).json()["outcomes"][0]
        assert "driver.untrusted" in {item["code"] for item in row["unknown"]}
        with runtime.store.write("allowing a driver") as transaction:
            allow(transaction, driver["id"], driver["digest"], "cli:test")
        until(lambda: client.post("/v1/discover", ask).json()["outcomes"][0] != row)
        answer = client.get("/v1/drivers")
        (driver,) = answer["drivers"]
        assert (driver["allowed"], driver["state"] in {"ready", "idle"}) == (True, True)
        assert set(answer["fences"]) == {"namespaces", "landlock", "user", "missing"}


def test_a_generation_that_is_damaged(client: Asking, runtime: Runtime, deployment: Deployment) -> None:
    """What cannot serve does not: what served before goes on, here and on other hosts, and newer packs come in."""
    first = changed(deployment, runtime, "2")
    shutil.rmtree(runtime.settings.state_dir / "packs", ignore_errors=True)  # the service may be tidying there
    with runtime.store.write("damaging a pack") as transaction:
        transaction.execute(text("UPDATE content SET packed = X'00' WHERE name = 'acme.nic'"))
    problem = told(client.post(f"/v1/generations/{first}/activate", {}, role="operator"), 409, "conflict")
    assert "damaged" in problem["detail"]
    assert counts(runtime) == ["2"]
    assert client.get("/v1/packs")["pinned"] is False
    row = next(row for row in client.acts("generation.pin") if row.act.outcome == "refused")
    assert (row.act.target, row.act.request_id) == (first, problem["request_id"])
    changed(deployment, runtime, "3")


def test_refused_changes_are_audited(client: Asking) -> None:
    """Who tried what, and why it was refused, stands in the audit log."""
    for path, method, action, target in (
        ("/v1/packs/acme.none", "DELETE", "pack.remove", "acme.none"),
        ("/v1/generations/pin", "DELETE", "generation.unpin", client.runtime.live.digest),
        (f"/v1/generations/{'0' * 64}/activate", "POST", "generation.pin", "0" * 64),
    ):
        problem = client.ask(method, path, role="admin").json()
        row = client.acts(action)[0].act
        assert (row.target, row.outcome, row.request_id) == (target, "refused", problem["request_id"])
        assert row.detail == {"why": problem["detail"]}
