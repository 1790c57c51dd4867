# SPDX-License-Identifier: Apache-2.0
"""The flavors that the tests' Nova holds: each difficulty once by name, and enough plain ones for two pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from peers.real_nova import RealNova

# The id of each is its name. Nova's validators have judged these extra specs ...
VALID: dict[str, dict[str, str]] = {
    "onap.hw": {
        "hw:cpu_policy": "dedicated",
        "hw:cpu_thread_policy": "require",
        "hw:cpu_sockets": "2",
        "hw:mem_page_size": "1GB",
        "hw:numa_nodes": "2",
        "hw:numa_cpus.0": "0-2,^1",
        "hw:numa_cpus.1": "1,3",
        "hw:numa_mem.0": "1024",
        "hw:numa_mem.1": "3072",
    },
    "onap.pci": {"pci_passthrough:alias": "QAT-Intel64-8086-37c8:1 , nvme:2,nvme:1"},
    "onap.traits": {
        "trait:HW_CPU_X86_AVX512F": "required",
        "trait:CUSTOM_OFFLOAD": "forbidden",
        "trait_nic1:HW_NIC_SRIOV": "required",
        "resources:VGPU": "1",
    },
    "onap.keys": {
        "gpu": "A100",
        "vendor key:with spaces:and:colons": "two  words, 3:4",
        "aggregate_instance_extra_specs:sriov_nic": "sriov-nic-intel-8086-154c-phys-net-1:2",
    },
    "onap.plain": {},
}
# ... and these it let in before microversion 2.86.
OLD: dict[str, dict[str, str]] = {
    "onap.old": {"hw:cpu_policy": "pinned", "hw:capabilities:cpu_info:features": "aes,avx", "quota:cpu": ""},
}
PRIVATE, SHARED, DISABLED, SHOUTED = "onap.private", "onap.shared", "onap.disabled", "ONAP.shouted"
PLAIN_COUNT = 1100
PLAIN = [f"plain-{number:04}" for number in range(PLAIN_COUNT)]

PUBLIC = {*VALID, *OLD, SHOUTED, *PLAIN}
ALL = {*PUBLIC, PRIVATE, SHARED, DISABLED}
SPECS: dict[str, dict[str, str]] = VALID | OLD


def populate(nova: RealNova) -> None:
    """Create them all."""
    size: dict[str, Any] = {"vcpus": 4, "ram": 4096, "disk": 20, "swap": 512, "OS-FLV-EXT-DATA:ephemeral": 10}
    for name, specs in VALID.items():
        nova.create_flavor(name, specs, validated=True, id=name, **size)
    for name, specs in OLD.items():
        nova.create_flavor(name, specs, id=name, **size)
    hidden = {"os-flavor-access:is_public": False}
    nova.create_flavor(PRIVATE, {"hw:cpu_policy": "shared"}, id=PRIVATE, **hidden)
    nova.create_flavor(SHARED, {"hw:cpu_policy": "shared"}, id=SHARED, access=nova.project, **hidden)
    nova.create_flavor(SHOUTED, id=SHOUTED)
    rows = [{"name": name, "extra_specs": {"hw:cpu_policy": "dedicated"}} for name in PLAIN]
    nova.insert_flavors([*rows, {"name": DISABLED, "disabled": True}])
