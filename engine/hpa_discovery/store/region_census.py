# SPDX-License-Identifier: Apache-2.0
"""How all regions of a deployment stand, counted by the database, and the first few of those that need somebody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, literal, select

from hpa_discovery.store.clock import later
from hpa_discovery.store.tables import LISTING, REGION, SECRET

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, Select

    from hpa_discovery.store.database import Transaction

MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class StaleRegion:
    """A region whose last good listing is old, since when (UTC), and why."""

    name: str
    since: datetime
    error: str


@dataclass(frozen=True, slots=True)
class Some:
    """How many, and the names of the first five as "<cloud-owner>/<cloud-region-id>"."""

    count: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Census:
    """All regions but those in `off` are switched on: those that apply, only plan, or have no A&AI.

    `stale` are the first five of `stale_count`. `unlisted` were registered longer ago than was asked, and never
    listed. `without_credential` cannot log in at their cloud.
    """

    count: int
    off: int
    applying: int
    planning: Some
    without_aai: int
    stale_count: int
    stale: tuple[StaleRegion, ...]
    unlisted: Some
    without_credential: Some


def take_census(transaction: Transaction, unlisted_for: timedelta) -> Census:
    """Count them."""
    there = REGION.c.aai["url"].as_string() != ""
    applies = REGION.c.aai["mode"].as_string() == "apply"
    counted = transaction.execute(
        select(
            func.count(REGION.c.id),
            _sum(~REGION.c.enabled),
            _sum(REGION.c.enabled & there & applies),
            _sum(REGION.c.enabled & ~there),
        )
    ).one()
    stale = _stale(transaction)
    old = REGION.c.created_at < later(-unlisted_for.total_seconds())
    listed = select(LISTING.c.region).where(LISTING.c.region == REGION.c.id, LISTING.c.completed_at.is_not(None))
    failed = select(LISTING.c.region).where(LISTING.c.region == REGION.c.id, LISTING.c.stale_since.is_not(None))
    return Census(
        count=counted[0],
        off=counted[1],
        applying=counted[2],
        planning=_some(transaction, REGION.c.enabled & there & ~applies),
        without_aai=counted[3],
        stale_count=stale[0],
        stale=stale[1],
        unlisted=_some(transaction, REGION.c.enabled & old & ~listed.exists() & ~failed.exists()),
        without_credential=_some(transaction, REGION.c.enabled & ~_credential().exists()),
    )


def _stale(transaction: Transaction) -> tuple[int, tuple[StaleRegion, ...]]:
    wanted = and_(REGION.c.enabled, LISTING.c.stale_since.is_not(None))
    joined = REGION.join(LISTING, LISTING.c.region == REGION.c.id)
    count = transaction.execute(select(func.count()).select_from(joined).where(wanted)).scalar_one()
    rows = select(REGION.c.owner, REGION.c.region_id, LISTING.c.stale_since, LISTING.c.error).select_from(joined)
    first = transaction.execute(rows.where(wanted).order_by(LISTING.c.stale_since, REGION.c.id).limit(MOST_NAMED))
    return count, tuple(StaleRegion(f"{row[0]}/{row[1]}", row[2], row[3] or "") for row in first)


def _some(transaction: Transaction, wanted: ColumnElement[bool]) -> Some:
    count = transaction.execute(select(func.count(REGION.c.id)).where(wanted)).scalar_one()
    rows = select(REGION.c.owner, REGION.c.region_id).where(wanted).order_by(REGION.c.owner, REGION.c.region_id)
    return Some(count, tuple("/".join(row) for row in transaction.execute(rows.limit(MOST_NAMED))))


def _credential() -> Select[tuple[str]]:
    # The name that region_secrets gives it.
    name = literal("region/") + REGION.c.owner + "/" + REGION.c.region_id + "/cloud"
    return select(SECRET.c.name).where(SECRET.c.name == name)


def _sum(wanted: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((wanted, 1), else_=0)), 0)
