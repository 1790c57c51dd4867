# SPDX-License-Identifier: Apache-2.0
"""Packs and overlays as they lie in folders: how they are stamped, and what was read of them."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from hpa_discovery.drivers.folders import MOST_DEPTH
from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.model import Finding
from hpa_discovery.packs.activate import look_at
from hpa_discovery.packs.files import DRIVERS, OVERLAY_SUFFIX, PACK_FILE, Refused, read_file, shown
from hpa_discovery.packs.live.content import Content, overlay_content, pack_content

Kind = Literal["pack", "overlay"]
# (path, inode, size, time of the last change in ns) of every file: equal stamps, equal content.
Line = tuple[str, int, int, int]
PlaceStamp = tuple[Line, ...]

MOST_ENTRIES = 10_000  # of a pack folder, whatever they are: several times what a pack may use of them
# Within this time, a file may be written twice and have one time of change.
_GRAIN_NS = 100_000_000
_DRIVERS_DEPTH = MOST_DEPTH + 2  # below the pack: what is deeper is not read


@dataclass(frozen=True, slots=True)
class Found:
    """A pack folder or overlay file as it was read. `name` is its namespace or id, "" where that cannot be read.

    The archive of its content is empty when nothing changed since an earlier look. `within` is the real path of the
    folder in which it was found, where that is known.
    """

    kind: Kind
    origin: Path
    name: str
    content: Content
    within: Path | None = None

    def read_again(self) -> Content:
        """The content with its archive. OSError when something else lies there by now."""
        if self.content.archive:
            return self.content
        again = read(self.origin, self.within)
        if again is None or again.content.digest != self.content.digest:
            raise OSError(f"{self.origin} was changed while it was read")
        return again.content


class Reader:
    """Reads packs and overlays, each again only when one of its files changed. For one thread at a time."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[PlaceStamp, Found]] = {}

    def read(self, places: Iterable[Path], within: Path | None = None) -> tuple[Found, ...]:
        """What is there, without what went away meanwhile. Never raises. `within` is as for `read`."""
        known, self._known = self._known, {}
        found = (self._read(place, known.get(place), within) for place in dict.fromkeys(places))
        return tuple(filter(None, found))

    def _read(self, place: Path, known: tuple[PlaceStamp, Found] | None, within: Path | None) -> Found | None:
        at = time.time_ns()
        stamp = tuple(stamp_of(place))
        if known is not None and known[0] == stamp:
            found: Found | None = known[1]
        else:
            found = _too_many(place) if len(stamp) > MOST_ENTRIES else read(place, within)
        if found is not None and all(changed < at - _GRAIN_NS for *_, changed in stamp):
            self._known[place] = stamp, replace(found, content=replace(found.content, archive=b""))
        return found


def read(place: Path, within: Path | None = None) -> Found | None:
    """The pack or overlay at `place`; None when it went away. Never raises.

    Nor is a pack there whose folder a link has replaced meanwhile that leads out of `within`, a real path.
    """
    if place.name.endswith(OVERLAY_SUFFIX):
        return _overlay(place)
    content = pack_content(place, within=within)
    if not os.path.lexists(place) or (within is not None and not _is_below(place, within)):
        return None
    return Found("pack", place, look_at(place).namespace, content, within)


def _is_below(place: Path, within: Path) -> bool:
    try:
        return place.resolve().is_relative_to(within)
    except (OSError, RuntimeError):  # RuntimeError: before Python 3.13, a loop of links
        return False


def stamp_of(place: Path) -> Iterator[Line]:
    """A line for each file and folder that may matter, in an order that stays, and one more than MOST_ENTRIES at most.

    Links to folders are followed where they are when a pack is read (files.py): at the top, when they stay in it.
    """
    return (line for line, _ in _below(place))


def folders_of(pack: Path) -> Iterator[Path]:
    """The folders of a pack that may matter, itself first."""
    return (Path(path) for (path, *_), is_folder in _below(pack) if is_folder)


def _below(place: Path) -> Iterator[tuple[Line, bool]]:
    """Each line, and whether it is that of a folder that was looked into."""
    waiting, told = [(str(place), 0, False)], 0
    while waiting and told <= MOST_ENTRIES:
        path, depth, in_drivers = waiting.pop()
        try:
            info = os.stat(path)  # noqa: PTH116 - a Path for each of thousands of files takes as long as the rest
            is_folder = stat.S_ISDIR(info.st_mode) and (depth == 0 or _is_in(place, path, depth))
            if is_folder:
                waiting += _entries(path, depth, in_drivers)
            yield (path, info.st_ino, info.st_size, info.st_ctime_ns), is_folder
        except OSError as error:
            yield (path, 0, 0, -(error.errno or 1)), False
        told += 1


def _is_in(place: Path, folder: str, depth: int) -> bool:
    if not os.path.islink(folder):  # noqa: PTH114 - as above
        return True
    real, top = Path(folder).resolve(), place.resolve()
    return depth == 1 and real != top and real.is_relative_to(top)


def _entries(folder: str, depth: int, in_drivers: bool) -> list[tuple[str, int, bool]]:
    if depth > (_DRIVERS_DEPTH if in_drivers else DEFAULT.pack_depth):
        return []
    with os.scandir(folder) as entries:
        some = (entry.name for entry, _ in zip(entries, range(MOST_ENTRIES + 1), strict=False))
        names = sorted((name for name in some if in_drivers or not name.startswith(".")), reverse=True)
    return [(f"{folder}/{name}", depth + 1, in_drivers or (depth == 0 and name == DRIVERS)) for name in names]


def _overlay(place: Path) -> Found | None:
    text = read_file(place, place.parent)
    if isinstance(text, Refused):
        finding = Finding(text.code, "error", text.message, shown(place.parent, place.name))
        return Found("overlay", place, "", Content(b"", "", (finding,))) if os.path.lexists(place) else None
    value = read_yaml(text, place.name).value
    metadata = value.get("metadata") if isinstance(value, dict) else None
    name = metadata.get("id") if isinstance(metadata, dict) else None
    return Found("overlay", place, name if isinstance(name, str) else "", overlay_content(text))


def _too_many(place: Path) -> Found:
    message = f"the folder holds more than {MOST_ENTRIES} files and folders, so it is not read"
    finding = Finding("limit.pack", "error", message, shown(place, PACK_FILE))
    return Found("pack", place, look_at(place).namespace, Content(b"", "", (finding,)))
