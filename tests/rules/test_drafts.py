# SPDX-License-Identifier: Apache-2.0
"""Drafts of rules for Kubernetes nodes and Redfish systems: the language can say what these sources need.

Their own cases run wherever the tests run. Whole packs are held against
inventories of real machines where those are at hand, beside the checkout.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hpa_discovery.discovery.generation import Generation
from hpa_discovery.model import Attribute, Outcome
from hpa_discovery.packs.activate import activate
from hpa_discovery.packs.cases import run_cases
from hpa_discovery.packs.coverage import measure
from hpa_discovery.packs.lint import lint_paths
from hpa_discovery.packs.load import LoadedPack, load_pack
from hpa_discovery.packs.mutation import mutate

DRAFTS = Path(__file__).parent / "drafts"
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
NAMES = ("onap.kubernetes", "onap.redfish")

every_draft = pytest.mark.parametrize("name", NAMES)
with_data = pytest.mark.skipif(not DATA.is_dir(), reason="the inventories are not beside the checkout")

Said = list[tuple[str, str, dict[str, Any]]]


@cache
def loaded(name: str) -> LoadedPack:
    """The draft with its test cases."""
    return load_pack(DRAFTS / name, tests=True)


@every_draft
def test_clean(name: str) -> None:
    """Lint has nothing to say, not even that the index cannot serve a rule."""
    assert lint_paths([DRAFTS / name]).findings == ()


@every_draft
def test_cases_pass(name: str) -> None:
    """Every case of every rule is as expected."""
    run = run_cases(loaded(name))
    assert not run.failed, "\n".join(line for result in run.failed for line in result.lines())


@every_draft
def test_coverage(name: str) -> None:
    """Every condition is seen true and false, and every attribute written."""
    assert measure(loaded(name)).gaps == ()


@every_draft
def test_no_mutant_survives(name: str) -> None:
    """Whatever is changed in a rule, a case notices."""
    mutation = mutate(loaded(name))
    assert mutation.complete, "\n".join(map(str, mutation.survivors))


@cache
def generation(source: str, name: str) -> Generation:
    """The draft alone."""
    return activate(source, [name], [DRAFTS])


def node(file: str) -> Outcome:
    """What is known of a Kubernetes node."""
    subject = json.loads((DATA / "k8s_nodes" / file).read_text())
    return generation("kubernetes.node", "onap.kubernetes").evaluate("kubernetes.node", subject, {})


def system(file: str, place: int = 0) -> Outcome:
    """What is known of a Redfish system, whose own members the inventories hold apart."""
    parts = json.loads((DATA / "redfish" / file).read_text())[place]
    subject = {**parts.pop("system"), **parts}
    return generation("redfish.system", "onap.redfish").evaluate("redfish.system", subject, {})


def said(outcome: Outcome) -> Said:
    """Feature, discriminator and attributes: a value, or (value, unit)."""
    return [
        (one.feature, one.discriminator, {attribute.key: value_of(attribute) for attribute in one.attributes})
        for one in outcome.capabilities
    ]


def value_of(attribute: Attribute) -> Any:
    """The value, with its unit where it has one."""
    value = list(attribute.value) if isinstance(attribute.value, tuple) else attribute.value
    return value if attribute.unit is None else (value, attribute.unit)


@with_data
def test_a_node_of_a_user_plane() -> None:
    """One pool of pages, two resources of virtual functions, a display controller, seven instruction sets."""
    outcome = node("upf-worker-1.json")

    assert said(outcome) == [
        ("basicCapabilities", "", {"numVirtualCpu": "95", "virtualMemSize": ("352294", "MB")}),
        ("hugePages", "1Gi", {"memoryPageSize": ("1", "GB"), "numberOfPages": "32"}),
        (
            "instructionSetExtensions",
            "",
            {"instructionSetExtensions": ["adx", "aes", "avx", "avx2", "fma", "hle", "rtm"]},
        ),
        (
            "sriovNICNetwork",
            "intel.com/intel_sriov_netdevice",
            {"pciCount": "32", "resourceName": "intel.com/intel_sriov_netdevice"},
        ),
        (
            "sriovNICNetwork",
            "intel.com/intel_sriov_vfio",
            {"pciCount": "32", "resourceName": "intel.com/intel_sriov_vfio"},
        ),
        ("pciDevice", "0300_102b", {"pciVendorId": "102b", "pciClass": "0300"}),
    ]
    assert (outcome.unknown, outcome.diagnostics) == ((), ())


# What the node's labels name, apart from mitigations and what the hypervisor and the operating system set.
CEK_FLAGS = [
    "adx",
    "aes",
    "avx",
    "avx2",
    "avx512bw",
    "avx512cd",
    "avx512dq",
    "avx512f",
    "avx512vl",
    "cx8",
    "fma",
    "fpu",
    "fxsr",
    "fxsr_opt",
    "lahf_lm",
    "movbe",
    "sep",
    "sha_ni",
    "syscall",
    "xsave",
    "xsavec",
    "xsaveopt",
    "xsaves",
]


@with_data
def test_a_node_with_devices_of_many_kinds() -> None:
    """Thousandths of CPUs, two pools of pages, three kinds of virtual functions, QAT, and a GPU known by its labels."""
    outcome = node("cek-worker-1.json")

    networks = {"intel_sriov_dpdk_700_series": "2", "intel_sriov_dpdk_800_series": "2", "intel_sriov_netdevice": "4"}
    assert said(outcome) == [
        ("basicCapabilities", "", {"numVirtualCpu": "95", "virtualMemSize": ("187239", "MB")}),
        ("hugePages", "1Gi", {"memoryPageSize": ("1", "GB"), "numberOfPages": "4"}),
        ("hugePages", "2Mi", {"memoryPageSize": ("2", "MB"), "numberOfPages": "128"}),
        ("instructionSetExtensions", "", {"instructionSetExtensions": CEK_FLAGS}),
        *(
            ("sriovNICNetwork", f"intel.com/{name}", {"pciCount": count, "resourceName": f"intel.com/{name}"})
            for name, count in networks.items()
        ),
        ("pciDevice", "10de", {"pciVendorId": "10de"}),
        ("pciDevice", "15ad", {"pciVendorId": "15ad"}),
        ("pciDevice", "qat.intel.com/generic", {"pciCount": "32", "pciVendorId": "8086"}),
        (
            "gpu",
            "NVIDIA-A30",
            {"gpuCount": "1", "gpuModel": "NVIDIA-A30", "gpuVendor": "NVIDIA", "gpuMemorySize": ("24576", "MB")},
        ),
    ]
    assert (outcome.unknown, outcome.diagnostics) == ((), ())


@with_data
def test_a_server_with_gpus() -> None:
    """24 slots with 16 modules, a card found by a padded part number, drives of one model behind two controllers."""
    outcome = system("hpe_dl380a_h100.json")

    assert said(outcome) == [
        ("basicCapabilities", "", {"numVirtualCpu": "128", "virtualMemSize": ("524288", "MB")}),
        ("cpuTopology", "", {"numCpuSockets": "2", "numCpuCores": "32", "numCpuThreads": "2"}),
        (
            "numa",
            "",
            {
                "numaNodes": "2",
                "numaCpu-0": "64",
                "numaMem-0": ("262144", "MB"),
                "numaCpu-1": "64",
                "numaMem-1": ("262144", "MB"),
            },
        ),
        ("sriovNICNetwork", "DE081000", {"pciCount": "254", "pciVendorId": "15b3"}),
        (
            "nvme",
            "MO006400KYDND",
            {"driveCount": "5", "driveModel": "MO006400KYDND", "driveSize": ("5961", "GB")},
        ),
        (
            "nvme",
            "MO001600KXVYH",
            {"driveCount": "2", "driveModel": "MO001600KXVYH", "driveSize": ("1490", "GB")},
        ),
        ("gpu", "NVIDIA H100 NVL", {"gpuCount": "2", "gpuModel": "NVIDIA H100 NVL", "gpuVendor": "NVIDIA"}),
        ("tpm", "", {"tpmInterface": "TPM2_0"}),
        ("secureBoot", "", {"secureBootEnabled": "false"}),
    ]
    assert (outcome.unknown, outcome.diagnostics) == ((), ())


@with_data
def test_a_server_with_an_fpga_and_empty_places() -> None:
    """An absent CPU counts for nothing, and the module on its socket is memory that no NUMA node has."""
    outcome = system("dmtf_rackmount1_fpga.json")

    assert said(outcome) == [
        ("basicCapabilities", "", {"numVirtualCpu": "16", "virtualMemSize": ("98304", "MB")}),
        ("cpuTopology", "", {"numCpuSockets": "1", "numCpuCores": "8", "numCpuThreads": "2"}),
        ("numa", "", {"numaNodes": "1", "numaCpu-0": "16", "numaMem-0": ("65536", "MB")}),
        (
            "fpga",
            "Stratix10",
            {
                "fpgaCount": "1",
                "fpgaModel": "Stratix10",
                "fpgaVendor": "Intel(R) Corporation",
                "fpgaType": "Discrete",
            },
        ),
        ("tpm", "", {"tpmInterface": "TPM1_2"}),
        ("secureBoot", "", {"secureBootEnabled": "false"}),
    ]
    assert (outcome.unknown, outcome.diagnostics) == ((), ())


@with_data
def test_cards_found_by_their_links() -> None:
    """Two cards of the same maker, each with the functions that let virtual ones be made."""
    assert said(system("ocp_nic.json")) == [
        ("sriovNICNetwork", "DE07A000", {"pciCount": "16", "pciVendorId": "1ab4"}),
        ("sriovNICNetwork", "DE082000", {"pciCount": "128", "pciVendorId": "1ab4"}),
    ]


@with_data
def test_a_system_that_tells_next_to_nothing() -> None:
    """Nulls everywhere: nothing is answered, and what could not be judged is unknown instead of absent."""
    outcome = system("intel_rsd_psme.json")

    assert outcome.capabilities == ()
    assert [(unknown.feature, unknown.code) for unknown in outcome.unknown] == [
        ("basicCapabilities", "redfish.threads"),
        ("cpuTopology", "emit.missing"),
        ("numa", "redfish.socket"),
    ]
