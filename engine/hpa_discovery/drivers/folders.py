# SPDX-License-Identifier: Apache-2.0
"""A driver's folder: its digest, and the copy that runs.

The digest covers every file below the folder: its path, whether it may be
executed, and its content. What is allowed is a digest, and what runs is a copy
that has it, so nothing that happens to the folder afterwards matters.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from hpa_discovery.errors import DataError

MOST_FILES = 2000
MOST_BYTES = 64 * 1024 * 1024
MOST_DEPTH = 32  # folders: whoever walks through more than a thousand runs out of stack
_PIECE = 1024 * 1024
_NOT_PART = frozenset({"__pycache__"})


def digest_of(folder: Path) -> str:
    """The SHA-256 of all that lies in the folder, in hexadecimal. DataError for what no driver may hold."""
    whole = sha256()
    for path, name in files_of(folder):
        content = sha256()
        with path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                content.update(piece)
        mode = "x" if path.stat().st_mode & stat.S_IXUSR else "-"
        whole.update(f"{mode} {content.hexdigest()} {name}\0".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def keep_copy(folder: Path, digest: str, keep: Path) -> Path:
    """The copy `keep`/<digest> of the folder, made now if there is none. DataError when the folder has another digest.

    Everybody may read the copy, since the driver runs as a user of its own; nobody may write it.
    """
    copy = keep / digest
    if copy.is_dir() and digest_of(copy) == digest:
        return copy
    keep.mkdir(mode=0o711, parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=keep, prefix=".new-"))
    try:
        _copy(folder, made)
        if digest_of(made) != digest:
            raise DataError(f"the driver in {folder} was changed after it was read; allow it again")
        shutil.rmtree(copy, ignore_errors=True)
        made.rename(copy)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return copy


def _copy(folder: Path, made: Path) -> None:
    for path, name in files_of(folder):
        target = made / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        target.chmod(0o555 if path.stat().st_mode & stat.S_IXUSR else 0o444)
    for below, _, _ in os.walk(made):
        Path(below).chmod(0o755)


def files_of(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file with its path inside the folder, sorted by it."""
    found: list[tuple[str, Path]] = []
    size = 0
    top = str(folder).count(os.sep)
    for below, names, files in os.walk(folder, onerror=_unreadable):
        if below.count(os.sep) - top > MOST_DEPTH:
            raise DataError(f"reading the driver in {folder}: its folders are more than {MOST_DEPTH} deep")
        names[:] = [name for name in names if name not in _NOT_PART]
        for name in (*files, *names):
            path = Path(below, name)
            info = path.lstat()
            if stat.S_ISDIR(info.st_mode):
                continue
            if not stat.S_ISREG(info.st_mode):
                raise DataError(f"reading the driver in {folder}: {path} is a link or no regular file")
            size += info.st_size
            found.append((path.relative_to(folder).as_posix(), path))
            if len(found) > MOST_FILES or size > MOST_BYTES:
                raise DataError(f"reading the driver in {folder}: more than {MOST_FILES} files or {MOST_BYTES} bytes")
    for name, path in sorted(found):
        yield path, name


def _unreadable(error: OSError) -> None:
    raise DataError(f"reading the driver in {error.filename}: {error.strerror}") from None
