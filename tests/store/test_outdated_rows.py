# SPDX-License-Identifier: Apache-2.0
"""Which regions were judged by another generation than the one that serves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hpa_discovery.store import outdated, regions
from store.filling import keys
from store.listed import FIRST, listed
from store.regional import added
from store.stored import digest

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store

SOURCE = "openstack.flavor"
SECOND = digest("second")


def found(store: Store, generation: str = SECOND, after: int = 0, limit: int = 100, source: str = SOURCE) -> list[int]:
    """Their numbers."""
    with store.read("looking") as transaction:
        return list(outdated.numbers(transaction, [source], generation, after, limit))


def test_those_of_another_generation(store: Store) -> None:
    """In the order of their numbers, in portions; one that was never listed is among them."""
    numbers = [added(store, f"acme/r{number}").id for number in range(4)]
    for number in numbers[:3]:
        listed(store, number)

    assert found(store) == numbers
    assert found(store, limit=2) == numbers[:2]
    assert found(store, after=numbers[1]) == numbers[2:]
    assert found(store, FIRST) == numbers[3:]
    assert found(store, source="other.thing") == []


def test_one_whose_listings_never_came_to_an_end(store: Store) -> None:
    """It was judged by none; one that failed later keeps what it was judged with."""
    never, later = added(store, "acme/never").id, added(store, "acme/later").id
    listed(store, never, error="refused")
    listed(store, later)
    listed(store, later, error="refused", generation=SECOND)

    assert found(store) == [never, later]
    assert found(store, FIRST) == [never]


def test_not_one_that_is_switched_off(store: Store) -> None:
    """It is not looked at."""
    region = added(store)
    listed(store, region.id)
    with store.write("switching off") as transaction:
        regions.change(transaction, keys(), replace(region, enabled=False), {})

    assert found(store) == []
