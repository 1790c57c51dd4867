# SPDX-License-Identifier: Apache-2.0
"""From units to the recipe of a generation, and back to the archives it is kept in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hpa_discovery.errors import ChangedError
from hpa_discovery.model import Part
from hpa_discovery.packs.live.content import overlay_content, pack_content
from hpa_discovery.packs.live.shelf import Recipe
from hpa_discovery.packs.live.units import Key, Unit


def recipe_of(units: Mapping[Key, Unit], engine: str) -> Recipe:
    """What a generation of these units is made of: its packs, overlays and drivers, in a fixed order."""
    chosen = [units[key] for key in sorted(units)]
    drivers = [part for unit in chosen for part in unit.drivers]
    return Recipe(engine, (*(unit.part for unit in chosen), *drivers))


def difference(before: Mapping[Key, Unit], after: Mapping[Key, Unit]) -> str:
    """What changes from one set to the next, as the history tells it: "acme.nic 1.0.0 -> 1.1.0; without acme.gpu"."""
    told = [_told(before.get(key), unit) for key, unit in sorted(after.items())]
    return "; ".join([*filter(None, told), *(f"without {name}" for kind, name in sorted(before.keys() - after.keys()))])


def _told(before: Unit | None, unit: Unit) -> str:
    part = unit.part
    if before is None:
        return f"new {part.name} {part.version}".rstrip()
    if before.part.digest == part.digest:
        return ""
    if before.part.version == part.version:
        return f"{part.name} {part.version}".rstrip() + " changed"
    return f"{part.name} {before.part.version} -> {part.version}"


def archives_of(units: Mapping[Key, Unit]) -> Callable[[Part], bytes]:
    """What gives the archive of a part: made again from where the unit lies, byte for byte as it was read.

    It raises ChangedError when something else lies there, as when bundled packs are replaced under a service.
    """

    def archive(part: Part) -> bytes:
        if part.kind == "overlay":
            content = overlay_content(units["overlay", part.name].place.read_bytes())
        else:
            content = pack_content(units["pack", part.name].place)
        if content.digest != part.digest:
            told = f"storing {part.kind} {part.name}: its files were changed since they were read"
            raise ChangedError(told, part.digest)
        return content.archive

    return archive
