# SPDX-License-Identifier: Apache-2.0
"""Transactions, and what the database complains of in our own words."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from hpa_discovery.errors import StoreError
from hpa_discovery.store.engines import WRITES, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

# What the modules of this room are handed: to other rooms it is only something to pass on.
Transaction = Connection


class Store:
    """One database, up to date. Threads may share it; a process makes its own after a fork.

    `name` tells people which one it is, without a password; `shared` says that other hosts may use it too.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name = shown(engine.url)
        self.shared = engine.dialect.name != "sqlite"

    @contextlib.contextmanager
    def read(self, doing: str) -> Iterator[Transaction]:
        """A transaction that changes nothing; on SQLite all it reads is of one moment.

        StoreError with `doing`, such as "listing tokens", when the database fails.
        """
        with translated(doing, self.name), self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self, doing: str) -> Iterator[Transaction]:
        """A transaction that is kept when the block ends and forgotten when it raises.

        On SQLite writers wait for each other at its start, up to 10 s. StoreError as in `read`.
        """
        with translated(doing, self.name), self._engine.connect() as connection:
            connection.execution_options(**{WRITES: True})
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close all connections; those in use are closed when they are given back."""
        self._engine.dispose()


@contextlib.contextmanager
def translated(doing: str, name: str) -> Iterator[None]:
    """Raise StoreError for what the database library raises: what was being done, where, and the reason."""
    try:
        yield
    except DBAPIError as error:
        # Only the first line: those after it may repeat the values of a row.
        reason = (str(error.orig).strip().splitlines() or [type(error.orig).__name__])[0]
        raise StoreError(f"{doing}: the database {name} says: {reason}") from error
    except (SQLAlchemyError, UnicodeEncodeError, OverflowError) as error:
        # The last two are for half a surrogate pair and for a number of more than 64 bits.
        raise StoreError(f"{doing}: the database {name} cannot be used so: {error}") from error
