# SPDX-License-Identifier: Apache-2.0
"""The database's schema: which revision it has, and how it becomes the newest.

There is no way back: an older program refuses a newer schema, and a backup is
what brings the old one back.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from hpa_discovery.errors import StoreError
from hpa_discovery.store.engines import WRITES, shown

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection, Engine

# The newest of versions/; a test compares. To know it here saves an ordinary start from loading Alembic.
HEAD = "0002"
MIGRATIONS = Path(__file__).parent / "migrations"
# Any number that no other program on the same PostgreSQL uses for a lock of its own: "hpa" and a 1.
_LOCK = 0x68706101
_MINUTES = 10


def bring_up_to_date(engine: Engine) -> None:
    """Migrate to HEAD in one transaction, once, however many processes start at a time.

    StoreError when the database has a revision that this program does not know.
    """
    with engine.connect() as connection:
        if revision(connection) == HEAD:
            return
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        _wait_for_others(connection)
        found = revision(connection)
        if found != HEAD:
            _upgrade(connection, found)


def is_made(connection: Connection) -> bool:
    """Whether there are tables. Nothing is migrated: StoreError when they are not those of this program."""
    found = revision(connection)
    if found is not None and found > HEAD:
        raise _of_another_program(connection, found)
    if found is not None and found != HEAD:
        raise StoreError(
            f"opening the database {shown(connection.engine.url)}: its schema has "
            f"revision {found}, and this program works with {HEAD}; hpa serve migrates it, after a backup, or use the "
            "hpa of the version that runs"
        )
    return found is not None


def revision(connection: Connection) -> str | None:
    """The revision of the schema; None for a database without one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _wait_for_others(connection: Connection) -> None:
    # On SQLite the transaction itself keeps other writers out.
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL statement_timeout = '{_MINUTES}min'"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def _upgrade(connection: Connection, found: str | None) -> None:
    from alembic import command  # noqa: PLC0415 - only a start that migrates pays for it

    config = migration_config(connection)
    if found is not None and found not in _known(config):
        raise _of_another_program(connection, found)
    command.upgrade(config, "head")


def _of_another_program(connection: Connection, found: str) -> StoreError:
    return StoreError(
        f"opening the database {shown(connection.engine.url)}: its schema has "
        f"revision {found}, and this program knows revisions up to {HEAD}; run the newer hpa-discovery that "
        "made it, or restore the backup from before the upgrade"
    )


def migration_config(connection: Connection) -> Config:
    """Alembic's settings for our migrations over this connection."""
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _known(config: Config) -> set[str]:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
