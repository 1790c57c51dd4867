# SPDX-License-Identifier: Apache-2.0
"""Who does steps: threads of this process, or whatever else takes them and does each at most once."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from hpa_discovery.store.schedule import Due

THREADS = 8


class Executor(Protocol):
    """Takes due steps. A step that is lost on the way stays due, and one that comes twice finds its fence taken."""

    @property
    def free(self) -> int:
        """How many more steps it would start now."""

    def send(self, due: Due) -> bool:
        """Take a step; False when there is no place for it, or one of its region is in hand."""

    def end(self, seconds: float) -> bool:
        """Take nothing more and wait so long for what is under way; whether all of it ended."""


class ThreadExecutor:
    """So many threads, which a process does not wait for when it ends.

    Steps that failed the last time have half of them at most: where hundreds of clouds answer nothing, each try
    waits for its whole time, and the clouds that answer must not wait for all of that.
    """

    def __init__(self, do: Callable[[Due], Any], threads: int = THREADS) -> None:
        """`do` never raises."""
        self._do = do
        self._queue: queue.SimpleQueue[Due | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._in_hand: dict[int, Due] = {}
        self._ended = False
        self._threads = [
            threading.Thread(target=self._work, name=f"work-{number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def free(self) -> int:
        """Threads that have nothing to do."""
        with self._lock:
            return 0 if self._ended else len(self._threads) - len(self._in_hand)

    def send(self, due: Due) -> bool:
        """Start the step at once; False as in Executor."""
        with self._lock:
            if self._ended or due.region in self._in_hand or not self._has_place(due):
                return False
            self._in_hand[due.region] = due
        self._queue.put(due)
        return True

    def end(self, seconds: float) -> bool:
        """As in Executor."""
        with self._lock:
            self._ended = True
        for _ in self._threads:
            self._queue.put(None)
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _has_place(self, due: Due) -> bool:
        places = len(self._threads)
        troubled = sum(each.troubled for each in self._in_hand.values())
        return len(self._in_hand) < places and (not due.troubled or troubled < max(1, places // 2))

    def _work(self) -> None:
        while (due := self._queue.get()) is not None:
            try:
                self._do(due)
            finally:
                with self._lock:
                    del self._in_hand[due.region]
