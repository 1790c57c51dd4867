# SPDX-License-Identifier: Apache-2.0
"""The types of the double of A&AI against what A&AI's own schema says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from peers.aai.schema import LAST_VERSION, NodeType, node_types, view

FACTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "aai_schema_facts.json"
CAPACITY = "hpa-capacity"
# Types with scalars alone; everything else in a type is a child or a relationship.
SCALARS = {"String", "Integer", "Boolean"}
VERSIONS = (12, 13, 14, 16, 19, 21, 22, 28, LAST_VERSION)


def history() -> dict[str, dict[str, Any]]:
    """A&AI's types by their name in JSON: {version: properties or changes}."""
    if not FACTS.exists():
        pytest.skip("A&AI's schema is not beside this checkout")
    found = json.loads(FACTS.read_text("utf-8"))["history"]
    return {next(iter(each.values()))["root"]: each for each in found.values() if "root" in next(iter(each.values()))}


def scalars_at(told: dict[str, Any], version: int) -> dict[str, dict[str, Any]]:
    """The scalars of a type as `version` has them; resource-version is on all."""
    found: dict[str, dict[str, Any]] = {}
    for name, change in told.items():
        number = int(name.partition("(")[0].removeprefix("v"))
        if number > version:
            break
        changes = change["props"] if "props" in change else {k: new for k, (_, new) in change.items() if k[0] != "@"}
        for member, now in changes.items():
            found.pop(member, None)
            if now and now["type"] in SCALARS and member != "resource-version":
                found[member] = now
    return found


@pytest.mark.parametrize("name", sorted(node_types().keys() - {CAPACITY}))
@pytest.mark.parametrize("version", VERSIONS)
def test_scalars_are_those_of_the_schema(name: str, version: int) -> None:
    """Each type has in each version the properties that A&AI has, with kind, key, whether required, and default."""
    wanted = scalars_at(history()[name], version)
    ours = view(version).properties.get(name, {})

    assert {each.name: (each.kind, each.required) for each in ours.values()} == {
        member: (told["type"], told.get("required", False)) for member, told in wanted.items()
    }
    assert {each.name: each.default for each in ours.values() if each.default} == {
        member: told.get("default", told.get("meta", {}).get("defaultValue"))
        for member, told in wanted.items()
        if "default" in told or "defaultValue" in told.get("meta", {})
    }
    if wanted:
        assert node_types()[name].keys == tuple(member for member, told in wanted.items() if told.get("key"))


def test_children_stand_where_the_schema_has_them() -> None:
    """Below each parent the container of A&AI holds what it holds there, from the version on in which it does."""
    found = history()
    for kind in node_types().values():
        for parent in kind.parents:
            assert since(found[parent], kind) == kind.since, (parent, kind.name)
    tops = {told["v12"]["x"].get("container"): name for name, told in found.items() if "v12" in told}
    assert {tops[kind.container]: kind.container for kind in node_types().values() if not kind.parents} == {
        "cloud-region": "cloud-regions",
        "complex": "complexes",
        "pserver": "pservers",
    }


def since(told: dict[str, Any], kind: NodeType) -> int | None:
    """The version in which a parent first has the member of `kind`."""
    for name, change in told.items():
        if kind.member in change.get("props", change):
            return int(name.partition("(")[0].removeprefix("v"))
    return None
