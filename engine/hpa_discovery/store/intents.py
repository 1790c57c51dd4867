# SPDX-License-Identifier: Apache-2.0
"""What is ours in A&AI: capabilities that we mean to write, or wrote, or adopted.

A row is committed before the first call that could make it true, and it stays
until a fresh read shows that the capability is gone after we asked for that. So
whatever happens in between, what we wrote is known as ours. It is `changing` from
before its change, which may delete it first, until it is known to be there again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import and_, bindparam, delete, func, insert, select, update

from hpa_discovery.store import schedule
from hpa_discovery.store.clock import later, now
from hpa_discovery.store.portions import portions
from hpa_discovery.store.tables import INTENT
from hpa_discovery.store.texts import exact

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, RowMapping

    from hpa_discovery.store.database import Transaction
    from hpa_discovery.store.schedule import Claim

State = Literal["wanted", "changing", "leaving"]

_LENGTHS = {"capability_id": 200, "subject_id": 300, "feature": 200, "version": 100, "architecture": 200}


@dataclass(frozen=True, slots=True)
class Intent:
    """One hpa-capability below the flavor `subject_id`; `content` is the A&AI object as we write it."""

    capability_id: str
    subject_id: str
    feature: str
    version: str
    architecture: str
    discriminator: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class IntentRow:
    """An intent, whether it shall be there, is being changed or shall leave, and since when (UTC)."""

    intent: Intent
    state: State
    changed_at: datetime


def ours(transaction: Transaction, region: int) -> tuple[IntentRow, ...]:
    """All that is ours in a region's A&AI, by id."""
    rows = select(INTENT).where(INTENT.c.region == region).order_by(INTENT.c.capability_id)
    return tuple(_ours(row) for row in transaction.execute(rows).mappings())


def count(transaction: Transaction, region: int) -> int:
    """How many capabilities are ours."""
    return transaction.execute(select(func.count()).where(INTENT.c.region == region)).scalar_one()


def want(
    transaction: Transaction, claimed: Claim, intents: Iterable[Intent], changing: Collection[str] = frozenset()
) -> bool:
    """These shall be there, with this content; to be committed before A&AI is asked. What is so already stays.

    `changing` are the ids of those that A&AI may lose before it has this content.
    False when the fence of the claim was taken: nothing is written, and A&AI must not be asked. StoreRefused for a
    text that no database keeps.
    """
    if not schedule.holds(transaction, claimed):
        return False
    wanted = {each.capability_id: _values(each, changing) for each in intents}
    known = _known(transaction, claimed.region, wanted)
    new = [values for each, values in wanted.items() if each not in known]
    other = [{"which": each, **values} for each, values in wanted.items() if each in known and known[each] != values]
    if new:
        transaction.execute(insert(INTENT).values(region=claimed.region, changed_at=now()), new)
    if other:
        this = and_(INTENT.c.region == claimed.region, INTENT.c.capability_id == bindparam("which"))
        transaction.execute(update(INTENT).where(this).values(changed_at=now()), other)
    return True


def leave(transaction: Transaction, claimed: Claim, capability_ids: Collection[str]) -> bool:
    """These shall go; to be committed before A&AI is asked. They stay ours until `settle`. False as in `want`."""
    if not schedule.holds(transaction, claimed):
        return False
    for some in portions(capability_ids):
        changed = update(INTENT).where(_these(claimed.region, some), INTENT.c.state != "leaving")
        transaction.execute(changed.values(state="leaving", changed_at=now()))
    return True


def end_changes(transaction: Transaction, claimed: Claim, capability_ids: Collection[str]) -> bool:
    """These are there, and no write that is under way can delete them. False as in `want`."""
    if not schedule.holds(transaction, claimed):
        return False
    for some in portions(capability_ids):
        ended = update(INTENT).where(_these(claimed.region, some), INTENT.c.state == "changing")
        transaction.execute(ended.values(state="wanted", changed_at=now()))
    return True


def settle(transaction: Transaction, claimed: Claim, absent: Collection[str], landing: timedelta) -> bool:
    """These are not there: of them, what was to leave is ours no longer. False as in `want`.

    What began to leave less than `landing` ago stays: an earlier write without an answer may still become true.
    """
    if not schedule.holds(transaction, claimed):
        return False
    old = INTENT.c.changed_at <= later(-landing.total_seconds())
    for some in portions(absent):
        transaction.execute(delete(INTENT).where(_these(claimed.region, some), INTENT.c.state == "leaving", old))
    return True


def _known(transaction: Transaction, region: int, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for some in portions(ids):
        for row in transaction.execute(select(INTENT).where(_these(region, some))).mappings():
            found[row["capability_id"]] = {name: row[name] for name in _COLUMNS}
    return found


_COLUMNS = [*Intent.__dataclass_fields__, "state"]


def _values(intent: Intent, changing: Collection[str]) -> dict[str, Any]:
    for member, most in _LENGTHS.items():
        if value := getattr(intent, member):
            exact(f"{member} of a capability", value, most)
    known = {name: getattr(intent, name) for name in Intent.__dataclass_fields__}
    state: State = "changing" if intent.capability_id in changing else "wanted"
    return known | {"content": json.dumps(dict(intent.content), separators=(",", ":")), "state": state}


def _ours(row: RowMapping) -> IntentRow:
    known = {name: row[name] for name in Intent.__dataclass_fields__}
    return IntentRow(Intent(**known | {"content": json.loads(row["content"])}), row["state"], row["changed_at"])


def _these(region: int, ids: list[str]) -> ColumnElement[bool]:
    return and_(INTENT.c.region == region, INTENT.c.capability_id.in_(ids))
