# SPDX-License-Identifier: Apache-2.0
"""Many regions at once, whose steps went well and are spread over the next hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store

FILL = """
INSERT INTO region (owner, region_id, source, coordinates, name_prefix, context, aai, interval_s, enabled, revision,
 created_at, changed_at)
SELECT 'acme', 'r' || n, 'openstack.flavor', '{}', '', '{}', '{}', 3600, true, 1, {at}, {at} FROM {numbers};
INSERT INTO step (region, kind, due_at, fence, attempts, last_ok_at)
SELECT region.id, kind, {spread}, 0, 0, {at} FROM region, (SELECT 'discover' AS kind UNION SELECT 'publish') AS kinds
WHERE region.id NOT IN (SELECT region FROM step)
"""
OF_SQLITE = {
    "numbers": "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {count}) SELECT n FROM c)",
    "at": "strftime('%Y-%m-%d %H:%M:%f000', 'now')",
    "spread": "strftime('%Y-%m-%d %H:%M:%f000', 'now', (region.id % 3600 - {due}) || ' seconds')",
}
OF_POSTGRESQL = {
    "numbers": "generate_series(1, {count}) AS c(n)",
    "at": "now()",
    "spread": "now() + (region.id % 3600 - {due}) * interval '1 second'",
}


def fill(store: Store, count: int, due: int) -> None:
    """So many more regions; of each 3600 those whose number ends in less than `due` are due."""
    words = OF_POSTGRESQL if store.shared else OF_SQLITE
    with store.write("filling") as transaction:
        for statement in FILL.split(";"):
            filled = statement
            for name, word in words.items():
                filled = filled.replace("{" + name + "}", word)
            filled = filled.replace("{count}", str(count)).replace("{due}", str(due))
            transaction.execute(text(filled.replace(":", r"\:")))
        transaction.execute(text("ANALYZE"))
