# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies for Nova flavors: what Nova takes, what ONAP's driver reads well, and anything at all.

    @given(valid_flavors(), contexts())
    def test_...(flavor, context): ...

Nova's rules are those of its own validators (schemas/facts/nova_extra_specs.json)
and of its API: keys of letters, digits and `-_:. `, keys and values of at most
255 characters. tests/peers judges the drawn specs by the validators of a real Nova.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

FACTS = Path(__file__).resolve().parent.parent.parent / "schemas" / "facts" / "nova_extra_specs.json"
KEY_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:. "
LONGEST = 255
ALIASES = ("QuickAssist", "nvme ssd", "sriov_vf", "gpu")
ARCHITECTURES = ("Intel64", "AMD64", "generic")

Flavor = dict[str, Any]
Pair = tuple[str, str]


def valid_flavors() -> st.SearchStrategy[Flavor]:
    """Flavors that Nova's API and validators take, as a listing shows them; hw:* and devices are favoured."""
    return _valid_flavors()


def onap_flavors() -> st.SearchStrategy[Flavor]:
    """Flavors in the forms that ONAP's own driver reads without any of its known faults, all its features in reach.

    Texts need no JSON escapes; page sizes are `large`, `small` or plain KB; each NUMA node has both its lists and
    there is none beyond; one PCI alias and one SR-IOV NIC at most, in ONAP's long forms.
    """
    return _onap_flavors()


def any_flavors() -> st.SearchStrategy[Any]:
    """Subjects that are flavors at most by accident: any JSON, and flavors with any JSON in their members."""
    return _any_flavors()


def contexts() -> st.SearchStrategy[dict[str, Any]]:
    """Contexts that fit valid_flavors(): some with the operator's tables, some with a declared OVS-DPDK, some empty."""
    return _contexts()


def extra_spec_pairs() -> st.SearchStrategy[Pair]:
    """One (key, value) that Nova's validators take, every key of its registry being as likely as another."""
    return st.sampled_from(_specs()).flatmap(_pair_of)


@cache
def _specs() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(FACTS.read_text())["specs"]
    return found


@cache
def _specs_by_key() -> dict[str, dict[str, Any]]:
    return {spec["key"]: spec for spec in _specs()}


def _pair_of(spec: dict[str, Any]) -> st.SearchStrategy[Pair]:
    return _cached_pair(spec["key"])


@cache
def _cached_pair(key: str) -> st.SearchStrategy[Pair]:
    spec = _specs_by_key()[key]
    return st.tuples(_keys(spec["name_regex"]), values_of(key))


@cache
def _keys(name_regex: str) -> st.SearchStrategy[str]:
    if "(" not in name_regex:
        return st.just(name_regex)
    drawn = st.from_regex(name_regex, fullmatch=True, alphabet=st.sampled_from(KEY_CHARACTERS))
    return drawn.filter(lambda key: len(key) <= LONGEST)


@cache
def values_of(key: str) -> st.SearchStrategy[str]:
    """Values that Nova takes for a key of its registry, spelled as the registry does (`hw:numa_cpus.{num}`)."""
    spec = _specs_by_key()[key]
    if "enum" in spec:
        return st.sampled_from(spec["enum"])
    if "pattern" in spec:
        return st.from_regex(spec["pattern"], fullmatch=True).filter(lambda text: len(text) <= LONGEST)
    if spec["type"] == "int":
        return _whole_numbers(spec.get("min", -(10**6)), spec.get("max", 10**12))
    if spec["type"] == "bool":
        return _booleans()
    return st.text(max_size=40) | _feature_lists()


def _whole_numbers(low: int, high: int) -> st.SearchStrategy[str]:
    """Text that int() reads, now and then in one of its rarer forms."""
    numbers = st.integers(low, min(high, low + 64)) | st.integers(low, high)
    return st.one_of(numbers.map(str), numbers.map(str), numbers.map(str), numbers.map(_spelled_oddly))


def _spelled_oddly(number: int) -> str:
    # int() takes spaces, a plus sign, leading zeros and the digits of other scripts.
    arabic = str(number).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    return (f" {number} ", f"{number:+d}", f"{number:05d}", arabic)[number % 4]


