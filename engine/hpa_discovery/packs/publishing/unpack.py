# SPDX-License-Identifier: Apache-2.0
"""Takes a wheel file apart without trusting it: into a folder that nothing of it can leave.

A wheel comes from anybody. Names that lead elsewhere, links, devices and more
than a pack may hold are refused before the first byte is written.
"""

from __future__ import annotations

import stat
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from hpa_discovery.errors import DataError
from hpa_discovery.language.budgets import DEFAULT, Limits

_PIECE = 1024 * 1024
_ENCRYPTED = 0x1
_OVERHEAD = 16 * 1024 * 1024  # what the lists of a zip file may take beside the files


def unpack_wheel(wheel: Path, target: Path, *, limits: Limits = DEFAULT) -> None:
    """Write the files of `wheel` below the folder `target`. DataError for whatever may not be in one."""
    doing = f"reading the wheel {wheel}"
    try:
        if wheel.stat().st_size > limits.wheel_bytes + _OVERHEAD:
            raise DataError(f"{doing}: it is larger than {limits.wheel_bytes + _OVERHEAD} bytes")
        with ZipFile(wheel) as archive:
            members = list(_checked(archive.infolist(), limits))
            for info, name in members:
                _extract(archive, info, target / name)
    except DataError as error:
        raise DataError(f"{doing}: {error}" if not str(error).startswith(doing) else str(error)) from None
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise DataError(f"{doing}: it is no zip file that can be read: {error}") from None
    except OSError as error:
        raise DataError(f"{doing}: {error.strerror or error}") from None


def _checked(members: list[ZipInfo], limits: Limits) -> Iterator[tuple[ZipInfo, str]]:
    """Each file with its name; folders are made as they are needed."""
    if len(members) > limits.wheel_files:
        raise DataError(f"it has {len(members)} members; a wheel may have {limits.wheel_files}")
    size = sum(info.file_size for info in members)
    if size > limits.wheel_bytes:
        raise DataError(f"it holds {size} bytes; a wheel may hold {limits.wheel_bytes}")
    seen: set[str] = set()
    for info in members:
        _check_name(info, limits)
        _check_kind(info)
        if not info.is_dir():
            yield info, info.filename
            _once(info.filename, seen)


def _check_name(info: ZipInfo, limits: Limits) -> None:
    # zipfile cuts a name at a NUL, so the name that stands in the file counts.
    name = info.orig_filename
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or PureWindowsPath(name).drive:
        raise DataError(f"its member {name!r} leads out of the wheel")
    if not name.isprintable() or "\\" in name or not path.parts or len(name) > 2 * limits.wheel_name_chars:
        raise DataError(f"its member {name!r} has a name that no file of a wheel may have")


def _check_kind(info: ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise DataError(f"its member {info.filename!r} is a link")
    if kind not in {0, stat.S_IFDIR if info.is_dir() else stat.S_IFREG}:
        raise DataError(f"its member {info.filename!r} is no regular file")
    if info.flag_bits & _ENCRYPTED or info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise DataError(f"its member {info.filename!r} is encrypted, or packed in a way that wheels do not have")


def _once(name: str, seen: set[str]) -> None:
    """Of two members with one name each reader would take another."""
    path = str(PurePosixPath(name))
    if path in seen:
        raise DataError(f"its member {name!r} is there twice")
    seen.add(path)


def _extract(archive: ZipFile, info: ZipInfo, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    left = info.file_size
    with archive.open(info) as stream, path.open("xb") as file:
        while piece := stream.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise DataError(f"its member {info.filename!r} is larger than it says")
            file.write(piece)
    path.chmod(0o755 if (info.external_attr >> 16) & stat.S_IXUSR else 0o644)
