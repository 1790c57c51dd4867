# SPDX-License-Identifier: Apache-2.0
"""Which generation serves: one row, whose sequence number only rises, and how it came to be so.

Every change names the sequence it was decided on. When another host was
quicker nothing happens, and the caller decides again on what is there now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import insert, select, update

from hpa_discovery.errors import StoreRefused
from hpa_discovery.model import Active
from hpa_discovery.store.clock import now
from hpa_discovery.store.digests import checked_digest
from hpa_discovery.store.tables import ACTIVATION, ACTIVE, GENERATION
from hpa_discovery.store.texts import checked, cleaned

if TYPE_CHECKING:
    from datetime import datetime

    from hpa_discovery.store.database import Transaction

Action = Literal["activate", "pin", "unpin"]

MOST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Activation:
    """One change of what serves: who made it, why, and when (UTC)."""

    sequence: int
    generation: str | None
    action: Action
    made_by: str
    reason: str
    at: datetime


def active(transaction: Transaction, *, hold: bool = False) -> Active:
    """What serves now. With `hold` nobody else changes it, or begins to, until this writing transaction ends.

    Whoever stores content and a generation holds first: two hosts that store the same in different order
    would otherwise wait for each other.
    """
    wanted = select(ACTIVE).with_for_update() if hold else select(ACTIVE)
    row = transaction.execute(wanted).mappings().one()
    return Active(row["sequence"], row["generation"], row["pinned"], row["changed_at"])


def activate(transaction: Transaction, generation: str, expected: int, by: str, reason: str) -> Active | None:
    """Let a generation serve; what serves then.

    None, and nothing changes, when the sequence is not `expected` any more or a generation is pinned.
    StoreRefused when the store has no such generation.
    """
    _refuse_unknown(transaction, generation)
    return _change(transaction, "activate", generation, expected, by, reason)


def pin(transaction: Transaction, generation: str, expected: int, by: str, reason: str) -> Active | None:
    """Let a generation serve and stay: a rollback, also in place of another pinned one. None, StoreRefused as above."""
    _refuse_unknown(transaction, generation)
    return _change(transaction, "pin", generation, expected, by, reason)


def unpin(transaction: Transaction, expected: int, by: str, reason: str) -> Active | None:
    """Let newer generations serve again. None when the sequence is not `expected` any more or nothing is pinned."""
    return _change(transaction, "unpin", active(transaction).generation, expected, by, reason)


def history(transaction: Transaction, before: int | None = None, limit: int = 100) -> tuple[Activation, ...]:
    """Changes of what serves, newest first, those below the sequence `before` when it is given."""
    rows = select(ACTIVATION).order_by(ACTIVATION.c.sequence.desc()).limit(limit)
    if before is not None:
        rows = rows.where(ACTIVATION.c.sequence < before)
    return tuple(Activation(**row) for row in transaction.execute(rows).mappings())


def served_before(transaction: Transaction, generation: str) -> str | None:
    """What served last of all that is not this generation; None when nothing else has."""
    others = select(ACTIVATION.c.generation).where(ACTIVATION.c.generation != generation)
    return transaction.execute(others.order_by(ACTIVATION.c.sequence.desc()).limit(1)).scalar_one_or_none()


def _change(
    transaction: Transaction, action: Action, generation: str | None, expected: int, by: str, reason: str
) -> Active | None:
    swap = update(ACTIVE).where(ACTIVE.c.sequence == expected)
    if action != "pin":
        swap = swap.where(ACTIVE.c.pinned == (action == "unpin"))
    values = {"generation": generation, "pinned": action == "pin", "changed_at": now()}
    if transaction.execute(swap.values(sequence=expected + 1, **values)).rowcount == 0:
        return None
    row = {"sequence": expected + 1, "generation": generation, "action": action}
    row |= {"made_by": checked("who changes the generation", by), "reason": cleaned(reason, MOST_REASON)}
    transaction.execute(insert(ACTIVATION).values(**row))
    return active(transaction)


def _refuse_unknown(transaction: Transaction, generation: str) -> None:
    known = select(GENERATION.c.digest).where(GENERATION.c.digest == checked_digest(generation))
    if transaction.execute(known).first() is None:
        raise StoreRefused(f"activating generation {generation}: the store has none with this digest")
