# SPDX-License-Identifier: Apache-2.0
"""Deletes what is old, now and then, on every host: what another host was quicker with is gone already."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Collection
from dataclasses import asdict
from datetime import timedelta

from hpa_discovery.errors import StoreError, unforeseen
from hpa_discovery.model import Observer
from hpa_discovery.store.allowances import allowances
from hpa_discovery.store.clock_jumps import Believed, bring_forward
from hpa_discovery.store.database import Store
from hpa_discovery.store.retention import prune

# Audit, history, alarms and operations that are over, activations, and the packs that only they name.
KEPT = timedelta(days=30)
EVERY_SECONDS = 3600.0

# Deletes the copies of drivers whose digest is not among these, and says how many.
Forget = Callable[[Collection[str]], int]


class Housekeeping:
    """A thread that prunes the store, and the copies of drivers that nobody allows any more, until `end`.

    It also puts right what a clock that was set back put off: event `store.brought_forward` {steps}.
    Event `store.pruned` with what was deleted, when there was something.
    Event `store.unpruned` {message} when it could not be done; the next turn tries again.
    """

    def __init__(
        self, store: Store, forget: Forget, observer: Observer, every: float = EVERY_SECONDS, kept: timedelta = KEPT
    ) -> None:
        self._store = store
        self._forget = forget
        self._observer = observer
        self._every = every
        self._kept = kept
        self._clock = Believed()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin; the first turn comes within one period, so that hosts that start together do not prune together."""
        self._thread.start()

    def end(self) -> None:
        """Stop, when a turn that is under way is done."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        wait = random.uniform(0, self._every)  # noqa: S311 - nothing secret
        while not self._stop.wait(wait):
            self._turn()
            wait = self._every

    def _turn(self) -> None:
        try:
            self._bring_forward()
            pruned = asdict(prune(self._store, self._kept, self._clock.now(self._store)))
            with self._store.read("reading which drivers may run") as transaction:
                allowed = {each.digest for each in allowances(transaction)}
            pruned["driver_copies"] = self._forget(allowed)
        except StoreError as error:
            self._observer.event("store.unpruned", {"message": str(error)})
            return
        except Exception as error:  # noqa: BLE001 - a thread that ended would let the database grow for ever
            self._observer.event("store.unpruned", {"message": unforeseen(error)})
            return
        if any(pruned.values()):
            self._observer.event("store.pruned", pruned)

    def _bring_forward(self) -> None:
        with self._store.write("looking for steps that wait too long") as transaction:
            steps = bring_forward(transaction)
        if steps:
            self._observer.event("store.brought_forward", {"steps": steps})
