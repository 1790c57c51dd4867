# SPDX-License-Identifier: Apache-2.0
"""The input contracts: fresh, valid, and true of what was seen in the field."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest
import re2
from jsonschema import Draft202012Validator

CHECKOUT = Path(__file__).resolve().parent.parent
DATA = CHECKOUT.parent / "shared" / "data"
SOURCES = {"openstack.flavor": "flavor", "kubernetes.node": "node", "redfish.system": "system"}

SCHEMAS = CHECKOUT / "schemas"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the raw data is not beside this checkout")


def generator() -> Any:
    """The script that makes them."""
    spec = importlib.util.spec_from_file_location("generate_inputs", SCHEMAS / "generate_inputs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def contract(source: str) -> dict[str, Any]:
    """The committed contract of a source."""
    found: dict[str, Any] = json.loads((SCHEMAS / "inputs" / f"{source}.json").read_text())
    return found


def extra_specs() -> dict[str, Any]:
    """What the flavor contract says of extra specs."""
    found: dict[str, Any] = contract("openstack.flavor")["properties"]["extra_specs"]
    return found


def test_the_contracts_are_what_the_script_makes() -> None:
    """A contract that was edited by hand, or facts without a new contract, are found."""
    script = generator()

    for name, made in script.contracts().items():
        assert (SCHEMAS / "inputs" / name).read_text() == script.as_text(made), (
            f"run schemas/generate_inputs.py: {name}"
        )


@needs_data
def test_the_facts_are_what_the_data_says() -> None:
    """The committed facts are derived from the raw data, with nothing added or lost."""
    script = generator()

    for name, facts in script.facts_from(DATA).items():
        assert (SCHEMAS / "facts" / name).read_text() == script.as_text(facts), f"run with --data: {name}"


def test_the_facts_hold_no_sentences_of_others() -> None:
    """Names, types and limits only."""
    specs = json.loads((SCHEMAS / "facts" / "nova_extra_specs.json").read_text())["specs"]

    assert len(specs) == 525
    assert {name for spec in specs for name in spec} <= set(generator().KEPT)


@pytest.mark.parametrize(("source", "root"), SOURCES.items())
def test_a_contract_is_a_schema_with_our_annotations(source: str, root: str) -> None:
    """Each is valid JSON Schema 2020-12 and says what the engine must know of the source."""
    found = contract(source)
    about = found["x-hpa"]

    Draft202012Validator.check_schema(found)
    Draft202012Validator.check_schema(about["context"])
    assert (about["source"], about["root"]) == (source, root)
    for path in (about["id"], about["name"]):
        assert path[0] in found["properties"]
    assert all(path[0] in found["properties"] for path in about["unknownWhenAbsent"])
    assert all(path[0] in about["context"]["properties"] for path in about["jsonText"])


@pytest.mark.parametrize("compiler", [re.compile, re2.compile])
def test_every_pattern_is_read_by_all(compiler: Any) -> None:
    """Python's re and RE2 take each pattern, so lint may use either."""
    specs = extra_specs()
    patterns = [*specs["patternProperties"], *contract("openstack.flavor")["x-hpa"]["closedNamespaces"]]
    values = [*specs["properties"].values(), *specs["patternProperties"].values()]
    patterns += [value["pattern"] for value in values if "pattern" in value]

    assert len(patterns) > 15
    for pattern in patterns:
        compiler(pattern)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("hw:cpu_policy", {"type": "string", "enum": ["dedicated", "shared", "mixed"]}),
        ("hw:cpu_cores", {"type": "string", "x-hpa-number": {"minimum": 1}}),
        ("hw:redirected_usb_ports", {"type": "string", "x-hpa-number": {"minimum": 0, "maximum": 15}}),
        ("hw:numa_mem.3", {"type": "string", "x-hpa-number": {"minimum": 1}}),
        ("trait:HW_CPU_X86_AVX", {"type": "string", "enum": ["required", "forbidden"]}),
        ("trait_nic-1:HW_NIC_SRIOV", {"type": "string", "enum": ["required", "forbidden"]}),
        ("trait:CUSTOM_FAST", {"type": "string", "enum": ["required", "forbidden"]}),
        ("trait:HW_CPU_X86_AVY", None),
        ("resources:VGPU", {"type": "string", "x-hpa-number": {}}),
        ("resources2:CUSTOM_FPGA_A10", {"type": "string", "x-hpa-number": {}}),
        ("capabilities:cpu_info:features", {"type": "string"}),
        ("capabilities:cpu_info:topology:cores", {"type": "string"}),
        ("aggregate_instance_extra_specs:ssd", {"type": "string"}),
        ("hw:capabilities:cpu_info:features", {"type": "string", "x-hpa-origin": "onap"}),
        ("hw:cpu_polizy", None),
        ("hw:numa_cpusx0", None),
    ],
)
def test_a_key_has_the_values_nova_takes(key: str, expected: dict[str, Any] | None) -> None:
    """A key is found by its name or else by exactly one pattern of Nova's; one that Nova refuses is not found."""
    specs = extra_specs()
    matching = [value for pattern, value in specs["patternProperties"].items() if re.search(pattern, key)]

    assert specs["properties"].get(key, matching[0] if matching else None) == expected


