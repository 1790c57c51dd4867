# SPDX-License-Identifier: Apache-2.0
"""Short ways to fill a store."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import text

from hpa_discovery.model import Part
from hpa_discovery.store import activations, content, generations

if TYPE_CHECKING:
    from datetime import timedelta

    from hpa_discovery.model import Active
    from hpa_discovery.store.database import Store, Transaction


def digest(word: str) -> str:
    """A digest like any other."""
    return sha256(word.encode()).hexdigest()


def generation(transaction: Transaction, word: str) -> str:
    """Store a generation of one pack, whose content is `word`; the digest of the generation."""
    archive = content.put(transaction, "pack", "acme.cards", "1.0.0", word.encode())
    part = Part("pack", "acme.cards", "1.0.0", archive)
    generations.add(transaction, digest(word), "0.1.0", [part])
    return digest(word)


def activated(store: Store, word: str) -> Active:
    """Store a generation and let it serve."""
    with store.write("activating") as transaction:
        now = activations.active(transaction, hold=True)
        found = activations.activate(transaction, generation(transaction, word), now.sequence, "cli:test", "test")
    assert found is not None
    return found


def age(store: Store, table: str, column: str, by: timedelta, where: str = "1=1") -> None:
    """Make rows older than they are, or younger."""
    seconds = int(by.total_seconds())
    older = f"{column} - interval '{seconds} seconds'"
    if not store.shared:
        older = f"strftime('%Y-%m-%d %H:%M:%f000', {column}, '{-seconds:+d} seconds')"
    with store.write("pretending that time has passed") as transaction:
        transaction.execute(text(f"UPDATE {table} SET {column} = {older} WHERE {where}"))  # noqa: S608 - ours alone