@cache
def _booleans() -> st.SearchStrategy[str]:
    words = ["1", "t", "true", "on", "y", "yes", "0", "f", "false", "off", "n", "no"]
    spelled = [form for word in words for form in (word, word.title(), word.upper())]
    return st.sampled_from(["true", "false", "True", *spelled, " true", "no "])


@cache
def _feature_lists() -> st.SearchStrategy[str]:
    names = st.lists(st.sampled_from(["avx", "avx2", "aes", "AESNI", "sse4_1", "pclmulqdq"]), min_size=1, max_size=4)
    operators = st.sampled_from(["<in> {0}", "<all-in> {1}", "s== {0}", "{2}", "<or> {0} <or> {0}", "{0}"])
    return st.tuples(operators, names).map(
        lambda drawn: drawn[0].format(drawn[1][0], " ".join(drawn[1]), ",".join(drawn[1]))
    )


def _cpu_lists() -> st.SearchStrategy[str]:
    part = st.integers(0, 63)
    parts = st.one_of(
        part.map(str),
        st.tuples(part, part).map(lambda ends: f"{min(ends)}-{max(ends)}"),
        part.map(lambda cpu: f"^{cpu}"),
    )
    return st.lists(parts, min_size=1, max_size=4).map(",".join)


@cache
def _numa() -> st.SearchStrategy[dict[str, str]]:
    """NUMA specs that agree with each other, and some that do not: lists that lack, or lie beyond the nodes."""
    nodes = st.integers(1, 4)
    cpus = st.lists(_cpu_lists(), max_size=5)
    memory = st.lists(st.integers(1, 8192).map(str), max_size=5)
    return st.tuples(nodes, cpus, memory, st.booleans(), st.booleans()).map(_as_numa)


def _as_numa(drawn: tuple[int, list[str], list[str], bool, bool]) -> dict[str, str]:
    nodes, cpus, memory, whole, counted = drawn
    if whole:
        cpus = [(cpus or ["0"])[i % max(len(cpus), 1)] for i in range(nodes)]
        memory = [(memory or ["512"])[i % max(len(memory), 1)] for i in range(nodes)]
    specs = {f"hw:numa_cpus.{i}": text for i, text in enumerate(cpus)}
    specs |= {f"hw:numa_mem.{i}": text for i, text in enumerate(memory)}
    return specs | ({"hw:numa_nodes": str(nodes)} if whole or counted else {})


def _hex4() -> st.SearchStrategy[str]:
    return st.sampled_from(["8086", "37c8", "154C", "15b3", "10de", "101e", "1563"])


@cache
def _aliases() -> st.SearchStrategy[str]:
    """One to four PCI aliases: a bare name, NAME-VENDOR-DEVICE, and A-B-ARCH-VENDOR-DEVICE, with or without spaces."""
    short = st.tuples(st.sampled_from(["QAT", "fpga-a10"]), _hex4(), _hex4()).map("-".join)
    names = st.one_of(st.sampled_from(ALIASES), short, _long_alias())
    one = st.tuples(names, st.integers(0, 16)).map(lambda drawn: f"{drawn[0]}:{drawn[1]}")
    return st.tuples(st.lists(one, min_size=1, max_size=4), st.sampled_from([",", ", ", " ,"])).map(
        lambda drawn: drawn[1].join(drawn[0])
    )


def _long_alias() -> st.SearchStrategy[str]:
    return st.tuples(
        st.sampled_from(["pci", "gpu"]), st.just("dev"), st.sampled_from(ARCHITECTURES), _hex4(), _hex4()
    ).map("-".join)


def _sriov_nics() -> st.SearchStrategy[str]:
    physnet = st.sampled_from(["physnet", "physnet-1", "phys-net-b"])
    parts = st.tuples(st.just("sriov-nic"), st.sampled_from(ARCHITECTURES), _hex4(), _hex4(), physnet).map("-".join)
    return st.tuples(parts, st.integers(1, 8)).map(lambda drawn: f"{drawn[0]}:{drawn[1]}")


