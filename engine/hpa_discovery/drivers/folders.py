# SPDX-License-Identifier: Apache-2.0
"""A driver's folder: its digest, and the copy that runs.

The digest covers every file below the folder: its path, whether it may be
executed, and its content. What is allowed is a digest, and what runs is a copy
that has it, so nothing that happens to the folder afterwards matters.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from hpa_discovery.drivers.opening import open_below
from hpa_discovery.errors import DataError

MOST_FILES = 2000
MOST_BYTES = 64 * 1024 * 1024
MOST_DEPTH = 32  # folders: whoever walks through more than a thousand runs out of stack
MOST_PATH = 1024  # bytes of a file's path inside the folder: its copy lies below a longer one, and Linux ends at 4,096
RECENT_SECONDS = 3600.0
_PIECE = 1024 * 1024
_NEW = ".new-"
_COPY = re.compile(rf"[0-9a-f]{{64}}|{re.escape(_NEW)}.*")
_NOT_PART = frozenset({"__pycache__"})


def digest_of(folder: Path) -> str:
    """The SHA-256 of all that lies in the folder, in hexadecimal. DataError for what no driver may hold."""
    whole = sha256()
    for name in names_of(folder):
        content = sha256()
        with opened(folder, name) as file:
            for piece in file.pieces():
                content.update(piece)
            mode = "x" if file.executable else "-"
        whole.update(f"{mode} {content.hexdigest()} {name}\0".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def keep_copy(folder: Path, digest: str, keep: Path) -> Path:
    """The copy `keep`/<digest> of the folder, made now if there is none. DataError when the folder has another digest.

    Everybody may read the copy, since the driver runs as a user of its own; nobody may write it.
    """
    copy = keep / digest
    if _holds(copy, digest):
        return copy
    keep.mkdir(mode=0o711, parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=keep, prefix=_NEW))
    try:
        _copy(folder, made)
        if digest_of(made) != digest:
            raise DataError(f"the driver in {folder} was changed after it was read; allow it again")
        _rename(made, copy, digest)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return copy


def _rename(made: Path, copy: Path, digest: str) -> None:
    """Give the copy its name. One that another process made meanwhile stays: a driver may run from it by now."""
    try:
        made.rename(copy)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        if not _holds(copy, digest):
            shutil.rmtree(copy, ignore_errors=True)
            made.rename(copy)


def _holds(copy: Path, digest: str) -> bool:
    try:
        return copy.is_dir() and digest_of(copy) == digest
    except DataError:
        return False


def delete_copies(keep: Path, wanted: Collection[str], recent: float = RECENT_SECONDS) -> int:
    """Delete the copies in `keep` whose digest is not wanted, and what is left of copying that broke off; how many.

    What came within the last hour stays (`recent` seconds): somebody may be about to allow it. Nothing else that
    lies there is touched.
    """
    before = time.time() - recent
    old = [path for path in keep.glob("*") if path.name not in wanted and _is_copy(path, before)]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)


def _is_copy(path: Path, before: float) -> bool:
    """Whether it is a copy, or the beginning of one, from before that time."""
    try:
        info = path.lstat()
    except OSError:  # somebody else was quicker
        return False
    return bool(_COPY.fullmatch(path.name)) and stat.S_ISDIR(info.st_mode) and info.st_ctime < before


def _copy(folder: Path, made: Path) -> None:
    for name in names_of(folder):
        target = made / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with opened(folder, name) as file, target.open("xb") as copy:
            for piece in file.pieces():
                copy.write(piece)
            target.chmod(0o555 if file.executable else 0o444)
    for below, _, _ in os.walk(made):
        Path(below).chmod(0o755)


@dataclass(frozen=True, slots=True)
class DriverFile:
    """An open file of a driver. `name` is its path inside the folder."""

    name: str
    stream: BinaryIO
    executable: bool

    def pieces(self) -> Iterator[bytes]:
        """Its content. DataError when it has more than a driver may."""
        size = 0
        while piece := self.stream.read(_PIECE):
            size += len(piece)
            if size > MOST_BYTES:
                raise DataError(f"reading {self.name} of a driver: it has more than {MOST_BYTES} bytes")
            yield piece


@contextmanager
def opened(folder: Path, name: str) -> Iterator[DriverFile]:
    """A file of the driver, whatever happens to the folder meanwhile. DataError when it is none any more."""
    try:
        stream = open_below(folder, name)
    except OSError as error:
        raise DataError(f"reading the driver in {folder}: {name} was changed meanwhile: {error.strerror}") from None
    with stream:
        yield DriverFile(name, stream, bool(os.fstat(stream.fileno()).st_mode & stat.S_IXUSR))


def names_of(folder: Path) -> list[str]:
    """Every file by its path inside the folder, sorted. DataError for what no driver may hold."""
    found: list[str] = []
    size = 0
    for path, info in _below(folder):
        if not stat.S_ISREG(info.st_mode):
            raise DataError(f"reading the driver in {folder}: {path} is a link or no regular file")
        size += info.st_size
        name = path.relative_to(folder).as_posix()
        if len(os.fsencode(name)) > MOST_PATH:
            raise DataError(f"reading the driver in {folder}: the path {name[:64]}... has more than {MOST_PATH} bytes")
        found.append(name)
        if len(found) > MOST_FILES or size > MOST_BYTES:
            raise DataError(f"reading the driver in {folder}: more than {MOST_FILES} files or {MOST_BYTES} bytes")
    return sorted(found)


def _below(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """All that is no folder."""
    waiting = [(folder, 0)]
    while waiting:
        at, depth = waiting.pop()
        if depth > MOST_DEPTH:
            raise DataError(f"reading the driver in {folder}: its folders are more than {MOST_DEPTH} deep")
        for path in _entries(at):
            info = path.lstat()
            if not stat.S_ISDIR(info.st_mode):
                yield path, info
            elif path.name not in _NOT_PART:
                waiting.append((path, depth + 1))


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise DataError(f"reading the driver in {error.filename}: {error.strerror}") from None
