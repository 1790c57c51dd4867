# SPDX-License-Identifier: Apache-2.0
"""Upgrades from each schema that was released, with its rows, to the newest."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select

from hpa_discovery.errors import StoreError
from hpa_discovery.store import activations, allowances, audit, content, generations, regions, removals, schema, tokens
from hpa_discovery.store.opening import open_store
from hpa_discovery.store.region import Region
from hpa_discovery.store.tables import METADATA
from store.dumping import of_postgresql, of_sqlite
from store.filling import PASSWORD, fill, keys
from store.stored import digest

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store

RELEASED = Path(__file__).parent / "released"
REVISIONS = sorted({path.name.split(".")[0] for path in RELEASED.glob("*.sql")})


def restore(database: str, revision: str) -> None:
    """Fill an empty database with a dump."""
    kind = "sqlite" if database.startswith("sqlite") else "postgresql"
    run(database, (RELEASED / f"{revision}.{kind}.sql").read_text())


def run(database: str, script: str) -> None:
    """Run statements outside of the store."""
    if database.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as connection:
            connection.executescript(script)
    else:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(script.encode())


def test_each_schema_before_the_newest_is_kept() -> None:
    """One dump for each revision that shipped, of both databases."""
    assert REVISIONS[0] == "0001"
    assert all(
        (RELEASED / f"{revision}.{kind}.sql").exists() for revision in REVISIONS for kind in ("sqlite", "postgresql")
    )


@pytest.mark.parametrize("revision", REVISIONS)
def test_what_was_kept_is_there_after_an_upgrade(database: str, revision: str, tmp_path: Path, events: Any) -> None:
    """Every row of the first schema is read by the program of today, and the new tables can be used."""
    restore(database, revision)
    store = open_store(tmp_path / "state", events, database)
    with store.read("comparing") as transaction:
        assert schema.revision(transaction) == schema.HEAD
        assert compare_metadata(MigrationContext.configure(transaction, opts={"compare_type": True}), METADATA) == []
    check_first(store)
    with store.write("using the new tables") as transaction:
        regions.add(transaction, keys(), Region("acme", "RegionTwo", "openstack.flavor"), {})
        audit.record(transaction, audit.Act("cli:test", "region.add", "acme/RegionTwo"))
        assert [row.id for row in audit.page(transaction)][:1] == [2]
    store.close()


def check_first(store: Store) -> None:
    """What `filling.fill` put into the first schema."""
    with store.read("reading") as transaction:
        active = activations.active(transaction)
        assert (active.sequence, active.generation) == (1, digest("first"))
        [told] = activations.history(transaction)
        assert (told.made_by, told.reason) == ("cli:test", "first")
        found = generations.find(transaction, digest("first"))
        assert found is not None
        assert [part.name for part in found.parts] == ["acme.cards", "acme.driver"]
        assert content.get(transaction, found.parts[0].digest) == b"an archive"
        assert allowances.allows(transaction, "acme.driver", digest("driver"))
        assert removals.removed(transaction) == {("acme.old", digest("old"))}
        ci, gone = tokens.tokens(transaction)
        assert (ci.name, ci.role, ci.regions) == ("ci", "viewer", ("acme/RegionOne",))
        assert ci.last_used_at is not None
        assert gone.revoked_at is not None
        assert [row.act.target for row in audit.page(transaction)] == ["ci"]
        assert keys().get(transaction, "test/password") == PASSWORD


def test_a_dump_would_hold_all_tables(store: Store) -> None:
    """What is dumped at a release has a row of every table, so that every later upgrade is tried on it."""
    fill(store)
    with store.read("counting") as transaction:
        empty = [table.name for table in METADATA.sorted_tables if transaction.execute(select(table)).first() is None]
    assert empty == []


def test_a_dump_of_today_can_be_restored(database: str, tmp_path: Path, events: Any, request: Any) -> None:
    """The way that dumps are made at a release gives all rows back."""
    first = open_store(tmp_path / "state", events, database)
    fill(first)
    first.close()
    if first.shared:
        dump, copy = of_postgresql(database), request.getfixturevalue("postgres").create_database()
    else:
        dump, copy = of_sqlite(Path(database.removeprefix("sqlite:///"))), f"sqlite:///{tmp_path / 'copy.db'}"
    run(copy, dump)
    second = open_store(tmp_path / "state", events, copy)
    check_first(second)
    with second.read("reading") as transaction:
        assert [region.name for region in regions.page(transaction)] == ["acme/RegionOne"]
    second.close()


def test_a_newer_schema_is_left_as_it_is(database: str, tmp_path: Path, events: Any) -> None:
    """An old database that a newer program has taken over is refused, and its rows stay."""
    restore(database, "0001")
    run(database, "UPDATE alembic_version SET version_num = '9999';")
    with pytest.raises(StoreError, match="revision 9999"):
        open_store(tmp_path / "state", events, database)
