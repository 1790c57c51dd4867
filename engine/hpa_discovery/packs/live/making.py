# SPDX-License-Identifier: Apache-2.0
"""From units to the recipe of a generation, and back to the archives it is kept in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hpa_discovery.packs.live.content import pack_content
from hpa_discovery.packs.live.shelf import Part, Recipe
from hpa_discovery.packs.live.units import Key, Unit


def recipe_of(units: Mapping[Key, Unit], engine: str) -> Recipe:
    """What a generation of these units is made of: its packs, overlays and drivers, in a fixed order."""
    chosen = [units[key] for key in sorted(units)]
    drivers = [part for unit in chosen for part in unit.drivers]
    return Recipe(engine, (*(unit.part for unit in chosen), *drivers))


def archives_of(units: Mapping[Key, Unit]) -> Callable[[Part], bytes]:
    """What gives the archive of a part: made again from where the unit lies, byte for byte as it was read."""

    def archive(part: Part) -> bytes:
        if part.kind == "overlay":
            return units["overlay", part.name].place.read_bytes()
        return pack_content(units["pack", part.name].place).archive

    return archive
