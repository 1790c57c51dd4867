# SPDX-License-Identifier: Apache-2.0
"""What is to be done for which region, and when: rows of steps, which processes on many hosts take one by one.

A claim lasts for its lease. It raises the step's fence, and whoever held an
earlier fence can write no result any more, however late it comes. Of one region
at most one step is claimed. All times are the database's.

Locks are taken in one order, the region's row before those of its steps: two
that took them crosswise would wait for each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import and_, bindparam, case, false, func, insert, literal_column, null, or_, select, true, update

from hpa_discovery.store.clock import chance, later, now
from hpa_discovery.store.portions import portions
from hpa_discovery.store.tables import REGION, STEP
from hpa_discovery.store.texts import checked, cleaned

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row, Select

    from hpa_discovery.store.database import Transaction

Kind = Literal["discover", "publish"]
KINDS: tuple[Kind, ...] = get_args(Kind)

FIRST_RETRY_S = 10.0
LONGEST_RETRY_S = 900.0
MOST_ERROR = 2000
# Of an interval: regions that were registered together must not stay together.
_SPREAD = 0.05


@dataclass(frozen=True, slots=True)
class Due:
    """A step that waits for someone, since `due_at` (UTC). `region` is the number of a Region.

    A `troubled` one failed or was lost the last time, or never went well: nobody knows yet whether it can.
    """

    region: int
    kind: Kind
    due_at: datetime
    troubled: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do a step until `lease_until` (UTC), and to write its results while the fence is this one.

    `attempts` is how many runs failed or were lost since the last good one.
    """

    region: int
    kind: Kind
    fence: int
    attempts: int
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """How it stands with a step; times are UTC.

    `due_at` is None while nothing asks for it. While `claimed_by` is not None someone is at it, unless
    `lease_until` has passed. `last_error` is "" after a good run.
    """

    kind: Kind
    due_at: datetime | None
    claimed_by: str | None
    lease_until: datetime | None
    attempts: int
    last_error: str
    last_ok_at: datetime | None


def enroll(transaction: Transaction, region: int, *, enabled: bool = True) -> None:
    """The steps of a new region: discovery is due at once, publishing when `soon` says so."""
    first = {"discover": now() if enabled else null()}
    for kind in KINDS:
        values = {"region": region, "kind": kind, "due_at": first.get(kind, null()), "fence": 0, "attempts": 0}
        transaction.execute(insert(STEP).values(**values))


def due(transaction: Transaction, limit: int = 100, *, troubled: bool | None = None) -> tuple[Due, ...]:
    """Steps that may be claimed now, the longest waiting first; those whose lease ran out are among them.

    `troubled` asks for such alone, or for the others.
    """
    return tuple(Due(*row) for row in transaction.execute(_due(troubled), {"most": limit}))


def claim(
    transaction: Transaction, region: int, kind: Kind, by: str, lease: timedelta, *, at_once: bool = False
) -> Claim | None:
    """Take a step that is due; of all that try, one gets it. None when it is not due, taken, or its region busy.

    `at_once` takes one that is not due, too, and one of a region that is switched off. A step of the same region
    whose lease ran out loses its fence, so that the two never write together.
    """
    free = select(REGION.c.enabled).where(REGION.c.id == region).with_for_update(key_share=True, skip_locked=True)
    enabled = transaction.execute(free).scalar_one_or_none()
    if enabled is False:
        pause(transaction, region)  # what `soon` was at when the region was switched off
    if enabled is None or not (enabled or at_once):  # None: gone, or somebody is at it in this moment
        return None
    this, idle = and_(STEP.c.region == region, STEP.c.kind == kind), or_(STEP.c.lease_until.is_(None), _is_over())
    wanted = and_(this, idle if at_once else STEP.c.due_at <= now(), ~_busy(region, kind))
    end = later(lease.total_seconds())
    values = {"claimed_by": checked("who claims a step", by), "lease_until": end, "due_at": end, "again_at": None}
    taken = update(STEP).where(wanted).values(fence=STEP.c.fence + 1, attempts=_with_lost_run(), **values)
    row = transaction.execute(taken.returning(STEP.c.fence, STEP.c.attempts, STEP.c.lease_until)).one_or_none()
    if row is None:
        return None
    transaction.execute(_released(and_(STEP.c.region == region, STEP.c.kind != kind, STEP.c.claimed_by.is_not(None))))
    return Claim(region, kind, *row)


