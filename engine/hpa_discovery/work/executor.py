# SPDX-License-Identifier: Apache-2.0
"""Who does steps: threads of this process, or whatever else takes them and does each at most once."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from hpa_discovery.store.schedule import Due

# Whoever takes longer waits for a cloud, an A&AI or a driver most of the time.
SLOW_SECONDS = 3.0


class Executor(Protocol):
    """Takes due steps. A step that is lost on the way stays due, and one that comes twice finds its fence taken."""

    @property
    def free(self) -> int:
        """How many more steps it would start now."""

    def wait_for_place(self, seconds: float) -> None:
        """Return when it would start one more step, or so many seconds later."""

    def send(self, due: Due) -> bool:
        """Take a step; False when there is no place for it, or one of its region is in hand."""

    def end(self, seconds: float) -> bool:
        """Take nothing more and wait so long for what is under way; whether all of it ended."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """A step in hand, and when it began on the executor's clock, in seconds."""

    due: Due
    at: float


class ThreadExecutor:
    """So many threads, which a process does not wait for when it ends.

    A step that takes longer than SLOW_SECONDS leaves its place to another one, to as many as there are `standbys`:
    an A&AI or a driver that keeps all who ask it waiting must not keep others waiting.

    Steps that failed the last time or never went well have half of the places at most: where hundreds of clouds
    answer nothing, each try waits for its whole time, and the clouds that answer must not wait for all of that.
    """

    def __init__(
        self, do: Callable[[Due], Any], threads: int, standbys: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`do` never raises."""
        self._do = do
        self._places = threads
        self._clock = clock
        self._queue: queue.SimpleQueue[Due | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._ended_one = threading.Condition(self._lock)
        self._in_hand: dict[int, _Begun] = {}
        self._ended = False
        self._threads = [
            threading.Thread(target=self._work, name=f"work-{number}", daemon=True)
            for number in range(threads + standbys)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def free(self) -> int:
        """Places that nobody has."""
        with self._lock:
            return 0 if self._ended else self._free()

    def wait_for_place(self, seconds: float) -> None:
        """As in Executor; a place that a slow step leaves is not noticed before it is over."""
        with self._lock:
            self._ended_one.wait_for(lambda: self._ended or self._free() > 0, seconds)

    def send(self, due: Due) -> bool:
        """Start the step at once; False as in Executor."""
        with self._lock:
            if self._ended or due.region in self._in_hand or not self._has_place(due):
                return False
            self._in_hand[due.region] = _Begun(due, self._clock())
        self._queue.put(due)
        return True

    def end(self, seconds: float) -> bool:
        """As in Executor."""
        with self._lock:
            self._ended = True
            self._ended_one.notify_all()
        for _ in self._threads:
            self._queue.put(None)
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _has_place(self, due: Due) -> bool:
        if self._free() <= 0:
            return False
        troubled, quick = (sum(each.due.troubled for each in some) for some in (self._in_hand.values(), self._quick()))
        return not due.troubled or (troubled < _half(len(self._threads)) and quick < _half(self._places))

    def _free(self) -> int:
        return min(self._places - len(self._quick()), len(self._threads) - len(self._in_hand))

    def _quick(self) -> list[_Begun]:
        since = self._clock() - SLOW_SECONDS
        return [each for each in self._in_hand.values() if each.at > since]

    def _work(self) -> None:
        while (due := self._queue.get()) is not None:
            try:
                self._do(due)
            finally:
                with self._lock:
                    del self._in_hand[due.region]
                    self._ended_one.notify_all()


def _half(places: int) -> int:
    return max(1, places // 2)
