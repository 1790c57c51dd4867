# SPDX-License-Identifier: Apache-2.0
"""The packs in installed wheels, found by what pip wrote beside them: nothing of a wheel is ever imported.

A wheel that holds packs names them as entry points of the group GROUP, each
`<namespace> = <package>`, and its RECORD lists its files. Both are read as text
(site_folder.py). importlib.metadata would not do: it keeps folder listings, so
that a wheel installed beside a running process may stay unseen, takes leftovers
of pip for wheels, and fails with any exception on one that is broken.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hpa_discovery.errors import DataError
from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.model import Finding
from hpa_discovery.packs.files import PACK_FILE, Refused, read_file
from hpa_discovery.packs.site_folder import RECORD, DistInfo, WheelStamp, check_members, dist_infos

GROUP = "hpa_discovery.packs"
_MOST_PACKS = 16  # of one wheel
_PACKAGE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


@dataclass(frozen=True, slots=True)
class InstalledPack:
    """One pack of an installed wheel: the wheel's name and version as pip knows them, and the pack's folder."""

    namespace: str
    version: str
    distribution: str
    root: Path


@dataclass(frozen=True, slots=True)
class Installed:
    """The packs that may be used, by namespace, and what is wrong with others.

    `doubtful` are the namespaces of the others: they are installed, and cannot be used as they are now.
    """

    packs: tuple[InstalledPack, ...] = ()
    problems: tuple[Finding, ...] = ()
    doubtful: frozenset[str] = frozenset()


class InstalledPacks:
    """Looks for packs in site folders, as often as one likes: only what changed since is read again.

    `folders` are the site folders; None means those in which Python looks at the time.
    """

    def __init__(self, folders: Sequence[Path] | None = None) -> None:
        self._folders = folders
        self._known: dict[Path, tuple[WheelStamp, tuple[InstalledPack, ...]]] = {}

    def look(self) -> Installed:
        """What is installed now. Never raises for what wheels hold."""
        known, self._known = self._known, {}
        packs: list[InstalledPack] = []
        problems: list[Finding] = []
        doubtful: set[str] = set()
        for info in self._wheels():
            try:
                packs += self._packs_of(info, known)
            except DataError as error:
                problems.append(_problem("wheel.unreadable", info.folder, f"looking for packs in the wheel: {error}"))
                doubtful |= _namespaces(info)
        alone, doubled = _by_namespace(packs)
        doubtful |= {pack.namespace for pack in packs} - {pack.namespace for pack in alone}
        return Installed(tuple(alone), (*problems, *doubled), frozenset(doubtful))

    def _wheels(self) -> Iterator[DistInfo]:
        """As for Python, a wheel hides those of its name in later folders."""
        seen: set[str] = set()
        for site in self._sites():
            found = list(dist_infos(site))
            yield from (info for info in found if info.name not in seen)
            seen |= {info.name for info in found}

    def _sites(self) -> list[Path]:
        folders = map(Path, sys.path) if self._folders is None else self._folders
        return list(dict.fromkeys(folder.absolute() for folder in folders))

    def _packs_of(
        self, info: DistInfo, known: dict[Path, tuple[WheelStamp, tuple[InstalledPack, ...]]]
    ) -> tuple[InstalledPack, ...]:
        stamp, packs = known.get(info.folder, (None, ()))
        # A wheel with a fault is read each time: what is missing may be about to come.
        if stamp != info.stamp or not all((pack.root / PACK_FILE).is_file() for pack in packs):
            packs = tuple(_read(info))
        self._known[info.folder] = (info.stamp, packs)
        return packs


def installed_packs(folders: Sequence[Path] | None = None) -> Installed:
    """The packs in the wheels of these site folders, looked for once."""
    return InstalledPacks(folders).look()


def _read(info: DistInfo) -> Iterator[InstalledPack]:
    entry_points = info.entry_points(GROUP)
    if not entry_points:
        return
    if len(entry_points) > _MOST_PACKS:
        raise DataError(f"it names {len(entry_points)} packs; a wheel may hold {_MOST_PACKS}")
    (distribution, version), members = info.identity(), info.members()
    for namespace, package in entry_points.items():
        if not _PACKAGE.fullmatch(package):
            raise DataError(f"the entry point {namespace} = {package} does not name a package")
        folder = PurePosixPath(*package.split("."))
        if str(folder / PACK_FILE) not in members:
            hint = "; an editable install is not read, give its folder instead"
            raise DataError(f"{RECORD} does not list {folder / PACK_FILE}{hint}")
        check_members(info, folder, members)
        root = info.site / folder
        _check_namespace(root, namespace)
        yield InstalledPack(namespace, version, distribution, root)


def _namespaces(info: DistInfo) -> set[str]:
    try:
        return set(info.entry_points(GROUP))
    except DataError:
        return set()


def _check_namespace(root: Path, namespace: str) -> None:
    """What pack.yaml says, where it can be read: what else is wrong with it is found when it is loaded."""
    text = read_file(root / PACK_FILE, root)
    value = None if isinstance(text, Refused) else read_yaml(text, PACK_FILE).value
    metadata = value.get("metadata") if isinstance(value, dict) else None
    said = metadata.get("namespace") if isinstance(metadata, dict) else None
    if isinstance(said, str) and said != namespace:
        raise DataError(f"the entry point says namespace {namespace}, and {PACK_FILE} says {said}")


def _by_namespace(packs: Sequence[InstalledPack]) -> tuple[list[InstalledPack], list[Finding]]:
    """The packs that are alone with their namespace, and a finding for each of the others."""
    of: dict[str, list[InstalledPack]] = {}
    for pack in packs:
        of.setdefault(pack.namespace, []).append(pack)
    alone = [found[0] for _, found in sorted(of.items()) if len(found) == 1]
    return alone, [_doubled(pack, found) for found in of.values() if len(found) > 1 for pack in found]


def _doubled(pack: InstalledPack, found: Sequence[InstalledPack]) -> Finding:
    wheels = " and ".join(f"{each.distribution} {each.version}" for each in found)
    return _problem(
        "wheel.namespace",
        pack.root / PACK_FILE,
        f"the namespace {pack.namespace} is in {len(found)} installed wheels, {wheels}; none of them is used",
        "uninstall all but one",
    )


def _problem(code: str, file: Path, message: str, hint: str = "") -> Finding:
    return Finding(code, "error", message, str(file), hint=hint)
