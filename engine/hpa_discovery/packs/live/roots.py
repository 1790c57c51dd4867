# SPDX-License-Identifier: Apache-2.0
"""Where packs and overlays come from, and what lies there now.

A root is a watched folder (a pack, a folder of packs, a mounted ConfigMap), the
bundled packs, or the installed wheels. Looking at a root never fails: what
cannot be read is part of what was seen.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol

from hpa_discovery.model import Finding
from hpa_discovery.packs.files import PACK_FILE
from hpa_discovery.packs.installed import InstalledPacks
from hpa_discovery.packs.live.looking import Found, Line, Reader, folders_of, stamp_of
from hpa_discovery.packs.live.searching import places_in
from hpa_discovery.packs.site_folder import dist_infos, is_leftover

RootStamp = tuple[object, ...]
# The system grants each user some ten thousand; what changes elsewhere is found by its stamp.
_MOST_WATCHED = 2_000
_INSTALL_SECONDS = 60.0  # older leftovers are of a pip that was killed


@dataclass(frozen=True, slots=True)
class Seen:
    """What a root held. `problem` says why it could not be looked at, `findings` what is wrong beside the packs.

    `doubtful` are the names of packs that are there and not found, since they cannot be used as they are now.
    """

    root: Path
    found: tuple[Found, ...]
    problem: str = ""
    findings: tuple[Finding, ...] = ()
    doubtful: frozenset[str] = frozenset()
    wheels: bool = False

    def has_lost(self, name: str, origin: Path) -> bool:
        """Whether the pack or overlay was really taken away: an empty folder may be a broken mount.

        Of a wheel, its installer may leave the folder behind.
        """
        if self.problem or not (self.found or self.wheels) or name in self.doubtful:
            return False
        return not os.path.lexists(origin / PACK_FILE if self.wheels else origin)


class Root(Protocol):
    """A place where packs come from."""

    @property
    def path(self) -> Path:
        """The folder."""

    def look(self) -> Seen:
        """What lies there now. Never raises."""

    def stamp(self) -> RootStamp:
        """Of every file that may matter, and quicker than to look: equal stamps, equal looks. Never raises."""

    def folders(self) -> list[Path]:
        """The folders in which changes may matter, the root first, or not all of them. OSError without the root."""


@dataclass(frozen=True, slots=True)
class FolderRoot:
    """A folder that is watched: a pack, or a folder of packs and overlays."""

    path: Path
    _reader: Reader = field(default_factory=Reader, compare=False, repr=False)

    def look(self) -> Seen:
        """The packs and overlays in the folder."""
        try:
            places = places_in(self.path)
        except OSError as error:
            return Seen(self.path, (), _unreadable(self.path, error))
        found = self._reader.read((*places.packs, *places.overlays), self.path.resolve())
        return Seen(self.path, found, findings=tuple(places.findings))

    def stamp(self) -> RootStamp:
        """Of the packs and overlays in the folder."""
        try:
            places = places_in(self.path)
        except OSError as error:
            return (error.errno,)
        return (*places.findings, *_stamps((*places.packs, *places.overlays)))

    def folders(self) -> list[Path]:
        """The packs, then the folders in them, then those that are looked into for packs."""
        places = places_in(self.path)
        inside = (folder for pack in places.packs for folder in folders_of(pack))
        return list(islice(dict.fromkeys((self.path, *places.packs, *inside, *places.folders)), _MOST_WATCHED))


@dataclass(frozen=True, slots=True)
class FixedRoot:
    """Packs that do not change while the process runs, such as the bundled ones."""

    path: Path
    places: Sequence[Path]
    _reader: Reader = field(default_factory=Reader, compare=False, repr=False)

    def look(self) -> Seen:
        """These packs."""
        return Seen(self.path, self._reader.read(self.places))

    def stamp(self) -> RootStamp:
        """Always the same."""
        return ()

    def folders(self) -> list[Path]:
        """Nothing in it changes."""
        return []


@dataclass(frozen=True, slots=True)
class WheelRoot:
    """The packs in the wheels that are installed in one site folder."""

    path: Path
    wheels: InstalledPacks
    _reader: Reader = field(default_factory=Reader, compare=False, repr=False)

    def look(self) -> Seen:
        """The packs of these wheels; a wheel that is broken keeps none of the others away."""
        try:
            names = _names(self.path)
        except OSError as error:
            return Seen(self.path, (), _unreadable(self.path, error), wheels=True)
        installed = self.wheels.look()
        found = self._reader.read((pack.root for pack in installed.packs), self.path.resolve())
        problem = f"pip is at work in {self.path}" if _at_work(self.path, names) else ""
        return Seen(self.path, found, problem, installed.problems, installed.doubtful, wheels=True)

    def stamp(self) -> RootStamp:
        """Of the lists of files that installers write, and of the packs."""
        try:
            names = _names(self.path)
        except OSError as error:
            return (error.errno,)
        lists = tuple((str(info.folder), info.stamp) for info in dist_infos(self.path))
        packs = [pack.root for pack in self.wheels.look().packs]
        return (_at_work(self.path, names), *lists, *_stamps(packs))

    def folders(self) -> list[Path]:
        """The site folder alone: what is below are thousands of files that do not matter."""
        return [self.path]


def wheel_root(site: Path) -> WheelRoot:
    """The packs that are installed in this site folder."""
    return WheelRoot(site, InstalledPacks([site]))


def _names(site: Path) -> list[str]:
    with os.scandir(site) as entries:
        return [entry.name for entry in entries]


def _stamps(places: Iterable[Path]) -> Iterator[Line]:
    return (line for place in places for line in stamp_of(place))


def _at_work(site: Path, names: Collection[str]) -> bool:
    """Whether an installer has put something aside: what is missing is about to come back, or was meant to go."""
    began = time.time() - _INSTALL_SECONDS
    return any(is_leftover(name) and _changed(site / name) > began for name in names)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_ctime
    except OSError:
        return 0.0


def _unreadable(root: Path, error: OSError) -> str:
    return f"cannot look for packs in {root}: {error.strerror}"
