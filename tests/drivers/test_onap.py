# SPDX-License-Identifier: Apache-2.0
"""ONAP's own driver, unmodified from PyPI, in the host: what it finds is what the compat pack finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.fleets import Asked, driver, fleet_of
from hpa_discovery.discovery.driven import DriverAnswer
from hpa_discovery.discovery.generation import compile_packs
from hpa_discovery.drivers.onap import translate
from hpa_discovery.model import Capability
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.load import load_pack
from hpa_discovery.resources import bundled
from rules.onap_oracle import FEATURES

CONTEXT = {"vim": {"cloud_extra_info": {"ovsDpdk": {"libname": "dpdk", "libversion": "17.05"}}}, "vimtype": "openstack"}
FLAVOR = {
    "id": "f1",
    "name": "onap.f1",
    "vcpus": 4,
    "ram": 8192,
    "disk": 40,
    "swap": 512,
    "OS-FLV-EXT-DATA:ephemeral": 20,
    "extra_specs": {
        "hw:cpu_policy": "dedicated",
        "hw:cpu_thread_policy": "isolate",
        "hw:cpu_sockets": "2",
        "hw:mem_page_size": "2048",
        "hw:numa_nodes": "2",
        "hw:numa_cpus.0": "0,1",
        "hw:numa_mem.0": "1024",
        "hw:numa_cpus.1": "2,3",
        "hw:numa_mem.1": "1024",
        "hw:capabilities:cpu_info:features": "avx,acpi",
        "pci_passthrough:alias": "qat-pci-Intel64-8086-37c8:2",
        "aggregate_instance_extra_specs:sriov_nic": "sriov-nic-Intel64-8086-154c-physnet-1:1",
    },
}


@pytest.fixture
def onap(tmp_path: Path) -> Iterator[Asked]:
    """ONAP's driver, version 1.0 from PyPI, behind the line protocol."""
    folder = tmp_path / "onap"
    folder.mkdir()
    (folder / "driver.yaml").write_text("# nothing but this lies here: the module is installed\n")
    which = driver(folder, start="onap", command=("hpa.hpa_discovery:HPADiscovery",), features=FEATURES)
    with fleet_of(tmp_path / "drivers", which) as asked:
        yield asked


def ask(onap: Asked, flavor: Any) -> DriverAnswer:
    """What ONAP's driver says of the flavor."""
    return onap.fleet.ask(onap.driver, flavor, CONTEXT)


def comparable(capabilities: tuple[Capability, ...]) -> dict[str, Any]:
    """By feature: architecture, version and attributes. ONAP has no discriminators."""
    return {found.feature: (found.architecture, found.version, found.attributes) for found in capabilities}


def test_ten_features(onap: Asked) -> None:
    """All ten features come through, equal to those of onap.openstack-compat."""
    pack = load_pack(bundled("rules") / "onap.openstack-compat").pack
    assert pack is not None
    ours = compile_packs([pack], load_contracts()).evaluate("openstack.flavor", FLAVOR, CONTEXT)
    theirs = ask(onap, FLAVOR)

    assert tuple(found.feature for found in theirs.capabilities) == FEATURES
    assert comparable(theirs.capabilities) == comparable(ours.capabilities)
    assert theirs.diagnostics == ()


def test_its_bugs_are_unknown(onap: Asked) -> None:
    """A capability without attributes, or half of one, is no capability: its feature is unknown."""
    specs = {"hw:mem_page_size": "any", "pci_passthrough:alias": "QuickAssist:1"}
    answer = ask(onap, {**FLAVOR, "extra_specs": specs})

    found = [capability.feature for capability in answer.capabilities]
    assert found == ["basicCapabilities", "localStorage", "ovsDpdk"]
    assert sorted(item.feature for item in answer.unknown) == ["hugePages", "pciePassthrough"]
    assert {item.code for item in answer.diagnostics} == {"onap.capability"}


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({}, "it has no hpa-feature-attributes"),
        ("x", "cannot be used"),
        ({"hpa-feature-attributes": []}, "it has no attributes"),
        (
            {"hpa-feature-attributes": [{"hpa-attribute-key": "a", "hpa-attribute-value": '{"value":"b"c"}'}]},
            "Expecting",
        ),
    ],
)
def test_unusable(item: Any, said: str) -> None:
    """Whatever stands there, the answer says what is wrong with it."""
    answer = translate([item])
    assert answer["capabilities"] == []
    (told,) = answer["diagnostics"]
    assert said in told["message"]
