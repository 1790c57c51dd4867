# SPDX-License-Identifier: Apache-2.0
"""What a listing of a region gave, against what is known: only differences are written.

What a listing shows is there. What it does not show is missing only if the
listing was complete, and gone when two complete ones in a row do not show it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, select, update

from hpa_discovery.errors import StoreRefused
from hpa_discovery.store import schedule
from hpa_discovery.store.clock import now
from hpa_discovery.store.digests import checked_digest
from hpa_discovery.store.inserting import insert_once
from hpa_discovery.store.portions import portions
from hpa_discovery.store.subject_writing import as_text, keep, known_of, miss, written
from hpa_discovery.store.tables import LISTING
from hpa_discovery.store.texts import cleaned

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from hpa_discovery.store.database import Transaction
    from hpa_discovery.store.schedule import Claim
    from hpa_discovery.store.seen import Seen
    from hpa_discovery.store.subject_writing import Row

MOST_ERROR = 2000


@dataclass(frozen=True, slots=True)
class Listing:
    """The last listing of a region; times are UTC.

    `number` counts listings. `error` says why the last was not complete, "" where it was. `stale_since` is when
    the first of those failed that came after a complete one, `completed_at` when that one ended; `generation` is
    the digest that it was evaluated with.
    """

    number: int
    complete: bool
    finished_at: datetime
    completed_at: datetime | None
    generation: str | None
    error: str
    stale_since: datetime | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a listing changed: how many subjects appeared, differ, are missing now, or are gone now."""

    number: int
    appeared: int
    changed: int
    missing: int
    gone: int


def listing(transaction: Transaction, region: int) -> Listing | None:
    """The last listing; None before the first."""
    return of_regions(transaction, [region]).get(region)


def of_regions(transaction: Transaction, regions: Collection[int]) -> dict[int, Listing]:
    """The last listings of these regions; one that was never listed is left out."""
    columns = [LISTING.c[name] for name in Listing.__dataclass_fields__]
    found = {}
    for some in portions(regions):
        rows = select(LISTING.c.region, *columns).where(LISTING.c.region.in_(some))
        for region, *values in transaction.execute(rows):
            last = dict(zip(Listing.__dataclass_fields__, values, strict=True))
            found[region] = Listing(**last | {"error": last["error"] or ""})
    return found


def check(subject_id: str, body: Mapping[str, Any]) -> None:
    """StoreRefused for a subject that cannot be kept: the id is one that no database keeps, or the body is no JSON."""
    as_text(subject_id, body)


def make_rows(found: Sequence[Seen]) -> dict[str, Row]:
    """What a listing gave, by id, as it is kept; to be made before the transaction, as it may take seconds.

    StoreRefused for a subject that is listed twice, or whose id no database keeps.
    """
    rows = {row.seen.subject_id: row for row in map(written, found)}
    if len(rows) != len(found):
        raise StoreRefused(f"recording a listing of {len(found)} subjects: only {len(rows)} have different ids")
    return rows


def record_listing(
    transaction: Transaction,
    claimed: Claim,
    rows: Mapping[str, Row],
    *,
    generation: str | None,
    error: str | None = None,
) -> Recorded | None:
    """Keep what a listing gave, with its history. With `error` it was not complete; `rows` is what came of it.

    None when the fence of the claim was taken: nothing is written then.
    """
    if not schedule.holds(transaction, claimed):
        return None
    region = claimed.region
    known = known_of(transaction, region)
    keep(transaction, region, None if generation is None else checked_digest(generation), rows, known)
    absent = [subject_id for subject_id in known if subject_id not in rows] if error is None else []
    return Recorded(
        _note(transaction, region, generation, error),
        appeared=sum(subject_id not in known for subject_id in rows),
        changed=sum(subject_id in known and row.digest != known[subject_id].digest for subject_id, row in rows.items()),
        missing=sum(known[subject_id].missing == 0 for subject_id in absent),
        gone=miss(transaction, region, generation, {each: known[each] for each in absent}),
    )


def _note(transaction: Transaction, region: int, generation: str | None, error: str | None) -> int:
    insert_once(transaction, LISTING, {"region": region, "number": 0, "complete": False})
    since = case((LISTING.c.stale_since.is_(None), now()), else_=LISTING.c.stale_since)
    values: dict[str, Any] = {"error": error and cleaned(error, MOST_ERROR), "stale_since": since}
    if error is None:
        values = {"error": None, "stale_since": None, "completed_at": now(), "generation": generation}
    values |= {"number": LISTING.c.number + 1, "complete": error is None, "finished_at": now()}
    noted = update(LISTING).where(LISTING.c.region == region).values(**values)
    return int(transaction.execute(noted.returning(LISTING.c.number)).scalar_one())