def renew(transaction: Transaction, claimed: Claim, lease: timedelta) -> bool:
    """Begin the lease anew, for long work; False when the fence was taken: whoever asks must stop."""
    if _held(transaction, claimed) is None:
        return False
    end = later(lease.total_seconds())
    # Whatever it asked A&AI for may have been asked just now.
    asked = case((STEP.c.unanswered_at.is_(None), null()), else_=now())
    transaction.execute(update(STEP).where(row(claimed)).values(lease_until=end, due_at=end, unanswered_at=asked))
    return True


def holds(transaction: Transaction, claimed: Claim) -> bool:
    """Whether results of this claim may be written; until the transaction ends nobody can take it."""
    return _held(transaction, claimed) is not None


def is_held(transaction: Transaction, claimed: Claim) -> bool:
    """Whether nobody took the fence yet; unlike with `holds`, somebody may in the next moment."""
    current = select(STEP.c.fence).where(row(claimed), STEP.c.claimed_by.is_not(None))
    return bool(transaction.execute(current).scalar_one_or_none() == claimed.fence)


def finish(transaction: Transaction, claimed: Claim, after: timedelta | None) -> bool:
    """A good run ends; the next is due `after` it, give or take 5%, or sooner if that was asked for meanwhile.

    None is for a step that waits until it is asked for. False when the fence was taken: then nothing is written
    here, and the transaction must write nothing else of this run.
    """
    spread = 1 - _SPREAD + 2 * _SPREAD * chance()
    next_at = None if after is None else later(after.total_seconds() * spread)
    return _end(transaction, claimed, next_at, {"attempts": 0, "last_error": None, "last_ok_at": now()})


def fail(transaction: Transaction, claimed: Claim, error: str) -> bool:
    """A run ends without a result; False as in `finish`.

    The next is due in 10 s, then 20, 40 and so on up to 15 min, each shortened by chance to no less than half.
    """
    seconds = min(FIRST_RETRY_S * 2 ** min(claimed.attempts, 30), LONGEST_RETRY_S)
    values = {"attempts": claimed.attempts + 1, "last_error": cleaned(error, MOST_ERROR)}
    return _end(transaction, claimed, later(seconds * (0.5 + 0.5 * chance())), values)


def soon(
    transaction: Transaction,
    regions: Collection[int],
    kind: Kind,
    within: timedelta,
    after: timedelta = timedelta(0),
) -> int:
    """Make a step of these regions due, each at a moment of its own within this time; how many that changed.

    The time begins when another, `after`, is over.

    One that is due by then stays as it is. One that runs is due again when it ends: it may have begun before
    what is asked for. Regions that are switched off stay out. Who asks for both kinds does so in two transactions:
    those who ask for the same in another order would wait for each other.
    """
    least, most = after.total_seconds(), within.total_seconds()
    return sum(_soon(transaction, some, kind, least, most) for some in portions(regions))


def restart(transaction: Transaction, region: int) -> None:
    """What runs for this region may write nothing any more, and discovery is due at once: the region was changed."""
    of_region = STEP.c.region == region
    running = and_(of_region, STEP.c.claimed_by.is_not(None))
    transaction.execute(_released(running).values(due_at=now()))
    transaction.execute(update(STEP).where(of_region, STEP.c.kind == "discover").values(due_at=now(), attempts=0))


def pause(transaction: Transaction, region: int) -> None:
    """Nothing of this region, of which nothing runs, is due any more."""
    transaction.execute(update(STEP).where(STEP.c.region == region).values(due_at=None, again_at=None))


def steps(transaction: Transaction, region: int) -> tuple[Step, ...]:
    """The steps of a region."""
    columns = [STEP.c[name] for name in Step.__dataclass_fields__]
    rows = transaction.execute(select(*columns).where(STEP.c.region == region).order_by(STEP.c.kind)).mappings()
    return tuple(Step(**dict(row) | {"last_error": row["last_error"] or ""}) for row in rows)


