# SPDX-License-Identifier: Apache-2.0
"""Generations as the store knows them: a digest, and in order what it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from hpa_discovery.errors import StoreRefused
from hpa_discovery.model import Part
from hpa_discovery.store.digests import checked_digest
from hpa_discovery.store.inserting import insert_once
from hpa_discovery.store.tables import CONTENT, GENERATION, PART
from hpa_discovery.store.texts import checked, cleaned

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hpa_discovery.store.database import Transaction

MOST_ORIGIN = 4096  # the longest path Linux takes


@dataclass(frozen=True, slots=True)
class StoredGeneration:
    """A generation: its digest, the engine's version, its parts in order, and when it was first stored (UTC)."""

    digest: str
    engine: str
    parts: tuple[Part, ...]
    created_at: datetime


def add(transaction: Transaction, digest: str, engine: str, parts: Sequence[Part]) -> bool:
    """Store a generation; False when it is there already. StoreRefused when the content of a part is not stored."""
    values = {"digest": checked_digest(digest), "engine": checked("the engine's version", engine, 100)}
    if not insert_once(transaction, GENERATION, values):
        return False
    _refuse_missing(transaction, digest, parts)
    rows = [_row(digest, position, part) for position, part in enumerate(parts)]
    if rows:
        transaction.execute(insert(PART), rows)
    return True


def find(transaction: Transaction, digest: str) -> StoredGeneration | None:
    """The generation with this digest."""
    head = transaction.execute(select(GENERATION).where(GENERATION.c.digest == digest)).mappings().one_or_none()
    if head is None:
        return None
    rows = transaction.execute(select(PART).where(PART.c.generation == digest).order_by(PART.c.position)).mappings()
    parts = (Part(row["kind"], row["name"], row["version"], row["digest"], row["origin"]) for row in rows)
    return StoredGeneration(digest, head["engine"], tuple(parts), head["created_at"])


def starting_with(transaction: Transaction, prefix: str) -> tuple[str, ...]:
    """The digests that begin so: two of them when there are more, which is as good as all to whoever means one."""
    # LIKE would not mind the case on SQLite.
    alike = select(GENERATION.c.digest).where(func.substr(GENERATION.c.digest, 1, len(prefix)) == prefix)
    return tuple(transaction.execute(alike.order_by(GENERATION.c.digest).limit(2)).scalars())


def _refuse_missing(transaction: Transaction, digest: str, parts: Sequence[Part]) -> None:
    # The foreign key would refuse as well, but say no name.
    wanted = {part.digest: part for part in parts if part.kind != "driver"}
    stored = transaction.execute(select(CONTENT.c.digest).where(CONTENT.c.digest.in_(wanted))).scalars()
    for missing in sorted(set(wanted) - set(stored)):
        part = wanted[missing]
        raise StoreRefused(
            f"storing generation {digest}: {part.kind} {part.name} has no content {missing}; put it first"
        )


def _row(generation: str, position: int, part: Part) -> dict[str, object]:
    return {
        "generation": generation,
        "position": position,
        "kind": part.kind,
        "name": checked(f"the name of a {part.kind}", part.name),
        "version": checked("a version", part.version, 100) if part.version else "",
        "digest": checked_digest(part.digest),
        "origin": cleaned(part.origin, MOST_ORIGIN),
        "content": None if part.kind == "driver" else part.digest,
    }
