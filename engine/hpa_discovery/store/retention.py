# SPDX-License-Identifier: Apache-2.0
"""What is deleted when it is old: audit, history, what is over, and what nothing refers to any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Table, delete, exists, select

from hpa_discovery.store.activations import active
from hpa_discovery.store.clock import read_clock
from hpa_discovery.store.tables import (
    ACTIVATION,
    ACTIVE,
    ALARM,
    ALARM_CHANGE,
    AUDIT,
    CHANGE,
    CONTENT,
    GENERATION,
    OPERATION,
    OUTBOX,
    PART,
)

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from hpa_discovery.store.database import Store

# A batch holds the lock of SQLite's only writer for some milliseconds.
BATCH = 500
# However old: what a rollback may want in a quiet place.
KEPT_ACTIVATIONS = 20


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows of each kind were deleted."""

    audit: int
    activations: int
    generations: int
    contents: int
    changes: int = 0
    operations: int = 0
    alarms: int = 0
    alarm_changes: int = 0
    outbox: int = 0


def prune(store: Store, older_than: timedelta, now: datetime | None = None) -> Pruned:
    """Delete what is older, in batches of 500, each a transaction: others go on between them.

    The last 20 activations stay whatever their age, and so does every generation that serves or that the
    remaining history names, with its content: it can be rolled back to. Operations and alarms go so long after
    they ended; those that did not end stay. What no sink fetched from the outbox goes too.
    `now` is the database's time, unless somebody knows better (clock_jumps).
    """
    before = (now or _time(store)) - older_than
    recent = exists().where(ACTIVATION.c.sequence > ACTIVE.c.sequence - KEPT_ACTIVATIONS)
    used = exists().where(ACTIVE.c.generation == GENERATION.c.digest)
    told = exists().where(ACTIVATION.c.generation == GENERATION.c.digest)
    part = exists().where(PART.c.content == CONTENT.c.digest)
    return Pruned(
        audit=_delete(store, AUDIT, AUDIT.c.at < before),
        activations=_delete(store, ACTIVATION, (ACTIVATION.c.at < before) & ~recent),
        generations=_delete(store, GENERATION, _made_before(GENERATION, before) & ~used & ~told),
        contents=_delete(store, CONTENT, _made_before(CONTENT, before) & ~part),
        changes=_delete(store, CHANGE, CHANGE.c.at < before),
        operations=_delete(store, OPERATION, OPERATION.c.finished_at < before),
        alarms=_delete(store, ALARM, ALARM.c.cleared_at < before),
        alarm_changes=_delete(store, ALARM_CHANGE, ALARM_CHANGE.c.at < before),
        outbox=_delete(store, OUTBOX, OUTBOX.c.at < before),
    )


def _time(store: Store) -> datetime:
    with store.read("reading the clock") as transaction:
        return read_clock(transaction)


def _made_before(table: Table, before: datetime) -> ColumnElement[bool]:
    # What was stored just now may be named by a generation that comes in a moment.
    return table.c.created_at < before


def _delete(store: Store, table: Table, old: ColumnElement[bool]) -> int:
    [key] = table.primary_key.columns
    batch = select(key).where(old).limit(BATCH)
    total = 0
    while True:
        with store.write(f"deleting old rows of {table.name}") as transaction:
            active(transaction, hold=True)  # whoever stores content and its generation must not lose one in between
            # Told twice: on PostgreSQL only the row's own values are looked at again when someone changed it meanwhile.
            count = transaction.execute(delete(table).where(key.in_(batch), old)).rowcount
        total += count
        if count < BATCH:
            return total
