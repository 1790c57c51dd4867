# SPDX-License-Identifier: Apache-2.0
"""What is removed by command goes for good or not at all, by HTTP as by the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.running import hpa
from hpa_discovery.resources import bundled
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.store import audit, removals
from service.asking import asking, told
from service.runtimes import Deployment, counts, until

PACK = """apiVersion: hpa-discovery/v1
kind: Pack
metadata: {namespace: acme.pins, name: acme, version: 1.0.0, license: Apache-2.0, maintainers: [{name: A}]}
level: vendor
activation: default
requires: {engine: ">=0.1", sources: [openstack.flavor]}
provides: {features: [cpuPinning]}
"""
# cpuPinning is exclusive: without this the pack and the bundled one cannot both serve.
OVERLAY = """apiVersion: hpa-discovery/v1
kind: Overlay
metadata: {id: lab/pins}
target: {pack: onap.openstack, version: ">=1.0"}
onConflict:
  - {source: openstack.flavor, feature: cpuPinning, use: acme.pins, reason: It is ours}
"""
SETTLED = "lab.overlay.yaml"
Refused = Callable[[Runtime, Deployment], str]


def write_settled(folder: Path) -> None:
    """A pack of a feature that the bundled pack has, too, and the overlay that says which one answers."""
    (folder / "pins").mkdir()
    (folder / "pins" / "pack.yaml").write_text(PACK, encoding="utf-8")
    for name in ("cpu-pinning.yaml", "cpu-pinning.test.yaml"):
        text = (bundled("rules") / "onap.openstack" / name).read_text(encoding="utf-8")
        text = text.replace("id: onap.openstack/", "id: acme.pins/").replace("{{ params.architecture }}", "generic")
        (folder / "pins" / name).write_text(text, encoding="utf-8")
    (folder / SETTLED).write_text(OVERLAY, encoding="utf-8")


def by_http(runtime: Runtime, _: Deployment) -> str:
    """What DELETE answers, which is 409."""
    with asking(runtime) as client:
        problem = told(client.ask("DELETE", "/v1/packs/lab/pins", role="admin"), 409, "conflict")
        [row] = [row for row in client.acts("pack.remove") if row.act.target == "lab/pins"]
        assert (row.act.outcome, row.act.detail["why"]) == ("refused", problem["detail"])
        detail: str = problem["detail"]
        return detail


def by_command(_: Runtime, deployment: Deployment) -> str:
    """What the command says; its exit code is 1."""
    ran = hpa("pack", "remove", "lab/pins", "--state-dir", deployment.state_dir)
    assert (ran.code, ran.out) == (1, "")
    return ran.err.removeprefix("error: ").removesuffix("\n")


@pytest.mark.parametrize("refused", [by_http, by_command])
def test_what_others_cannot_serve_without(deployment: Deployment, refused: Refused) -> None:
    """It serves on and nothing says that it went; what was removed before, of this name or another, stays out."""
    write_settled(deployment.packs)
    with deployment.running() as runtime:
        assert {part.name for part in runtime.live.recipe.parts} == {
            "acme.nic",
            "acme.pins",
            "lab/pins",
            "onap.openstack",
        }
        [earlier] = runtime.remove("acme.nic", "admin")
        with runtime.store.write("removing what served long ago") as transaction:
            removals.add(transaction, "lab/pins", "0" * 64, "admin")
        before = runtime.live
        assert refused(runtime, deployment) == "removing lab/pins: what stays cannot serve without it, so it serves on"
        assert runtime.keeper.follow() is False
        runtime.keeper.step()
        assert runtime.live is before
        with runtime.store.read("reading") as transaction:
            assert removals.removed(transaction) == {("acme.nic", earlier.digest), ("lab/pins", "0" * 64)}
            done = audit.page(transaction, wanted=audit.Wanted(action="pack.remove", outcome="done"))
        assert [row.act.target for row in done] == ["acme.nic"]
        deployment.vendor.write(count="7")
        until(lambda: counts(runtime) == ["7"])


def test_the_store_fails_meanwhile(deployment: Deployment) -> None:
    """Pack, audit row and what keeps it out are one: where one cannot be written, none is."""
    with deployment.running() as runtime:
        with runtime.store.write("breaking the audit") as transaction:
            transaction.exec_driver_sql(
                "CREATE TRIGGER broken BEFORE INSERT ON audit WHEN NEW.action = 'pack.remove' AND NEW.outcome = 'done' "
                "BEGIN SELECT RAISE(ABORT, 'no room'); END"
            )
        before = runtime.live
        with asking(runtime) as client:
            problem = told(client.ask("DELETE", "/v1/packs/acme.nic", role="admin"), 503, "unavailable")
            [row] = client.acts("pack.remove")
        assert "no room" in problem["detail"]
        assert (row.act.outcome, row.act.detail["why"]) == ("failed", problem["detail"])
        assert (runtime.live, counts(runtime)) == (before, ["1"])
        with runtime.store.read("reading") as transaction:
            assert removals.removed(transaction) == set()


def test_who_removed_it_stands_in_the_history(deployment: Deployment) -> None:
    """The generation without the pack was made by whoever removed it, and what went is told."""
    with deployment.running() as runtime, asking(runtime) as client:
        assert client.ask("DELETE", "/v1/packs/acme.nic", role="admin").status_code == 200
        newest = client.get("/v1/generations")["activations"][0]
        assert (newest["made_by"][:6], newest["reason"]) == ("admin-", "removed by command; without acme.nic")


def test_a_bundled_pack_comes_back(deployment: Deployment) -> None:
    """A site's own copy of a bundled pack goes like any other, and the bundled one serves in its place."""
    own = deployment.vendor.files(name="onap.openstack", version="9.9.9", level="generic")
    (deployment.packs / "own").mkdir()
    for name, text in own.items():
        (deployment.packs / "own" / name).write_text(text, encoding="utf-8")
    with deployment.running() as runtime:
        assert ("onap.openstack", "9.9.9") in {(part.name, part.version) for part in runtime.live.recipe.parts}
        assert [part.version for part in runtime.remove("onap.openstack", "admin")] == ["9.9.9"]
        [back] = [unit for unit in runtime.live.units.values() if unit.part.name == "onap.openstack"]
        assert back.ours
