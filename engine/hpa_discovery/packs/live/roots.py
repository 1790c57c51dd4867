# SPDX-License-Identifier: Apache-2.0
"""Where packs and overlays come from, and what lies there now.

A root is a watched folder (a pack, a folder of packs, a mounted ConfigMap), the
bundled packs, or the installed wheels. Looking at a root never fails: what
cannot be read is part of what was seen.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from hpa_discovery.errors import DataError
from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.model import Finding
from hpa_discovery.packs.activate import look_at
from hpa_discovery.packs.files import DRIVERS, OVERLAY_SUFFIX, Refused, read_file, shown
from hpa_discovery.packs.installed import InstalledPacks
from hpa_discovery.packs.lint_targets import packs_at
from hpa_discovery.packs.live.content import Content, overlay_content, pack_content
from hpa_discovery.packs.site_folder import dist_infos

Kind = Literal["pack", "overlay"]
# (path, inode, size, time of the last change in ns) of every file: equal stamps, equal content.
Stamp = tuple[tuple[object, ...], ...]
_DEPTH = DEFAULT.pack_depth + 2  # a pack may lie two folders below the root


@dataclass(frozen=True, slots=True)
class Found:
    """A pack folder or overlay file as it was read. `name` is its namespace or id, "" where that cannot be read."""

    kind: Kind
    origin: Path
    name: str
    content: Content


@dataclass(frozen=True, slots=True)
class Seen:
    """What a root held. `problem` says why it could not be looked at, `findings` what is wrong beside the packs."""

    root: Path
    found: tuple[Found, ...]
    problem: str = ""
    may_be_empty: bool = False
    findings: tuple[Finding, ...] = ()

    @property
    def reliable(self) -> bool:
        """Whether a pack that is not among `found` was really taken away: an empty folder may be a broken mount."""
        return not self.problem and (self.may_be_empty or bool(self.found))


class Root(Protocol):
    """A place where packs come from."""

    @property
    def path(self) -> Path:
        """The folder to watch."""

    def look(self) -> Seen:
        """What lies there now. Never raises."""

    def stamp(self) -> Stamp:
        """Of every file that may matter, and quicker than to look; () when the root cannot be read."""


@dataclass(frozen=True, slots=True)
class FolderRoot:
    """A folder that is watched: a pack, or a folder of packs and overlays."""

    path: Path

    def look(self) -> Seen:
        """The packs and overlays in the folder."""
        try:
            places = self._places()
        except (DataError, OSError) as error:
            return Seen(self.path, (), str(error))
        return Seen(self.path, _all(places))

    def stamp(self) -> Stamp:
        """Of the packs and overlays in the folder."""
        try:
            return tuple(line for place in self._places() for line in _stamps(place, 0))
        except (DataError, OSError):
            return ()

    def _places(self) -> list[Path]:
        return [*packs_at(self.path), *sorted(self.path.glob(f"[!.]*{OVERLAY_SUFFIX}"))]


@dataclass(frozen=True, slots=True)
class FixedRoot:
    """Packs that do not change while the process runs, such as the bundled ones."""

    path: Path
    places: Sequence[Path]

    def look(self) -> Seen:
        """These packs."""
        return Seen(self.path, _all(self.places), may_be_empty=True)

    def stamp(self) -> Stamp:
        """Always the same."""
        return ()


@dataclass(frozen=True, slots=True)
class WheelRoot:
    """The packs in the wheels that are installed in one site folder."""

    path: Path
    wheels: InstalledPacks

    def look(self) -> Seen:
        """The packs of these wheels; a wheel that is broken keeps none of the others away."""
        installed = self.wheels.look()
        found = _all([pack.root for pack in installed.packs])
        return Seen(self.path, found, may_be_empty=True, findings=installed.problems)

    def stamp(self) -> Stamp:
        """Of the lists of files that installers write, and of the packs."""
        lists = tuple((str(info.folder), info.stamp) for info in dist_infos(self.path))
        packs = [pack.root for pack in self.wheels.look().packs]
        return (*lists, *(line for root in packs for line in _stamps(root, 0)))


def wheel_root(site: Path) -> WheelRoot:
    """The packs that are installed in this site folder."""
    return WheelRoot(site, InstalledPacks([site]))


def _all(places: Iterable[Path]) -> tuple[Found, ...]:
    return tuple(filter(None, map(_read, dict.fromkeys(places))))


def _read(place: Path) -> Found | None:
    """What is there; None when it went away since."""
    if place.name.endswith(OVERLAY_SUFFIX):
        return _overlay(place)
    content = pack_content(place)
    return Found("pack", place, look_at(place).namespace, content)


def _overlay(place: Path) -> Found | None:
    text = read_file(place, place.parent)
    if isinstance(text, Refused):
        finding = Finding(text.code, "error", text.message, shown(place.parent, place.name))
        return Found("overlay", place, "", Content(b"", "", (finding,))) if os.path.lexists(place) else None
    value = read_yaml(text, place.name).value
    metadata = value.get("metadata") if isinstance(value, dict) else None
    name = metadata.get("id") if isinstance(metadata, dict) else None
    return Found("overlay", place, name if isinstance(name, str) else "", overlay_content(text))


def _stamps(place: Path, depth: int) -> Iterator[tuple[str, int, int, int]]:
    try:
        info = place.stat()
        yield str(place), info.st_ino, info.st_size, info.st_ctime_ns
        if stat.S_ISDIR(info.st_mode) and depth <= _DEPTH:
            for entry in sorted(os.scandir(place), key=lambda item: item.name):
                if _matters(entry, place):
                    yield from _stamps(Path(entry.path), depth + 1)
    except OSError as error:
        yield str(place), 0, 0, error.errno or 0


def _matters(entry: os.DirEntry[str], folder: Path) -> bool:
    inside_driver = DRIVERS in folder.parts
    return inside_driver or not entry.name.startswith(".")
