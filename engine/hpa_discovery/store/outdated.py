# SPDX-License-Identifier: Apache-2.0
"""Regions whose last complete listing was judged by another generation than the one that serves, or by none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from hpa_discovery.store.tables import LISTING, REGION

if TYPE_CHECKING:
    from collections.abc import Collection

    from hpa_discovery.store.database import Transaction


def numbers(
    transaction: Transaction, sources: Collection[str], generation: str, after: int = 0, limit: int = 1000
) -> tuple[int, ...]:
    """Their numbers, above `after`, of those with one of these sources that are switched on.

    One that was never listed is among them: another generation may be at it just now.
    """
    other = or_(LISTING.c.generation.is_(None), LISTING.c.generation != generation)
    found = select(REGION.c.id).join(LISTING, LISTING.c.region == REGION.c.id, isouter=True)
    wanted = found.where(REGION.c.source.in_(sources), REGION.c.enabled, REGION.c.id > after, other)
    return tuple(transaction.execute(wanted.order_by(REGION.c.id).limit(limit)).scalars())
