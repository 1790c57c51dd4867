# SPDX-License-Identifier: Apache-2.0
"""Picking 100 due steps of a schedule with 100,000 regions, on SQLite and on PostgreSQL.

Run: `python benchmarks/schedule.py`; PostgreSQL is a private one, as in the tests.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from cloud.figures import medians, verdict

from hpa_discovery.store import schedule
from hpa_discovery.store.database import Store
from hpa_discovery.store.opening import open_store
from peers.postgres import Postgres
from store.crowd import fill

REGIONS = 100_000
PICKED = 100
CLAIMED = 500
# Of each hour's worth of regions, so many seconds' worth are due.
LATE = {"few are due": 1, "3,000 are due": 54, "all are due": 3600}
TARGET_MS = 5


class Silent:
    """Hears nothing."""

    def event(self, name: str, fields: dict[str, Any]) -> None:
        """Nothing."""


@contextmanager
def filled(folder: Path, database: str, late: int) -> Iterator[Store]:
    """A store with all regions, of which some are claimed."""
    store = open_store(folder, Silent(), database)
    fill(store, REGIONS, late)
    with store.write("claiming") as transaction:
        for each in schedule.due(transaction, CLAIMED):
            schedule.claim(transaction, each.region, each.kind, "benchmark", timedelta(hours=1))
    yield store
    store.close()


def picked(store: Store) -> int:
    """What a tick does."""
    with store.read("picking") as transaction:
        return sum(len(schedule.due(transaction, PICKED, troubled=troubled)) for troubled in (False, True))


def main() -> None:
    """Print milliseconds for each database and each number of due steps."""
    with tempfile.TemporaryDirectory() as folder, Postgres() as server:
        for number, (what, late) in enumerate(LATE.items()):
            path = Path(folder) / str(number)
            urls = {"SQLite": f"sqlite:///{path}.db", "PostgreSQL": server.create_database()}
            for name, url in urls.items():
                with filled(path / name, url, late) as store:
                    count = picked(store)
                    [seconds] = medians({"pick": lambda store=store: picked(store)}, rounds=31).values()
                    print(verdict(f"{name}, {what}, {count} picked, ms", seconds * 1e3, TARGET_MS, at_least=False))


if __name__ == "__main__":
    main()
