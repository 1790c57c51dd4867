# SPDX-License-Identifier: Apache-2.0
"""A store whose process dies, or whose database fails, at a write that a test chooses."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hpa_discovery.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hpa_discovery.store.database import Store, Transaction


class Killed(BaseException):
    """The process ended here."""


class MortalStore:
    """Its process dies when it has written `left` times; None for never."""

    def __init__(self, store: Store, left: int | None = None) -> None:
        self._store = store
        self.left = left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def write(self, doing: str) -> Iterator[Transaction]:
        """A transaction, or death before it."""
        if self.left is not None:
            if not self.left:
                raise Killed
            self.left -= 1
        with self._store.write(doing) as transaction:
            yield transaction


class FailingDatabase:
    """It goes away once, after so many writes: before the next is kept, or `kept` but before anybody hears of it."""

    def __init__(self, store: Store, left: int, *, kept: bool) -> None:
        self._store = store
        self._left = left
        self._kept = kept
        self.failed = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def write(self, doing: str) -> Iterator[Transaction]:
        """A transaction, or StoreError."""
        self._left -= 1
        fails = self._left == -1
        with self._store.write(doing) as transaction:
            yield transaction
            if fails and not self._kept:
                self._fail(doing)
        if fails:
            self._fail(doing)

    def _fail(self, doing: str) -> None:
        self.failed = doing
        raise StoreError(f"{doing}: the database says: the server closed the connection")
