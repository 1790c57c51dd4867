# SPDX-License-Identifier: Apache-2.0
"""Migrations: they make what the tables say, once, and a newer schema is refused."""

from __future__ import annotations

import sys
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from hpa_discovery.errors import StoreError
from hpa_discovery.store import schema
from hpa_discovery.store.opening import open_store
from hpa_discovery.store.tables import METADATA

if TYPE_CHECKING:
    from pathlib import Path

    from hpa_discovery.store.database import Store

OPEN = """
import sys
from pathlib import Path
from hpa_discovery.store import schema
from hpa_discovery.store.opening import open_store
class Silent:
    def event(self, name, fields): pass
upgrade = schema._upgrade
def told(connection, found):
    print("migrating", flush=True)
    upgrade(connection, found)
schema._upgrade = told
print("ready", flush=True)
sys.stdin.readline()
store = open_store(Path(sys.argv[1]), Silent(), sys.argv[2])
with store.read("counting") as transaction:
    print(transaction.exec_driver_sql("SELECT count(*) FROM active").scalar())
store.close()
"""


MADE_WITH = text("SELECT sql FROM sqlite_master WHERE name = :name")


# It waits for a line once more when all of the migration is done but its commit.
WAIT = OPEN.replace("upgrade(connection, found)", 'upgrade(connection, found); print("done", flush=True); input()')


def opener(folder: Path, database: str, program: str = OPEN) -> Popen[str]:
    """A process that waits for a line, opens the store and tells whether it had to migrate."""
    command = [sys.executable, "-c", program, str(folder), database]
    return Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True)


def test_migrations_make_what_the_tables_say(store: Store) -> None:
    """Alembic finds nothing that a new revision would have to change."""
    with store.read("comparing") as transaction:
        context = MigrationContext.configure(transaction, opts={"compare_type": True})
        found: list[Any] = compare_metadata(context, METADATA)
    assert found == []


def test_the_comparison_sees_a_difference(store: Store) -> None:
    """A column that only the database has is found."""
    with store.write("adding a column") as transaction:
        transaction.execute(text("ALTER TABLE token ADD COLUMN colour TEXT"))
        found = compare_metadata(MigrationContext.configure(transaction), METADATA)
    assert [each[0] for each in found] == ["remove_column"]


def test_constraints_are_those_of_the_tables(store: Store) -> None:
    """Checks, which Alembic does not compare, and keys have the same names in the database and in the tables."""
    with store.read("inspecting") as transaction:
        inspector = inspect(transaction)
        for table in METADATA.sorted_tables:
            found = {each["name"] for each in inspector.get_check_constraints(table.name)}
            found |= {each["name"] for each in inspector.get_foreign_keys(table.name)}
            found |= {each["name"] for each in inspector.get_unique_constraints(table.name)}
            key = inspector.get_pk_constraint(table.name)
            assert key["constrained_columns"] == list(table.primary_key.columns.keys()), table.name
            # SQLite keeps no name for a key that counts up for ever.
            found.add(key["name"] or str(table.primary_key.name))
            assert found == {str(each.name) for each in table.constraints}, table.name


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_numbers_count_up_where_the_tables_say_so(store: Store) -> None:
    """What SQLite alone must be told, which Alembic does not compare."""
    with store.read("inspecting") as transaction:
        found = {
            table.name: "AUTOINCREMENT" in str(transaction.execute(MADE_WITH, {"name": table.name}).scalar())
            for table in METADATA.sorted_tables
        }
    assert found == {table.name: table.dialect_options["sqlite"]["autoincrement"] for table in METADATA.sorted_tables}


def test_head_is_the_newest_revision(store: Store) -> None:
    """HEAD is what a fresh database has, and no revision stands after or beside it."""
    with store.read("looking at the revision") as transaction:
        assert schema.revision(transaction) == schema.HEAD
        scripts = ScriptDirectory.from_config(schema.migration_config(transaction))
    assert scripts.get_heads() == [schema.HEAD]


def test_downgrade_is_not_offered(store: Store) -> None:
    """No revision knows a way back."""
    with store.read("reading revisions") as transaction:
        scripts = ScriptDirectory.from_config(schema.migration_config(transaction))
    assert [each.revision for each in scripts.walk_revisions() if hasattr(each.module, "downgrade")] == []


def test_a_newer_schema_is_refused(store: Store, database: str, tmp_path: Path, events: Any) -> None:
    """The message names both revisions and what to do; the database stays as it is."""
    with store.write("pretending") as transaction:
        transaction.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=rf"revision 9999.* up to {schema.HEAD}; run the newer .* restore the backup"):
        open_store(tmp_path / "state", events, database)
    with store.read("looking") as transaction:
        assert schema.revision(transaction) == "9999"


def test_starts_at_once_migrate_once(database: str, tmp_path: Path) -> None:
    """Three processes open an empty database together: one migrates, all work."""
    processes = [opener(tmp_path / "state", database) for _ in range(3)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate() for process in processes]
    assert [error for _, error in said] == ["", "", ""]
    assert sorted(output for output, _ in said) == ["1\n", "1\n", "migrating\n1\n"]


def test_who_is_killed_while_it_migrates_leaves_nothing(database: str, tmp_path: Path) -> None:
    """Neither a table nor a lock: the next one migrates from the beginning."""
    with opener(tmp_path / "state", database, WAIT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n")
        process.stdin.flush()
        assert [process.stdout.readline() for _ in range(3)] == ["ready\n", "migrating\n", "done\n"]
        process.kill()
    said, error = opener(tmp_path / "state", database).communicate("\n", timeout=60)
    assert (said, error) == ("ready\nmigrating\n1\n", "")


def test_a_migration_that_fails_leaves_nothing(database: str, tmp_path: Path, events: Any) -> None:
    """Half a schema is never seen: all of a migration is one transaction."""
    store = open_store(tmp_path / "state", events, database)
    with store.write("going back to before") as transaction:
        METADATA.drop_all(transaction)
        transaction.execute(text("DROP TABLE alembic_version"))
        transaction.execute(text("CREATE TABLE token (id INTEGER)"))  # what the migration stumbles over
    with pytest.raises(StoreError, match=r"token.* already exists"):
        open_store(tmp_path / "state", events, database)
    with store.read("looking") as transaction:
        assert inspect(transaction).get_table_names() == ["token"]
    store.close()
