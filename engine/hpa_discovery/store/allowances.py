# SPDX-License-Identifier: Apache-2.0
"""Which drivers may run: by id and by the digest of the folder.

The functions change and read the rows. `AllowedDrivers` remembers them for half
a second: who asks drivers asks this for every subject.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, select

from hpa_discovery.errors import StoreError
from hpa_discovery.store.digests import checked_digest
from hpa_discovery.store.inserting import insert_once
from hpa_discovery.store.tables import ALLOWANCE
from hpa_discovery.store.texts import checked

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from hpa_discovery.model import Observer
    from hpa_discovery.store.database import Store, Transaction

# Half of the second in which what is revoked must end on every host; the rest is for reading.
REMEMBERED_SECONDS = 0.5
# To find out that a host does not answer takes seconds, for which whoever has one thread would wait again and again.
_MOST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """That the driver whose folder has this SHA-256 may run; who said so, and when (UTC)."""

    driver: str
    digest: str
    allowed_by: str
    allowed_at: datetime


def allow(transaction: Transaction, driver: str, digest: str, by: str) -> bool:
    """Allow a driver; False when it was allowed before, which then stays as it is. StoreRefused for a bad digest."""
    values = {
        "driver": checked("a driver's id", driver),
        "digest": checked_digest(digest),
        "allowed_by": checked("who allows a driver", by),
    }
    return insert_once(transaction, ALLOWANCE, values)


def revoke(transaction: Transaction, driver: str, digest: str | None = None) -> int:
    """Take back what was allowed of a driver, or of one digest of it; how many digests that were."""
    rows = delete(ALLOWANCE).where(ALLOWANCE.c.driver == driver)
    if digest is not None:
        rows = rows.where(ALLOWANCE.c.digest == digest)
    return transaction.execute(rows).rowcount


def allows(transaction: Transaction, driver: str, digest: str) -> bool:
    """Whether this driver with this digest may run."""
    wanted = (ALLOWANCE.c.driver == driver) & (ALLOWANCE.c.digest == digest)
    return transaction.execute(select(ALLOWANCE.c.driver).where(wanted)).first() is not None


def allowances(transaction: Transaction) -> tuple[Allowance, ...]:
    """All that is allowed, by driver, the oldest first."""
    rows = transaction.execute(
        select(ALLOWANCE).order_by(ALLOWANCE.c.driver, ALLOWANCE.c.allowed_at, ALLOWANCE.c.digest)
    )
    return tuple(Allowance(**row) for row in rows.mappings())


class _Known(NamedTuple):
    until: float
    drivers: frozenset[tuple[str, str]]


class AllowedDrivers:
    """What the store allows, as it was at most a second ago. Threads may share it.

    While the store cannot be read, what was read last stands: a host that is cut off goes on with what it knows,
    here as everywhere. A reading in vain that took long is not repeated for as long, up to five seconds. Until it was
    read once nothing is allowed. Event `store.allowances_unread` {message} at the
    first failure, `store.allowances_read` {} when it can be read again.
    """

    def __init__(self, store: Store, observer: Observer, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._observer = observer
        self._clock = clock
        self._known: _Known | None = None
        self._failing = False
        self._reading = threading.Lock()

    def allows(self, driver_id: str, digest: str) -> bool:
        """Whether what has this digest may run as this driver. It never raises."""
        known = self._known
        if known is None or self._clock() >= known.until:
            known = self._renewed(known)
        return (driver_id, digest) in known.drivers

    def _renewed(self, known: _Known | None) -> _Known:
        # One thread reads. Others go on with what is known: a database that does not answer must not stop them all.
        if not self._reading.acquire(blocking=known is None) and known is not None:
            return known
        try:
            if self._known is None or self._known is known:
                began = self._clock()
                drivers = self._read(known)
                self._known = _Known(self._again(began), drivers)
            return self._known
        finally:
            self._reading.release()

    def _again(self, began: float) -> float:
        """When to read again: after a reading in vain, not before it has paid for the time that it took."""
        now = self._clock()
        pause = min(now - began, _MOST_SECONDS) if self._failing else 0.0
        return now + max(REMEMBERED_SECONDS, pause)

    def _read(self, known: _Known | None) -> frozenset[tuple[str, str]]:
        try:
            with self._store.read("reading which drivers may run") as transaction:
                found = frozenset((each.driver, each.digest) for each in allowances(transaction))
        except StoreError as error:
            self._tell(str(error))
            return frozenset() if known is None else known.drivers
        self._tell(None)
        return found

    def _tell(self, failure: str | None) -> None:
        if failure is not None and not self._failing:
            self._observer.event("store.allowances_unread", {"message": failure})
        elif failure is None and self._failing:
            self._observer.event("store.allowances_read", {})
        self._failing = failure is not None