@cache
def _devices() -> st.SearchStrategy[dict[str, str]]:
    vendor_device = st.tuples(_hex4(), _hex4()).map("-".join)
    return st.fixed_dictionaries(
        {},
        optional={
            "pci_passthrough:alias": _aliases(),
            "aggregate_instance_extra_specs:sriov_nic": _sriov_nics(),
            "aggregate_instance_extra_specs:sriov-device-0": vendor_device,
            "accel:device_profile": st.sampled_from(["fpga-1", "two qats"]),
            "resources:VGPU": st.integers(0, 2).map(str),
            "resources1:CUSTOM_FPGA_A10": st.integers(0, 2).map(str),
            "trait:HW_CPU_X86_AVX512F": st.sampled_from(["required", "forbidden"]),
            "trait1:HW_NIC_SRIOV": st.sampled_from(["required", "forbidden"]),
            "capabilities:cpu_info:features": _feature_lists(),
        },
    )


@cache
def _hardware() -> st.SearchStrategy[dict[str, str]]:
    """Any of the hw:* keys, and what else says something about hardware."""
    names = [spec["key"] for spec in _specs() if spec["namespace"] == "hw" and "{" not in spec["key"]]
    pages = st.sampled_from(["large", "small", "any", "2048", "1GB", "2MB", "1048576kb", "16Mib", "1Gbit", "512b"])
    special = {"hw:mem_page_size": pages | values_of("hw:mem_page_size"), "os:secure_boot": values_of("os:secure_boot")}
    pairs = {name: values_of(name) for name in names} | special
    # Drawing a few keys costs less than deciding on each of forty.
    return st.lists(st.sampled_from(sorted(pairs)), max_size=5, unique=True).flatmap(
        lambda drawn: st.fixed_dictionaries({name: pairs[name] for name in drawn})
    )


@cache
def _unknown_keys() -> st.SearchStrategy[dict[str, str]]:
    """Keys in no namespace of Nova's, which operators make up and Nova takes as they are."""
    keys = st.one_of(
        st.sampled_from(["gpu", "ssd", "vendor key:with spaces:and:colons", "sw:ovs_dpdk", "onap.site"]),
        st.text("abcXYZ019-_. ", min_size=1, max_size=20),
    )
    return st.dictionaries(keys, st.text(max_size=20), max_size=2)


@cache
def _extra_specs() -> st.SearchStrategy[dict[str, str]]:
    drawn = st.lists(extra_spec_pairs(), max_size=3).map(dict)
    return st.tuples(drawn, _hardware(), _numa() | st.just({}), _devices(), _unknown_keys()).map(
        lambda parts: {key: value for part in parts for key, value in part.items()}
    )


def _names() -> st.SearchStrategy[str]:
    return st.sampled_from(["onap.small", "m1.tiny", "ONAP.big"]) | st.text(
        st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=30
    )


@cache
def _sizes() -> st.SearchStrategy[dict[str, Any]]:
    """Every member of a flavor but its name and extra specs, as microversion 2.86 shows them."""
    positive = st.integers(1, 256) | st.integers(1, 2**31 - 1)
    whole = st.just(0) | st.integers(0, 512) | st.integers(0, 2**31 - 1)
    return st.fixed_dictionaries(
        {
            "id": st.uuids().map(str) | st.text("abc019. _-", min_size=1, max_size=20).map(str.strip).filter(bool),
            "vcpus": positive,
            "ram": positive,
            "disk": whole,
            "swap": whole,
            "OS-FLV-EXT-DATA:ephemeral": whole,
            "OS-FLV-DISABLED:disabled": st.just(False),
            "os-flavor-access:is_public": st.booleans(),
            "rxtx_factor": st.just(1.0),
        },
        optional={"description": st.none() | st.text(max_size=20)},
    )


@cache
def _valid_flavors() -> st.SearchStrategy[Flavor]:
    return st.tuples(_sizes(), _names(), _extra_specs()).map(
        lambda drawn: drawn[0] | {"name": drawn[1], "extra_specs": drawn[2]}
    )


