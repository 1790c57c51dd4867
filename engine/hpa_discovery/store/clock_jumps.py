# SPDX-License-Identifier: Apache-2.0
"""A database's clock that was set: back, so that steps wait for a time far ahead; or ahead, so that all seems old."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, null, or_, select, tuple_, update

from hpa_discovery.store.clock import later, now, read_clock
from hpa_discovery.store.tables import REGION, STEP

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from hpa_discovery.store.database import Store, Transaction

# More than any lease, any wait after a failure, and the time that regions are spread over.
LONGEST = timedelta(hours=1)
PORTION = 500


class Believed:
    """The database's time as far as this process saw it pass: it is not believed that it was set ahead.

    A process that begins after that believes it.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._last: tuple[datetime, float] | None = None

    def now(self, store: Store) -> datetime:
        """The earlier of what the database says and what must be by what it said last. StoreError."""
        with store.read("reading the clock") as transaction:
            told = read_clock(transaction)
        at = self._monotonic()
        if self._last is not None:
            before, since = self._last
            told = min(told, before + timedelta(seconds=at - since))
        self._last = told, at
        return told


def bring_forward(transaction: Transaction) -> int:
    """Make due what waits longer than anything lets it wait, and end such leases; how many steps of a portion.

    Discovery waits for its region's interval at most, all else less than an hour. What somebody holds at this moment
    is left for the next time.
    """
    rows = select(STEP.c.region, STEP.c.kind).join(REGION, REGION.c.id == STEP.c.region)
    wrong = rows.where(or_(_waits(), _is_leased())).order_by(STEP.c.region, STEP.c.kind).limit(PORTION)
    found = [tuple(row) for row in transaction.execute(wrong.with_for_update(of=STEP, skip_locked=True))]
    these = tuple_(STEP.c.region, STEP.c.kind).in_(found)
    lease = case((STEP.c.lease_until.is_(None), null()), else_=now())
    if found:
        transaction.execute(update(STEP).where(these).values(due_at=now(), lease_until=lease))
    return len(found)


def _waits() -> ColumnElement[bool]:
    # An interval is lengthened a little by chance, but never doubled.
    longest = case((STEP.c.kind == "discover", 2 * REGION.c.interval_s), else_=0) + LONGEST.total_seconds()
    return and_(STEP.c.claimed_by.is_(None), STEP.c.due_at > later(longest))


def _is_leased() -> ColumnElement[bool]:
    return STEP.c.lease_until > later(LONGEST.total_seconds())
