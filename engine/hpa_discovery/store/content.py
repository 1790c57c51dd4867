# SPDX-License-Identifier: Apache-2.0
"""What was accepted of packs and overlays, kept by its digest.

A caller makes one archive of each version, the same bytes every time. It is
stored once, compressed, and what comes back is what went in or an error.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from sqlalchemy import select

from hpa_discovery.errors import DataError, StoreRefused
from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.store.inserting import insert_once
from hpa_discovery.store.tables import CONTENT
from hpa_discovery.store.texts import checked

if TYPE_CHECKING:
    from datetime import datetime

    from hpa_discovery.store.database import Transaction

ContentKind = Literal["pack", "overlay"]

MOST_BYTES = DEFAULT.archive_bytes
# Level 6 takes three times as long for 5% less.
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class StoredContent:
    """One archive: its SHA-256, what it holds, its bytes before compression, and when it was first stored (UTC).

    `name` and `version` are a pack's namespace and version, or an overlay's id and an empty text.
    """

    digest: str
    kind: ContentKind
    name: str
    version: str
    size: int
    created_at: datetime


def put(transaction: Transaction, kind: ContentKind, name: str, version: str, archive: bytes) -> str:
    """Store an archive unless it is there; its digest. StoreRefused above 96 MiB."""
    if len(archive) > MOST_BYTES:
        raise StoreRefused(f"storing {kind} {name} {version}: it has {len(archive)} bytes, {MOST_BYTES} are allowed")
    digest = sha256(archive).hexdigest()
    if not known(transaction, digest):
        values = {
            "digest": digest,
            "kind": kind,
            "name": checked(f"the name of the {kind}", name),
            "version": checked("a version", version, 100) if version else "",
            "size": len(archive),
            "packed": zlib.compress(archive, _LEVEL),
        }
        insert_once(transaction, CONTENT, values)  # another host may have been quicker
    return digest


def known(transaction: Transaction, digest: str) -> bool:
    """Whether an archive with this digest is stored."""
    return transaction.execute(select(CONTENT.c.digest).where(CONTENT.c.digest == digest)).first() is not None


def get(transaction: Transaction, digest: str) -> bytes:
    """The archive with this digest. StoreRefused when there is none; DataError when it is not whole any more."""
    packed = transaction.execute(select(CONTENT.c.packed).where(CONTENT.c.digest == digest)).scalar_one_or_none()
    if packed is None:
        raise StoreRefused(f"reading content {digest}: the store has none with this digest")
    unpacker = zlib.decompressobj()
    try:
        archive = unpacker.decompress(packed, MOST_BYTES)
    except zlib.error as error:
        raise DataError(f"reading content {digest}: it is damaged ({error}); restore the database") from error
    if sha256(archive).hexdigest() != digest:
        raise DataError(f"reading content {digest}: it is damaged, its digest differs; restore the database")
    return archive


def contents(transaction: Transaction) -> tuple[StoredContent, ...]:
    """All that is stored, without the archives, by kind and name, the oldest first."""
    columns = [column for column in CONTENT.columns if column.name != "packed"]
    order = (CONTENT.c.kind, CONTENT.c.name, CONTENT.c.created_at, CONTENT.c.digest)
    rows = transaction.execute(select(*columns).order_by(*order))
    return tuple(StoredContent(**row) for row in rows.mappings())
