# SPDX-License-Identifier: Apache-2.0
"""The first token: made once for a store, in a file for its owner alone."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from hpa_discovery.errors import StoreError
from hpa_discovery.service.first_token import give_first_token
from hpa_discovery.store import audit, tokens
from hpa_discovery.store.database import Store
from hpa_discovery.store.opening import open_store
from packs.live.sites import Events


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store that nobody used."""
    opened = open_store(tmp_path / "state", Events())
    yield opened
    opened.close()


def test_it_is_made_once(store: Store, tmp_path: Path) -> None:
    """The file holds an administrator's token; the audit tells of it; there is no second one."""
    path = give_first_token(store, tmp_path)
    again = give_first_token(store, tmp_path)

    assert path == tmp_path / "admin.token"
    assert again is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with store.read("looking") as transaction:
        found = tokens.find(transaction, path.read_text("ascii").strip())
        [row] = audit.page(transaction)
    assert found is not None
    assert (found.name, found.role) == ("first-admin", "admin")
    assert (row.act.action, row.act.target) == ("token.create", "first-admin")
    assert path.read_text("ascii").strip() not in str(row)


def test_no_token_without_a_file(store: Store, tmp_path: Path) -> None:
    """Where the file cannot be written there is no token either, and the next start tries again."""
    with pytest.raises(StoreError, match=f"writing {tmp_path / 'none' / 'admin.token'}: No such file"):
        give_first_token(store, tmp_path / "none")
    assert give_first_token(store, tmp_path) is not None


def test_the_file_of_a_lost_database_is_replaced(store: Store, tmp_path: Path) -> None:
    """Its token is good for nothing; a link that lies there is replaced, not followed."""
    (tmp_path / "elsewhere").write_text("mine", "ascii")
    (tmp_path / "admin.token").symlink_to(tmp_path / "elsewhere")
    give_first_token(store, tmp_path)
    assert (tmp_path / "elsewhere").read_text("ascii") == "mine"
    assert not (tmp_path / "admin.token").is_symlink()
    assert (tmp_path / "admin.token").read_text("ascii").startswith("hpa_")


def test_a_store_with_a_token_gets_no_other(store: Store, tmp_path: Path) -> None:
    """Also when that token was revoked: its owner decided so."""
    with store.write("creating") as transaction:
        tokens.create(transaction, "mine", role="admin", by="test")
        tokens.revoke(transaction, "mine")
    assert give_first_token(store, tmp_path) is None
    assert not (tmp_path / "admin.token").exists()
