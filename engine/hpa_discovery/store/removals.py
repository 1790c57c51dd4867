# SPDX-License-Identifier: Apache-2.0
"""Packs that were removed by command: a folder that still holds one must not bring it back.

What counts is the content. A pack of this name with another digest is a new
version, and comes in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from hpa_discovery.store.digests import checked_digest
from hpa_discovery.store.inserting import insert_once
from hpa_discovery.store.tables import REMOVED_PACK
from hpa_discovery.store.texts import checked

if TYPE_CHECKING:
    from hpa_discovery.store.database import Transaction


def add(transaction: Transaction, name: str, digest: str, by: str) -> bool:
    """Keep a pack out, by its namespace and the digest of its content; False when it is kept out already.

    StoreRefused for a bad digest or name.
    """
    values = {
        "name": checked("the name of the pack", name),
        "digest": checked_digest(digest),
        "removed_by": checked("who removes a pack", by),
    }
    return insert_once(transaction, REMOVED_PACK, values)


def removed(transaction: Transaction) -> set[tuple[str, str]]:
    """Name and digest of all that is kept out."""
    rows = transaction.execute(select(REMOVED_PACK.c.name, REMOVED_PACK.c.digest))
    return {(row.name, row.digest) for row in rows}
