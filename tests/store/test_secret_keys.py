# SPDX-License-Identifier: Apache-2.0
"""The key file: made when it may be, read strictly, and never open to others."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.fernet import Fernet

from hpa_discovery.errors import StoreError
from hpa_discovery.store.keys import MOST_KEYS, load_keys

if TYPE_CHECKING:
    from pathlib import Path

    from hpa_discovery.store.database import Store

KEY, OTHER = Fernet.generate_key(), Fernet.generate_key()


def key_file(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    """A file as an operator makes it."""
    path = folder / "keys"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_without_a_file_one_is_made(store: Store, tmp_path: Path, events: Any) -> None:
    """On SQLite, for the owner alone and with a warning, once; PostgreSQL is refused and told how a key is made."""
    folder = tmp_path / "state"
    if store.shared:
        with pytest.raises(StoreError, match=r"several hosts.*--secret-key-file.*openssl rand"):
            load_keys(store, folder, None, events, make=True)
        assert not (folder / "secret.key").exists()
        return
    sealed = load_keys(store, folder, None, events, make=True).encrypt(b"value")
    assert load_keys(store, folder, None, events, make=True).decrypt(sealed) == b"value"
    path = folder / "secret.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert events == [("secrets.key_made", {"path": str(path)})]
    assert [each.name for each in folder.iterdir() if each.name.startswith(".new")] == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_starts_at_once_make_one_key(store: Store, tmp_path: Path, events: Any) -> None:
    """Whoever comes second uses the key of the first."""
    with ThreadPoolExecutor(8) as threads:
        keys = list(threads.map(lambda _: load_keys(store, tmp_path / "state", None, events, make=True), range(8)))
    sealed = keys[0].encrypt(b"value")
    assert {each.decrypt(sealed) for each in keys} == {b"value"}
    assert len(events) == 1


def test_a_named_file_is_used(store: Store, tmp_path: Path, events: Any) -> None:
    """On both databases; nothing is made and nothing is warned of."""
    keys = load_keys(store, tmp_path / "state", key_file(tmp_path, KEY), events)
    assert Fernet(KEY).decrypt(keys.encrypt(b"value")) == b"value"
    assert not (tmp_path / "state" / "secret.key").exists()
    assert events == []


def test_keys_stand_one_a_line(store: Store, tmp_path: Path, events: Any) -> None:
    """The first seals, all open; comments, empty lines and Windows' line ends do not count."""
    file = key_file(tmp_path, b"# new\r\n" + KEY + b"  \r\n\r\n  # old\n" + OTHER + b"\n")
    keys = load_keys(store, tmp_path, file, events)
    assert Fernet(KEY).decrypt(keys.encrypt(b"value")) == b"value"
    assert keys.decrypt(Fernet(OTHER).encrypt(b"old value")) == b"old value"


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o440, 0o640])
def test_owner_and_group_may_read(store: Store, tmp_path: Path, events: Any, mode: int) -> None:
    """The group too: that is how a Kubernetes Secret is mounted for a user that is not root."""
    load_keys(store, tmp_path, key_file(tmp_path, KEY, mode), events)


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o620, 0o660, 0o644, 0o777])
def test_a_file_that_lets_others_in_is_refused(store: Store, tmp_path: Path, events: Any, mode: int) -> None:
    """The message shows the mode and what it should be."""
    with pytest.raises(StoreError, match=rf"its mode is {mode:04o}, which lets others in; make it 0600, 0400 or 0440"):
        load_keys(store, tmp_path, key_file(tmp_path, KEY, mode), events)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it holds 0 keys"),
        (b"# only words\n", "it holds 0 keys"),
        (b"too short\n", "line 1 is no key; it must be 32 bytes in URL-safe Base64"),
        (KEY + b"\n\n" + KEY[:-4] + b"\n", "line 3 is no key"),
        (b"\xff\xfe", "it is not ASCII text"),
        ((KEY + b"\n") * (MOST_KEYS + 1), f"it holds {MOST_KEYS + 1} keys; it must be 1 to {MOST_KEYS}"),
    ],
    ids=["empty", "words", "short", "cut", "not ASCII", "too many"],
)
def test_a_file_that_is_no_key_file(store: Store, tmp_path: Path, events: Any, content: bytes, says: str) -> None:
    """The message names file and line, and shows nothing that could be a key."""
    with pytest.raises(StoreError, match=says) as caught:
        load_keys(store, tmp_path, key_file(tmp_path, content), events)
    assert str(tmp_path / "keys") in str(caught.value)
    assert KEY[:10].decode() not in str(caught.value)


def test_a_missing_file_is_told(store: Store, tmp_path: Path, events: Any) -> None:
    """A named file is never made: a slip in its name must not start with a new key."""
    with pytest.raises(StoreError, match=r"reading the secret key file .*absent: there is no such file"):
        load_keys(store, tmp_path, tmp_path / "absent", events, make=True)
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_only_a_service_makes_a_key(store: Store, tmp_path: Path, events: Any) -> None:
    """Whoever looks, or seals anew, has no use for a key that nothing is sealed with."""
    with pytest.raises(StoreError, match=r"secret.key: there is no such file; --secret-key-file names one"):
        load_keys(store, tmp_path / "state", None, events)
    assert not (tmp_path / "state" / "secret.key").exists()
    assert events == []
