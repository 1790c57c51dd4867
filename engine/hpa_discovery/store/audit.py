# SPDX-License-Identifier: Apache-2.0
"""Who did what: rows that are only added. Retention alone deletes them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement, func, insert, select

from hpa_discovery.store.tables import AUDIT
from hpa_discovery.store.texts import cleaned

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from hpa_discovery.store.database import Transaction

Ending = Literal["done", "refused", "failed"]

MOST_DETAIL = 16 * 1024
MOST_TARGET = 1000
MOST_PAGE = 500


@dataclass(frozen=True, slots=True)
class Act:
    """What someone did or tried: `actor` is a token's name or "cli:<user>", `action` a word such as "driver.allow"."""

    actor: str
    action: str
    target: str
    outcome: Ending = "done"
    detail: Mapping[str, Any] = field(default_factory=dict)
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An act with its number and its time (UTC)."""

    id: int
    at: datetime
    act: Act


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows a page shows; what is None does not limit it.

    `action` stands for itself and all below it: "driver" also finds "driver.allow". Times are aware, `since`
    counts in and `until` does not.
    """

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    outcome: Ending | None = None
    since: datetime | None = None
    until: datetime | None = None


ALL = Wanted()


def record(transaction: Transaction, act: Act) -> None:
    """Add a row, in the transaction of what it tells of.

    Texts are cut rather than refused, since a long name must not hide an act; a detail of more than 16 KiB of
    JSON becomes {"omitted_bytes": n}.
    """
    values = {
        "actor": cleaned(act.actor, 200),
        "action": cleaned(act.action, 100),
        "target": cleaned(act.target, MOST_TARGET),
        "outcome": act.outcome,
        "detail": _bounded(act.detail),
        "request_id": None if act.request_id is None else cleaned(act.request_id, 100),
    }
    transaction.execute(insert(AUDIT).values(**values))


def page(
    transaction: Transaction, before: int | None = None, limit: int = 100, wanted: Wanted = ALL
) -> tuple[AuditRow, ...]:
    """Up to `limit` (at most 500) wanted rows, newest first; the next page is `before` the last id of this one."""
    rows = select(AUDIT).where(*_conditions(wanted)).order_by(AUDIT.c.id.desc()).limit(min(limit, MOST_PAGE))
    if before is not None:
        rows = rows.where(AUDIT.c.id < before)
    found = transaction.execute(rows).mappings()
    return tuple(AuditRow(row["id"], row["at"], Act(*(row[name] for name in _MEMBERS))) for row in found)


_MEMBERS = [member.name for member in fields(Act)]


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    for name in ("actor", "target", "outcome"):
        if (value := getattr(wanted, name)) is not None:
            yield AUDIT.c[name] == value
    if wanted.action is not None:
        # LIKE would not mind the case on SQLite.
        start = wanted.action + "."
        yield (AUDIT.c.action == wanted.action) | (func.substr(AUDIT.c.action, 1, len(start)) == start)
    if wanted.since is not None:
        yield AUDIT.c.at >= wanted.since
    if wanted.until is not None:
        yield AUDIT.c.at < wanted.until


def _bounded(detail: Mapping[str, Any]) -> dict[str, Any]:
    whole = json.dumps(detail, ensure_ascii=False).encode("utf-8", "replace")
    if len(whole) > MOST_DETAIL:
        return {"omitted_bytes": len(whole)}
    bounded: dict[str, Any] = json.loads(whole)
    return bounded
