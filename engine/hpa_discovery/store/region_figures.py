# SPDX-License-Identifier: Apache-2.0
"""What a deployment's regions come to in figures, for whoever watches all of them: never one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import and_, case, func, select

from hpa_discovery.store.clock import now, read_clock
from hpa_discovery.store.tables import ALARM, LISTING, REGION, STEP

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from hpa_discovery.store.database import Transaction

RegionState = Literal["applying", "planning", "without_aai", "off"]


@dataclass(frozen=True, slots=True)
class StepFigures:
    """Of one kind of steps: how many wait, the longest for `lag_s` seconds; how many run; how many failed last time."""

    due: int = 0
    lag_s: float = 0.0
    running: int = 0
    troubled: int = 0


@dataclass(frozen=True, slots=True)
class RegionFigures:
    """`stale` are the regions whose last listing failed; alarms that stand are counted by type.

    `oldest_listing_s` is the age of the oldest among the last complete listings, of regions that are switched on: 0
    where none was listed. Steps are by kind; what counts nothing may be missing.
    """

    regions: Mapping[RegionState, int]
    stale: int
    oldest_listing_s: float
    steps: Mapping[str, StepFigures]
    alarms: Mapping[str, int]


def take_figures(transaction: Transaction) -> RegionFigures:
    """Count everything, by four statements."""
    at = read_clock(transaction)
    joined = REGION.join(LISTING, LISTING.c.region == REGION.c.id)
    listed = select(func.count(LISTING.c.stale_since), func.min(LISTING.c.completed_at)).select_from(joined)
    stale, oldest = transaction.execute(listed.where(REGION.c.enabled)).one()
    standing = select(ALARM.c.type, func.count()).where(ALARM.c.cleared_at.is_(None)).group_by(ALARM.c.type)
    return RegionFigures(
        regions=_regions(transaction),
        stale=stale,
        oldest_listing_s=_age(at, oldest),
        steps=_steps(transaction, at),
        alarms={row[0]: row[1] for row in transaction.execute(standing)},
    )


def _regions(transaction: Transaction) -> dict[RegionState, int]:
    state = case(
        (~REGION.c.enabled, "off"),
        (REGION.c.aai["url"].as_string() == "", "without_aai"),
        (REGION.c.aai["mode"].as_string() == "apply", "applying"),
        else_="planning",
    ).label("state")
    return {row[0]: row[1] for row in transaction.execute(select(state, func.count()).group_by(state))}


def _steps(transaction: Transaction, at: datetime) -> dict[str, StepFigures]:
    # What waits for the other step of its region would find no thread sooner if there were more. Those that run are
    # few, so one list of them costs less than a look at the other step of each that is due.
    other = STEP.alias("other")
    running = select(other.c.region).where(other.c.lease_until > now())
    is_due = and_(STEP.c.due_at <= now(), STEP.c.region.not_in(running))
    rows = select(
        STEP.c.kind,
        _sum(is_due),
        func.min(case((is_due, STEP.c.due_at))),
        _sum(STEP.c.lease_until > now()),
        _sum(STEP.c.attempts > 0),
    ).group_by(STEP.c.kind)
    return {
        kind: StepFigures(due, _age(at, since), running, troubled)
        for kind, due, since, running, troubled in transaction.execute(rows)
    }


def _age(at: datetime, since: datetime | None) -> float:
    # Between two statements the database's clock may have been set back.
    return 0.0 if since is None else max(0.0, (at - since).total_seconds())


def _sum(wanted: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((wanted, 1), else_=0)), 0)
