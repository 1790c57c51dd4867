# SPDX-License-Identifier: Apache-2.0
"""Unpacked archives on disk, one folder for each digest.

What is checked, loaded and run is what lies here: whatever happens to a
vendor's folder after it was read changes nothing.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

from hpa_discovery.packs.files import OVERLAY_SUFFIX
from hpa_discovery.packs.live.content import unpack


class Spool:
    """The folder `folder`, made when it is missing; only its owner may look into it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def pack(self, digest: str, archive: bytes) -> Path:
        """The folder of the pack with this archive, unpacked now if it is not there yet. DataError, OSError."""
        return self._made(digest, lambda made: unpack(archive, made))

    def overlay(self, digest: str, text: bytes) -> Path:
        """The file of an overlay with this text."""
        name = f"site{OVERLAY_SUFFIX}"
        return self._made(digest, lambda made: made.joinpath(name).write_bytes(text)) / name

    def keep(self, digests: Collection[str]) -> None:
        """Delete all other folders, and what an earlier process left half made."""
        if self._folder.is_dir():
            for entry in self._folder.iterdir():
                if entry.name not in digests:
                    shutil.rmtree(entry, ignore_errors=True)

    def _made(self, digest: str, fill: Callable[[Path], object]) -> Path:
        target = self._folder / digest
        if target.is_dir():
            return target
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=self._folder, prefix=".new-"))
        try:
            fill(made)
            made.rename(target)
        except FileExistsError:  # another process of this host was quicker
            pass
        finally:
            shutil.rmtree(made, ignore_errors=True)
        return target
