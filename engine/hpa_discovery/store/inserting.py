# SPDX-License-Identifier: Apache-2.0
"""A row that may be there already: one statement that does not fail for it, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Table


def insert_once(transaction: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert the row unless one with its key or another unique value stands there; whether it was inserted."""
    row = _insert(transaction, table, values).on_conflict_do_nothing()
    # What comes back tells it; PostgreSQL's count of inserted rows is not handed on.
    return transaction.execute(row.returning(*table.primary_key)).first() is not None


def insert_or_replace(transaction: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert the row, or give the row with its key these values."""
    keys = [column.name for column in table.primary_key]
    changed = {name: value for name, value in values.items() if name not in keys}
    row = _insert(transaction, table, values)
    transaction.execute(row.on_conflict_do_update(index_elements=keys, set_=changed))


def _insert(transaction: Connection, table: Table, values: Mapping[str, Any]) -> sqlite.Insert | postgresql.Insert:
    insert = sqlite.insert if transaction.dialect.name == "sqlite" else postgresql.insert
    return insert(table).values(**values)
