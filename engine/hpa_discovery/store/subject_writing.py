# SPDX-License-Identifier: Apache-2.0
"""How the subjects of a listing become rows, and the history of what that changed. `listings` decides when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, exists, insert, select, update

from hpa_discovery.errors import StoreRefused
from hpa_discovery.store import changes
from hpa_discovery.store.changes import Change, beginning, between
from hpa_discovery.store.clock import now
from hpa_discovery.store.outcomes import read_outcome, write_outcome
from hpa_discovery.store.portions import portions
from hpa_discovery.store.subjects import GONE_AFTER
from hpa_discovery.store.tables import FLAVOR_OBJECT, INTENT, SUBJECT
from hpa_discovery.store.texts import cleaned, exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement

    from hpa_discovery.store.database import Transaction
    from hpa_discovery.store.seen import Seen

MOST_BODY = 1024 * 1024
MOST_ID = 300


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a subject."""

    digest: str
    missing: int


@dataclass(frozen=True, slots=True)
class Row:
    """A subject that was seen, as its row has it; equal digests mean that nothing differs."""

    seen: Seen
    name: str
    body: str
    outcome: str
    digest: str


def as_text(subject_id: str, body: Mapping[str, Any]) -> str:
    """The body of a subject. StoreRefused for an id that no database keeps, or a body that is no JSON."""
    exact("the id of a subject", subject_id, MOST_ID)
    try:
        return json.dumps(dict(body), sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreRefused(f"recording subject {subject_id!r}: {error}; only JSON can be kept") from error


def written(seen: Seen) -> Row:
    """The row. StoreRefused as in `as_text`."""
    body = as_text(seen.subject_id, seen.body)
    name, outcome = cleaned(seen.name, MOST_ID), write_outcome(seen.outcome)
    digest = sha256("\0".join((name, body, outcome)).encode()).hexdigest()
    kept = body if len(body) <= MOST_BODY else json.dumps({"omitted_bytes": len(body)})
    return Row(seen, name, kept, outcome, digest)


def known_of(transaction: Transaction, region: int) -> dict[str, Known]:
    """All subjects of a region by id."""
    rows = select(SUBJECT.c.subject_id, SUBJECT.c.digest, SUBJECT.c.missing).where(SUBJECT.c.region == region)
    return {row.subject_id: Known(row.digest, row.missing) for row in transaction.execute(rows)}


def keep(
    transaction: Transaction, region: int, generation: str | None, rows: Mapping[str, Row], known: Mapping[str, Known]
) -> None:
    """Write what differs, and what is back; all of it is there."""
    new = [row for subject_id, row in rows.items() if subject_id not in known]
    other = [row for subject_id, row in rows.items() if subject_id in known and row.digest != known[subject_id].digest]
    back = [each for each in rows if each in known and known[each].missing]
    _insert(transaction, region, generation, new)
    history = [change for row in new for change in beginning(row.seen.subject_id, row.name, row.seen.outcome)]
    history += _differences(transaction, region, {row.seen.subject_id: row for row in other})
    history += [Change(each, rows[each].name, "appeared", {}) for each in back if known[each].missing >= GONE_AFTER]
    _update(transaction, region, generation, other)
    for some in portions(back):
        transaction.execute(update(SUBJECT).where(_these(region, some)).values(missing=0))
    changes.record(transaction, region, generation, history)


def _insert(transaction: Transaction, region: int, generation: str | None, rows: Sequence[Row]) -> None:
    values = [{"subject_id": row.seen.subject_id, **_values(row)} for row in rows]
    fixed = {"region": region, "generation": generation, "missing": 0, "changed_at": now()}
    if values:
        transaction.execute(insert(SUBJECT).values(**fixed), values)


def _update(transaction: Transaction, region: int, generation: str | None, rows: Sequence[Row]) -> None:
    this = and_(SUBJECT.c.region == region, SUBJECT.c.subject_id == bindparam("which"))
    values = [{"which": row.seen.subject_id, **_values(row)} for row in rows]
    if values:
        transaction.execute(update(SUBJECT).where(this).values(generation=generation, changed_at=now()), values)


def _values(row: Row) -> dict[str, str]:
    return {"name": row.name, "body": row.body, "outcome": row.outcome, "digest": row.digest}


def _differences(transaction: Transaction, region: int, rows: Mapping[str, Row]) -> Iterator[Change]:
    for some in portions(rows):
        rows_before = select(SUBJECT).where(_these(region, some)).order_by(SUBJECT.c.subject_id)
        for before in transaction.execute(rows_before).all():
            row = rows[before.subject_id]
            same = (before.name, before.body) == (row.name, row.body)
            outcome = read_outcome(before.outcome)
            yield from between(before.subject_id, row.name, outcome, row.seen.outcome, same_subject=same)


def miss(transaction: Transaction, region: int, generation: str | None, absent: Mapping[str, Known]) -> int:
    """A complete listing did not show these; how many of them are gone now."""
    for some in portions([each for each, known in absent.items() if known.missing < GONE_AFTER]):
        transaction.execute(update(SUBJECT).where(_these(region, some)).values(missing=SUBJECT.c.missing + 1))
    gone = [each for each, known in absent.items() if known.missing == GONE_AFTER - 1]
    for some in portions(gone):
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


def _these(region: int, subject_ids: list[str]) -> ColumnElement[bool]:
    return and_(SUBJECT.c.region == region, SUBJECT.c.subject_id.in_(subject_ids))
