# SPDX-License-Identifier: Apache-2.0
"""How much of the past is kept: what served longest ago goes when something new would be too much.

What is old goes in any case (retention.py); a vendor who changes a large driver
all day must not fill the disk before that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, exists, func, select

from hpa_discovery.store.activations import active
from hpa_discovery.store.tables import ACTIVATION, CONTENT, GENERATION, PART

if TYPE_CHECKING:
    from collections.abc import Collection

    from hpa_discovery.store.database import Transaction

# Whatever they take: what served last, and what a rollback would go to.
KEPT_GENERATIONS = 2


@dataclass(frozen=True, slots=True)
class Quota:
    """The most that is kept: bytes of packs and overlays before they are compressed, and generations."""

    bytes: int = 1024 * 1024 * 1024
    generations: int = 1000


DEFAULT = Quota()


class Trimmed(NamedTuple):
    """What was deleted to make room, in rows and bytes; `missing_bytes` is what would be needed beyond that."""

    generations: int = 0
    contents: int = 0
    bytes: int = 0
    missing_bytes: int = 0

    def and_then(self, later: Trimmed) -> Trimmed:
        """Both together; what is missing is what is missing at the end."""
        return Trimmed(
            self.generations + later.generations,
            self.contents + later.contents,
            self.bytes + later.bytes,
            later.missing_bytes,
        )


def make_room(transaction: Transaction, wanted: Collection[str], size: int, quota: Quota = DEFAULT) -> Trimmed:
    """Delete generations until one more fits in, with `size` bytes that are not stored yet.

    Those that served longest ago go first, with the history that names them. What serves stays, and the two that
    served last, and content with the digests in `wanted`; where that alone is too much, it says by how much.
    The transaction must hold the active generation.
    """
    before = _stored(transaction)
    left = before
    for generation in _oldest_first(transaction):
        if left.bytes + size <= quota.bytes and left.generations < quota.generations:
            break
        transaction.execute(delete(ACTIVATION).where(ACTIVATION.c.generation == generation))
        transaction.execute(delete(GENERATION).where(GENERATION.c.digest == generation))
        named = exists().where(PART.c.content == CONTENT.c.digest)
        transaction.execute(delete(CONTENT).where(~named & CONTENT.c.digest.not_in(wanted)))
        left = _stored(transaction)
    return Trimmed(
        before.generations - left.generations,
        before.contents - left.contents,
        before.bytes - left.bytes,
        max(0, left.bytes + size - quota.bytes),
    )


class _Stored(NamedTuple):
    generations: int
    contents: int
    bytes: int


def _stored(transaction: Transaction) -> _Stored:
    count = transaction.execute(select(func.count()).select_from(GENERATION)).scalar_one()
    sizes = select(func.count(), func.coalesce(func.sum(CONTENT.c.size), 0)).select_from(CONTENT)
    contents, size = transaction.execute(sizes).one()
    return _Stored(count, contents, int(size))


def _oldest_first(transaction: Transaction) -> list[str]:
    """Those that may go."""
    last = func.coalesce(func.max(ACTIVATION.c.sequence), 0)
    joined = select(GENERATION.c.digest).outerjoin(ACTIVATION, ACTIVATION.c.generation == GENERATION.c.digest)
    ordered = joined.group_by(GENERATION.c.digest).order_by(last, GENERATION.c.digest)
    found = transaction.execute(ordered).scalars().all()
    serving = active(transaction).generation
    return [digest for digest in found[:-KEPT_GENERATIONS] if digest != serving]
