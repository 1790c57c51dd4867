# SPDX-License-Identifier: Apache-2.0
"""What a listing of a region gave, against what is known: only differences are written.

What a listing shows is there. What it does not show is missing only if the
listing was complete, and gone when two complete ones in a row do not show it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, delete, exists, insert, select, update

from hpa_discovery.errors import StoreError
from hpa_discovery.store import changes, schedule
from hpa_discovery.store.changes import Change, beginning, between
from hpa_discovery.store.clock import now
from hpa_discovery.store.digests import checked_digest
from hpa_discovery.store.inserting import insert_once
from hpa_discovery.store.outcomes import read_outcome, write_outcome
from hpa_discovery.store.subjects import GONE_AFTER
from hpa_discovery.store.tables import FLAVOR_OBJECT, INTENT, LISTING, SUBJECT
from hpa_discovery.store.texts import cleaned, exact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from hpa_discovery.model import Outcome
    from hpa_discovery.store.database import Transaction
    from hpa_discovery.store.schedule import Claim

MOST_BODY = 1024 * 1024
MOST_ID = 300
MOST_ERROR = 2000
_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """A subject that a listing shows, and its outcome. `body` is its JSON."""

    subject_id: str
    name: str
    body: Mapping[str, Any]
    outcome: Outcome


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


@dataclass(frozen=True, slots=True)
class _Known:
    digest: str
    missing: int


@dataclass(frozen=True, slots=True)
class _Row:
    seen: Seen
    name: str
    body: str
    outcome: str
    digest: str


def listing(transaction: Transaction, region: int) -> Listing | None:
    """The last listing; None before the first."""
    columns = [LISTING.c[name] for name in Listing.__dataclass_fields__]
    row = transaction.execute(select(*columns).where(LISTING.c.region == region)).mappings().one_or_none()
    return None if row is None else Listing(**dict(row) | {"error": row["error"] or ""})


def record_listing(
    transaction: Transaction,
    claimed: Claim,
    found: Sequence[Seen],
    *,
    generation: str | None,
    error: str | None = None,
) -> Recorded | None:
    """Keep what a listing gave, with its history. With `error` it was not complete; `found` is what came of it.

    None when the fence of the claim was taken: nothing is written then. StoreError for a subject that is listed
    twice, or whose id no database keeps.
    """
    if not schedule.holds(transaction, claimed):
        return None
    region = claimed.region
    known = _known(transaction, region)
    rows = {row.seen.subject_id: row for row in map(_row, found)}
    if len(rows) != len(found):
        raise StoreError(f"recording a listing of {len(found)} subjects: only {len(rows)} have different ids")
    _keep(transaction, region, None if generation is None else checked_digest(generation), rows, known)
    absent = [subject_id for subject_id in known if subject_id not in rows] if error is None else []
    return Recorded(
        _note(transaction, region, generation, error),
        appeared=sum(subject_id not in known for subject_id in rows),
        changed=sum(subject_id in known and row.digest != known[subject_id].digest for subject_id, row in rows.items()),
        missing=sum(known[subject_id].missing == 0 for subject_id in absent),
        gone=_miss(transaction, region, generation, {each: known[each] for each in absent}),
    )


def _row(seen: Seen) -> _Row:
    exact("the id of a subject", seen.subject_id, MOST_ID)
    try:
        body = json.dumps(dict(seen.body), sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreError(f"recording subject {seen.subject_id!r}: {error}; only JSON can be kept") from error
    name, outcome = cleaned(seen.name, MOST_ID), write_outcome(seen.outcome)
    digest = sha256("\0".join((name, body, outcome)).encode()).hexdigest()
    kept = body if len(body) <= MOST_BODY else json.dumps({"omitted_bytes": len(body)})
    return _Row(seen, name, kept, outcome, digest)


def _known(transaction: Transaction, region: int) -> dict[str, _Known]:
    rows = select(SUBJECT.c.subject_id, SUBJECT.c.digest, SUBJECT.c.missing).where(SUBJECT.c.region == region)
    return {row.subject_id: _Known(row.digest, row.missing) for row in transaction.execute(rows)}


def _keep(
    transaction: Transaction, region: int, generation: str | None, rows: Mapping[str, _Row], known: Mapping[str, _Known]
) -> None:
    new = [row for subject_id, row in rows.items() if subject_id not in known]
    other = [row for subject_id, row in rows.items() if subject_id in known and row.digest != known[subject_id].digest]
    back = [each for each in rows if each in known and known[each].missing]
    _insert(transaction, region, generation, new)
    history = [change for row in new for change in beginning(row.seen.subject_id, row.name, row.seen.outcome)]
    history += _differences(transaction, region, {row.seen.subject_id: row for row in other})
    history += [Change(each, rows[each].name, "appeared", {}) for each in back if known[each].missing >= GONE_AFTER]
    _update(transaction, region, generation, other)
    for some in _portions(back):
        transaction.execute(update(SUBJECT).where(_these(region, some)).values(missing=0))
    changes.record(transaction, region, generation, history)


def _insert(transaction: Transaction, region: int, generation: str | None, rows: Sequence[_Row]) -> None:
    values = [{"subject_id": row.seen.subject_id, **_values(row)} for row in rows]
    fixed = {"region": region, "generation": generation, "missing": 0, "changed_at": now()}
    if values:
        transaction.execute(insert(SUBJECT).values(**fixed), values)


def _update(transaction: Transaction, region: int, generation: str | None, rows: Sequence[_Row]) -> None:
    this = and_(SUBJECT.c.region == region, SUBJECT.c.subject_id == bindparam("which"))
    values = [{"which": row.seen.subject_id, **_values(row)} for row in rows]
    if values:
        transaction.execute(update(SUBJECT).where(this).values(generation=generation, changed_at=now()), values)


def _values(row: _Row) -> dict[str, str]:
    return {"name": row.name, "body": row.body, "outcome": row.outcome, "digest": row.digest}


def _differences(transaction: Transaction, region: int, rows: Mapping[str, _Row]) -> Iterator[Change]:
    for some in _portions(list(rows)):
        rows_before = select(SUBJECT).where(_these(region, some)).order_by(SUBJECT.c.subject_id)
        for before in transaction.execute(rows_before).all():
            row = rows[before.subject_id]
            same = (before.name, before.body) == (row.name, row.body)
            outcome = read_outcome(before.outcome)
            yield from between(before.subject_id, row.name, outcome, row.seen.outcome, same_subject=same)


def _miss(transaction: Transaction, region: int, generation: str | None, absent: Mapping[str, _Known]) -> int:
    for some in _portions([each for each, known in absent.items() if known.missing < GONE_AFTER]):
        transaction.execute(update(SUBJECT).where(_these(region, some)).values(missing=SUBJECT.c.missing + 1))
    gone = [each for each, known in absent.items() if known.missing == GONE_AFTER - 1]
    for some in _portions(gone):
        named = select(SUBJECT.c.subject_id, SUBJECT.c.name).where(_these(region, some)).order_by(SUBJECT.c.subject_id)
        history = [Change(*row, "gone", {}) for row in transaction.execute(named)]
        changes.record(transaction, region, generation, history)
    if absent:
        _forget_gone(transaction, region)
    return len(gone)


def _forget_gone(transaction: Transaction, region: int) -> None:
    # One of which A&AI still has something of ours is needed to say that it must go there.
    ours = exists().where(INTENT.c.region == region, INTENT.c.subject_id == SUBJECT.c.subject_id)
    made = exists().where(FLAVOR_OBJECT.c.region == region, FLAVOR_OBJECT.c.flavor_id == SUBJECT.c.subject_id)
    gone = and_(SUBJECT.c.region == region, SUBJECT.c.missing >= GONE_AFTER, ~ours, ~made)
    transaction.execute(delete(SUBJECT).where(gone))


def _note(transaction: Transaction, region: int, generation: str | None, error: str | None) -> int:
    insert_once(transaction, LISTING, {"region": region, "number": 0, "complete": False})
    since = case((LISTING.c.stale_since.is_(None), now()), else_=LISTING.c.stale_since)
    values: dict[str, Any] = {"error": error and cleaned(error, MOST_ERROR), "stale_since": since}
    if error is None:
        values = {"error": None, "stale_since": None, "completed_at": now(), "generation": generation}
    values |= {"number": LISTING.c.number + 1, "complete": error is None, "finished_at": now()}
    noted = update(LISTING).where(LISTING.c.region == region).values(**values)
    return int(transaction.execute(noted.returning(LISTING.c.number)).scalar_one())


def _these(region: int, subject_ids: Iterable[str]) -> Any:
    return and_(SUBJECT.c.region == region, SUBJECT.c.subject_id.in_(list(subject_ids)))


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _TOGETHER):
        yield ids[start : start + _TOGETHER]