def row(claimed: Claim) -> ColumnElement[bool]:
    """The step of a claim."""
    return and_(STEP.c.region == claimed.region, STEP.c.kind == claimed.kind)


@cache
def _due(troubled: bool | None) -> Select[Any]:
    """Made once: making it takes longer than the databases need to answer it."""
    # With a parameter, no database takes the index that has such rows alone.
    none: ColumnElement[int] = literal_column("0")
    bad = or_(STEP.c.attempts > none, STEP.c.last_ok_at.is_(None))
    well = and_(STEP.c.attempts == none, STEP.c.last_ok_at.is_not(None))
    wanted = {None: true(), True: bad, False: well}[troubled]
    return (
        select(STEP.c.region, STEP.c.kind, STEP.c.due_at, bad)
        .where(STEP.c.due_at <= now(), wanted, ~_busy(STEP.c.region, STEP.c.kind))
        .order_by(STEP.c.due_at)
        .limit(bindparam("most"))
    )


def _busy(region: ColumnElement[int] | int, kind: ColumnElement[str] | str) -> ColumnElement[bool]:
    # With max() PostgreSQL looks up one row; EXISTS it would join, reading all steps to find the few that run.
    other = STEP.alias("other")
    last = select(func.max(other.c.lease_until)).where(other.c.region == region, other.c.kind != kind)
    return func.coalesce(last.scalar_subquery() > now(), false())


def _is_over() -> ColumnElement[bool]:
    return STEP.c.lease_until <= now()


def _with_lost_run() -> ColumnElement[int]:
    # Who had it before came to no end at all: killed, or cut off.
    return case((STEP.c.claimed_by.is_(None), STEP.c.attempts), else_=STEP.c.attempts + 1)


def _released(rows: ColumnElement[bool]) -> Any:
    changed = {"claimed_by": None, "lease_until": None, "again_at": None}
    return update(STEP).where(rows).values(fence=STEP.c.fence + 1, attempts=_with_lost_run(), **changed)


def _held(transaction: Transaction, claimed: Claim) -> Row[Any] | None:
    region = select(REGION.c.id).where(REGION.c.id == claimed.region).with_for_update(key_share=True)
    if transaction.execute(region).first() is None:
        return None
    current = and_(row(claimed), STEP.c.fence == claimed.fence, STEP.c.claimed_by.is_not(None))
    return transaction.execute(select(STEP.c.again_at).where(current).with_for_update()).first()


def _end(transaction: Transaction, claimed: Claim, next_at: ColumnElement[Any] | None, values: dict[str, Any]) -> bool:
    held = _held(transaction, claimed)
    if held is None:
        return False
    due_at = _earlier(next_at, held.again_at)
    ended = {"due_at": due_at, "again_at": None, "claimed_by": None, "lease_until": None}
    transaction.execute(update(STEP).where(row(claimed)).values(**ended | values))
    return True


def _earlier(next_at: ColumnElement[Any] | None, again_at: datetime | None) -> ColumnElement[Any] | None:
    if again_at is None:
        return next_at
    return STEP.c.again_at if next_at is None else case((STEP.c.again_at > next_at, next_at), else_=STEP.c.again_at)


def _soon(transaction: Transaction, regions: Collection[int], kind: Kind, least: float, most: float) -> int:
    on = select(REGION.c.id).where(REGION.c.id.in_(regions), REGION.c.enabled)
    wanted = select(STEP.c.region).where(STEP.c.region.in_(on), STEP.c.kind == kind)
    # In one order, and no others after that: every host may ask for the same regions at the same time.
    held = transaction.execute(wanted.order_by(STEP.c.region).with_for_update()).scalars().all()
    these = and_(STEP.c.region.in_(held), STEP.c.kind == kind)
    return sum(transaction.execute(change).rowcount for change in _sooner(these, least, most))


def _sooner(wanted: ColumnElement[bool], least: float, most: float) -> Iterator[Any]:
    running = STEP.c.lease_until > now()
    idle = or_(STEP.c.lease_until.is_(None), _is_over())
    for state, column in ((running, STEP.c.again_at), (idle, STEP.c.due_at)):
        late = or_(column.is_(None), column > later(least + most))
        yield update(STEP).where(wanted, state, late).values({column: later(least + most * chance())})
