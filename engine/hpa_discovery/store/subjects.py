# SPDX-License-Identifier: Apache-2.0
"""The subjects of a region as the last listings gave them, each with its outcome. `listings` writes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import func, select

from hpa_discovery.store.outcomes import read_outcome
from hpa_discovery.store.portions import portions
from hpa_discovery.store.tables import SUBJECT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Set
    from datetime import datetime

    from sqlalchemy import RowMapping

    from hpa_discovery.model import Outcome
    from hpa_discovery.store.database import Transaction

Presence = Literal["present", "missing", "gone"]

# Complete listings in a row without a subject, after which it is gone.
GONE_AFTER = 2
MOST_PAGE = 500


@dataclass(frozen=True, slots=True)
class StoredSubject:
    """One subject. `generation` is the digest of the one that first gave this outcome; `changed_at` is UTC.

    A body of more than 1 MiB of JSON is not kept: it is {"omitted_bytes": n} then.
    """

    subject_id: str
    name: str
    body: Mapping[str, Any]
    outcome: Outcome
    digest: str
    generation: str | None
    missing: int
    changed_at: datetime

    @property
    def presence(self) -> Presence:
        """Present in the last listing that can tell, missing from one, or gone: missing from two in a row."""
        return "gone" if self.missing >= GONE_AFTER else "missing" if self.missing else "present"


def get(transaction: Transaction, region: int, subject_id: str) -> StoredSubject | None:
    """The subject of this id."""
    rows = select(SUBJECT).where(SUBJECT.c.region == region, SUBJECT.c.subject_id == subject_id)
    row = transaction.execute(rows).mappings().one_or_none()
    return None if row is None else _subject(row)


def unseen(transaction: Transaction, region: int, seen: Set[str]) -> Iterator[StoredSubject]:
    """Those that are not gone and whose ids are not in `seen`, by id."""
    ids = select(SUBJECT.c.subject_id).where(SUBJECT.c.region == region, SUBJECT.c.missing < GONE_AFTER)
    for some in portions(sorted(set(transaction.execute(ids).scalars()) - seen)):
        rows = select(SUBJECT).where(SUBJECT.c.region == region, SUBJECT.c.subject_id.in_(some))
        yield from map(_subject, transaction.execute(rows.order_by(SUBJECT.c.subject_id)).mappings())


def page(transaction: Transaction, region: int, after: str = "", limit: int = 100) -> tuple[StoredSubject, ...]:
    """Up to `limit` (at most 500) subjects by id, those `after` this one; one that is gone stays while A&AI has it."""
    wanted = select(SUBJECT).where(SUBJECT.c.region == region, SUBJECT.c.subject_id > after)
    rows = wanted.order_by(SUBJECT.c.subject_id).limit(min(limit, MOST_PAGE))
    return tuple(_subject(row) for row in transaction.execute(rows).mappings())


def every(transaction: Transaction, region: int) -> Iterator[StoredSubject]:
    """All subjects by id, read in pages. Whoever holds a claim of the region sees all as of one moment."""
    found = page(transaction, region, limit=MOST_PAGE)
    while found:
        yield from found
        found = page(transaction, region, found[-1].subject_id, MOST_PAGE) if len(found) == MOST_PAGE else ()


def count(transaction: Transaction, region: int) -> int:
    """How many subjects of the region are not gone."""
    return counts(transaction, [region]).get(region, 0)


def counts(transaction: Transaction, regions: Collection[int]) -> dict[int, int]:
    """The same of each of these regions; one that has none is left out."""
    found: dict[int, int] = {}
    for some in portions(regions):
        there = select(SUBJECT.c.region, func.count()).where(SUBJECT.c.region.in_(some), SUBJECT.c.missing < GONE_AFTER)
        found |= {row[0]: row[1] for row in transaction.execute(there.group_by(SUBJECT.c.region))}
    return found


def _subject(row: RowMapping) -> StoredSubject:
    known = {name: row[name] for name in StoredSubject.__dataclass_fields__}
    return StoredSubject(**known | {"body": json.loads(row["body"]), "outcome": read_outcome(row["outcome"])})
