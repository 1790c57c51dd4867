# SPDX-License-Identifier: Apache-2.0
"""Every test that asks for a store runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hpa_discovery.store.opening import open_store
from packs.live.sites import Events

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hpa_discovery.store.database import Store


@pytest.fixture
def events() -> Events:
    """An observer that remembers."""
    return Events()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    server = request.getfixturevalue("postgres")
    url = server.create_database()
    yield url
    server.drop_database(url)


@pytest.fixture
def store(database: str, tmp_path: Path, events: Events) -> Iterator[Store]:
    """An open, empty store."""
    opened = open_store(tmp_path / "state", events, database)
    yield opened
    opened.close()
