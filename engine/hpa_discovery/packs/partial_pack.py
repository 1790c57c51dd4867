# SPDX-License-Identifier: Apache-2.0
"""What is known of a pack.yaml or an overlay with faults: the sound members, and which of the others are unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from hpa_discovery.language.pack import Overlay, Settlement
from hpa_discovery.packs.partial import items, lost, mapping, named, text

_PACK = ("apiVersion", "kind", "metadata", "level", "activation", "requires", "provides", "params", "tables")
_OVERLAY = ("apiVersion", "kind", "metadata", "target", "disable", "params", "tables", "onConflict")
_REQUIRES = ("engine", "sources", "drivers")


class PartialPack(NamedTuple):
    """The value of a pack.yaml in the form its schema asks for, "" or None where something is missing or cut out.

    `unknown` are the members of which there may be more than is seen: namespace,
    version, features, sources, drivers, params, tables (their names) and files (of the tables).
    """

    value: Mapping[str, Any]
    unknown: frozenset[str]


def partial_pack(value: Any) -> PartialPack:
    """What can be read of a pack.yaml."""
    pack, known = mapping(value), isinstance(value, dict)
    unknown = {name for name in ("params", "tables", "requires") if not known or lost(pack, name, dict, _PACK)}
    requires = mapping(pack.get("requires"))
    unknown |= {name for name in ("sources", "drivers") if lost(requires, name, list, _REQUIRES)}
    if "requires" in unknown:
        unknown |= {"sources", "drivers"}
    features = mapping(pack.get("provides")).get("features")
    if not isinstance(features, list) or None in features:
        unknown.add("features")
    params, tables = mapping(pack.get("params")), mapping(pack.get("tables"))
    unknown |= {name for name, members in (("params", params), ("tables", tables)) if not named(members)}
    if "tables" in unknown or not all(map(text, tables.values())):
        unknown.add("files")
    metadata = {name: text(mapping(pack.get("metadata")).get(name)) for name in _METADATA}
    unknown |= {name for name in ("namespace", "version") if not metadata[name]}
    said = {
        "metadata": metadata,
        "level": text(pack.get("level")) or "vendor",
        "activation": text(pack.get("activation")),
        "provides": {"features": list(map(text, items(features)))},
        "requires": {name: part for name in _REQUIRES if (part := requires.get(name)) and None not in items(part)},
        "params": {name: mapping(param) for name, param in params.items()},
        "tables": {name: text(file) for name, file in tables.items()},
    }
    return PartialPack(said, frozenset(unknown))


_METADATA = ("namespace", "name", "version", "license")


class PartialOverlay(NamedTuple):
    """An overlay, "" where something is missing; `settled` says that all is known that it takes out of packs."""

    overlay: Overlay
    settled: bool


def partial_overlay(value: Any) -> PartialOverlay:
    """What can be read of an overlay."""
    said = mapping(value)
    metadata, target = mapping(said.get("metadata")), mapping(said.get("target"))
    disabled = [mapping(item) for item in items(said.get("disable"))]
    conflicts = [mapping(item) for item in items(said.get("onConflict"))]
    settlements = tuple(Settlement(*(text(item.get(name)) for name in _SETTLEMENT)) for item in conflicts)
    overlay = Overlay(
        id=text(metadata.get("id")),
        pack=text(target.get("pack")),
        version=text(target.get("version")),
        # Findings count the rules, so each that cannot be read keeps a place.
        disable={text(item.get("rule")) or f"#{place}": "" for place, item in enumerate(disabled)},
        params=mapping(said.get("params")),
        tables={name: mapping(rows) for name, rows in mapping(said.get("tables")).items()},
        settlements=settlements,
    )
    settled = (
        isinstance(value, dict)
        and bool(overlay.pack)
        and not any(lost(said, name, list, _OVERLAY) for name in ("disable", "onConflict"))
        and all(text(item.get("rule")) for item in disabled)
        and all(item.source and item.feature and item.use for item in settlements)
    )
    return PartialOverlay(overlay, settled)


_SETTLEMENT = ("source", "feature", "use", "reason")
