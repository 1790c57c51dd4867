# SPDX-License-Identifier: Apache-2.0
"""A service in a process of its own works for its regions: what it is asked over HTTP is done."""

from __future__ import annotations

import re
from pathlib import Path
from socket import socket
from typing import Any

from connectors.speaking import Asked
from service.runtimes import Deployment, until
from service.serving import Served, served
from work.hostile_cloud import CREDENTIAL, PASSWORD, TOKENS, HostileCloud, told

ONE = "/v1/regions/acme/RegionOne"
BODY: dict[str, Any] = {
    "owner": "acme",
    "region": "RegionOne",
    "coordinates": {"auth_url": "http://localhost:5000/v3"},
    "credential": {"username": "hpa", "password": "x", "user_domain_name": "Default", "project_name": "hpa"},
}


def alarms(one: Served) -> list[dict[str, Any]]:
    """Those that stand."""
    found: list[dict[str, Any]] = one.ask("GET", "/v1/alarms?cleared=false").body["alarms"]
    return found


def test_a_cloud_that_may_not_be_asked(tmp_path: Path) -> None:
    """Discovery ends with an alarm that names the rule, and clears when the region is removed; the service goes on."""
    with served(Deployment(tmp_path)) as one:
        assert one.ask("POST", "/v1/regions", BODY).status == 201
        until(lambda: alarms(one))
        (alarm,) = alarms(one)
        assert (alarm["type"], alarm["resource"]) == ("source.unreachable", "region/acme/RegionOne")
        assert re.search(r"--egress cloud=(127\.0\.0\.1|\[::1\]):5000 would allow it", alarm["text"])
        assert alarm["region"] == "acme/RegionOne"
        operation = one.ask("POST", f"{ONE}/discover").body
        until(lambda: one.ask("GET", f"/v1/operations/{operation['id']}").body["state"] == "failed")
        told = one.ask("GET", ONE).body
        assert (told["listing"]["complete"], told["subjects"]) == (False, 0)
        assert one.ask("DELETE", ONE).status == 200
        assert alarms(one) == []


def test_a_listener_of_the_service_is_no_cloud(tmp_path: Path) -> None:
    """A rule for the network alone does not let a region point at the service itself."""
    with served(Deployment(tmp_path), "--egress", "cloud=127.0.0.0/8") as one:
        body = {**BODY, "coordinates": {"auth_url": f"http://localhost:{one.port}/v3"}}
        assert one.ask("POST", "/v1/regions", body).status == 201
        until(lambda: alarms(one))
        assert "a listener of this service" in alarms(one)[0]["text"]


def test_a_cloud_that_repeats_what_it_was_told(tmp_path: Path) -> None:
    """Its page of errors shows the password to nobody: not in alarms, answers, nor the log; when it is well, all is."""

    def repeat(wire: socket, asked: Asked) -> None:
        said = {"error": {"code": 400, "message": asked.body.decode()}}
        wire.sendall(told(400, said))

    with HostileCloud() as cloud, served(Deployment(tmp_path), "--egress", "cloud=127.0.0.0/8:1-65535") as one:
        cloud.says[TOKENS] = repeat
        body = {**BODY, "coordinates": cloud.coordinates, "credential": CREDENTIAL}
        assert one.ask("POST", "/v1/regions", body).status == 201
        until(lambda: alarms(one))
        assert "the login was refused" in alarms(one)[0]["text"]
        paths = ("/v1/alarms", "/v1/regions", ONE, "/v1/operations", f"{ONE}/history", "/v1/audit")
        everything = [*(one.ask("GET", path) for path in paths), one.daemon.lines()]
        assert PASSWORD not in str(everything)

        cloud.heal()
        assert one.ask("POST", f"{ONE}/discover").status == 202
        until(lambda: not alarms(one))
        assert one.ask("GET", ONE).body["subjects"] == len(cloud.flavors)


def test_a_rejected_pack_is_an_alarm(tmp_path: Path) -> None:
    """It stands until the pack passes its checks."""
    deployment = Deployment(tmp_path)
    deployment.vendor.write()
    with served(deployment) as one:
        rule = deployment.vendor.folder / "device.yaml"
        good = rule.read_text("utf-8")
        rule.write_text("spec: [\n", "utf-8")
        until(lambda: [each["type"] for each in alarms(one)] == ["pack.rejected"])
        assert "yaml.syntax" in alarms(one)[0]["text"]
        rule.write_text(good, "utf-8")
        until(lambda: not alarms(one))
