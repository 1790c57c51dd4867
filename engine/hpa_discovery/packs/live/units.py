# SPDX-License-Identifier: Apache-2.0
"""Packs and overlays that were found good each by itself, ready to be put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from hpa_discovery.language.driver import Driver
from hpa_discovery.model import Finding, Part
from hpa_discovery.packs.files import shown
from hpa_discovery.packs.live.looking import Kind
from hpa_discovery.packs.load import LoadedPack, load_pack
from hpa_discovery.packs.overlays import OverlayDraft, ReadOverlays, read_overlays

Key = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class Unit:
    """One pack or overlay as loaded from `place`, its folder or file in the spool. `ours` are the bundled packs."""

    part: Part
    place: Path
    loaded: LoadedPack | OverlayDraft
    ours: bool = False

    @property
    def key(self) -> Key:
        """What it takes the place of in a set: ("pack", namespace) or ("overlay", id)."""
        return ("overlay" if isinstance(self.loaded, OverlayDraft) else "pack", self.part.name)

    @property
    def origin(self) -> Path:
        """Where it was read, as its author knows it."""
        return Path(self.part.origin)

    @property
    def asked(self) -> tuple[Driver, ...]:
        """The drivers in the pack."""
        pack = self.loaded.pack if isinstance(self.loaded, LoadedPack) else None
        return pack.drivers if pack is not None else ()

    @property
    def drivers(self) -> tuple[Part, ...]:
        """The drivers in the pack, as parts of a generation."""
        return tuple(Part("driver", each.id, self.part.version, each.digest, self.part.origin) for each in self.asked)


def pack_unit(root: Path, digest: str, origin: Path, *, ours: bool = False) -> Unit | None:
    """The pack in `root`, which was checked before; None when it is no pack that can be used."""
    loaded = load_pack(root, linted=True)
    if loaded.pack is None:
        return None
    part = Part("pack", loaded.pack.namespace, loaded.pack.version, digest, str(origin))
    return Unit(part, root, loaded, ours)


def overlay_unit(file: Path, digest: str, origin: Path) -> tuple[Unit | None, ReadOverlays]:
    """The overlay in `file`, and what was found in it; no unit when there are errors."""
    read = read_overlays([file])
    if any(finding.severity == "error" for finding in read.findings):
        return None, read
    draft = read.overlays[0]
    return Unit(Part("overlay", draft.overlay.id, "", digest, str(origin)), file, draft), read


def retold(finding: Finding, spooled: Path, origin: Path) -> Finding:
    """The finding as people know the place: in the pack's own folder, not in the spool."""
    message = finding.message.replace(str(spooled), str(origin))
    file = Path(finding.file).absolute()
    if not file.is_relative_to(spooled):
        return replace(finding, message=message)
    there = origin / file.relative_to(spooled)
    return replace(finding, file=shown(there.parent, there.name), message=message)


def as_known(finding: Finding, units: Iterable[Unit]) -> Finding:
    """The finding as people know the places of these units."""
    for unit in units:
        finding = retold(finding, unit.place, unit.origin)
    return finding
