# SPDX-License-Identifier: Apache-2.0
"""Opening the store: files, settings and schema are right when it is returned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hpa_discovery.errors import StoreError
from hpa_discovery.store import schema, state_dir
from hpa_discovery.store.database import Store, translated
from hpa_discovery.store.engines import USUAL_CONNECTIONS, database_url, make_engine

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from hpa_discovery.model import Observer


def open_store(
    folder: Path, observer: Observer, database: str | None = None, connections: int = USUAL_CONNECTIONS
) -> Store:
    """The store of a deployment, migrated to the newest schema.

    `folder` is the state directory, made when missing. `database` is a URL, `postgresql://...` or
    `sqlite:////...`; without one it is the file hpa.db in the folder. Several hosts may open it at once.
    `connections` is how many threads may use it at once; others wait, up to 10 s.
    UsageError for another kind of URL; StoreError when it cannot be reached, used, or is newer than this program.
    """
    state_dir.prepare(folder, observer)
    engine = make_engine(database_url(database, folder), connections)
    store = Store(engine)
    try:
        with translated("opening the store", store.name):
            _open_file(engine) if not store.shared else schema.bring_up_to_date(engine)
    except BaseException:
        store.close()
        raise
    return store


def open_existing(folder: Path, database: str | None = None) -> Store | None:
    """The store of a deployment that somebody has begun, as it is: nothing is made, and nothing is migrated.

    `folder` and `database` as above. None where there is no database, or an empty one. UsageError for another kind
    of URL; StoreError when it cannot be reached or used, or has the schema of another version of this program.
    """
    url = database_url(database, folder)
    if url.drivername == "sqlite":
        path = Path(str(url.database))
        if not state_dir.is_there(path):
            return None
        state_dir.insist_on_access(path)
    engine = make_engine(url)
    store = Store(engine)
    try:
        with translated("opening the store", store.name), engine.connect() as connection:
            made = schema.is_made(connection)
    except BaseException:
        store.close()
        raise
    if made:
        return store
    store.close()
    return None


def _open_file(engine: Engine) -> None:
    path = Path(str(engine.url.database))
    # To switch a new file to WAL takes a lock for which SQLite does not wait, so only one process may try.
    with state_dir.locked(path.parent):
        state_dir.insist_on_access(path)
        state_dir.make_private(path)
        with engine.connect() as connection:
            # Outside of a transaction: inside, the mode cannot change.
            driver = connection.connection.driver_connection
            assert driver is not None
            mode = driver.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise StoreError(
                f"opening {path}: SQLite cannot keep a WAL beside it (journal mode {mode}); use a local disk"
            )
        schema.bring_up_to_date(engine)
