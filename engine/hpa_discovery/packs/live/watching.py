# SPDX-License-Identifier: Apache-2.0
"""The thread that takes a keeper from step to step: when something changes, and now and then in any case.

Watchers tell of a change within milliseconds, and go silent for good when the
watched folder itself is replaced (both libraries there are do): so the files'
stamps are compared every two seconds as well.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from hpa_discovery.errors import HpaError
from hpa_discovery.model import Observer
from hpa_discovery.packs.live.keeper import Keeper
from hpa_discovery.packs.live.roots import Root, Stamp

FOLLOW_SECONDS = 0.1  # how soon what another host activated serves here
POLL_SECONDS = 2.0
_SETTLED_SECONDS = 0.02  # nothing changed for so long: whoever writes is done, or pauses
_SETTLES_SECONDS = 1.0  # files that never stop changing are read as they are
_RETRY_SECONDS = 1.0  # after the store or the disk failed

Watch = Callable[[Sequence[Path], threading.Event, Callable[[], None]], None]


class Watcher:
    """Runs a started keeper until `end`."""

    def __init__(self, keeper: Keeper, roots: Sequence[Root], observer: Observer) -> None:
        self._keeper = keeper
        self._roots = [root for root in roots if root.watched]
        self._observer = observer
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._stamps = self._stamped()
        self._thread = threading.Thread(target=self._run, name="packs", daemon=True)
        self._events = threading.Thread(target=self._listen, name="packs-events", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()
        self._events.start()

    def end(self) -> None:
        """Stop watching; what serves goes on serving."""
        self._stop.set()
        self._wake.set()
        for thread in (self._thread, self._events):
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
        polled = time.monotonic()
        while not self._stop.is_set():
            woken = self._wake.wait(FOLLOW_SECONDS)
            self._wake.clear()
            due = time.monotonic() - polled >= POLL_SECONDS
            if due:
                polled = time.monotonic()
            if not self._stop.is_set() and not self._turn(woken or (due and self._stamped() != self._stamps)):
                self._wake.set()
                self._stop.wait(_RETRY_SECONDS)

    def _turn(self, changed: bool) -> bool:
        """Look when something changed, follow others in any case; whether that could be done."""
        try:
            if changed:
                self._stamps = self._settled()
                self._keeper.step()
            else:
                self._keeper.follow()
        except (HpaError, OSError) as error:
            self._observer.event("packs.failed", {"message": str(error)})
            return False
        return True

    def _settled(self) -> list[Stamp]:
        """The stamps once nothing moves any more."""
        until = time.monotonic() + _SETTLES_SECONDS
        stamps = self._stamped()
        while not self._stop.wait(_SETTLED_SECONDS):
            before, stamps = stamps, self._stamped()
            if stamps == before or time.monotonic() > until:
                break
        return stamps

    def _stamped(self) -> list[Stamp]:
        return [root.stamp() for root in self._roots]

    def _listen(self) -> None:
        """Wake the thread when the kernel says that something below the roots changed."""
        from watchfiles import watch  # noqa: PLC0415 - only a service watches

        while not self._stop.is_set():
            there = [root.path for root in self._roots if root.path.is_dir()]
            if not there:
                self._stop.wait(POLL_SECONDS)
                continue
            try:
                changes = watch(
                    *there, watch_filter=None, debounce=50, step=10, stop_event=self._stop, yield_on_timeout=False,
                    raise_interrupt=False, ignore_permission_denied=True,
                )
                for _ in changes:
                    self._wake.set()
                    if self._moved(there):
                        break
            except (OSError, RuntimeError) as error:  # a folder that went away while it was to be watched
                self._observer.event("packs.unwatched", {"message": str(error)})
                self._stop.wait(POLL_SECONDS)

    def _moved(self, there: Sequence[Path]) -> bool:
        return False
