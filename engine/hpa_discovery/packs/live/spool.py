# SPDX-License-Identifier: Apache-2.0
"""Unpacked archives on disk, one folder for each digest.

What is checked, loaded and run is what lies here: whatever happens to a
vendor's folder after it was read changes nothing. What an earlier process left
is used again only when it still has its digest: a host that lost its power may
have lost the end of what was written last.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from hpa_discovery.errors import DataError
from hpa_discovery.packs.files import OVERLAY_SUFFIX, PACK_FILE
from hpa_discovery.packs.live.content import overlay_content, pack_content, unpack

_OVERLAY = f"site{OVERLAY_SUFFIX}"
_PATIENCE_SECONDS = 0.05  # a start must not wait for what earlier processes left


class Spool:
    """The folder `folder`, made when it is missing; only its owner may look into it. For one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._whole: set[str] = set()

    def pack(self, digest: str, archive: bytes) -> Path:
        """The folder of the pack with this archive, unpacked now if it is not there yet.

        DataError when it is no archive of ours or has another digest, OSError when it cannot be written.
        """
        return self._made(digest, archive, lambda made: unpack(archive, made))

    def overlay(self, digest: str, text: bytes) -> Path:
        """The file of an overlay with this text. DataError, OSError as for a pack."""
        return self._made(digest, text, lambda made: made.joinpath(_OVERLAY).write_bytes(text)) / _OVERLAY

    def keep(self, digests: Collection[str], patience: float = _PATIENCE_SECONDS) -> bool:
        """Delete all other folders, and what an earlier process left half made; whether that is done.

        After `patience` seconds the rest is left for another time.
        """
        self._whole &= set(digests)
        if not self._folder.is_dir():
            return True
        until = time.monotonic() + patience
        with self._alone(), os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.name in digests:
                    continue
                if time.monotonic() > until:
                    return False
                shutil.rmtree(entry.path, ignore_errors=True)
        return True

    def _made(self, digest: str, archive: bytes, fill: Callable[[Path], object]) -> Path:
        target = self._folder / digest
        if digest in self._whole and target.is_dir():
            return target
        if not _has(target, digest):
            if sha256(archive).hexdigest() != digest:
                raise DataError(f"unpacking a pack: what is in the archive does not have the digest {digest}")
            self._make(target, digest, fill)
        self._whole.add(digest)
        return target

    def _make(self, target: Path, digest: str, fill: Callable[[Path], object]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone():
            if _has(target, digest):  # another was quicker
                return
            made = Path(tempfile.mkdtemp(dir=self._folder, prefix=".new-"))
            try:
                fill(made)
                shutil.rmtree(target, ignore_errors=True)
                made.rename(target)
            except OSError as error:
                raise OSError(error.errno, f"unpacking a pack in {self._folder}: {error.strerror}") from error
            finally:
                shutil.rmtree(made, ignore_errors=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other threads and processes from changing the folder; the system lets go of it when one dies."""
        handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _has(folder: Path, digest: str) -> bool:
    """Whether the folder holds what this is the digest of."""
    overlay = folder / _OVERLAY
    if overlay.is_file() and not (folder / PACK_FILE).exists():
        return overlay_content(overlay.read_bytes()).digest == digest
    return folder.is_dir() and pack_content(folder).digest == digest
