# SPDX-License-Identifier: Apache-2.0
"""`hpa pack list, history, rollback, unpin, remove`: a deployment from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.running import Ran, hpa
from hpa_discovery.cli.deployment import actor
from service.runtimes import Deployment, counts, until

OVERLAY = """apiVersion: hpa-discovery/v1
kind: Overlay
metadata: {id: lab1/nic}
target: {pack: acme.nic, version: ">=1.0"}
params: {count: "8"}
"""


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """One that served count 1 and then count 2."""
    made = Deployment(tmp_path)
    made.vendor.write()
    with made.running() as runtime:
        made.vendor.write(count="2")
        runtime.keeper.step()
    return made


def run(deployment: Deployment, *arguments: str) -> Ran:
    """`hpa pack` about this deployment."""
    return hpa("pack", *arguments, "--state-dir", deployment.state_dir)


def listed(deployment: Deployment) -> dict[str, Any]:
    """What `hpa pack list -o json` prints."""
    found: dict[str, Any] = json.loads(run(deployment, "list", "-o", "json").out)
    return found


def test_list_tells_what_serves(deployment: Deployment) -> None:
    """Each pack with its version, digest and where it was read."""
    found = listed(deployment)
    assert [(part["kind"], part["name"], part["version"]) for part in found["parts"]] == [
        ("pack", "acme.nic", "1.0.0"),
        ("pack", "onap.openstack", "1.0.0"),
    ]
    assert found["parts"][0]["origin"] == str(deployment.vendor.folder)
    ran = run(deployment, "list")
    assert ran.out.startswith(f"generation {found['generation'][:12]} since 20")
    assert "acme.nic" in ran.out


def test_rollback_and_back_again(deployment: Deployment) -> None:
    """Without a digest the last other generation serves; it stays until it is unpinned; the history tells it all."""
    second = listed(deployment)["generation"]
    ran = run(deployment, "rollback", "--reason", "2 counts wrong")
    assert ran.code == 0
    first = listed(deployment)
    assert ran.out.splitlines() == [
        f"generation {first['generation']} serves, and stays until: hpa pack unpin",
        "  pack acme.nic 1.0.0 -> 1.0.0, with other content",
    ]
    assert (first["generation"] != second, first["pinned"]) == (True, True)
    assert run(deployment, "unpin").code == 0
    assert run(deployment, "rollback", second[:8]).code == 0
    rows = json.loads(run(deployment, "history", "-o", "json").out)
    assert [row["action"] for row in rows] == ["pin", "unpin", "pin", "activate", "activate"]
    assert [row["generation"] for row in rows[:3]] == [second, first["generation"], first["generation"]]
    assert rows[2]["reason"] == "2 counts wrong"
    assert rows[2]["made_by"].startswith("cli:")
    head, *lines = run(deployment, "history").out.splitlines()
    assert "2 counts wrong" in " ".join(line[head.index("reason") :].strip() for line in lines)


def test_rolling_back_twice_leads_back(deployment: Deployment) -> None:
    """The second time what served before the first serves again, pinned; the versions that change are told."""
    deployment.vendor.write(version="2.0.0")
    (deployment.packs / "lab.overlay.yaml").write_text(OVERLAY, encoding="utf-8")
    with deployment.running():
        last = listed(deployment)["generation"]
    there = run(deployment, "rollback", "--reason", "2 counts wrong").out.splitlines()[1:]
    back = run(deployment, "rollback").out.splitlines()[1:]
    overlay = next(part for part in listed(deployment)["parts"] if part["kind"] == "overlay")
    assert there == [f"  overlay lab1/nic {overlay['digest'][:12]} -> none", "  pack acme.nic 2.0.0 -> 1.0.0"]
    assert back == [f"  overlay lab1/nic none -> {overlay['digest'][:12]}", "  pack acme.nic 1.0.0 -> 2.0.0"]
    assert (listed(deployment)["generation"], listed(deployment)["pinned"]) == (last, True)
    assert run(deployment, "rollback", last[:8]).out.splitlines()[1:] == ["  it served already"]


def test_who_pinned_is_told(deployment: Deployment) -> None:
    """The list says since when a generation is pinned, by whom and why, and how it ends; unpinned it says nothing."""
    assert listed(deployment)["pin"] is None
    assert "pinned to" not in run(deployment, "list").out
    run(deployment, "rollback", "--reason", "2 counts wrong")
    found = listed(deployment)
    assert found["pin"] == {
        "generation": found["generation"],
        "since": found["since"],
        "by": actor(),
        "reason": "2 counts wrong",
    }
    line = run(deployment, "list").out.splitlines()[1]
    assert line.startswith(f"pinned to {found['generation'][:12]} since 20")
    assert line.endswith(f" UTC by {actor()}: 2 counts wrong; what is new waits until: hpa pack unpin")


def test_a_running_service_follows(deployment: Deployment) -> None:
    """A rollback and its end by command reach a service that runs, without a restart."""
    with deployment.running() as runtime:
        assert counts(runtime) == ["2"]
        run(deployment, "rollback")
        until(lambda: counts(runtime) == ["1"])
        deployment.vendor.write(count="3")
        run(deployment, "unpin")
        until(lambda: counts(runtime) == ["3"])
        run(deployment, "remove", "acme.nic")
        until(lambda: counts(runtime) == [])


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["rollback", "0123456789"], 1, "no generations begin with 0123456789; hpa pack history lists"),
        (["rollback", "01"], 2, "'01' is too short for the beginning of a digest: give at least 6"),
        (["unpin"], 1, "none is pinned"),
        (["remove", "acme.gpu"], 1, "there is no such pack or overlay; what serves is acme.nic, onap.openstack"),
        (["remove", "onap.openstack"], 1, "it comes with hpa-discovery; an overlay can disable its rules"),
    ],
)
def test_what_cannot_be_done_is_said(deployment: Deployment, arguments: list[str], code: int, message: str) -> None:
    """Wrong names and digests change nothing, and the message says what there is."""
    before = listed(deployment)
    ran = run(deployment, *arguments)
    assert (ran.code, message in ran.err) == (code, True), ran.err
    assert listed(deployment) == before


def test_remove_waits_for_unpin(deployment: Deployment) -> None:
    """While a generation is pinned nothing is removed from it, and the way out is named."""
    run(deployment, "rollback")
    ran = run(deployment, "remove", "acme.nic")
    assert (ran.code, "first: hpa pack unpin" in ran.err) == (1, True)


@pytest.mark.parametrize("verb", ["list", "history", "rollback", "unpin", "remove x"])
def test_looking_makes_no_deployment(tmp_path: Path, verb: str) -> None:
    """A state directory that nobody has begun is named, and not made."""
    ran = hpa("pack", *verb.split(), "--state-dir", tmp_path / "none")
    assert (ran.code, "hpa serve begins one" in ran.err) == (1, True)
    assert not (tmp_path / "none").exists()
