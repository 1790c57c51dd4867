# SPDX-License-Identifier: Apache-2.0
"""The thread that takes a keeper from step to step: when something changes, and now and then in any case.

Watchers tell of a change within milliseconds, and go silent for good when the
watched folder itself is replaced (both libraries there are do): so the files'
stamps are compared every two seconds as well.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hpa_discovery.errors import HpaError
from hpa_discovery.model import Observer
from hpa_discovery.packs.live.keeper import Keeper
from hpa_discovery.packs.live.roots import Root, RootStamp, WheelRoot

FOLLOW_SECONDS = 0.1  # how soon what another host activated serves here
POLL_SECONDS = 2.0
_SETTLED_SECONDS = 0.02  # nothing changed for so long: whoever writes is done, or pauses
_SETTLES_SECONDS = 1.0  # files that never stop changing are read as they are
_RETRY_SECONDS = 1.0  # after the store or the disk failed
_LIVELY_SECONDS = 5.0  # stamps are compared at every turn for so long after a change
# Milliseconds: what comes together is told together, without waiting for more than that.
_OPTIONS: dict[str, Any] = {"watch_filter": None, "debounce": 50, "step": 10, "raise_interrupt": False}


class Watcher:
    """Runs a started keeper until `end`."""

    def __init__(self, keeper: Keeper, roots: Sequence[Root], observer: Observer) -> None:
        self._keeper = keeper
        self._roots = roots
        self._observer = observer
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._stamps = self._stamped()
        self._thread = threading.Thread(target=self._run, name="packs", daemon=True)
        self._listeners = [
            threading.Thread(
                target=self._listen, args=(paths, recursive), name=f"packs-events-{recursive}", daemon=True
            )
            for recursive, paths in _watched(roots).items()
        ]

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()
        for listener in self._listeners:
            listener.start()

    def end(self) -> None:
        """Stop watching; what serves goes on serving."""
        self._stop.set()
        self._wake.set()
        for thread in (self._thread, *self._listeners):
            if thread.is_alive():
                thread.join()

    @property
    def alive(self) -> bool:
        """Whether changes are still seen."""
        return self._thread.is_alive()

    def poke(self) -> None:
        """Look now."""
        self._wake.set()

    def _run(self) -> None:
        polled = changed = time.monotonic()
        while not self._stop.is_set():
            woken = self._wake.wait(FOLLOW_SECONDS)
            self._wake.clear()
            now = time.monotonic()
            # Not every write has an event, as in a wheel; the next ones are often close behind.
            due = now - polled >= POLL_SECONDS or now - changed < _LIVELY_SECONDS
            if due:
                polled = now
            look = woken or (due and self._stamped() != self._stamps)
            if look:
                changed = now
            if not self._stop.is_set() and not self._turn(look):
                self._wake.set()
                self._stop.wait(_RETRY_SECONDS)

    def _turn(self, changed: bool) -> bool:
        """Look when something changed, follow others in any case; whether that could be done."""
        try:
            if changed:
                self._stamps = self._settled()
                self._keeper.step()
            elif self._follow():
                self._keeper.step("another generation serves")  # what waited for a pinned one need not wait any more
        except (HpaError, OSError) as error:
            self._observer.event("packs.failed", {"message": str(error)})
            return False
        return True

    def _follow(self) -> bool:
        self._keeper.tidy()
        return self._keeper.follow()

    def _settled(self) -> list[RootStamp]:
        """The stamps once nothing moves any more."""
        until = time.monotonic() + _SETTLES_SECONDS
        stamps = self._stamped()
        while not self._stop.wait(_SETTLED_SECONDS):
            before, stamps = stamps, self._stamped()
            if stamps == before or time.monotonic() > until:
                break
        return stamps

    def _stamped(self) -> list[RootStamp]:
        return [root.stamp() for root in self._roots]

    def _listen(self, paths: Sequence[Path], recursive: bool) -> None:
        """Wake the thread when the kernel says that something changed there."""
        from watchfiles import watch  # noqa: PLC0415 - only a service watches

        while not self._stop.is_set():
            there = [path for path in paths if path.is_dir()]
            inodes = [path.stat().st_ino for path in there]
            try:
                for _ in watch(*there, **_OPTIONS, recursive=recursive, stop_event=self._stop) if there else ():
                    self._wake.set()
                    if not _same(there, inodes):
                        break
            except OSError as error:
                self._observer.event("packs.unwatched", {"message": str(error)})
            self._stop.wait(POLL_SECONDS)


def _same(paths: Sequence[Path], inodes: Sequence[int]) -> bool:
    """Whether these are still the folders that are watched."""
    return [path.stat().st_ino for path in paths if path.is_dir()] == inodes


def _watched(roots: Iterable[Root]) -> dict[bool, list[Path]]:
    """The folders to watch, with what is below them or without: a site folder holds thousands that do not matter."""
    watched: dict[bool, list[Path]] = {}
    for root in roots:
        watched.setdefault(not isinstance(root, WheelRoot), []).append(root.path)
    return watched
