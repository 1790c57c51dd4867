# SPDX-License-Identifier: Apache-2.0
"""What is to be told to other systems: written with what it tells of, deleted when it was delivered.

Each sink has rows of its own. What two transactions wrote at the same time may
come in either order; what tells of one alarm comes in the order it happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from hpa_discovery.store.tables import OUTBOX
from hpa_discovery.store.texts import checked

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from hpa_discovery.store.database import Transaction

MOST_PAGE = 500


@dataclass(frozen=True, slots=True)
class Letter:
    """What a sink has to be told, as JSON, and since when (UTC)."""

    id: int
    at: datetime
    payload: Mapping[str, Any]


def put(transaction: Transaction, sinks: Collection[str], payload: Mapping[str, Any]) -> None:
    """A letter for each of these sinks, in the transaction of what it tells of."""
    rows = [{"sink": checked("a sink's name", sink, 100), "payload": dict(payload)} for sink in sorted(set(sinks))]
    if rows:
        transaction.execute(insert(OUTBOX), rows)


def waiting(transaction: Transaction, sink: str, limit: int = 100) -> tuple[Letter, ...]:
    """Up to `limit` (at most 500) letters for a sink, the oldest first."""
    columns = [OUTBOX.c[name] for name in Letter.__dataclass_fields__]
    rows = select(*columns).where(OUTBOX.c.sink == sink).order_by(OUTBOX.c.id).limit(min(limit, MOST_PAGE))
    return tuple(Letter(**row) for row in transaction.execute(rows).mappings())


def delivered(transaction: Transaction, numbers: Collection[int]) -> int:
    """These were delivered; how many of them were still here."""
    return transaction.execute(delete(OUTBOX).where(OUTBOX.c.id.in_(numbers))).rowcount
