# SPDX-License-Identifier: Apache-2.0
"""Alarms as rows: one record for each (resource, type, qualifier), and its history. The room `alarms` writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import and_, func, insert, select, update

from hpa_discovery.store.clock import later, now
from hpa_discovery.store.inserting import insert_once
from hpa_discovery.store.tables import ALARM, ALARM_CHANGE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement

    from hpa_discovery.store.database import Transaction

Severity = Literal["indeterminate", "warning", "minor", "major", "critical"]
Kind = Literal["raised", "changed", "cleared", "acknowledged"]

MOST_PAGE = 500


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes two alarms the same (RFC 8632): the resource, the type, and what tells two of a type apart."""

    resource: str
    type: str
    qualifier: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One record; times are UTC.

    `severity` and `text` are the last ones, also when it is cleared. `raises` counts how often it was raised, the
    last time at `raised_at`. `region` is "<cloud-owner>/<cloud-region-id>", where it is about one.
    """

    id: int
    resource: str
    type: str
    qualifier: str
    region: str | None
    severity: Severity
    text: str
    raises: int
    raised_at: datetime
    changed_at: datetime
    cleared_at: datetime | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    acknowledged_text: str | None

    @property
    def identity(self) -> Identity:
        """What makes it this alarm."""
        return Identity(self.resource, self.type, self.qualifier)

    @property
    def cleared(self) -> bool:
        """Whether the fault is over; apart from its severity."""
        return self.cleared_at is not None


_COLUMNS = [ALARM.c[name] for name in Alarm.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """What happened to an alarm, and when (UTC); `made_by` is who acknowledged."""

    id: int
    at: datetime
    kind: Kind
    severity: Severity
    text: str
    made_by: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alarms a page shows; what is None does not limit it.

    `resource` stands for itself and all below it: "region/acme" also finds "region/acme/RegionOne". `only` limits to
    alarms of these regions, such as those of a token.
    """

    resource: str | None = None
    type: str | None = None
    severities: Collection[Severity] | None = None
    cleared: bool | None = None
    acknowledged: bool | None = None
    only: Collection[str] | None = None


ALL = Wanted()


def add(transaction: Transaction, identity: Identity, values: Mapping[str, Any]) -> bool:
    """Make the record unless it exists; whether it was made."""
    return insert_once(transaction, ALARM, {**_columns(identity), "raises": 1, **values})


def hold(transaction: Transaction, identity: Identity) -> Alarm | None:
    """The record, which nobody else changes until the transaction ends."""
    return _one(transaction, _is(identity), hold=True)


def get(transaction: Transaction, number: int, *, hold: bool = False) -> Alarm | None:
    """The record of this number; `hold` as in `hold`."""
    return _one(transaction, ALARM.c.id == number, hold=hold)


def begin(transaction: Transaction, alarm: Alarm, values: Mapping[str, Any]) -> None:
    """Raise a record that was cleared: once more, from now on, and acknowledged by nobody."""
    fresh = {"cleared_at": None, "acknowledged_by": None, "acknowledged_at": None, "acknowledged_text": None}
    _set(transaction, alarm, {**values, **fresh, "raises": ALARM.c.raises + 1, "raised_at": now(), "changed_at": now()})


def change(transaction: Transaction, alarm: Alarm, values: Mapping[str, Any]) -> None:
    """Give a record another severity, text or region."""
    _set(transaction, alarm, {**values, "changed_at": now()})


def clear(transaction: Transaction, alarm: Alarm) -> None:
    """The fault is over."""
    _set(transaction, alarm, {"cleared_at": now(), "changed_at": now()})


def acknowledge(transaction: Transaction, alarm: Alarm, by: str, text: str) -> None:
    """Someone looks after it."""
    _set(transaction, alarm, {"acknowledged_by": by, "acknowledged_at": now(), "acknowledged_text": text})


def note(transaction: Transaction, alarm: Alarm, kind: Kind, by: str | None = None) -> None:
    """Add to the history of an alarm what it became."""
    values = {"alarm": alarm.id, "kind": kind, "severity": alarm.severity, "text": alarm.text, "made_by": by}
    transaction.execute(insert(ALARM_CHANGE).values(**values))


def open_of(transaction: Transaction, resource: str) -> tuple[Identity, ...]:
    """What is not cleared of this resource alone: an index finds it among any number of alarms."""
    return _open(transaction, ALARM.c.resource == resource)


