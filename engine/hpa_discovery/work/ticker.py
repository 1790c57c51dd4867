# SPDX-License-Identifier: Apache-2.0
"""A thread that looks for due steps and sends them to the executor."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hpa_discovery.errors import StoreError, unforeseen
from hpa_discovery.store import schedule
from hpa_discovery.store.schedule import Due

if TYPE_CHECKING:
    from hpa_discovery.model import Observer
    from hpa_discovery.store.database import Store
    from hpa_discovery.work.executor import Executor

EVERY_SECONDS = 1.0
# Of that, after a tick that sent something or had no place: more may be due than there were places for.
_SOON = 0.1
# Of that at most, while what was sent cannot even be claimed, as when the disk is full.
_LATE = 16
# Of what is due, others may be at the first ones at this moment.
_AHEAD = 4

Turn = Callable[[], None]


class Ticker:
    """Ticks until `end`: first its `turns`, then as many due steps as the executor has places for.

    The time between two ticks is `every` seconds, half more or less by chance, so that
    hosts that started together do not ask together; after one that sent something or found
    no place it is a tenth of that and until there is a place, and longer and longer while the
    same steps come back unclaimed. Event `work.unread` {message} when the database cannot be
    asked; the next tick tries again.
    """

    def __init__(
        self,
        store: Store,
        executor: Executor,
        observer: Observer,
        turns: Sequence[Turn] = (),
        every: float = EVERY_SECONDS,
    ) -> None:
        self._store = store
        self._executor = executor
        self._observer = observer
        self._turns = turns
        self._every = every
        self._sent = frozenset[Due]()
        self._full = False
        self._in_vain = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def leave(self) -> None:
        """Send nothing more."""
        self._stop.set()

    def end(self, seconds: float) -> bool:
        """Send nothing more, and wait so long for what is under way; whether all of it ended.

        What did not is left to its lease: another process does it again.
        """
        until = time.monotonic() + seconds
        self.leave()
        if self._thread.ident is not None:
            self._thread.join(seconds)  # a database may keep it waiting
        ended = self._executor.end(max(0.0, until - time.monotonic()))
        return ended and not self._thread.is_alive()

    def tick(self) -> None:
        """One tick. A turn that fails holds up no other, nor the steps."""
        for turn in (*self._turns, self._send):
            try:
                turn()
            except StoreError as error:
                self._observer.event("work.unread", {"message": str(error)})
            except Exception as error:  # noqa: BLE001 - a thread that ended would end all work
                self._observer.event("work.defect", {"message": unforeseen(error)})

    def _send(self) -> None:
        before, self._sent = self._sent, frozenset()
        free = self._executor.free
        self._full = not free
        if free:
            with self._store.read("looking for due steps") as transaction:
                # Each for itself: what fails may be so much, and wait for so long, that nothing else would be found.
                found = [
                    each
                    for troubled in (False, True)
                    for each in schedule.due(transaction, free + _AHEAD, troubled=troubled)
                ]
            waiting = sorted(found, key=lambda due: due.due_at)
            self._sent = frozenset(each for each in waiting if self._executor.send(each))
        # A claim would have changed when it is due.
        self._in_vain = self._in_vain + 1 if self._sent and self._sent <= before else 0

    def _run(self) -> None:
        while not self._stop.wait(self._pause()):
            self._executor.wait_for_place(self._every)
            if not self._stop.is_set():
                self.tick()

    def _pause(self) -> float:
        times = _SOON if self._sent or self._full else 1.0
        if self._in_vain:
            times = min(2.0**self._in_vain, _LATE)
        return self._every * times * random.uniform(0.5, 1.5)  # noqa: S311 - nothing secret
