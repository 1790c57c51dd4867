# SPDX-License-Identifier: Apache-2.0
"""Finds the pack of an installed wheel, allows its driver and asks it about flavors; runs with a fresh venv's Python.

Reads one JSON object from stdin, {"distribution", "allow": [id, digest], "state", "site", "alone", "subjects":
[{"flavor", "context"}]}, and prints one: {"root", "drivers": {id: digest}, "missing", "told", "outcomes":
[{"capabilities", "unknown", "diagnostics"}]}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from hpa_discovery.drivers.fleet import Fleet
from hpa_discovery.drivers.isolation import fences
from hpa_discovery.model import Outcome
from hpa_discovery.packs.activate import activate
from hpa_discovery.packs.installed import installed_packs

SOURCE = "openstack.flavor"


class Only:
    """Allows one digest of one driver."""

    def __init__(self, allowed: list[str]) -> None:
        self._allowed = tuple(allowed)

    def allows(self, driver_id: str, digest: str) -> bool:
        """Whether it is the one."""
        return (driver_id, digest) == self._allowed


class Notes:
    """Remembers what is observed."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def event(self, name: str, fields: dict[str, Any]) -> None:
        """Note it."""
        self.told.append([name, fields.get("code")])


def pack_folder(distribution: str) -> Path:
    """Where the pack of a wheel is, by the list of its files."""
    (root,) = (pack.root for pack in installed_packs().packs if pack.distribution == distribution)
    return root


def row(outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON."""
    return {
        "capabilities": [
            {
                "feature": found.feature,
                "architecture": found.architecture,
                "version": found.version,
                "discriminator": found.discriminator,
                "attributes": {each.key: each.value for each in found.attributes},
            }
            for found in outcome.capabilities
        ],
        "unknown": [[item.feature, item.discriminator, item.rule, item.code] for item in outcome.unknown],
        "diagnostics": [[item.code, item.rule, item.level, item.message] for item in outcome.diagnostics],
    }


def main() -> None:
    """Answer the question on stdin."""
    question = json.load(sys.stdin)
    root, notes = pack_folder(question["distribution"]), Notes()
    fleet = Fleet(Path(question["state"]) / "drivers", Only(question["allow"]), notes)
    folders = [root, *([Path(question["site"])] if question["site"] else [])]
    names = [question["allow"][0].partition("/")[0]] if question["alone"] else []
    generation = activate(SOURCE, names, folders, ask=fleet.ask)
    try:
        outcomes = [row(generation.evaluate(SOURCE, each["flavor"], each["context"])) for each in question["subjects"]]
    finally:
        fleet.keep(())
    drivers = {driver.id: driver.digest for pack in generation.packs for driver in pack.drivers}
    print(
        json.dumps(
            {
                "root": str(root),
                "drivers": drivers,
                "missing": dict(fences().missing),
                "told": notes.told,
                "outcomes": outcomes,
            }
        )
    )


if __name__ == "__main__":
    main()
