# SPDX-License-Identifier: Apache-2.0
"""How a database is doing, found out without changing it: no file is made and nothing is migrated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hpa_discovery.errors import StoreError
from hpa_discovery.store import state_dir
from hpa_discovery.store.clock import read_clock
from hpa_discovery.store.database import Store, translated
from hpa_discovery.store.engines import database_url, make_engine, shown
from hpa_discovery.store.schema import HEAD, revision

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_ENOUGH = 3  # complaints of a damaged file; there may be thousands


@dataclass(frozen=True, slots=True)
class DatabaseCondition:
    """What was found.

    `server` is the database and its version, `revision` that of the schema, None for an empty database, and
    `newest` the one this program works with. `size` is bytes. `ahead` is how many seconds the database's clock
    is ahead of this machine's; 0 for SQLite, which has the machine's. `damage` is what SQLite's own check says.
    """

    name: str
    shared: bool
    server: str
    revision: str | None
    newest: str
    size: int
    ahead: float
    damage: tuple[str, ...]

    @property
    def usable(self) -> bool:
        """Whether the tables are those of this program."""
        return self.revision == self.newest


def condition_of(folder: Path, database: str | None = None) -> DatabaseCondition | None:
    """The condition of the database at this URL, or of the file in the state directory; None where there is no file.

    UsageError for a URL of another kind; StoreError when it cannot be reached or read.
    """
    url = database_url(database, folder)
    sqlite = url.drivername == "sqlite"
    if sqlite:
        path = Path(str(url.database))
        if not path.exists():
            return None
        state_dir.insist_on_access(path)
    engine = make_engine(url)
    try:
        with translated("looking at the database", shown(url)):
            return _look(engine, sqlite)
    finally:
        engine.dispose()


def existing_store(folder: Path, database: str | None = None) -> Store:
    """The store as it is, for reading only. Only after `condition_of` found it usable."""
    return Store(make_engine(database_url(database, folder)))


def _look(engine: Engine, sqlite: bool) -> DatabaseCondition:
    with engine.connect() as connection:
        before = datetime.now(UTC)
        clock = read_clock(connection)
        middle = before + (datetime.now(UTC) - before) / 2
        return DatabaseCondition(
            shown(engine.url),
            not sqlite,
            f"SQLite {_one(connection, 'SELECT sqlite_version()')}"
            if sqlite
            else f"PostgreSQL {_one(connection, 'SHOW server_version')}",
            revision(connection),
            HEAD,
            _sqlite_size(engine) if sqlite else int(_one(connection, "SELECT pg_database_size(current_database())")),
            0.0 if sqlite else (clock - middle).total_seconds(),
            _damage(connection) if sqlite else (),
        )


def _one(connection: Connection, statement: str) -> str:
    return str(connection.exec_driver_sql(statement).scalar_one())


def _sqlite_size(engine: Engine) -> int:
    path, size = Path(str(engine.url.database)), 0
    for each in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
        try:
            size += each.stat().st_size
        except FileNotFoundError:  # the last one who closes it deletes the two beside it
            continue
        except OSError as error:
            raise StoreError(f"looking at the database {each}: {error.strerror}") from error
    return size


def _damage(connection: Connection) -> tuple[str, ...]:
    told = connection.exec_driver_sql(f"PRAGMA quick_check({_ENOUGH})").scalars().all()
    return () if list(told) == ["ok"] else tuple(map(str, told))
