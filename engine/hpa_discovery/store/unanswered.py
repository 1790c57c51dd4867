# SPDX-License-Identifier: Apache-2.0
"""Since when a write to a region's A&AI may be under way of which nobody heard: it may still come true.

It is so from before the first call of a publish step, committed with what the step wants, until the step has heard
of all its calls. A process that is killed between the two leaves it so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from hpa_discovery.store import schedule
from hpa_discovery.store.clock import later, now
from hpa_discovery.store.tables import STEP

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from hpa_discovery.store.database import Transaction
    from hpa_discovery.store.schedule import Claim


def since(transaction: Transaction, region: int, landing: timedelta) -> datetime | None:
    """Since when (UTC) it is so; None where it is not, or where all that was under way landed or was dropped since."""
    recent = STEP.c.unanswered_at > later(-landing.total_seconds())
    wanted = select(STEP.c.unanswered_at).where(STEP.c.region == region, STEP.c.kind == "publish", recent)
    return transaction.execute(wanted).scalar_one_or_none()


def begin(transaction: Transaction, claimed: Claim) -> bool:
    """A&AI is about to be asked, or did not answer just now. False when the fence of the claim was taken."""
    if not schedule.holds(transaction, claimed):
        return False
    transaction.execute(update(STEP).where(schedule.row(claimed)).values(unanswered_at=now()))
    return True


def end(transaction: Transaction, claimed: Claim, before: datetime | None) -> bool:
    """All calls of this step were answered; what was so `before` it is so again. False as in `begin`."""
    if not schedule.holds(transaction, claimed):
        return False
    transaction.execute(update(STEP).where(schedule.row(claimed)).values(unanswered_at=before))
    return True
