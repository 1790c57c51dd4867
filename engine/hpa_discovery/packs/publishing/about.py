# SPDX-License-Identifier: Apache-2.0
"""What a pack is, as `hpa pack show` tells it: what it answers, by which rules and drivers, and what a site may set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from typing import Any

from hpa_discovery.language.pack import Pack
from hpa_discovery.packs.load import LoadedPack
from hpa_discovery.packs.publishing.opening import OpenedPack

Allowed = Container[tuple[str, str]]


def about(opened: OpenedPack, loaded: LoadedPack, allowed: Allowed) -> dict[str, Any]:
    """All of it as JSON values; `allowed` holds the (id, digest) of drivers that may run.

    Of a pack with errors only how many there are and what could be read; the pack must have told its namespace.
    """
    pack = loaded.known
    assert pack is not None
    severities = Counter(finding.severity for finding in loaded.findings)
    return {
        "pack": pack.namespace,
        "name": pack.name,
        "version": pack.version,
        "license": pack.license,
        "level": pack.level,
        "activation": pack.activation,
        "origin": opened.origin,
        "from": opened.called if opened.origin == "wheel" else str(opened.root),
        "errors": severities["error"],
        "warnings": severities["warning"],
        "requires": {name: value for name, value in pack.requires.items() if name != "drivers"},
        "features": list(pack.features),
        "rules": [_rule(pack, index, loaded) for index in range(len(pack.rules))],
        "params": [
            {"name": name, "default": value, "description": pack.describe_params.get(name, "")}
            for name, value in pack.params.items()
        ],
        "tables": [{"name": name, "entries": len(table)} for name, table in pack.tables.items()],
        "drivers": _drivers(pack, allowed),
    }


def _rule(pack: Pack, index: int, loaded: LoadedPack) -> dict[str, Any]:
    rule = pack.rules[index]
    return {
        "rule": rule.id,
        "title": rule.title,
        "maturity": rule.maturity,
        "source": rule.source,
        "feature": rule.emit.feature,
        "cases": len(loaded.tests.get(rule.id, ())),
    }


def _drivers(pack: Pack, allowed: Allowed) -> list[dict[str, Any]]:
    return [
        {
            "driver": driver.id,
            "title": driver.title,
            "source": driver.source,
            "features": list(driver.features),
            "digest": driver.digest,
            "allowed": (driver.id, driver.digest) in allowed,
        }
        for driver in pack.drivers
    ]
