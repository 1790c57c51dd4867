# SPDX-License-Identifier: Apache-2.0
"""The alarms of a region: those that stand are raised, those of the same types that do not stand are cleared."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from hpa_discovery.aai.answers import without_transaction
from hpa_discovery.store import alarm_rows
from hpa_discovery.store.alarm_rows import Identity

if TYPE_CHECKING:
    from hpa_discovery.alarms.raising import Alarms
    from hpa_discovery.store.database import Transaction
    from hpa_discovery.work.causes import Fault
    from hpa_discovery.work.holding import Held

UNREACHABLE, INCOMPLETE = SOURCE = ("source.unreachable", "source.incomplete")
REFUSING, HELD = AAI = ("aai.refusing", "plan.held")


def settle(
    transaction: Transaction, alarms: Alarms, held: Held, types: Collection[str], faults: Iterable[Fault]
) -> None:
    """Let the region have these faults, and no others of these types."""
    standing = {Identity(held.resource, each.type, each.qualifier): each for each in faults}
    before = {each for each in alarm_rows.open_of(transaction, held.resource) if each.type in types}
    # In the order of their identities, as alarms wants it.
    for identity in sorted({*before, *standing}, key=lambda each: (each.resource, each.type, each.qualifier)):
        if identity in standing:
            raise_one(transaction, alarms, held, standing[identity])
        else:
            alarms.clear(transaction, identity)


def raise_one(transaction: Transaction, alarms: Alarms, held: Held, fault: Fault) -> None:
    """Raise one and leave the others as they are."""
    identity = Identity(held.resource, fault.type, fault.qualifier)
    alarms.raise_(transaction, identity, fault.text, region=held.region.name, alike=without_transaction)
