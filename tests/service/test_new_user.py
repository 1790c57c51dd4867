# SPDX-License-Identifier: Apache-2.0
"""A new user's path, from an empty folder to a rollback, with nothing but `hpa`, files, pip and HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from cli.running import hpa
from service.runtimes import Deployment, until
from service.serving import Served, served


def cards(service: Served) -> list[str]:
    """The counts of the vendor's cards that the service tells of a flavor that asks for two."""
    sizes = {"vcpus": 1, "ram": 512, "disk": 1, "swap": 0, "OS-FLV-EXT-DATA:ephemeral": 0}
    flavor = {"id": "1", "name": "f", **sizes, "extra_specs": {"acme.nic:device": "2"}}
    found: list[dict[str, Any]] = service.discover(flavor)["outcomes"][0]["capabilities"]
    told = [
        each["hpa-feature-attributes"][0]
        for each in found
        if each["hpa-feature"] not in {"basicCapabilities", "localStorage"}
    ]
    return [json.loads(each["hpa-attribute-value"])["value"] for each in told]


def test_from_nothing_to_a_rollback(tmp_path: Path) -> None:
    """Serve; start a pack and see it live; break it, see why and the old answer; fix it; its wheel; roll back."""
    deployment = Deployment(tmp_path)
    deployment.packs.mkdir()
    with served(deployment) as service:
        assert cards(service) == []
        # A pack appears where the service looks, and serves.
        assert hpa("new", "pack", "acme.nic", "--dir", deployment.packs).code == 0
        until(lambda: cards(service) == ["2"])
        rule = deployment.packs / "acme.nic" / "device.yaml"
        good = rule.read_text(encoding="utf-8")
        first = service.discover({"id": "1", "name": "f"})["generation"]
        # A slip: what is wrong stands in the status with file and line, and what served goes on.
        rule.write_text(good.replace("spec:", "spec:\n  wehn: {}", 1), encoding="utf-8")
        until(lambda: service.status("acme.nic")["state"] == "held")
        finding = service.status("acme.nic")["findings"][0]
        assert (finding["code"], finding["file"]) == ("schema", str(rule))
        assert (finding["line"] > 0, "when" in finding["message"] + finding["hint"]) == (True, True)
        assert cards(service) == ["2"]
        rule.write_text(good, encoding="utf-8")
        until(lambda: service.status("acme.nic")["state"] == "serving")
        # Others get it as a wheel: here it takes the place of the folder.
        _publish(deployment)
        until(lambda: cards(service) == ["2 of the wheel"])
        assert str(deployment.site) in service.status("acme.nic")["origin"]
        # And back, whatever the folders hold.
        assert service.ask("POST", f"/v1/generations/{first}/activate", {"reason": "a try"}).status == 200
        assert service.discover({"id": "1", "name": "f"})["generation"] == first
        assert cards(service) == ["2"]


def _publish(deployment: Deployment) -> None:
    """A new version of the pack, which answers something else, built, installed, and its folder put away."""
    folder = deployment.packs / "acme.nic"
    text = (folder / "pack.yaml").read_text(encoding="utf-8")
    assert "version: 0.1.0" in text
    (folder / "pack.yaml").write_text(text.replace("version: 0.1.0", "version: 0.2.0"), encoding="utf-8")
    for file, before, after in (
        ("device.yaml", "from: value}", 'value: "{{ value }} of the wheel"}'),
        ("device.test.yaml", 'value: "1"}', 'value: "1 of the wheel"}'),
    ):
        text = (folder / file).read_text(encoding="utf-8")
        assert before in text
        (folder / file).write_text(text.replace(before, after), encoding="utf-8")
    built = hpa("pack", "build", folder, "--out", deployment.folder / "dist")
    assert built.code == 0, built.err
    folder.rename(deployment.folder / "acme.nic")
    install = [
        sys.executable,
        "-m",
        "pip",
        "--quiet",
        "--disable-pip-version-check",
        "install",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*install, "--target", str(deployment.site), built.out.strip()], check=True)
