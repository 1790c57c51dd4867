# SPDX-License-Identifier: Apache-2.0
"""The flavors of an imagined cloud: few different values, many combinations, the same every time."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

Flavor = dict[str, Any]
_DPDK = '{"ovsDpdk":{"libname":"dataProcessingAccelerationLibrary","libversion":"17.05"}}'
CONTEXT = {"vim": {"cloud_extra_info": _DPDK}}


def _pinning(pick: random.Random) -> dict[str, str]:
    policy, threads = pick.choice(["dedicated", "shared"]), pick.choice(["prefer", "isolate"])
    return {"hw:cpu_policy": policy, "hw:cpu_thread_policy": threads}


def _topology(pick: random.Random) -> dict[str, str]:
    sockets, cores, threads = pick.choice("12"), pick.choice("248"), pick.choice("12")
    return {"hw:cpu_sockets": sockets, "hw:cpu_cores": cores, "hw:cpu_threads": threads}


def _huge_pages(pick: random.Random) -> dict[str, str]:
    return {"hw:mem_page_size": pick.choice(["large", "small", "2048", "1048576"])}


def _numa(pick: random.Random) -> dict[str, str]:
    size = pick.choice(["1024", "2048", "4096"])
    return {
        "hw:numa_nodes": "2",
        "hw:numa_cpus.0": "0,1",
        "hw:numa_mem.0": size,
        "hw:numa_cpus.1": "2,3",
        "hw:numa_mem.1": size,
    }


def _devices(pick: random.Random) -> dict[str, str]:
    device = pick.choice(["154c", "1572", "158b"])
    return {
        "hw:capabilities:cpu_info:features": pick.choice(["avx,acpi", "aes,avx2", "sse4_2"]),
        "pci_passthrough:alias": f"qat-pci-Intel64-8086-{pick.choice(['37c8', '0443'])}:{pick.randint(1, 4)}",
        "aggregate_instance_extra_specs:sriov_nic": f"sriov-nic-Intel64-8086-{device}-physnet1:{pick.randint(1, 4)}",
    }


_Part = Callable[[random.Random], dict[str, str]]
KINDS: dict[str, tuple[_Part, ...]] = {
    "no extra specs": (),
    "one feature": (_pinning,),
    "four features": (_pinning, _topology, _huge_pages, _numa),
    "all ten features": (_pinning, _topology, _huge_pages, _numa, _devices),
}


def flavors(kind: str, count: int, seed: int = 7) -> list[Flavor]:
    """`count` flavors of one of KINDS, each with its own id and name."""
    pick = random.Random(f"{kind}{seed}")
    return [_flavor(kind, number, pick) for number in range(count)]


def _flavor(kind: str, number: int, pick: random.Random) -> Flavor:
    specs: dict[str, str] = {}
    for part in KINDS[kind]:
        specs |= part(pick)
    return {
        "id": f"{kind}-{number}",
        "name": f"onap.{number}",
        "vcpus": pick.choice([2, 4, 8, 16, 32]),
        "ram": pick.choice([2048, 4096, 8192, 16384, 65536]),
        "disk": pick.choice([0, 10, 20, 40]),
        "swap": pick.choice(["", 512]),
        "OS-FLV-EXT-DATA:ephemeral": pick.choice([0, 20]),
        "os-flavor-access:is_public": True,
        "extra_specs": specs,
    }
