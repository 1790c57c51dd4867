# SPDX-License-Identifier: Apache-2.0
"""Keepers whose roots are watched by threads, and waiting until they serve what was written."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hpa_discovery.packs.live.keeper import Keeper
from hpa_discovery.packs.live.watching import Watcher
from packs.live.sites import World, answers

SPECS = {"acme:nic": "x"}


class Watched:
    """A world that is watched."""

    def __init__(self, site: World) -> None:
        self.site = site
        self.keeper: Keeper = site.started()
        self.watcher = Watcher(self.keeper, site.roots, site.events)
        self.watcher.start()

    def wait(self, said: list[str], seconds: float = 60.0) -> float:
        """How long it takes until the packs say this."""
        return until(lambda: answers(self.keeper, SPECS) == said, seconds)

    def no_polling(self) -> None:
        """From here on changes are heard of, or not found at all."""
        self.watcher._polled = self.watcher._changed = time.monotonic() + 3600


def is_heard(folder: Path) -> bool:
    """Whether this process listens to the folder: from then on, the kernel keeps what happens there."""
    inode = f" ino:{folder.stat().st_ino:x} "
    for held in Path("/proc/self/fdinfo").iterdir():
        with suppress(OSError):  # closed meanwhile
            if any(line.startswith("inotify ") and inode in line for line in held.read_text("ascii").splitlines()):
                return True
    return False


def until(true: Callable[[], bool], seconds: float = 60.0) -> float:
    """How long it takes until this is true."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds
        time.sleep(0.005)
    return time.monotonic() - began


def count(number: int) -> list[str]:
    """What the vendor's pack says."""
    return [f"pciePassthrough x {number}"]
