# SPDX-License-Identifier: Apache-2.0
"""From a real Nova over a service in a process of its own to A&AI, and what ONAP's OOF makes of what stands there."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hpa_discovery.aai.reading import PAGE_SIZE
from peers import nova_flavors as flavors
from peers.aai.asking import Asking
from peers.aai.oof_reading import APP, choose, read_flavors, read_regions, satisfies, unreadable
from peers.aai.running import Aai
from peers.test_oof_reading import COMPLEXES, wants
from peers.test_oof_reading import PLACE as WHERE
from service.runtimes import Deployment, until
from service.serving import Got, Served, served

if TYPE_CHECKING:
    from collections.abc import Callable

    from peers.real_nova import RealNova

pytestmark = pytest.mark.peer
OWNER, REGION = "acme", "RegionOne"
ONE = f"/v1/regions/{OWNER}/{REGION}"
MULTICLOUD = f"/api/multicloud-ocata/v1/{OWNER}/{REGION}"
TREE = f"cloud-infrastructure/cloud-regions/cloud-region/{OWNER}/{REGION}"
LINK = {"relationship-list": {"relationship": [{"related-to": "complex", "related-link": f"{COMPLEXES}/here"}]}}
ONAPS = {each for each in flavors.ALL if each.startswith("onap.")}
SIZED = ONAPS & flavors.SPECS.keys()  # with 4 CPUs, 4096 MB of memory, 20 GB of disk, 10 of them ephemeral, 512 MB swap

# What a policy of ONAP asks for, and the flavors that meet it.
REQUIREMENTS: list[tuple[dict[str, Any], set[str]]] = [
    (wants("basicCapabilities", ("numVirtualCpu", ">=", "4", "")), SIZED),
    (wants("basicCapabilities", ("numVirtualCpu", ">", "4", "")), set()),
    (wants("basicCapabilities", ("virtualMemSize", "=", "4", "GB")), SIZED),
    (wants("basicCapabilities", ("virtualMemSize", ">=", "4194305", "KB")), set()),
    (wants("basicCapabilities", ("virtualMemSize", "<=", "4096", "MB")), ONAPS),
    (wants("basicCapabilities", ("virtualMemSize", "=", "4", "GiB")), set()),  # OOF knows KB, MB and GB alone
    (wants("localStorage", ("diskSize", "=", "20", "GB"), ("swapMemSize", "=", "512", "MB")), SIZED),
    (wants("localStorage", ("ephemeralDiskSize", "=", "10240", "MB")), SIZED),
    (wants("hugePages", ("memoryPageSize", "=", "1", "GB")), {"onap.hw"}),
    (wants("hugePages", ("memoryPageSize", "=", "1048576", "KB")), {"onap.hw"}),
    (wants("hugePages", ("memoryPageSize", "=", "2", "MB")), set()),
    (wants("cpuPinning", ("logicalCpuPinningPolicy", "=", "dedicated", "")), {"onap.hw"}),
    (wants("cpuPinning", ("logicalCpuPinningPolicy", "=", "shared", "")), {flavors.PRIVATE, flavors.SHARED}),
    (wants("cpuPinning", ("logicalCpuPinningPolicy", "=", "dedicated", ""), **{"hpa-version": "v2"}), set()),
    (wants("cpuTopology", ("numCpuSockets", "=", "2", "")), {"onap.hw"}),
    (wants("numa", ("numaNodes", "=", "2", ""), ("numaCpu-1", "=", "2", "")), {"onap.hw"}),
    (wants("numa", ("numaMem-1", ">=", "3", "GB")), {"onap.hw"}),
    (wants("instructionSetExtensions", ("instructionSetExtensions", "ALL", ["aes", "avx"], "")), {"onap.old"}),
    (wants("instructionSetExtensions", ("instructionSetExtensions", "ALL", ["avx512f"], "")), {"onap.traits"}),
    (
        wants("pciePassthrough", ("pciVendorId", "=", "8086", ""), ("pciDeviceId", "=", "37c8", "")),
        {"onap.pci"},
    ),
    (wants("pciePassthrough", ("pciCount", "=", "1", ""), architecture="Intel64"), set()),
    (
        wants("sriovNICNetwork", ("pciCount", ">=", "2", ""), ("physicalNetwork", "=", "phys-net-1", "")),
        {"onap.keys"},
    ),
]


def register(one: Served, nova: RealNova, aai: Aai) -> None:
    """The region is imported, with what ONAP logs in with, and its flavors are those of ONAP."""
    entry = nova.cloud("admin")
    auth = entry["auth"]
    system = {
        "service-url": auth["auth_url"],
        "user-name": auth["username"],
        "password": auth["password"],
        "cloud-domain": auth["user_domain_name"],
        "default-tenant": auth["project_name"],
        "openstack-region-id": entry["region_name"],
        "system-type": "VIM",
    }
    aai.control.load([(f"{TREE}/esr-system-info-list/esr-system-info/1", system)])
    there = {"url": aai.url, "user": aai.user, "password": aai.password, "ca": aai.ca}
    imported = one.ask("POST", "/v1/regions/import", {"aai": there})
    assert imported.body["regions"] == [{"region": f"{OWNER}/{REGION}", "outcome": "added", "why": ""}], imported
    onaps = {"revision": 1, "name_prefix": "onap.", "aai": {"mode": "apply"}}
    assert one.ask("PATCH", ONE, onaps).status == 200


def onap(one: Served, method: str, path: str) -> Got:
    """As Multicloud's broker asks a plugin that has a user and a password."""
    pair = b64encode(f"multicloud:{one.token}".encode()).decode()
    connection = one.daemon.connect()
    try:
        connection.request(method, path, b"{}", {"Authorization": f"Basic {pair}", "Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    return Got(answer.status, json.loads(text) if text else None)


def published(one: Served) -> bool:
    """Whether the region was listed and published, and nothing of it is due or went wrong."""
    told = one.ask("GET", ONE).body
    alarms = one.ask("GET", "/v1/alarms?cleared=false").body["alarms"]
    assert not alarms, alarms
    return bool(told["in_aai"]) and all(step["last_ok_at"] for step in told["steps"])


def register_again(one: Served, aai: Aai) -> None:
    """ONAP registers what is registered: it is discovered and published once more, and nothing is written."""
    keeps = one.ask("GET", ONE).body["in_aai"]
    aai.control.forget()
    assert onap(one, "POST", f"{MULTICLOUD}/registry").status == 202
    until(lambda: onap(one, "GET", f"{MULTICLOUD}/registry/").body["status"] == "discovered")
    applied = one.ask("POST", f"{ONE}/apply").body
    assert (applied["complete"], applied["counts"]["keep"]) == (True, keeps)
    assert aai.control.writes() == []
    aai.control.forget()
    assert one.ask("POST", f"{ONE}/apply").body["complete"]
    assert aai.control.counts() == {"GET": -(-len(ONAPS) // PAGE_SIZE)}


def check_as_oof(get: Callable[[str], Any]) -> None:
    """OOF skips nothing, reads every value, and finds what fits."""
    regions = read_regions(get)
    assert (regions.taken, regions.skipped) == (((OWNER, REGION),), {})
    standing = read_flavors(get, OWNER, REGION)
    assert {each["flavor-name"] for each in standing} == ONAPS
    assert unreadable(standing) == []
    for requirement, fitting in REQUIREMENTS:
        found = {each["flavor-name"] for each in standing if satisfies(each, requirement)}
        assert found == fitting, requirement
    preferred = wants("hugePages", ("memoryPageSize", "=", "1", "GB"), score="10")
    match = choose(standing, [REQUIREMENTS[0][0], preferred])
    assert match is not None
    assert (match.flavor_name, match.score) == ("onap.hw", 10)


@pytest.mark.parametrize("mode", ["strict", "faithful"])
def test_from_nova_to_oof(nova: RealNova, tmp_path: Path, mode: str) -> None:
    """Every flavor with the prefix is in A&AI as OOF wants it; again nothing is written; at the end all goes."""
    with Aai(mode=mode) as aai, Asking(aai, version=14, app=APP) as client:

        def get(path: str) -> Any:
            reply = client.send("GET", path)
            return None if reply.status == 404 else reply.body

        aai.control.load([(f"{COMPLEXES}/here", WHERE), (TREE, {"cloud-region-version": "1", **LINK})])
        rules = ("--egress", "cloud=127.0.0.0/8:1-65535", "--egress", "aai=127.0.0.0/8:1-65535")
        with served(Deployment(tmp_path), *rules, "--legacy-basic") as one:
            assert onap(one, "POST", f"{MULTICLOUD}/registry").status == 404
            register(one, nova, aai)
            until(lambda: published(one))
            assert one.ask("POST", f"{ONE}/plan").body["oof_skips"] == ""
            register_again(one, aai)
            check_as_oof(get)
            assert onap(one, "DELETE", MULTICLOUD) == (204, None)
            assert read_flavors(get, OWNER, REGION) == []
            assert onap(one, "GET", f"{MULTICLOUD}/registry").body["status"] == "unregistered"
