# SPDX-License-Identifier: Apache-2.0
"""Which files of a pack folder are published, and which are not.

Published are the YAML files that the engine reads (tests and overlays too), the
tables, all that lies in a driver's own folder, and the README and license texts
at the top. Whatever else lies about, such as a key or a build folder, stays at home.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hpa_discovery.drivers.folders import names_of, opened
from hpa_discovery.errors import DataError
from hpa_discovery.language.budgets import DEFAULT, Limits
from hpa_discovery.packs.files import DRIVER_FILE, DRIVERS, PackFiles, Refused, read_file, read_files

_TEXTS = re.compile(r"(README|LICEN[CS]E|NOTICE|CHANGELOG|CHANGES)(\.(md|rst|txt))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One file by its path inside the pack."""

    name: str
    data: bytes
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Contents:
    """The published files, sorted by name; `left_out` are the others that are not hidden."""

    files: tuple[PublishedFile, ...]
    left_out: tuple[str, ...]

    def text(self, pattern: str) -> str:
        """The text of the first file at the top whose name begins so; "" when there is none."""
        found = (item for item in self.files if "/" not in item.name and item.name.upper().startswith(pattern))
        return next((item.data.decode("utf-8", "replace") for item in found), "")


def contents_of(root: Path, *, limits: Limits = DEFAULT) -> Contents:
    """What of the pack in `root` is published. DataError for what no wheel may hold."""
    doing = f"publishing the pack in {root}"
    try:
        files = {item.name: item for item in _published(root, doing, limits)}
        left_out = [name for name in _all_names(root, limits) if name not in files]
    except OSError as error:
        raise DataError(f"{doing}: cannot read {error.filename}: {error.strerror}") from None
    for name in files:
        _check_name(name, doing, limits)
    return Contents(tuple(files[name] for name in sorted(files)), tuple(sorted(left_out)))


def _published(root: Path, doing: str, limits: Limits) -> Iterator[PublishedFile]:
    count, size = 0, 0
    for item in _candidates(root, doing, limits):
        count, size = count + 1, size + len(item.data)
        if count > limits.wheel_files or size > limits.wheel_bytes:
            raise DataError(f"{doing}: it has more than {limits.wheel_files} files or {limits.wheel_bytes} bytes")
        yield item


def _candidates(root: Path, doing: str, limits: Limits) -> Iterator[PublishedFile]:
    read = read_files(root, tests=True, limits=limits)
    _refuse(read, doing)
    folders = _driver_folders(root)
    for name, text in read.texts.items():
        if not name.startswith(f"{DRIVERS}/"):
            yield PublishedFile(name, text)
    for path in sorted(root.iterdir()):
        if _TEXTS.fullmatch(path.name) and not path.is_dir():
            text_or_refused = read_file(path, root, limits)
            if isinstance(text_or_refused, Refused):
                raise DataError(f"{doing}: {path.name}: {text_or_refused.message}")
            yield PublishedFile(path.name, text_or_refused)
    for folder in folders:
        for name in names_of(folder):
            with opened(folder, name) as file:
                yield PublishedFile(f"{DRIVERS}/{folder.name}/{name}", b"".join(file.pieces()), file.executable)


def _refuse(read: PackFiles, doing: str) -> None:
    for finding in read.findings:
        raise DataError(f"{doing}: {finding.file}: {finding.message}")


def _driver_folders(root: Path) -> list[Path]:
    drivers = root / DRIVERS
    if not drivers.is_dir():
        return []
    return sorted(folder for folder in drivers.iterdir() if (folder / DRIVER_FILE).is_file())


def _all_names(root: Path, limits: Limits) -> Iterator[str]:
    """Every file that is not hidden; folders deeper than a pack may nest are named as a whole."""
    for below, names, files in os.walk(root):
        depth = len(Path(below).relative_to(root).parts)
        names[:] = [name for name in names if not name.startswith(".") and name != "__pycache__"]
        for name in files:
            if not name.startswith(".") and name != "__init__.py":
                yield Path(below, name).relative_to(root).as_posix()
        if depth > limits.pack_depth and not below.startswith(str(root / DRIVERS)):
            names.clear()


def _check_name(name: str, doing: str, limits: Limits) -> None:
    """A name that means the same on every system and in every archive."""
    if not name.isprintable() or "\\" in name or len(name) > limits.wheel_name_chars:
        allowed = f"at most {limits.wheel_name_chars} printable characters without \\"
        raise DataError(f"{doing}: the file name {name!r} cannot be in a wheel; it may have {allowed}")
