# SPDX-License-Identifier: Apache-2.0
"""A store that fails and hangs when it is told to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hpa_discovery.errors import StoreError
from hpa_discovery.store.database import Store, Transaction


class FailingStore:
    """Counts how often it is read; reads wait while `answers` is clear, then do what `waiting` does."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.reads = 0
        self.broken = False
        self.answers = threading.Event()
        self.answers.set()
        self.waiting: Callable[[], None] = lambda: None

    @contextmanager
    def read(self, doing: str) -> Iterator[Transaction]:
        """A reading transaction of the store. StoreError while it is broken."""
        self.reads += 1
        assert self.answers.wait(120)
        self.waiting()
        if self.broken:
            raise StoreError(f"{doing}: the database says: gone")
        with self.store.read(doing) as transaction:
            yield transaction

    @contextmanager
    def write(self, doing: str) -> Iterator[Transaction]:
        """A writing transaction of the store, also while it is broken."""
        with self.store.write(doing) as transaction:
            yield transaction
