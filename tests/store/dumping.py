# SPDX-License-Identifier: Apache-2.0
"""Dumps a database as SQL that one call can run again; `python tests/store/dumping.py` is run at a release.

It writes the schema of this program, with the rows of `filling.fill`, to
released/<revision>.<kind>.sql: from those the tests migrate. What was written for
a revision that shipped stays as it is.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from hpa_discovery.store.opening import open_store
from hpa_discovery.store.schema import HEAD
from peers.postgres import Postgres, programs
from store.activating import Silent
from store.filling import fill

RELEASED = Path(__file__).parent / "released"
HEADER = "-- SPDX-License-Identifier: Apache-2.0\n"


def main() -> None:
    """Write both files; refuses where one is there."""
    with TemporaryDirectory() as folder, Postgres() as server:
        path = Path(folder) / "dumped.db"
        for kind, url in (("sqlite", f"sqlite:///{path}"), ("postgresql", server.create_database())):
            store = open_store(Path(folder) / kind, Silent(), url)
            fill(store)
            store.close()
            target = RELEASED / f"{HEAD}.{kind}.sql"
            if target.exists():
                sys.exit(f"{target.name} is there already: a schema that was released stays as it is")
            target.write_text(HEADER + (of_sqlite(path) if kind == "sqlite" else of_postgresql(url)))


def of_sqlite(path: Path) -> str:
    """All of a file, as statements."""
    connection = sqlite3.connect(path)
    try:
        return "\n".join(connection.iterdump()) + "\n"
    finally:
        connection.close()


def of_postgresql(url: str) -> str:
    """All of a database, as statements; without comments and what only psql understands."""
    folder = programs()
    assert folder is not None
    command = [str(folder / "pg_dump"), "--inserts", "--no-owner", "--no-privileges", url]
    dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    kept = [line for line in dumped.splitlines() if line and not line.startswith(("--", "\\"))]
    return "\n".join(kept) + "\n"


if __name__ == "__main__":
    main()
