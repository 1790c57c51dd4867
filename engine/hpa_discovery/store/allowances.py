# SPDX-License-Identifier: Apache-2.0
"""Which drivers may run: by id and by the digest of the folder, as DESIGN section 6 has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from hpa_discovery.store.digests import checked_digest
from hpa_discovery.store.inserting import insert_once
from hpa_discovery.store.tables import ALLOWANCE
from hpa_discovery.store.texts import checked

if TYPE_CHECKING:
    from datetime import datetime

    from hpa_discovery.store.database import Transaction


@dataclass(frozen=True, slots=True)
class Allowance:
    """That the driver whose folder has this SHA-256 may run; who said so, and when (UTC)."""

    driver: str
    digest: str
    allowed_by: str
    allowed_at: datetime


def allow(transaction: Transaction, driver: str, digest: str, by: str) -> bool:
    """Allow a driver; False when it was allowed before, which then stays as it is. StoreError for a bad digest."""
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
    rows = transaction.execute(select(ALLOWANCE).order_by(ALLOWANCE.c.driver, ALLOWANCE.c.allowed_at))
    return tuple(Allowance(**row) for row in rows.mappings())
