# SPDX-License-Identifier: Apache-2.0
"""Opening the store: right from the start, or an error that says what to do."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import sqlite3
import stat
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from hpa_discovery.errors import StoreError, UsageError
from hpa_discovery.store import audit
from hpa_discovery.store.audit import Act
from hpa_discovery.store.condition import condition_of
from hpa_discovery.store.engines import database_url
from hpa_discovery.store.opening import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hpa_discovery.store.database import Store
    from peers.postgres import Postgres


@pytest.fixture
def strangers_folder() -> Iterator[Path]:
    """A folder of root's or of somebody else's, into which we, not being root, may look but not write."""
    folder = Path(tempfile.mkdtemp(prefix="hpa-store-"))
    folder.chmod(0o555)
    was = os.geteuid()
    try:
        if was == 0:
            os.seteuid(pwd.getpwnam("nobody").pw_uid)
        yield folder
    finally:
        if was == 0:
            os.seteuid(was)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def record(store: Store, target: str = "x") -> None:
    """Something to be found again."""
    with store.write("recording") as transaction:
        audit.record(transaction, Act("ci", "act", target))


def targets(store: Store) -> list[str]:
    """What was recorded, in order."""
    with store.read("listing") as transaction:
        return [row.act.target for row in audit.page(transaction)][::-1]


def test_what_was_written_is_there_again(database: str, tmp_path: Path, events: Any) -> None:
    """After the store was closed and opened anew."""
    for word in ("first", "second"):
        store = open_store(tmp_path / "state", events, database)
        record(store, word)
        store.close()
    store = open_store(tmp_path / "state", events, database)
    assert targets(store) == ["first", "second"]
    store.close()
    assert events == []


def test_without_a_url_it_is_a_file(tmp_path: Path, events: Any) -> None:
    """hpa.db in the state directory, for the owner alone, with its WAL beside it."""
    store = open_store(tmp_path / "state", events)
    record(store)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}
    assert modes == {"hpa.db": 0o600, "hpa.db-wal": 0o600, "hpa.db-shm": 0o600}
    assert store.shared is False
    store.close()


def test_an_open_file_becomes_private(tmp_path: Path, events: Any) -> None:
    """A database that was restored with the wrong mode is closed to others at start."""
    open_store(tmp_path, events).close()
    (tmp_path / "hpa.db").chmod(0o666)
    open_store(tmp_path, events).close()
    assert stat.S_IMODE((tmp_path / "hpa.db").stat().st_mode) == 0o600


def test_the_settings_are_ours(store: Store) -> None:
    """On SQLite keys hold, readers wait for no writer, a commit outlives a power cut; statements end on PostgreSQL."""
    with store.read("looking") as transaction:
        if store.shared:
            assert transaction.execute(text("SHOW statement_timeout")).scalar() == "30s"
            assert transaction.execute(text("SHOW timezone")).scalar() == "UTC"
        else:
            assert transaction.execute(text("PRAGMA journal_mode")).scalar() == "wal"
            assert transaction.execute(text("PRAGMA foreign_keys")).scalar() == 1
            assert transaction.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL


def test_readers_do_not_wait_for_a_writer(store: Store) -> None:
    """They see what was before it."""
    record(store, "before")
    with store.write("writing slowly") as transaction:
        audit.record(transaction, Act("ci", "act", "after"))
        assert targets(store) == ["before"]
    assert targets(store) == ["before", "after"]


def test_what_is_written_while_reading_is_forgotten(store: Store) -> None:
    """A reading transaction keeps nothing."""
    with contextlib.suppress(StoreError), store.read("reading") as transaction:
        audit.record(transaction, Act("ci", "act", "sly"))
    assert targets(store) == []


def test_writers_wait_for_each_other(store: Store) -> None:
    """Many threads that read and then write in one transaction all come through."""

    def work(number: int) -> None:
        with store.write("working") as transaction:
            audit.page(transaction)
            time.sleep(0.005)
            audit.record(transaction, Act("ci", "act", str(number)))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(32)))
    assert sorted(targets(store), key=int) == [str(number) for number in range(32)]


@pytest.mark.parametrize("content", [b"this is no database\n" * 100, b"PK\x03\x04" + bytes(5000)])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, events: Any, content: bytes) -> None:
    """And left as it is."""
    (tmp_path / "hpa.db").write_bytes(content)
    with pytest.raises(StoreError, match=r"opening the store: the database sqlite:.*hpa\.db says: file is not a data"):
        open_store(tmp_path, events)
    assert (tmp_path / "hpa.db").read_bytes() == content


def test_a_torn_database_is_told(tmp_path: Path, events: Any) -> None:
    """Of a file whose second half is gone something fails as a StoreError, never as anything else."""
    store = open_store(tmp_path, events)
    for number in range(200):
        record(store, str(number) * 300)
    store.close()
    whole = (tmp_path / "hpa.db").read_bytes()
    (tmp_path / "hpa.db").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match="malformed"), contextlib.closing(open_store(tmp_path, events)) as torn:
        targets(torn)


def test_another_programs_database_is_not_touched(tmp_path: Path, events: Any) -> None:
    """Where a table of ours stands that we did not make, nothing is made beside it."""
    with contextlib.closing(sqlite3.connect(tmp_path / "hpa.db")) as other:
        other.execute("CREATE TABLE audit (what TEXT)")
        other.commit()
    with pytest.raises(StoreError, match="table audit already exists"):
        open_store(tmp_path, events)
    with contextlib.closing(sqlite3.connect(tmp_path / "hpa.db")) as other:
        assert [name for (name,) in other.execute("SELECT name FROM sqlite_master")] == ["audit"]


def test_a_folder_that_cannot_be_written_is_told(strangers_folder: Path, events: Any) -> None:
    """Both the folder itself and a new one in it; the message has the path and the reason."""
    with pytest.raises(StoreError, match=rf"making {strangers_folder}/hpa\.db .*: Permission denied"):
        open_store(strangers_folder, events)
    with pytest.raises(StoreError, match=rf"making the state directory {strangers_folder}/new: Permission denied"):
        open_store(strangers_folder / "new", events)


def test_a_folder_instead_of_the_file_is_told(tmp_path: Path, events: Any) -> None:
    """SQLite cannot open a folder."""
    (tmp_path / "hpa.db").mkdir()
    with pytest.raises(StoreError, match=r"hpa\.db"):
        open_store(tmp_path, events)


def test_a_url_into_a_missing_folder_is_told(tmp_path: Path, events: Any) -> None:
    """Only the state directory is made; another folder must be there."""
    with pytest.raises(StoreError, match=r"absent: No such file"):
        open_store(tmp_path, events, f"sqlite:///{tmp_path}/absent/x.db")


def test_nobody_there_is_told(tmp_path: Path, events: Any) -> None:
    """Where no PostgreSQL listens the message has the address, no password, and comes at once."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # taken, and not listening
        port = held.getsockname()[1]
        start = time.monotonic()
        with pytest.raises(
            StoreError, match=rf"opening the store: the database .*@127\.0\.0\.1:{port}/hpa says: "
        ) as caught:
            open_store(tmp_path, events, f"postgresql://hpa:pass-word@127.0.0.1:{port}/hpa")
    assert time.monotonic() - start < 20
    assert "pass-word" not in str(caught.value)


