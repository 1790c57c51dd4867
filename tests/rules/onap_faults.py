# SPDX-License-Identifier: Apache-2.0
"""Which listed fault of ONAP's driver (onaphpadriver 1.0) an input runs into, per feature.

Judged from the input alone, by reading that driver: nothing of our own code is
imported here, so a fault of ours can never hide as one of theirs.

DPDKALWAYS  ovsDpdk is written though nobody declared it
PARTIAL     a half-filled capability is left after a swallowed exception
EMPTYATTR   page size "any" gives a capability without attributes
PCIMULTI    several requests in one text are taken for one
HPUNIT      the suffix of a page size stays in the number
NUMAPAIR    CPUs without memory, or memory without CPUs, are dropped
NUMAEXTRA   what is said of nodes beyond the number of nodes is dropped
JSON        quotes, backslashes, control characters and what YAML cannot read are not escaped
TYPE        a value of another JSON type than the one Nova has there
UNCHECKED   text that no validator accepts is passed through
ESNONE      extra specs that could not be read are taken for none
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Faults = frozenset[str]
NONE: Faults = frozenset()
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_ESCAPED = re.compile(r"[\x7f-\x9f\ufffe\uffff]")
_WORDS = {"large", "small"}


def faults(flavor: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Faults]:
    """The faults per hpa-feature; a feature without any is clean."""
    specs = flavor.get("extra_specs")
    result = (
        {feature: judge(specs) for feature, judge in _BY_SPECS.items()}
        if isinstance(specs, dict)
        else {feature: frozenset({"ESNONE"}) for feature in _BY_SPECS}
    )
    result["basicCapabilities"] = _members(flavor, ("vcpus", "ram"), units=("ram",))
    storage = ("disk", "swap", "OS-FLV-EXT-DATA:ephemeral")
    result["localStorage"] = _members(flavor, storage, units=storage)
    result["ovsDpdk"] = _dpdk(context)
    return result


def _text(value: Any) -> Faults:
    """What is wrong with one value that upstream writes between quotes."""
    if not isinstance(value, str):
        return frozenset({"TYPE"})
    if not value:
        return frozenset({"UNCHECKED"})
    escaped = json.dumps(value, ensure_ascii=False) != f'"{value}"' or _ESCAPED.search(value)
    return frozenset({"JSON"}) if escaped else NONE


def _number(value: Any) -> Faults:
    """What is wrong with one value that upstream writes beside a unit."""
    return _text(value) or (NONE if _DIGITS.fullmatch(value) else frozenset({"UNCHECKED"}))


def _members(flavor: Mapping[str, Any], names: tuple[str, ...], units: tuple[str, ...]) -> Faults:
    found: Faults = NONE
    for name in names:
        value = flavor.get(name)
        if name not in flavor:
            found |= {"PARTIAL"}
        elif isinstance(value, bool) or not isinstance(value, str | int):
            found |= {"TYPE"}
        elif name == "swap" and value == "":
            continue
        else:
            found |= (_number if name in units else _text)(str(value))
    return found


def _several(*keys: str) -> Callable[[Mapping[str, Any]], Faults]:
    def judge(specs: Mapping[str, Any]) -> Faults:
        return frozenset().union(*(_text(specs[key]) for key in keys if key in specs))

    return judge


def _huge_pages(specs: Mapping[str, Any]) -> Faults:
    if "hw:mem_page_size" not in specs:
        return NONE
    size = specs["hw:mem_page_size"]
    if size == "any":
        return frozenset({"EMPTYATTR"})
    if not isinstance(size, str):
        return frozenset({"TYPE"})
    if size in _WORDS or _DIGITS.fullmatch(size):
        return NONE
    return frozenset({"HPUNIT"}) if re.fullmatch(r"[0-9]+([kKMGT]i?)?(b|bit|B)?", size) else frozenset({"UNCHECKED"})


def _numa(specs: Mapping[str, Any]) -> Faults:
    if "hw:numa_nodes" not in specs:
        return NONE
    text = specs["hw:numa_nodes"]
    if not isinstance(text, str):
        return frozenset({"TYPE"})
    if not re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", text, re.ASCII) or int(text) > 256:
        return frozenset({"UNCHECKED"})
    nodes = int(text)
    found = _text(text)
    for node in range(nodes):
        cpus, memory = f"hw:numa_cpus.{node}", f"hw:numa_mem.{node}"
        if (cpus in specs) is not (memory in specs):
            found |= {"NUMAPAIR"}
        found |= _text(specs[cpus]) if cpus in specs else NONE
        found |= _number(specs[memory]) if memory in specs else NONE
    named = [re.fullmatch(r"hw:numa_(?:cpus|mem)\.([0-9]+)", key, re.ASCII) for key in specs]
    if any(match and (len(match[1]) > 18 or int(match[1]) >= nodes) for match in named):
        found |= {"NUMAEXTRA"}
    return found


def _request(key: str, parts: int, most: int) -> Callable[[Mapping[str, Any]], Faults]:
    def judge(specs: Mapping[str, Any]) -> Faults:
        if key not in specs:
            return NONE
        text = specs[key]
        if not isinstance(text, str):
            return frozenset({"TYPE"})
        if "," in text:
            return frozenset({"PCIMULTI"})
        name, *counts = text.split(":")
        pieces = name.split("-", most)
        if not counts or len(pieces) < parts:
            return frozenset({"PARTIAL"})
        if counts[0] != counts[0].strip():
            return frozenset({"UNCHECKED"})
        return frozenset().union(*(_text(piece) for piece in (*pieces[2:parts], counts[0])))

    return judge


def _dpdk(context: Mapping[str, Any]) -> Faults:
    info = (context.get("vim") or {}).get("cloud_extra_info")
    if isinstance(info, str) and info:
        try:
            info = json.loads(info)
        except ValueError:
            return NONE  # upstream writes nothing, which is right
    declared = info.get("ovsDpdk") if isinstance(info, dict) else None
    if not declared:
        return frozenset({"DPDKALWAYS"})
    if not isinstance(declared, dict):
        return frozenset({"TYPE"})
    release = declared.get("libversion")
    if isinstance(release, int) and not isinstance(release, bool):
        release = str(release)
    return _text(declared.get("libname")) | _text(release)


_BY_SPECS: Mapping[str, Callable[[Mapping[str, Any]], Faults]] = {
    "cpuPinning": _several("hw:cpu_policy", "hw:cpu_thread_policy"),
    "cpuTopology": _several("hw:cpu_sockets", "hw:cpu_cores", "hw:cpu_threads"),
    "hugePages": _huge_pages,
    "numa": _numa,
    "instructionSetExtensions": _several("hw:capabilities:cpu_info:features"),
    "pciePassthrough": _request("pci_passthrough:alias", 5, -1),
    "sriovNICNetwork": _request("aggregate_instance_extra_specs:sriov_nic", 6, 5),
}
