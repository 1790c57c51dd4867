# SPDX-License-Identifier: Apache-2.0
"""Operations: what the answer 202 points to, from its start to its end.

An operation names its region as "<cloud-owner>/<cloud-region-id>", so that its
result can still be read when the region is gone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import insert, select, update

from hpa_discovery.errors import StoreRefused
from hpa_discovery.store.clock import now
from hpa_discovery.store.tables import OPERATION
from hpa_discovery.store.texts import checked, cleaned

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from hpa_discovery.store.database import Transaction

State = Literal["waiting", "running", "done", "failed"]
OPEN: tuple[State, ...] = ("waiting", "running")

MOST_ERROR = 2000
MOST_RESULT = 256 * 1024
MOST_PAGE = 500
MOST_REGION = 401


@dataclass(frozen=True, slots=True)
class Operation:
    """One piece of work that someone asked for; times are UTC.

    `kind` is a word such as "discover". `progress` and `result` are JSON in the words of their kind, `error` is
    for people. `made_by` is a token's name or "cli:<user>".
    """

    id: int
    kind: str
    region: str | None
    state: State
    progress: Mapping[str, Any] | None
    result: Mapping[str, Any] | None
    error: str | None
    made_by: str
    request_id: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def add(
    transaction: Transaction, kind: str, *, region: str | None, by: str, request_id: str | None = None
) -> Operation:
    """A new operation, which waits."""
    values = {
        "kind": checked("the kind of an operation", kind, 50),
        "region": None if region is None else checked("the region of an operation", region, MOST_REGION),
        "state": "waiting",
        "made_by": cleaned(by, 200),
        "request_id": None if request_id is None else cleaned(request_id, 100),
    }
    made = insert(OPERATION).values(**values).returning(OPERATION)
    return Operation(**transaction.execute(made).mappings().one())


def get(transaction: Transaction, number: int) -> Operation | None:
    """The operation of this number."""
    row = transaction.execute(select(OPERATION).where(OPERATION.c.id == number)).mappings().one_or_none()
    return None if row is None else Operation(**row)


def page(
    transaction: Transaction,
    before: int | None = None,
    limit: int = 100,
    *,
    region: str | None = None,
    states: Collection[State] = (),
    only: Collection[str] | None = None,
) -> tuple[Operation, ...]:
    """Up to `limit` (at most 500) operations, newest first; the next page is `before` the last number of this one.

    `only` limits them to these regions, such as those of a token.
    """
    rows = select(OPERATION).where(*_conditions(before, region, states, only)).order_by(OPERATION.c.id.desc())
    return tuple(Operation(**row) for row in transaction.execute(rows.limit(min(limit, MOST_PAGE))).mappings())


def newest(transaction: Transaction, kind: str, region: str, states: Collection[State]) -> Operation | None:
    """The last operation of this kind for a region that is in one of these states and has a result."""
    wanted = (OPERATION.c.kind == kind) & (OPERATION.c.region == region) & OPERATION.c.state.in_(states)
    rows = select(OPERATION).where(wanted, OPERATION.c.result.is_not(None)).order_by(OPERATION.c.id.desc()).limit(1)
    row = transaction.execute(rows).mappings().one_or_none()
    return None if row is None else Operation(**row)


def start(transaction: Transaction, kind: str, region: str) -> tuple[int, ...]:
    """All operations of this kind that are open for the region run from now on: the numbers of what this run serves.

    Those of a run that was lost are among them.
    """
    wanted = (OPERATION.c.kind == kind) & (OPERATION.c.region == region) & OPERATION.c.state.in_(OPEN)
    running = update(OPERATION).where(wanted).values(state="running", started_at=now()).returning(OPERATION.c.id)
    return tuple(sorted(transaction.execute(running).scalars()))


def report(transaction: Transaction, numbers: Collection[int], progress: Mapping[str, Any]) -> None:
    """How far these operations are, such as {"subjects": 1000}; what has ended stays as it is."""
    rows = update(OPERATION).where(OPERATION.c.id.in_(numbers), OPERATION.c.state == "running")
    transaction.execute(rows.values(progress=_bounded("the progress", progress)))


def finish(transaction: Transaction, numbers: Collection[int], result: Mapping[str, Any]) -> int:
    """These operations are done; how many of them were still open. StoreRefused above 256 KiB of result."""
    return _end(transaction, OPERATION.c.id.in_(numbers), state="done", result=_bounded("the result", result))


def fail(
    transaction: Transaction, numbers: Collection[int], error: str, result: Mapping[str, Any] | None = None
) -> int:
    """These operations did not come to their end; how many of them were still open.

    `result` is what they did till then; StoreRefused as in `finish`.
    """
    told = {} if result is None else {"result": _bounded("the result", result)}
    return _end(transaction, OPERATION.c.id.in_(numbers), state="failed", error=cleaned(error, MOST_ERROR), **told)


def fail_open(transaction: Transaction, region: str, error: str) -> int:
    """All that is open for a region comes to nothing."""
    return _end(transaction, OPERATION.c.region == region, state="failed", error=cleaned(error, MOST_ERROR))


def _end(transaction: Transaction, wanted: ColumnElement[bool], **values: Any) -> int:
    ended = update(OPERATION).where(wanted, OPERATION.c.state.in_(OPEN))
    return transaction.execute(ended.values(finished_at=now(), **values)).rowcount


def _conditions(
    before: int | None, region: str | None, states: Collection[State], only: Collection[str] | None
) -> Iterator[ColumnElement[bool]]:
    if before is not None:
        yield OPERATION.c.id < before
    if region is not None:
        yield OPERATION.c.region == region
    if states:
        yield OPERATION.c.state.in_(states)
    if only is not None:
        yield OPERATION.c.region.in_(only)


def _bounded(what: str, value: Mapping[str, Any]) -> dict[str, Any]:
    try:
        text = json.dumps(dict(value), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreRefused(f"keeping {what} of an operation: {error}; only JSON can be kept") from error
    if len(text) > MOST_RESULT:
        raise StoreRefused(
            f"keeping {what} of an operation: it has {len(text)} bytes of JSON, {MOST_RESULT} are allowed"
        )
    whole: dict[str, Any] = json.loads(text)
    return whole
