# SPDX-License-Identifier: Apache-2.0
"""One fault is one finding: what follows from it is not told; tests/packs/bad/partly_* show that the rest is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from hpa_discovery.language.yaml_reader import Pointer, read_yaml
from hpa_discovery.packs.lint import lint_paths
from hpa_discovery.packs.load import load_pack
from packs.samples import FILES, write_pack


def _pointers(value: Any, above: Pointer = ()) -> Iterator[Pointer]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in members:
        yield (*above, step)
        yield from _pointers(inner, (*above, step))


def _broken(document: Any, pointer: Pointer) -> Iterator[Any]:
    """The document with the value at the pointer replaced by a number or by nothing, left out, or misspelt."""
    for change in ("number", "null", "gone", "misspelt"):
        copy = deepcopy(document)
        around, step = copy, pointer[-1]
        for inner in pointer[:-1]:
            around = around[inner]
        if change == "gone":
            del around[step]
        elif change != "misspelt":
            around[step] = 7 if change == "number" else None
        elif isinstance(step, str):
            around[f"{step[0].upper()}{step[1:]}"] = around.pop(step)
        yield copy


@pytest.mark.parametrize("name", ["pack.yaml", "numa.yaml", "device.yaml", "numa.test.yaml", "tables/devices.yaml"])
def test_a_fault_that_a_schema_finds_is_all_that_is_told(name: str, tmp_path: Path) -> None:
    """Whatever one value or key of a clean pack is broken, no finding of another code follows from it."""
    root = write_pack(tmp_path)
    document = read_yaml(FILES[name], name).value
    refused = 0
    for pointer in _pointers(document):
        for broken in _broken(document, pointer) if len(pointer) < 6 else ():
            (root / name).write_text(json.dumps(broken), encoding="utf-8")
            findings = lint_paths([root]).findings
            # A table that pack.yaml no longer names is taken for a rule: that is another fault.
            if any(item.code == "schema" and item.file == str(root / name) for item in findings):
                assert {item.code for item in findings} == {"schema"}, (pointer, broken, findings)
                refused += 1
    assert refused > 2


YAML_FAULTS = {
    "duplicate": ("      type: integer\n", "      type: integer\n      type: string\n", "yaml.duplicate_key"),
    "duplicate let": ("  when: {var: nodes", "    nodes: {path: flavor.name, type: list}\n  when: {var: nodes", ""),
    "implicit": ("minimum: 1\n", "minimum: 0x1\n", "yaml.implicit"),
    "implicit key": ("      minimum: 1\n", "      no: 1\n      minimum: 1\n", "yaml.implicit"),
    "alias": ("  feature: numa", "  feature: *numa", "yaml.alias"),
    "alias of a let": ("    nodes:\n", "    nodes: *nodes\n    other:\n", "yaml.alias"),
    "tag": ("type: integer", "type: !!str integer", "yaml.tag"),
    "comma": ("{var: nodes, present: true}", "{var: nodes(a, b), present: true}", "yaml.syntax"),
    "template without quotes": ("unit: MB}", "unit: {{ unit }}}", "yaml.syntax"),
    "second document": ("spec:\n", "---\nspec:\n", "yaml.document"),
}


@pytest.mark.parametrize("name", YAML_FAULTS)
def test_a_fault_of_yaml_is_all_that_is_told(name: str, tmp_path: Path) -> None:
    """A value that YAML may read in two ways is known of neither; the fault of YAML is told, once."""
    old, new, code = YAML_FAULTS[name]
    findings = load_pack(write_pack(tmp_path, ("numa.yaml", old, new)), tests=True).findings
    assert {item.code for item in findings} == {code or "yaml.duplicate_key"}, findings


def test_a_pack_with_faults_is_known_and_not_used(tmp_path: Path) -> None:
    """What is known of a refused pack serves findings; there is no pack to use, and no tests."""
    loaded = load_pack(write_pack(tmp_path, ("numa.yaml", "feature: numa", "feature: Numa")), tests=True)
    assert (loaded.pack, loaded.ok, loaded.tests) == (None, False, {})
    assert loaded.known is not None
    assert (loaded.known.namespace, loaded.unknown) == ("acme.test", {"rules"})