@pytest.mark.parametrize("secret", ["password", "sslpassword"])
def test_a_password_in_the_query_is_not_told(tmp_path: Path, events: Any, secret: str) -> None:
    """Libpq takes it there, too; where the database is stays told."""
    url = f"postgresql:///hpa?host={tmp_path}&user=hpa&{secret}=pass-word"
    with pytest.raises(StoreError, match=rf"opening the store: the database .*{tmp_path.name} says: ") as caught:
        open_store(tmp_path, events, url)
    assert "pass-word" not in str(caught.value)


def test_a_missing_database_is_told(postgres: Postgres, tmp_path: Path, events: Any) -> None:
    """PostgreSQL's own reason is passed on."""
    with pytest.raises(StoreError, match=r'says: .*database "absent" does not exist'):
        open_store(tmp_path, events, postgres.url("absent"))


def test_a_server_that_comes_back_is_used_again(postgres: Postgres, tmp_path: Path, events: Any) -> None:
    """Connections that the server ended are replaced; no transaction that begins afterwards fails."""
    url = postgres.create_database()
    store = open_store(tmp_path, events, url)
    record(store, "before")
    with postgres.connect() as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hpa-discovery'")
    record(store, "after")
    assert targets(store) == ["before", "after"]
    store.close()
    postgres.drop_database(url)