def open_below(transaction: Transaction, resource: str) -> tuple[Identity, ...]:
    """What is not cleared of a resource and all below it."""
    return _open(transaction, _below(resource))


def confirm(transaction: Transaction, alarm_type: str, qualifier: str) -> None:
    """Whoever raises the alarms of this type and qualifier is there, and sees the faults."""
    whose = (ALARM.c.type == alarm_type, ALARM.c.qualifier == qualifier, ALARM.c.cleared_at.is_(None))
    transaction.execute(update(ALARM).where(*whose).values(confirmed_at=now()))


def unconfirmed(transaction: Transaction, alarm_type: str, older_than: timedelta) -> tuple[Identity, ...]:
    """What is not cleared of a type, and was not confirmed for so long; where it never was, not changed."""
    told = func.coalesce(ALARM.c.confirmed_at, ALARM.c.changed_at)
    return _open(transaction, (ALARM.c.type == alarm_type) & (told < later(-older_than.total_seconds())))


def page(
    transaction: Transaction, before: int | None = None, limit: int = 100, wanted: Wanted = ALL
) -> tuple[Alarm, ...]:
    """Up to `limit` (at most 500) wanted alarms, the newest record first; the next page is `before` its last number."""
    rows = (
        select(*_COLUMNS).where(*_conditions(before, wanted)).order_by(ALARM.c.id.desc()).limit(min(limit, MOST_PAGE))
    )
    return tuple(Alarm(**row) for row in transaction.execute(rows).mappings())


def history(
    transaction: Transaction, number: int, before: int | None = None, limit: int = 100
) -> tuple[AlarmChange, ...]:
    """What happened to the alarm of this number, newest first, in pages as in `page`."""
    columns = [ALARM_CHANGE.c[name] for name in AlarmChange.__dataclass_fields__]
    rows = select(*columns).where(ALARM_CHANGE.c.alarm == number).order_by(ALARM_CHANGE.c.id.desc())
    if before is not None:
        rows = rows.where(ALARM_CHANGE.c.id < before)
    return tuple(AlarmChange(**row) for row in transaction.execute(rows.limit(min(limit, MOST_PAGE))).mappings())


def _set(transaction: Transaction, alarm: Alarm, values: Mapping[str, Any]) -> None:
    transaction.execute(update(ALARM).where(ALARM.c.id == alarm.id).values(**values))


def _open(transaction: Transaction, wanted: ColumnElement[bool]) -> tuple[Identity, ...]:
    rows = select(ALARM.c.resource, ALARM.c.type, ALARM.c.qualifier).where(wanted, ALARM.c.cleared_at.is_(None))
    # In Python's order, that of all who hold several alarms: the database's depends on its locale.
    return tuple(Identity(*key) for key in sorted(tuple(row) for row in transaction.execute(rows)))


def _columns(identity: Identity) -> dict[str, str]:
    return {"resource": identity.resource, "type": identity.type, "qualifier": identity.qualifier}


def _is(identity: Identity) -> ColumnElement[bool]:
    return and_(*(ALARM.c[name] == value for name, value in _columns(identity).items()))


def _below(resource: str) -> ColumnElement[bool]:
    # LIKE would not mind the case on SQLite.
    start = resource + "/"
    return (ALARM.c.resource == resource) | (func.substr(ALARM.c.resource, 1, len(start)) == start)


def _one(transaction: Transaction, wanted: ColumnElement[bool], *, hold: bool) -> Alarm | None:
    rows = select(*_COLUMNS).where(wanted)
    row = transaction.execute(rows.with_for_update() if hold else rows).mappings().one_or_none()
    return None if row is None else Alarm(**row)


def _conditions(before: int | None, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if before is not None:
        yield ALARM.c.id < before
    if wanted.resource is not None:
        yield _below(wanted.resource)
    if wanted.type is not None:
        yield ALARM.c.type == wanted.type
    if wanted.severities is not None:
        yield ALARM.c.severity.in_(wanted.severities)
    if wanted.cleared is not None:
        yield ALARM.c.cleared_at.is_not(None) if wanted.cleared else ALARM.c.cleared_at.is_(None)
    if wanted.acknowledged is not None:
        yield ALARM.c.acknowledged_at.is_not(None) if wanted.acknowledged else ALARM.c.acknowledged_at.is_(None)
    if wanted.only is not None:
        yield ALARM.c.region.in_(wanted.only)
