# SPDX-License-Identifier: Apache-2.0
"""From what was found in a root to a unit, or to the findings that keep it from being one."""

from __future__ import annotations

from collections.abc import Iterable, Set
from pathlib import Path

from hpa_discovery.errors import DataError, UsageError
from hpa_discovery.model import Finding, Part
from hpa_discovery.packs.activate import look_at
from hpa_discovery.packs.files import PACK_FILE, shown
from hpa_discovery.packs.live.check import Check
from hpa_discovery.packs.live.looking import Found
from hpa_discovery.packs.live.roots import Root
from hpa_discovery.packs.live.shelf import Shelf
from hpa_discovery.packs.live.spool import Spool
from hpa_discovery.packs.live.units import Key, Unit, overlay_unit, pack_unit, retold

Examined = tuple[Unit | None, tuple[Finding, ...]]


def examine(found: Found, spool: Spool, check: Check) -> Examined:
    """The unit, and what was found in it as its author knows the files.

    OSError when it changes while it is read or the spool cannot be written; DataError for a damaged archive.
    """
    content = found.read_again()
    if found.kind == "overlay":
        return _overlay(found, spool.overlay(content.digest, content.archive))
    root = spool.pack(content.digest, content.archive)
    result = check(root)
    unit = pack_unit(root, content.digest, found.origin) if result.ok else None
    findings = tuple(retold(finding, root, found.origin) for finding in result.findings)
    if unit is None and result.ok:
        message = "the pack could not be loaded after it was found good"
        findings += (Finding("check.ended", "error", message, shown(found.origin, PACK_FILE)),)
    return unit, (*content.findings, *findings)


def bundled_units(root: Root, enabled: Set[str]) -> tuple[dict[Key, Unit], frozenset[str]]:
    """The bundled packs that serve, from where they lie, and the namespaces of those that do not.

    They were checked before they were released. UsageError when one is to be enabled that is not there.
    """
    units: dict[Key, Unit] = {}
    left_out: set[str] = set()
    for found in root.look().found:
        if look_at(found.origin).optional and found.name not in enabled:
            left_out.add(found.name)
            continue
        unit = pack_unit(found.origin, found.content.digest, found.origin, ours=True)
        if unit is not None:
            units[unit.key] = unit
    for name in enabled - {name for _, name in units}:
        raise UsageError(
            f"cannot enable {name!r}: the bundled packs are {', '.join(sorted({name for _, name in units} | left_out))}"
        )
    return units, frozenset(left_out)


def stored_units(parts: Iterable[Part], known: Iterable[Unit], shelf: Shelf, spool: Spool) -> list[Unit]:
    """The units of a stored generation; those that are `known` are not loaded again.

    StoreError when one is not in the store, DataError when it is damaged, OSError when the spool cannot be written.
    """
    by_digest = {unit.part.digest: unit for unit in known}
    return [by_digest.get(part.digest) or _stored(part, shelf, spool) for part in parts if part.kind != "driver"]


def _overlay(found: Found, file: Path) -> Examined:
    unit, read = overlay_unit(file, found.content.digest, found.origin)
    return unit, tuple(retold(finding, file, found.origin) for finding in read.findings)


def _stored(part: Part, shelf: Shelf, spool: Spool) -> Unit:
    archive, origin = shelf.content(part.digest), Path(part.origin)
    if part.kind == "overlay":
        unit, _ = overlay_unit(spool.overlay(part.digest, archive), part.digest, origin)
    else:
        unit = pack_unit(spool.pack(part.digest, archive), part.digest, origin)
    if unit is None:
        raise DataError(f"loading {part.kind} {part.name} {part.version} from the store: it cannot be read any more")
    return unit