@cache
def _onap_extra_specs() -> st.SearchStrategy[dict[str, str]]:
    count = st.integers(1, 16).map(str)
    long_alias = st.tuples(_long_alias(), count).map(":".join)
    plain = st.fixed_dictionaries(
        {},
        optional={
            "hw:cpu_policy": st.sampled_from(["dedicated", "shared"]),
            "hw:cpu_thread_policy": st.sampled_from(["prefer", "isolate", "require"]),
            "hw:cpu_sockets": count,
            "hw:cpu_cores": count,
            "hw:cpu_threads": count,
            "hw:mem_page_size": st.sampled_from(["large", "small", "4", "2048", "1048576"]),
            "hw:capabilities:cpu_info:features": st.sampled_from(["avx", "aes,avx2", "pclmulqdq,aes,sse4_1"]),
            "pci_passthrough:alias": long_alias,
            "aggregate_instance_extra_specs:sriov_nic": _sriov_nics(),
            "gpu": st.just("no"),
        },
    )
    nodes = st.lists(st.tuples(_cpu_lists(), st.integers(1, 8192).map(str)), max_size=4)
    return st.tuples(plain, nodes).map(lambda drawn: drawn[0] | _as_whole_numa(drawn[1]))


def _as_whole_numa(nodes: list[Pair]) -> dict[str, str]:
    if not nodes:
        return {}
    specs = {"hw:numa_nodes": str(len(nodes))}
    for i, (cpus, memory) in enumerate(nodes):
        specs |= {f"hw:numa_cpus.{i}": cpus, f"hw:numa_mem.{i}": memory}
    return specs


@cache
def _onap_flavors() -> st.SearchStrategy[Flavor]:
    names = st.sampled_from(["onap.small", "onap.hpa-1"])
    swap = st.sampled_from(["", 0, 512]) | st.integers(0, 8192)
    return st.tuples(_sizes(), names, swap, _onap_extra_specs()).map(
        lambda drawn: drawn[0] | {"name": drawn[1], "swap": drawn[2], "extra_specs": drawn[3]}
    )


def _json() -> st.SearchStrategy[Any]:
    scalars = (
        st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=20)
    )
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
        max_leaves=8,
    )


@cache
def _any_flavors() -> st.SearchStrategy[Any]:
    known = [
        "hw:cpu_policy",
        "hw:mem_page_size",
        "hw:numa_nodes",
        "hw:numa_cpus.0",
        "pci_passthrough:alias",
        "resources:VGPU",
    ]
    specs = st.dictionaries(st.sampled_from(known) | st.text(max_size=20), st.text(max_size=40) | _json(), max_size=6)
    members = ["id", "name", "vcpus", "ram", "disk", "swap", "OS-FLV-EXT-DATA:ephemeral"]
    bodies = st.dictionaries(st.sampled_from(members) | st.text(max_size=10), _json(), max_size=7)
    junk = st.tuples(bodies, specs).map(lambda drawn: drawn[0] | {"extra_specs": drawn[1]})
    text = st.dictionaries(st.sampled_from(known), st.text(max_size=60), min_size=1)
    return st.one_of(
        _json(), junk, bodies, st.tuples(_sizes(), text).map(lambda d: d[0] | {"name": "a", "extra_specs": d[1]})
    )


@cache
def _contexts() -> st.SearchStrategy[dict[str, Any]]:
    alias = st.fixed_dictionaries({"vendor_id": _hex4(), "product_id": _hex4()})
    declared = st.sampled_from(["1.0", "17.11", "19.05.2"]).map(
        lambda version: {
            "ovsDpdk": {
                "version": "v1",
                "arch": "Intel64",
                "libname": "dataProcessingAccelerationLibrary",
                "libversion": version,
            }
        }
    )
    vim = st.fixed_dictionaries(
        {"cloud_owner": st.just("CloudOwner"), "cloud_region_id": st.just("RegionOne")},
        optional={"cloud_extra_info": declared | declared.map(json.dumps)},
    )
    return st.fixed_dictionaries(
        {},
        optional={
            "vim": vim,
            "vimtype": st.sampled_from(["openstack", "windriver", "starlingx"]),
            "pci_aliases": st.dictionaries(st.sampled_from(ALIASES), alias),
            "page_sizes": st.just({"large": {"value": "2", "unit": "MB"}, "small": {"value": "4", "unit": "KB"}}),
        },
    )
