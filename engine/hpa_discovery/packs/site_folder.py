# SPDX-License-Identifier: Apache-2.0
"""What an installer wrote of one wheel: its `.dist-info` folder in a site folder, read as text and within limits."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hpa_discovery.errors import DataError
from hpa_discovery.language.budgets import DEFAULT

ENTRY_POINTS, RECORD, METADATA = "entry_points.txt", "RECORD", "METADATA"
_SUFFIX = ".dist-info"
_LEFTOVER = "~"
_COMPILED = "__pycache__"
_MOST_BYTES = 4 * 1024 * 1024
_MOST_ENTRY_POINTS_BYTES = 64 * 1024  # where packs are among them; they are parsed
_MOST_MEMBERS = DEFAULT.wheel_files
_FIELD = re.compile(r"^(Name|Version):[ \t]*(\S+)[ \t]*$", re.MULTILINE)

WheelStamp = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class DistInfo:
    """One `.dist-info` folder. `stamp` changes when what is read of it does."""

    site: Path
    folder: Path
    stamp: WheelStamp

    @property
    def name(self) -> str:
        """The wheel's name in lower case with _, as the folder has it."""
        return re.sub(r"[-_.]+", "_", self.folder.name.removesuffix(_SUFFIX).split("-")[0]).lower()

    def entry_points(self, group: str) -> dict[str, str]:
        """Name and value of each entry point of a group. DataError when they cannot be read."""
        # Nearly no wheel has the group, and looking for its name is much quicker than parsing.
        text = self._read(ENTRY_POINTS)
        if group not in text:
            return {}
        if len(text) > _MOST_ENTRY_POINTS_BYTES:
            raise DataError(f"{ENTRY_POINTS} is larger than {_MOST_ENTRY_POINTS_BYTES} bytes")
        import configparser  # noqa: PLC0415 - slow to import, and see above

        parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
        parser.optionxform = str  # type: ignore[assignment,method-assign]  # keep upper case, as the format asks
        try:
            parser.read_string(text)
            return dict(parser[group]) if group in parser else {}
        except configparser.Error as error:
            raise DataError(f"{ENTRY_POINTS} cannot be understood: {error.message.splitlines()[0]}") from None

    def identity(self) -> tuple[str, str]:
        """The wheel's name and version. DataError when METADATA does not say them."""
        head = self._read(METADATA).partition("\n\n")[0]
        fields = dict(_FIELD.findall(head))
        if fields.keys() != {"Name", "Version"}:
            raise DataError(f"{METADATA} does not say the wheel's name and version")
        return fields["Name"], fields["Version"]

    def members(self) -> list[str]:
        """The wheel's own files as RECORD names them. DataError when there is none or it cannot be read."""
        lines = self._read(RECORD).splitlines()
        if len(lines) > _MOST_MEMBERS:
            raise DataError(f"{RECORD} lists {len(lines)} files; a wheel may have {_MOST_MEMBERS}")
        import csv  # noqa: PLC0415 - slow to import, and needed only of a wheel with packs

        try:
            members = [row[0] for row in csv.reader(lines) if row]
        except csv.Error as error:
            raise DataError(f"{RECORD} cannot be understood: {error}") from None
        unusable = next((name for name in members if "\0" in name), None)
        if unusable is not None:
            raise DataError(f"{RECORD} lists {unusable!r}, which no file can be called")
        return members

    def _read(self, name: str) -> str:
        try:
            with open(self.folder / name, "rb", buffering=0, opener=_open_at_once) as stream:
                data = stream.read(_MOST_BYTES + 1) or b""
        except OSError as error:
            raise DataError(f"{name} cannot be read: {error.strerror}") from None
        if len(data) > _MOST_BYTES:
            raise DataError(f"{name} is larger than {_MOST_BYTES} bytes")
        return data.decode("utf-8", "replace").replace("\r\n", "\n")


def _open_at_once(path: str, flags: int) -> int:
    """A pipe in the place of a list would keep us waiting."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def is_leftover(name: str) -> bool:
    """Whether pip renamed so what it is about to remove; the new version is there before the old one is removed."""
    return name.startswith(_LEFTOVER)


def dist_infos(site: Path) -> Iterator[DistInfo]:
    """The wheels in a site folder that have entry points, by name; none where there is no such folder."""
    try:
        with os.scandir(site) as entries:
            names = sorted(entry.name for entry in entries if entry.name.endswith(_SUFFIX))
    except OSError:
        return  # sys.path names folders that are not there, and zip files
    for name in names:
        if not is_leftover(name) and (stamp := _stamp(f"{site}/{name}")) is not None:
            yield DistInfo(site, site / name, stamp)


def _stamp(folder: str) -> WheelStamp | None:
    """None when the wheel has no entry points, or is going away at this moment.

    Of every wheel each second, so with texts: paths take several times as long.
    """
    try:
        read = [os.stat(f"{folder}/{ENTRY_POINTS}"), os.stat(folder)]  # noqa: PTH116 - see above
    except OSError:
        return None
    with suppress(OSError):
        read.append(os.stat(f"{folder}/{RECORD}"))  # noqa: PTH116 - see above
    return tuple((info.st_mtime_ns, info.st_ctime_ns, info.st_ino, info.st_size) for info in read)


def check_members(info: DistInfo, package: PurePosixPath, members: Iterable[str]) -> None:
    """All files of the package among `members` are there and in the site folder. DataError says which one is not.

    What is listed outside of the package, such as a program in ../../../bin, is not the pack's.
    """
    site = info.site.resolve()
    for name in dict.fromkeys(members):
        path = PurePosixPath(name)
        if path.is_absolute() or (".." in path.parts and set(package.parts) & set(path.parts)):
            raise DataError(f"{RECORD} lists {name}, which leads out of the site folder")
        # Images are often made smaller by removing what Python compiles anew.
        if path.is_relative_to(package) and _COMPILED not in path.parts:
            _check_member(info.site / name, name, site)


def _check_member(path: Path, name: str, site: Path) -> None:
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: before Python 3.13, a loop of links
        raise DataError(f"{name} is listed in {RECORD} and not there") from None
    if not real.is_relative_to(site):
        raise DataError(f"{name} is a link that leads out of the site folder")
