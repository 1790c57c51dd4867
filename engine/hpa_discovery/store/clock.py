# SPDX-License-Identifier: Apache-2.0
"""Time as the database tells it: one clock for all hosts, always UTC.

PostgreSQL keeps `timestamptz`. SQLite has no type for times: it keeps text
with six digits after the point, so that its order is the order of times.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, Float, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Connection, Dialect
    from sqlalchemy.sql.compiler import SQLCompiler


class Moment(TypeDecorator[datetime]):
    """A column of aware UTC datetimes."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The value as the database takes it: SQLite's text has no zone."""
        if value is None:
            return None
        whole = value.astimezone(UTC)
        return whole.replace(tzinfo=None) if dialect.name == "sqlite" else whole

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The value with its zone, which SQLite's text lacks."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class now(FunctionElement[datetime]):  # noqa: N801 - it stands in statements where functions stand
    """The database's time at the start of the statement."""

    type = Moment()
    inherit_cache = True


@compiles(now, "sqlite")
def _of_sqlite(element: now, compiler: SQLCompiler, **options: Any) -> str:
    # '%f' has three digits; with six the text compares equal to what Python wrote.
    return "strftime('%Y-%m-%d %H:%M:%f000', 'now')"


@compiles(now, "postgresql")
def _of_postgresql(element: now, compiler: SQLCompiler, **options: Any) -> str:
    # Unlike clock_timestamp() it is stable inside a statement, so that an index on times can serve it.
    return "statement_timestamp()"


class later(FunctionElement[datetime]):  # noqa: N801 - as above
    """The database's time so many seconds after the start of the statement: a number or an expression."""

    type = Moment()
    inherit_cache = True


@compiles(later, "sqlite")
def _later_of_sqlite(element: later, compiler: SQLCompiler, **options: Any) -> str:
    seconds = compiler.process(element.clauses, **options)
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', printf('%+.3f seconds', {seconds}))"


@compiles(later, "postgresql")
def _later_of_postgresql(element: later, compiler: SQLCompiler, **options: Any) -> str:
    return f"statement_timestamp() + make_interval(secs => {compiler.process(element.clauses, **options)})"


class chance(FunctionElement[float]):  # noqa: N801 - as above
    """A number from 0 to 1, another one for each row."""

    type = Float()
    inherit_cache = True


@compiles(chance, "sqlite")
def _chance_of_sqlite(element: chance, compiler: SQLCompiler, **options: Any) -> str:
    return "(abs(random() % 1000000) / 1000000.0)"


@compiles(chance, "postgresql")
def _chance_of_postgresql(element: chance, compiler: SQLCompiler, **options: Any) -> str:
    return "random()"


def read_clock(transaction: Connection) -> datetime:
    """The database's time, UTC."""
    return transaction.execute(select(now())).scalar_one()
