# SPDX-License-Identifier: Apache-2.0
"""The flavor strategies draw what they promise."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from strategies.flavors import (
    FACTS,
    KEY_CHARACTERS,
    any_flavors,
    contexts,
    extra_spec_pairs,
    onap_flavors,
    valid_flavors,
)

if TYPE_CHECKING:
    from collections.abc import Callable

BOOLEANS = {"1", "t", "true", "on", "y", "yes", "0", "f", "false", "off", "n", "no"}
SPECS = json.loads(FACTS.read_text())["specs"]
NAMESPACES = {spec["name_regex"].split(":", 1)[0] for spec in SPECS if ":" in spec["name_regex"]}


def taken(key: str, value: str) -> bool:
    """Nova's answer, by its own order: a key of its registry is judged, others pass outside its namespaces."""
    for spec in SPECS:
        if re.fullmatch(spec["name_regex"], key):
            return judged(spec, value)
    return ":" not in key or not any(re.fullmatch(name, key.split(":", 1)[0]) for name in NAMESPACES)


def judged(spec: dict[str, Any], value: str) -> bool:
    """Whether Nova takes the value for a spec of its registry."""
    if spec["type"] == "bool":
        return value.strip().lower() in BOOLEANS
    if spec["type"] == "int":
        return spec.get("min", int(value)) <= int(value) <= spec.get("max", int(value))
    if "pattern" in spec:
        return re.fullmatch(spec["pattern"], value) is not None
    return value in spec.get("enum", [value])


@given(extra_spec_pairs())
def test_pairs_are_novas(pair: tuple[str, str]) -> None:
    """Every drawn pair passes the rules of the facts, and the API's limits on keys."""
    assert taken(*pair)
    assert set(pair[0]) <= set(KEY_CHARACTERS)
    assert max(map(len, pair)) <= 255


@settings(max_examples=60)
@given(valid_flavors())
def test_valid_flavors_are_valid(flavor: dict[str, Any]) -> None:
    """All extra specs pass, and the flavor survives the wire."""
    assert [pair for pair in flavor["extra_specs"].items() if not taken(*pair)] == []
    assert json.loads(json.dumps(flavor)) == flavor


@given(onap_flavors())
def test_onap_flavors_need_no_escapes_and_agree_with_themselves(flavor: dict[str, Any]) -> None:
    """No text that JSON would escape; both lists for each NUMA node and none beyond."""
    specs = flavor["extra_specs"]
    nodes = int(specs.get("hw:numa_nodes", 0))

    assert all(json.dumps(value) == f'"{value}"' for value in specs.values())
    assert {key for key in specs if key.startswith(("hw:numa_cpus.", "hw:numa_mem."))} == {
        f"hw:numa_{kind}.{i}" for kind in ("cpus", "mem") for i in range(nodes)
    }
    assert all(isinstance(flavor[name], int) for name in ("vcpus", "ram", "disk", "OS-FLV-EXT-DATA:ephemeral"))


@given(any_flavors(), contexts())
def test_junk_is_json(flavor: Any, context: dict[str, Any]) -> None:
    """Whatever is drawn could have come over the wire."""
    assert json.loads(json.dumps([flavor, context])) == [flavor, context]


@pytest.mark.parametrize(
    "wanted",
    [
        lambda specs: specs.get("hw:numa_nodes") == "2" and "hw:numa_cpus.1" in specs and "hw:numa_mem.1" in specs,
        lambda specs: specs.get("hw:numa_nodes") == "1" and "hw:numa_cpus.1" in specs,
        lambda specs: specs.get("pci_passthrough:alias", "").count(":") > 1,
        lambda specs: " ," in specs.get("pci_passthrough:alias", ""),
        lambda specs: any(key.startswith("trait") and not key.startswith("trait:") for key in specs),
        lambda specs: any(key.startswith("resources") for key in specs),
        lambda specs: any(":" not in key for key in specs),
        lambda specs: any(" " in key for key in specs),
    ],
)
def test_the_difficult_ones_are_in_reach(wanted: Callable[[dict[str, str]], bool]) -> None:
    """What the issue names turns up among valid flavors soon, not after days."""
    sought = settings(max_examples=3000, phases=[Phase.generate], suppress_health_check=list(HealthCheck))

    assert find(valid_flavors(), lambda flavor: wanted(flavor["extra_specs"]), settings=sought)
