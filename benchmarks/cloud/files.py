# SPDX-License-Identifier: Apache-2.0
"""A pack of typed rules, written to files again, so that loading can be timed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hpa_discovery.language.pack import Pack
from hpa_discovery.language.rule import AttributeEntry, Branch, Condition, GroupEntry, Leaf, Let, Rule

Value = dict[str, Any]


def write_pack(pack: Pack, original: Path, root: Path) -> None:
    """Write `pack` below `root`, with the tables of the pack it was made from. JSON is YAML."""
    shutil.copytree(original / "tables", root / "tables")
    tables = {path.stem.replace("-", "_"): f"tables/{path.name}" for path in sorted((root / "tables").iterdir())}
    _write(root / "pack.yaml", _pack(pack, tables))
    for rule in pack.rules:
        name = rule.id.partition("/")[2]
        _write(root / f"{name}.yaml", _rule(rule, f"{pack.namespace}/{name}"))


def _write(path: Path, value: Value) -> None:
    path.write_text(json.dumps(value, indent=1))


def _pack(pack: Pack, tables: dict[str, str]) -> Value:
    return {
        "apiVersion": "hpa-discovery/v1",
        "kind": "Pack",
        "metadata": {"namespace": pack.namespace, "name": "many-vendors", "version": "1.0.0", "license": "Apache-2.0"},
        "level": "generic",
        "activation": "optional",
        "provides": {"features": list(pack.features)},
        "params": {name: {"default": value} for name, value in pack.params.items()},
        "tables": tables,
    }


def _rule(rule: Rule, identifier: str) -> Value:
    spec: Value = {"source": rule.source}
    if rule.each is not None:
        spec["each"] = {"as": rule.each.name, "in": rule.each.path, "max": rule.each.max}
    if rule.lets:
        spec["let"] = _lets(rule.lets)
    if rule.when is not None:
        spec["when"] = _condition(rule.when)
    if rule.requires:
        spec["require"] = [
            {**_condition(item.leaf), "code": item.code, "level": item.level, "message": item.message}
            for item in rule.requires
        ]
    emit = rule.emit
    spec["emit"] = {"feature": emit.feature, "version": emit.version, "architecture": emit.architecture}
    if emit.discriminator is not None:
        spec["emit"]["discriminator"] = emit.discriminator
    spec["emit"]["attributes"] = [_entry(entry) for entry in emit.entries]
    metadata = {"id": identifier, "title": rule.title, "maturity": rule.maturity}
    return {"apiVersion": "hpa-discovery/v1", "kind": "Rule", "metadata": metadata, "spec": spec}


def _lets(lets: Sequence[Let]) -> Value:
    found: Value = {}
    for let in lets:
        item: Value = {"path": let.path, "type": let.type}
        for name in ("enum", "pattern", "minimum", "maximum", "default"):
            value = getattr(let, name)
            if value is not None:
                item[name] = list(value) if name == "enum" else value
        found[let.name] = item
    return found


def _condition(condition: Condition) -> Value:
    if isinstance(condition, Leaf):
        return {"var": condition.var, condition.operator: condition.operand}
    if isinstance(condition, Branch):
        return {condition.kind: [_condition(part) for part in condition.conditions]}
    return {"not": _condition(condition.condition)}


def _entry(entry: AttributeEntry | GroupEntry) -> Value:
    if isinstance(entry, GroupEntry):
        group: Value = {"each": {"as": entry.each.name, "in": entry.each.path, "max": entry.each.max}}
        if entry.lets:
            group["let"] = _lets(entry.lets)
        if entry.when is not None:
            group["when"] = _condition(entry.when)
        return {**group, "attributes": [_entry(item) for item in entry.attributes]}
    found: Value = {"key": entry.key}
    found |= {"from": entry.var} if entry.var is not None else {"value": entry.value}
    if entry.unit is not None:
        found["unit"] = entry.unit
    return {**found, "optional": True} if entry.optional else found
