# SPDX-License-Identifier: Apache-2.0
"""How a database would find the rows of a query."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpa_discovery.store.database import Store, Transaction


def plan(store: Store, ask: Callable[[Transaction], Any]) -> str:
    """The plan of the one query that `ask` makes; it fails where a table would be read whole or sorted."""
    seen: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        seen.append((statement, parameters))

    with store.read("explaining") as transaction:
        event.listen(transaction, "before_cursor_execute", note)
        ask(transaction)
        [(statement, parameters)] = [each for each in seen if each[0].startswith("SELECT")]
        explain = "EXPLAIN " if store.shared else "EXPLAIN QUERY PLAN "
        found = transaction.exec_driver_sql(explain + statement, parameters)
        told = "\n".join(str(row[-1]) for row in found)
    assert not re.search(r"Seq Scan|Hash|Sort|SCAN|TEMP B-TREE", told), told
    return told
