# SPDX-License-Identifier: Apache-2.0
"""The flavor objects in A&AI that we created: no other may ever be deleted by us.

As with `intents`, a row is committed before the call and outlives it. It is `asked` from then on, and `made` when
A&AI was seen to have made it for us: until then it may be that somebody else made it at the same moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sqlalchemy import and_, delete, insert, select, update

from hpa_discovery.store import schedule
from hpa_discovery.store.clock import later, now
from hpa_discovery.store.portions import portions
from hpa_discovery.store.tables import FLAVOR_OBJECT
from hpa_discovery.store.texts import exact

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import timedelta

    from sqlalchemy import ColumnElement

    from hpa_discovery.store.database import Transaction
    from hpa_discovery.store.schedule import Claim


State = Literal["asked", "made"]


def created(transaction: Transaction, region: int) -> dict[str, State]:
    """The ids of flavor objects that we created, or asked for."""
    rows = select(FLAVOR_OBJECT.c.flavor_id, FLAVOR_OBJECT.c.state).where(FLAVOR_OBJECT.c.region == region)
    return {row.flavor_id: row.state for row in transaction.execute(rows.order_by(FLAVOR_OBJECT.c.flavor_id))}


def ask(transaction: Transaction, claimed: Claim, flavor_ids: Collection[str]) -> bool:
    """We are about to create these, which a fresh read did not show; to be committed before A&AI is asked.

    False when the fence of the claim was taken: nothing is written, and A&AI must not be asked.
    """
    if not schedule.holds(transaction, claimed):
        return False
    asked = insert(FLAVOR_OBJECT).values(region=claimed.region, state="asked", changed_at=now())
    for some in portions(flavor_ids):
        rows = [{"flavor_id": exact("a flavor's id", each, 300)} for each in some]
        transaction.execute(delete(FLAVOR_OBJECT).where(_these(claimed.region, some)))
        transaction.execute(asked, rows)
    return True


def disown(transaction: Transaction, claimed: Claim, flavor_ids: Collection[str]) -> bool:
    """A&AI refused for certain to create these, or others did: they are not ours. False as in `ask`."""
    if not schedule.holds(transaction, claimed):
        return False
    for some in portions(flavor_ids):
        transaction.execute(delete(FLAVOR_OBJECT).where(_these(claimed.region, some)))
    return True


def own(transaction: Transaction, claimed: Claim, flavor_ids: Collection[str]) -> bool:
    """A&AI made these for us. False as in `ask`."""
    if not schedule.holds(transaction, claimed):
        return False
    for some in portions(flavor_ids):
        made = update(FLAVOR_OBJECT).where(_these(claimed.region, some), FLAVOR_OBJECT.c.state == "asked")
        transaction.execute(made.values(state="made", changed_at=now()))
    return True


def ask_anew(transaction: Transaction, region: int) -> None:
    """The region has another A&AI now, or the same at another address: a read must tell which of these we made there.

    For whoever holds the region's row, when what ran for the region has lost its fence.
    """
    known = FLAVOR_OBJECT.c.region == region
    transaction.execute(update(FLAVOR_OBJECT).where(known).values(state="asked", changed_at=now()))


def settle(transaction: Transaction, claimed: Claim, absent: Collection[str], landing: timedelta) -> bool:
    """These shall not be there, and are not: they are ours no longer.

    What was asked for less than `landing` ago stays, as in `intents.settle`. False as in `ask`.
    """
    if not schedule.holds(transaction, claimed):
        return False
    old = FLAVOR_OBJECT.c.changed_at <= later(-landing.total_seconds())
    for some in portions(absent):
        transaction.execute(delete(FLAVOR_OBJECT).where(_these(claimed.region, some), old))
    return True


def _these(region: int, ids: list[str]) -> ColumnElement[bool]:
    return and_(FLAVOR_OBJECT.c.region == region, FLAVOR_OBJECT.c.flavor_id.in_(ids))