def test_a_server_that_stops_is_told(postgres: Postgres, tmp_path: Path, events: Any) -> None:
    """Reading and writing fail with what was being done, and at once."""
    with type(postgres)() as other:
        store = open_store(tmp_path, events, other.create_database())
        record(store)
    start = time.monotonic()
    with pytest.raises(StoreError, match=r"listing: the database postgresql.* says: connection"):
        targets(store)
    with pytest.raises(StoreError, match=r"recording: the database postgresql.* says: connection"):
        record(store)
    assert time.monotonic() - start < 20
    store.close()


@pytest.mark.parametrize(
    ("database", "says"),
    [
        ("mysql://u:pass-word@h/d", r"begins with 'mysql': write sqlite:////folder/file.db or postgresql://"),
        ("mysql+pymysql://h/d", r"begins with 'mysql\+pymysql'"),
        ("postgresql+asyncpg://h/d", r"begins with 'postgresql\+asyncpg'"),
        ("sqlite+aiosqlite:////x.db", r"begins with 'sqlite\+aiosqlite'"),
        ("/var/lib/hpa.db", "cannot be read"),
        ("", "cannot be read"),
        ("postgresql://u:pass-word@h:port/d", "cannot be read"),
        ("sqlite://", "must name a file and nothing else"),
        ("sqlite:///:memory:", "must name a file and nothing else"),
        ("sqlite:////x.db?mode=ro", "must name a file and nothing else"),
    ],
)
def test_another_kind_of_url_is_wrong_usage(tmp_path: Path, events: Any, database: str, says: str) -> None:
    """The message says what may be written, and shows no password."""
    with pytest.raises(UsageError, match=says) as caught:
        open_store(tmp_path, events, database)
    assert "pass-word" not in str(caught.value)


@pytest.mark.parametrize(
    ("database", "means"),
    [
        (None, "sqlite:////state/hpa.db"),
        ("sqlite:////data/x.db", "sqlite:////data/x.db"),
        ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql+psycopg://u@h:5433/d?sslmode=verify-full", "postgresql+psycopg://u@h:5433/d?sslmode=verify-full"),
    ],
)
def test_urls_mean_our_two_databases(database: str | None, means: str) -> None:
    """PostgreSQL is always spoken to through psycopg 3, with what libpq takes."""
    assert database_url(database, Path("/state")).render_as_string() == means


def test_errors_show_no_values(store: Store) -> None:
    """What the database says of a row that it refuses must not repeat the row."""
    insert = text("INSERT INTO secret (name, sealed, changed_at) VALUES ('n', :sealed, NULL)")
    with pytest.raises(StoreError) as caught, store.write("writing") as transaction:
        transaction.execute(insert, {"sealed": b"correct horse"})
    assert "horse" not in str(caught.value)
    assert b"correct horse".hex() not in str(caught.value)
    assert str(caught.value).startswith(f"writing: the database {store.name} says: ")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file that is somebody else's")
def test_a_file_of_another_user_is_told_as_such(events: Any) -> None:
    """Once a command ran as root in the service's state directory, the message says why the service does not start."""
    folder = Path(tempfile.mkdtemp(prefix="hpa-store-"))
    try:
        open_store(folder, events).close()
        folder.chmod(0o777)
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
        says = rf"opening {folder}/hpa.db: the user nobody may not read and write it; it belongs to the user root"
        with pytest.raises(StoreError, match=says):
            open_store(folder, events)
        with pytest.raises(StoreError, match=says):
            condition_of(folder)
    finally:
        os.seteuid(0)
        shutil.rmtree(folder)


def test_the_size_is_that_of_the_database(tmp_path: Path, events: Any) -> None:
    """What lies beside it and is called alike, such as a backup, does not count; what SQLite keeps beside it does."""
    with contextlib.closing(open_store(tmp_path, events)) as store:
        (tmp_path / "hpa.db.bak").write_bytes(b"x" * 10_000_000)
        with store.read("looking"):
            found = condition_of(tmp_path)
            files = [path.stat().st_size for path in (tmp_path / "hpa.db", tmp_path / "hpa.db-wal")]
    assert found is not None
    assert all(files)
    assert sum(files) <= found.size < sum(files) + 100_000
