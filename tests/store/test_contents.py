# SPDX-License-Identifier: Apache-2.0
"""Content: what goes in comes out, once, or an error says why not."""

from __future__ import annotations

import tracemalloc
import zlib
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from hpa_discovery.errors import DataError, StoreError
from hpa_discovery.store import content
from store.stored import digest

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store


def bomb(size: int) -> bytes:
    """So many zeros, packed, without ever having them all."""
    packer = zlib.compressobj(1)
    return b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(size // 1024**2)) + packer.flush()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(archive=st.binary(max_size=5000))
def test_what_goes_in_comes_out(store: Store, archive: bytes) -> None:
    """Any bytes come back by their SHA-256."""
    with store.write("keeping") as transaction:
        found = content.put(transaction, "pack", "acme.cards", "1.0.0", archive)
    assert found == sha256(archive).hexdigest()
    with store.read("reading") as transaction:
        assert content.get(transaction, found) == archive


def test_same_bytes_are_kept_once(store: Store) -> None:
    """The second time nothing is stored, and the first name stays."""
    with store.write("keeping") as transaction:
        first = content.put(transaction, "pack", "acme.cards", "1.0.0", b"same")
        again = content.put(transaction, "overlay", "site/other", "", b"same")
        assert [(each.digest, each.name) for each in content.contents(transaction)] == [(first, "acme.cards")]
    assert again == first


def test_contents_are_listed_in_order(store: Store) -> None:
    """By kind and name, with the size before compression; the archives themselves are not read."""
    with store.write("keeping") as transaction:
        for kind, name, version in [("pack", "b", "1"), ("overlay", "site/a", ""), ("pack", "a", "2")]:
            content.put(transaction, kind, name, version, f"{kind} {name}".encode() * 100)  # type: ignore[arg-type]  # a case's text
        found = content.contents(transaction)
    assert [(each.kind, each.name, each.version, each.size) for each in found] == [
        ("overlay", "site/a", "", 1400),
        ("pack", "a", "2", 600),
        ("pack", "b", "1", 600),
    ]
    assert {each.created_at.utcoffset() for each in found if each.created_at.utcoffset()} == set()


def test_a_large_archive_is_kept(store: Store) -> None:
    """The largest archive that a pack may give comes back; a byte more is refused with both figures."""
    with store.write("keeping") as transaction:
        found = content.put(transaction, "pack", "acme.big", "1.0.0", bytes(content.MOST_BYTES))
        assert len(content.get(transaction, found)) == content.MOST_BYTES
        with pytest.raises(StoreError, match=r"pack acme.big 1.0.1: it has 100663297 bytes, 100663296 are allowed"):
            content.put(transaction, "pack", "acme.big", "1.0.1", bytes(content.MOST_BYTES + 1))


def test_what_is_not_there_is_said(store: Store) -> None:
    """A digest that nothing has is an error with the digest."""
    with store.read("reading") as transaction, pytest.raises(StoreError, match=f"{digest('x')}: the store has none"):
        content.get(transaction, digest("x"))


@pytest.mark.parametrize("packed", [b"junk", b"", zlib.compress(b"other"), zlib.compress(b"kept")[:-6]])
def test_damage_is_noticed(store: Store, packed: bytes) -> None:
    """What no longer has its digest is never returned."""
    with store.write("keeping") as transaction:
        found = content.put(transaction, "pack", "acme.cards", "1.0.0", b"kept")
        transaction.execute(text("UPDATE content SET packed = :packed"), {"packed": packed})
    with store.read("reading") as transaction, pytest.raises(DataError, match=f"{found}: it is damaged"):
        content.get(transaction, found)


def test_a_damaged_row_cannot_grow(store: Store) -> None:
    """What unpacks to more than an archive may have is not unpacked further."""
    with store.write("keeping") as transaction:
        found = content.put(transaction, "pack", "acme.cards", "1.0.0", b"kept")
        transaction.execute(text("UPDATE content SET packed = :packed"), {"packed": bomb(8 * content.MOST_BYTES)})
        tracemalloc.start()
        with pytest.raises(DataError, match="its digest differs"):
            content.get(transaction, found)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert most < 3 * content.MOST_BYTES


@pytest.mark.parametrize("name", ["", "x" * 201, "two\nlines", "nul\0"])
def test_bad_names_are_refused(store: Store, name: str) -> None:
    """A name that one of the databases would not take is refused on both."""
    with store.write("keeping") as transaction, pytest.raises(StoreError, match="the name of the pack is"):
        content.put(transaction, "pack", name, "1.0.0", b"")
