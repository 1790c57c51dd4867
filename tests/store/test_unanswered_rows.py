# SPDX-License-Identifier: Apache-2.0
"""Since when a write to A&AI may be under way of which nobody heard."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hpa_discovery.store import schedule, unanswered
from store.regional import MINUTE, added, claimed, pass_lease
from store.stored import age

if TYPE_CHECKING:
    from datetime import datetime

    from hpa_discovery.store.database import Store
    from hpa_discovery.store.schedule import Claim

HOUR = timedelta(hours=1)


def since(store: Store, region: int) -> datetime | None:
    """As a turn at A&AI reads it."""
    with store.read("reading") as transaction:
        return unanswered.since(transaction, region, HOUR)


def begun(store: Store, claim: Claim) -> bool:
    """A&AI is about to be asked."""
    with store.write("beginning") as transaction:
        return unanswered.begin(transaction, claim)


def test_it_lasts_from_the_first_call_to_the_last_answer(store: Store) -> None:
    """For this region alone; what was so before is so again."""
    region, other = added(store).id, added(store, "acme/other").id
    claim = claimed(store, region, "publish")
    assert since(store, region) is None
    assert begun(store, claim)
    first = since(store, region)
    assert first is not None
    assert since(store, other) is None
    assert begun(store, claim)
    with store.write("ending") as transaction:
        assert unanswered.end(transaction, claim, first)
    assert since(store, region) == first
    with store.write("ending") as transaction:
        assert unanswered.end(transaction, claim, None)
    assert since(store, region) is None


def test_it_ends_by_itself(store: Store) -> None:
    """An hour after the process was killed nothing of it can come any more."""
    region = added(store).id
    begun(store, claimed(store, region, "publish"))
    age(store, "step", "unanswered_at", HOUR - MINUTE)
    assert since(store, region) is not None
    age(store, "step", "unanswered_at", MINUTE)
    assert since(store, region) is None


def test_a_long_turn_renews_it_with_its_lease(store: Store) -> None:
    """The hour counts from the end of the turn; where nothing is under way, nothing begins."""
    region = added(store).id
    claim = claimed(store, region, "publish")
    with store.write("renewing") as transaction:
        schedule.renew(transaction, claim, MINUTE)
    assert since(store, region) is None
    begun(store, claim)
    age(store, "step", "unanswered_at", 2 * HOUR)
    with store.write("renewing") as transaction:
        schedule.renew(transaction, claim, MINUTE)
    assert since(store, region) is not None


def test_who_lost_the_fence_writes_nothing(store: Store) -> None:
    """Neither the beginning nor the end."""
    region = added(store).id
    late = claimed(store, region, "publish")
    pass_lease(store, late)
    claim = claimed(store, region, "publish")
    assert begun(store, late) is False
    assert since(store, region) is None
    begun(store, claim)
    with store.write("ending late") as transaction:
        assert unanswered.end(transaction, late, None) is False
    assert since(store, region) is not None
