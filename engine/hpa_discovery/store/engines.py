# SPDX-License-Identifier: Apache-2.0
"""The two databases and their settings: SQLite in a file, PostgreSQL through psycopg 3."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from hpa_discovery.errors import StoreError, UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection

WAIT_SECONDS = 10
STATEMENT_SECONDS = 30
USUAL_CONNECTIONS = 15
_KEPT_CONNECTIONS = 5  # those above are closed after use
# How a transaction says that it will write: SQLite must know at its start.
WRITES = "hpa_writes"
FILE_NAME = "hpa.db"
_SCHEMES = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgresql+psycopg": "postgresql+psycopg"}
_SHOWN = frozenset(("host", "port"))  # of the query
_FORMS = "sqlite:////folder/file.db or postgresql://user:password@host:port/database"


def database_url(database: str | None, state_dir: Path) -> URL:
    """The URL of the database; without one the SQLite file in the state directory.

    UsageError for what is neither a SQLite file nor PostgreSQL. A message never shows the URL's password.
    """
    if database is None:
        return URL.create("sqlite", database=str(state_dir.resolve() / FILE_NAME))
    try:
        url = make_url(database)
    except (ArgumentError, ValueError) as error:
        # The text may hold a password, so it is not shown.
        raise UsageError(f"the database URL cannot be read: write {_FORMS}") from error
    driver = _SCHEMES.get(url.drivername)
    if driver is None:
        raise UsageError(f"the database URL begins with {url.drivername!r}: write {_FORMS}")
    if driver == "sqlite" and (url.query or (url.database or ":memory:") == ":memory:"):
        raise UsageError(f"the database URL must name a file and nothing else: write {_FORMS}")
    return url.set(drivername=driver)


def shown(url: URL) -> str:
    """The URL as messages tell it: without its password, which libpq takes in the query too."""
    known = {name: value for name, value in url.query.items() if name in _SHOWN}
    return url.set(query=known).render_as_string(hide_password=True)


def make_engine(url: URL, connections: int = USUAL_CONNECTIONS) -> Engine:
    """An engine with our settings and at most so many connections; nothing is connected yet.

    StoreError when the database's client is missing.
    """
    kept = min(_KEPT_CONNECTIONS, connections)
    arguments: dict[str, Any] = {
        "hide_parameters": True,  # secrets and hashes pass through as parameters
        "pool_size": kept,
        "max_overflow": connections - kept,
        "pool_timeout": WAIT_SECONDS,
    }
    sqlite = url.drivername == "sqlite"
    if sqlite:
        # Without isolation_level the driver leaves BEGIN to us.
        arguments["connect_args"] = {"timeout": WAIT_SECONDS, "isolation_level": None}
    else:
        arguments["pool_pre_ping"] = True
        arguments["connect_args"] = {"connect_timeout": WAIT_SECONDS, "application_name": "hpa-discovery"}
    try:
        engine = create_engine(url, **arguments)
    except ImportError as error:
        raise StoreError(f"opening {url.drivername}: {error}; install hpa-discovery[service]") from error
    event.listen(engine, "connect", _set_up_sqlite if sqlite else _set_up_postgresql)
    if sqlite:
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: DBAPIConnection, _: object) -> None:
    # WAL itself is a property of the file, set once when the store is opened. With less than FULL a machine that loses
    # its power forgets commits of the last seconds: what is ours in A&AI, and that a token was revoked.
    _execute(connection, "PRAGMA foreign_keys = ON", "PRAGMA synchronous = FULL")


def _set_up_postgresql(connection: DBAPIConnection, _: object) -> None:
    _execute(
        connection,
        "SET TIME ZONE 'UTC'",
        f"SET statement_timeout = '{STATEMENT_SECONDS}s'",
        f"SET idle_in_transaction_session_timeout = '{2 * STATEMENT_SECONDS}s'",
    )
    connection.commit()


def _execute(connection: DBAPIConnection, *statements: str) -> None:
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and then wants to write fails at once when another wrote meanwhile.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