@pytest.mark.parametrize(
    ("key", "closed"),
    [("hw:x", True), ("trait_a:X", True), ("resources:X", True), ("vendor:x", False), ("hwx:y", False), ("hw", False)],
)
def test_closed_namespaces_are_those_nova_polices(key: str, closed: bool) -> None:
    """Nova refuses unknown keys there, and takes any key elsewhere."""
    namespaces = contract("openstack.flavor")["x-hpa"]["closedNamespaces"]
    head, colon, _ = key.partition(":")

    assert bool(colon and any(re.search(pattern, head) for pattern in namespaces)) is closed


def accepted(source: str, subject: Any) -> list[str]:
    """What the contract of the source has against the subject."""
    return [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(contract(source)).iter_errors(subject)
    ]


@needs_data
def test_nodes_of_the_field_fit() -> None:
    """Node objects that were observed hold nothing the contract does not list."""
    files = sorted((DATA / "k8s_nodes").glob("*.json"))

    assert len(files) > 1
    for file in files:
        assert accepted("kubernetes.node", json.loads(file.read_text())) == []


@needs_data
def test_systems_of_the_field_fit() -> None:
    """Joined inventories hold nothing the contract closes; null is absent, as rules see it."""
    joined = [each for file in sorted((DATA / "redfish").glob("*.json")) for each in json.loads(file.read_text())]

    assert len(joined) > 5
    for each in joined:
        system = {**each.pop("system"), **each}
        assert accepted("redfish.system", without_nulls(system)) == []


def without_nulls(value: Any) -> Any:
    """The value with no null anywhere."""
    if isinstance(value, dict):
        return {key: without_nulls(member) for key, member in value.items() if member is not None}
    return [without_nulls(item) for item in value if item is not None] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("source", "subject"),
    [
        ("openstack.flavor", {"id": "1", "name": "a", "extraSpecs": {}}),
        ("openstack.flavor", {"id": "1", "name": "a", "extra_specs": {"hw:cpu_policy": "pinned"}}),
        ("openstack.flavor", {"id": "1", "name": "a", "extra_specs": {"any key": 1}}),
        ("kubernetes.node", {"metadata": {"name": "a"}, "status": {"allocatble": {}}}),
        ("redfish.system", {"@odata.id": "/1", "Name": "a", "procesors": []}),
        ("redfish.system", {"@odata.id": "/1", "Name": "a", "storage": [{"drive": []}]}),
    ],
)
def test_what_cannot_exist_is_refused(source: str, subject: dict[str, Any]) -> None:
    """A misspelt member, a value Nova never held, and extra specs that are not text are told apart from real ones."""
    assert accepted(source, subject) != []
