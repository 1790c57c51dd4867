# SPDX-License-Identifier: Apache-2.0
"""The circuit breaker of one origin: after so many failures in a row nobody is sent there for a while.

It is open until the pause is over; then one try goes through alone, and decides
whether the breaker closes or the pause begins again. The two libraries for this that
are kept were no help: pybreaker holds its lock while the call runs, so that there
would be one request at a time, and circuitbreaker has no lock at all. The drivers'
supervisor is not the same thing: it doubles its pause with each fault and goes on
using processes that are ready.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from hpa_discovery.errors import ConnectorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hpa_discovery.model import Observer

BreakerState = Literal["closed", "open", "half-open"]


class Verdict:
    """What became of one try: `failure` is "" when the server answered, None when nobody can tell."""

    failure: str | None = None


class Breaker:
    """Counts the failures of one origin, for any number of threads.

    The observer gets `connector.opened` (origin, failures, message, seconds) and
    `connector.closed` (origin).
    """

    def __init__(
        self,
        origin: str,
        failures: int,
        seconds: float,
        observer: Observer | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._origin = origin
        self._most = failures
        self._seconds = seconds
        self._observer = observer
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until = 0.0
        self._trying = False
        self._reason = ""

    @property
    def state(self) -> BreakerState:
        """How it stands now."""
        with self._lock:
            if self._failures < self._most:
                return "closed"
            return "open" if self._clock() < self._open_until else "half-open"

    @contextmanager
    def watching(self) -> Iterator[Verdict]:
        """One try, which says in the verdict what became of it; ConnectorError `open` when there is to be none."""
        alone = self._enter()
        verdict = Verdict()
        try:
            yield verdict
        finally:
            self._leave(alone, verdict.failure)

    def _enter(self) -> bool:
        """Whether this is the one try that goes through while the breaker is half open."""
        with self._lock:
            if self._failures < self._most:
                return False
            if self._clock() < self._open_until or self._trying:
                # The same words at each try: in an alarm others would be news.
                said = (
                    f"it failed {self._most} times in a row ({self._reason}); it is asked once in {self._seconds:g} s"
                )
                raise ConnectorError("open", said)
            self._trying = True
            return True

    def _leave(self, alone: bool, failure: str | None) -> None:
        with self._lock:
            was_open = self._failures >= self._most
            if alone:
                self._trying = False
            if failure is None or (was_open and not alone):  # a try from before it opened has nothing new to tell
                return
            self._failures = self._failures + 1 if failure else 0
            self._reason = failure
            failures, is_open = self._failures, self._failures >= self._most
            if is_open:
                self._open_until = self._clock() + self._seconds
        self._tell(was_open, is_open, failures, failure)

    def _tell(self, was_open: bool, is_open: bool, failures: int, failure: str) -> None:
        if self._observer is None or was_open == is_open:
            return
        if is_open:
            fields = {"origin": self._origin, "failures": failures, "message": failure, "seconds": self._seconds}
            self._observer.event("connector.opened", fields)
        else:
            self._observer.event("connector.closed", {"origin": self._origin})
