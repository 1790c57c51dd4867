# SPDX-License-Identifier: Apache-2.0
"""The threads that take a keeper from step to step: when something changes, and now and then in any case.

Watchers tell of a change within milliseconds, and go silent for good when the
watched folder itself is replaced (both libraries there are do): so the files'
stamps are compared every two seconds as well.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from hpa_discovery.errors import HpaError, unforeseen
from hpa_discovery.model import Observer
from hpa_discovery.packs.live import defects
from hpa_discovery.packs.live.keeper import Keeper
from hpa_discovery.packs.live.roots import Root, RootStamp

FOLLOW_SECONDS = 0.1  # how soon what another host activated serves here
POLL_SECONDS = 2.0
_AT_REST_SECONDS = 0.02  # nothing changed for so long: whoever writes is done, or pauses
_RESTLESS_SECONDS = 1.0  # files that never stop changing are read as they are
_RETRY_SECONDS = 1.0  # after the store or the disk failed
_MOST_RETRY_SECONDS = 60.0  # after a defect of ours: twice as long each time, or until something changes
_LIVELY_SECONDS = 5.0  # stamps are compared at every turn for so long after a change
_TURN_SECONDS = 0.1
# So many times as long as the comparison took it rests: large folders take few percent of a processor.
_REST, _LIVELY_REST = 20.0, 4.0
_PATIENCE_SECONDS = 1.0  # then what was examined is taken up, whatever else is to be examined
_AGAIN_SECONDS = 0.05
_UNWATCHED_SECONDS = 30.0  # changes are found by their stamps meanwhile
_DOING = {"packs.failed": "taking up packs", "packs.not_followed": "following other hosts and commands"}
# Milliseconds: what comes together is told together, without waiting for more than that. Nothing at all comes back
# now and then, for the watched folder to be looked for.
_OPTIONS: dict[str, Any] = {
    "watch_filter": None,
    "debounce": 50,
    "step": 10,
    "rust_timeout": 2000,
    "yield_on_timeout": True,
    "raise_interrupt": False,
    "recursive": False,
}
_Tried = tuple[str, str]  # the event that tells that it failed, and where that was, when there are several places


class Watcher:
    """Runs a started keeper until `end`."""

    def __init__(self, keeper: Keeper, roots: Sequence[Root], observer: Observer) -> None:
        self._keeper = keeper
        self._roots = roots
        self._observer = observer
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._looks = 0
        self._stamp_seconds = 0.0
        self._stamps = self._stamped()
        self._polled = self._changed = time.monotonic()
        self._failed: dict[_Tried, str] = {}
        self._telling = threading.Lock()
        self._pauses: dict[_Tried, float] = {}  # before what had a defect is tried again
        self._threads = [_thread(self._run, "packs"), _thread(self._follow, "packs-follow")]
        self._threads += [_thread(partial(self._listen, root), f"packs-events-{root.path}") for root in roots]

    def start(self) -> None:
        """Begin to watch, with a look at what changed since the keeper was started."""
        self._wake.set()
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Stop watching; what serves goes on serving. It waits for a check that is under way: end that first."""
        self._stop.set()
        self._wake.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    @property
    def alive(self) -> bool:
        """Whether changes are still seen."""
        return all(thread.is_alive() for thread in self._threads[:2])

    @property
    def problems(self) -> dict[str, str]:
        """What could not be done when it was tried last, and why: nothing new serves before it can."""
        failed = self._failed.copy()
        return {doing: failed[event, ""] for event, doing in _DOING.items() if (event, "") in failed}

    def _run(self) -> None:
        while not self._stop.is_set():
            self._again_after(self._did("packs.failed", self._turn))

    def _again_after(self, pause: float) -> None:
        if pause:
            self._stop.wait(_RETRY_SECONDS)
            self._wake.wait(pause - _RETRY_SECONDS)
            self._wake.set()

    def _turn(self) -> None:
        """Wait a little, and look when something may have changed."""
        woken = self._wake.wait(_TURN_SECONDS)
        self._wake.clear()
        now = time.monotonic()
        # Not every write has an event, as in a wheel; the next ones are often close behind.
        lively = now - self._changed < _LIVELY_SECONDS
        least = _LIVELY_REST * self._stamp_seconds if lively else max(POLL_SECONDS, _REST * self._stamp_seconds)
        due = now - self._polled >= least
        if due:
            self._polled = now
        if (woken or (due and self._stamped() != self._stamps)) and not self._stop.is_set():
            self._changed = now
            self._look()

    def _look(self) -> None:
        # Where others cannot be followed nothing is taken up, so no file need be looked at, and it is told as that.
        if pause := self._did("packs.not_followed", self._keeper.follow):
            self._again_after(pause)
            return
        self._looks += 1
        self._stamps = self._at_rest()
        self._keeper.step(patience=_PATIENCE_SECONDS)
        if self._keeper.left:
            self._wake.set()

    def _follow(self) -> None:
        """Serve what others activate, also while a pack is being checked."""
        while not self._stop.wait(FOLLOW_SECONDS):
            self._stop.wait(self._did("packs.not_followed", self._follow_once))

    def _follow_once(self) -> None:
        self._keeper.tidy()
        if self._keeper.follow():
            self._wake.set()  # what waited for a pinned one need not wait any more

    def _did(self, failed: str, step: Callable[[], object], where: str = "") -> float:
        """Do it; 0 when it could be done, else the seconds until it is to be tried again. Why not is told once."""
        tried = failed, where
        try:
            step()
        except (HpaError, OSError) as error:
            if self._is_news(tried, str(error)):
                self._observer.event(failed, {"message": str(error)})
            return _RETRY_SECONDS
        except Exception as error:  # noqa: BLE001 - were the thread to end, nothing new would serve any more
            if self._is_news(tried, unforeseen(error)):
                self._observer.event("packs.defect", defects.whole(error, _DOING.get(failed, "listening for changes")))
            pause = self._pauses.get(tried, _RETRY_SECONDS)
            self._pauses[tried] = min(2 * pause, _MOST_RETRY_SECONDS)
            return pause
        self._failed.pop(tried, None)
        self._pauses.pop(tried, None)
        return 0.0

    def _is_news(self, tried: _Tried, message: str) -> bool:
        if self._stop.is_set():
            return False
        with self._telling:  # both threads follow
            before, self._failed[tried] = self._failed.get(tried), message
        return message != before

    def _at_rest(self) -> list[RootStamp]:
        """The stamps once nothing moves any more."""
        until = time.monotonic() + _RESTLESS_SECONDS
        stamps = self._stamped()
        while not self._stop.wait(_AT_REST_SECONDS):
            before, stamps = stamps, self._stamped()
            if stamps == before or time.monotonic() > until:
                break
        return stamps

    def _stamped(self) -> list[RootStamp]:
        began = time.monotonic()
        stamps = [root.stamp() for root in self._roots]
        self._stamp_seconds = time.monotonic() - began
        return stamps

    def _listen(self, root: Root) -> None:
        """Wake the thread when the kernel says that something changed there."""
        while not self._stop.is_set():
            heard = not self._did("packs.unwatched", partial(self._hear, root), str(root.path))
            self._stop.wait(_AGAIN_SECONDS if heard else _UNWATCHED_SECONDS)

    def _hear(self, root: Root) -> None:
        """Listen until the folders of the root are others. OSError when the kernel has no room for more.

        Not to all that lies below: there may be thousands of folders, and links that lead to all the others there are.
        """
        from watchfiles import watch  # noqa: PLC0415 - only a service watches

        looks, folders = self._looks, _folders(root)
        if not folders:  # the thread that polls looks for the root
            self._stop.wait(POLL_SECONDS)
            return
        try:
            for changes in watch(*folders, **_OPTIONS, stop_event=self._stop):
                if changes:
                    self._wake.set()
                elif looks == self._looks and _inode(root.path) == folders[root.path]:
                    continue
                looks = self._looks
                if _folders(root) != folders:
                    self._wake.set()
                    return
        except FileNotFoundError:  # a folder went away meanwhile
            return
        except (OSError, RuntimeError) as error:  # RuntimeError: whatever else its library says
            raise OSError(f"listening for changes in {root.path}: {error}") from None


def _folders(root: Root) -> dict[Path, int]:
    """The folders of the root, with what tells whether another one has taken their place."""
    try:
        return {folder: _inode(folder) for folder in root.folders()}
    except OSError:
        return {}


def _inode(folder: Path) -> int:
    try:
        return folder.stat().st_ino
    except OSError:
        return 0


def _thread(target: Callable[[], None], name: str) -> threading.Thread:
    return threading.Thread(target=target, name=name, daemon=True)
