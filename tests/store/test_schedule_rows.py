# SPDX-License-Identifier: Apache-2.0
"""The schedule: one claim at a time, fences that end what came too late, backoff, an index that finds what is due."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from hpa_discovery.errors import StoreError
from hpa_discovery.store import regions, schedule
from hpa_discovery.store.clock import read_clock
from hpa_discovery.store.schedule import FIRST_RETRY_S, LONGEST_RETRY_S, Claim, Step
from store.crowd import fill
from store.filling import keys
from store.plans import plan
from store.regional import MINUTE, NEVER_WAIT, added, claimed, ended, pass_lease

if TYPE_CHECKING:
    from datetime import datetime

    from hpa_discovery.store.database import Store, Transaction
    from hpa_discovery.store.schedule import Kind

HOUR = timedelta(hours=1)


def step(transaction: Transaction, region: int, kind: Kind = "discover") -> Step:
    """How it stands."""
    return next(each for each in schedule.steps(transaction, region) if each.kind == kind)


def taken(store: Store, region: int, kind: Kind = "discover", lease: timedelta = MINUTE) -> Claim | None:
    """Try to claim."""
    with store.write("claiming") as transaction:
        return schedule.claim(transaction, region, kind, "other", lease)


def due_at(store: Store, ids: list[int]) -> list[datetime]:
    """When the discoveries that are due some time are due."""
    with store.read("looking") as transaction:
        found = [step(transaction, region).due_at for region in ids]
    return [each for each in found if each is not None]


def waits(store: Store, region: int, kind: Kind = "discover") -> float | None:
    """Seconds until the step is due."""
    with store.read("looking") as transaction:
        due_at = step(transaction, region, kind).due_at
        return None if due_at is None else (due_at - read_clock(transaction)).total_seconds()


def test_one_of_many_gets_a_step(store: Store) -> None:
    """However many try at the same moment; the others get nothing and wait for nothing."""
    region = added(store).id
    start = Barrier(8)

    def attempt(_: int) -> Claim | None:
        start.wait()
        return taken(store, region)

    with ThreadPoolExecutor(8) as threads:
        found = [claim for claim in threads.map(attempt, range(8)) if claim is not None]
    assert [(claim.region, claim.kind, claim.fence, claim.attempts) for claim in found] == [(region, "discover", 1, 0)]
    with store.read("looking") as transaction:
        assert schedule.due(transaction) == ()
        now = step(transaction, region)
    assert (now.claimed_by, now.lease_until) == ("other", found[0].lease_until)


def test_one_step_of_a_region_runs_at_a_time(store: Store) -> None:
    """While one is claimed the other is neither due nor to be had, also when both are tried at the same moment."""
    for number in range(5):
        region = added(store, f"acme/{number}").id
        with store.write("asking") as transaction:
            schedule.soon(transaction, [region], "publish", NEVER_WAIT)
            assert len(schedule.due(transaction)) == 2
        start = Barrier(2)

        def attempt(kind: Kind, region: int = region, start: Barrier = start) -> Claim | None:
            start.wait()
            return taken(store, region, kind)

        with ThreadPoolExecutor(2) as threads:
            [claim] = [claim for claim in threads.map(attempt, schedule.KINDS) if claim is not None]
        with store.read("looking") as transaction:
            assert schedule.due(transaction) == ()
        ended(store, claim)
        other: Kind = "publish" if claim.kind == "discover" else "discover"
        last = taken(store, region, other)
        assert last is not None
        ended(store, last)


def test_a_step_that_is_not_due_is_not_taken(store: Store) -> None:
    """Not before its time, not when nothing asks for it, not of a region that is not there."""
    region = added(store).id
    assert taken(store, region, "publish") is None
    assert taken(store, region + 1) is None
    ended(store, claimed(store, region), MINUTE)
    assert taken(store, region) is None


def test_a_lease_that_ran_out_is_taken(store: Store) -> None:
    """Only then; the lost run counts, and whoever was late can neither end nor renew nor write."""
    region = added(store).id
    first = claimed(store, region)
    assert taken(store, region) is None
    pass_lease(store, first)
    with store.read("looking") as transaction:
        assert [each.region for each in schedule.due(transaction)] == [region]
    second = taken(store, region)
    assert second is not None
    assert (second.fence, second.attempts) == (first.fence + 1, 1)
    with store.write("coming late") as transaction:
        before = step(transaction, region)
        assert schedule.holds(transaction, first) is False
        assert schedule.renew(transaction, first, HOUR) is False
        assert schedule.finish(transaction, first, None) is False
        assert schedule.fail(transaction, first, "late") is False
        assert step(transaction, region) == before
        assert schedule.holds(transaction, second) is True
    ended(store, second)


def test_a_claim_ends_once(store: Store) -> None:
    """Whoever has ended it can write nothing more."""
    region = added(store).id
    claim = claimed(store, region)
    ended(store, claim, HOUR)
    with store.write("once more") as transaction:
        assert schedule.holds(transaction, claim) is False
        assert schedule.fail(transaction, claim, "x") is False
        assert step(transaction, region).last_error == ""


def test_late_but_not_replaced_still_counts(store: Store) -> None:
    """A lease that ran out takes nothing away as long as nobody else began."""
    region = added(store).id
    claim = claimed(store, region)
    pass_lease(store, claim)
    ended(store, claim)


def test_the_other_step_takes_the_fence_of_a_lost_one(store: Store) -> None:
    """Publishing begins when a discovery's lease ran out, and that discovery can write nothing any more."""
    region = added(store).id
    lost = claimed(store, region, "discover")
    pass_lease(store, lost)
    publish = claimed(store, region, "publish")
    with store.write("coming late") as transaction:
        assert schedule.holds(transaction, lost) is False
        assert schedule.holds(transaction, publish) is True
        assert step(transaction, region).attempts == 1
        assert schedule.due(transaction) == ()
    ended(store, publish)
    with store.read("looking") as transaction:
        assert [each.kind for each in schedule.due(transaction)] == ["discover"]


def test_a_renewed_lease_lasts(store: Store) -> None:
    """For as long as it says, from now on."""
    region = added(store).id
    claim = claimed(store, region, lease=timedelta(seconds=5))
    with store.write("renewing") as transaction:
        assert schedule.renew(transaction, claim, HOUR) is True
        lease_until = step(transaction, region).lease_until
        assert lease_until is not None
        assert lease_until - claim.lease_until > timedelta(minutes=59)
    assert waits(store, region) == pytest.approx(3600, abs=5)


def test_a_good_run_is_due_again_after_its_interval(store: Store) -> None:
    """Give or take 5%, not all at the same moment; its errors are forgotten."""
    found = []
    for number in range(20):
        region = added(store, f"acme/{number}").id
        claim = claimed(store, region)
        with store.write("ending") as transaction:
            assert schedule.fail(transaction, claim, "no route") is True
            assert step(transaction, region).last_error == "no route"
        ended(store, claimed(store, region), HOUR)
        with store.read("looking") as transaction:
            now = step(transaction, region)
        assert (now.attempts, now.last_error, now.claimed_by, now.lease_until) == (0, "", None, None)
        assert now.last_ok_at is not None
        found.append(waits(store, region) or 0)
    assert all(3600 * 0.94 < each < 3600 * 1.06 for each in found)
    assert max(found) - min(found) > 36


def test_failures_are_tried_later_and_later(store: Store) -> None:
    """Twice as long each time, at least half of it, never above 15 minutes."""
    region = added(store).id
    for attempt in range(12):
        claim = claimed(store, region)
        assert claim.attempts == attempt
        with store.write("failing") as transaction:
            assert schedule.fail(transaction, claim, "x" * 3000 + "\0")
            now = step(transaction, region)
        assert (now.attempts, len(now.last_error), now.last_ok_at) == (attempt + 1, 2000, None)
        longest = min(FIRST_RETRY_S * 2**attempt, LONGEST_RETRY_S)
        wait = waits(store, region)
        assert wait is not None
        assert longest / 2 - 2 <= wait <= longest


def test_soon_spreads_what_it_asks_for(store: Store) -> None:
    """Each at its own moment within the time; what is due earlier, off, or of another kind stays as it is."""
    ids = [added(store, f"acme/{number}").id for number in range(60)]
    early, off, *others = ids
    for region in others:
        ended(store, claimed(store, region), HOUR)
    with store.write("switching off") as transaction:
        found = regions.find(transaction, off)
        assert found is not None
        regions.change(transaction, keys(), replace(found, enabled=False), {})
    with store.write("asking") as transaction:
        asked = read_clock(transaction)
        assert schedule.soon(transaction, ids, "discover", MINUTE) == len(others)
        latest = read_clock(transaction) + MINUTE
    moments = due_at(store, others)
    assert asked <= min(moments) < max(moments) <= latest
    assert max(moments) - min(moments) > timedelta(seconds=10)
    assert (waits(store, early) or 0) <= 0
    assert waits(store, off) is None
    assert {waits(store, region, "publish") for region in ids} == {None}


def test_soon_during_a_run_means_after_it(store: Store) -> None:
    """The run may have begun before what is asked for: it comes once more, and then as planned."""
    region = added(store).id
    claim = claimed(store, region)
    with store.write("asking") as transaction:
        assert schedule.soon(transaction, [region], "discover", NEVER_WAIT) == 1
        assert schedule.due(transaction) == ()
    ended(store, claim, HOUR)
    again = taken(store, region)
    assert again is not None
    ended(store, again, HOUR)
    assert (waits(store, region) or 0) > 3000


@pytest.mark.parametrize("outcome", ["waits", "fails"])
def test_soon_during_any_run_is_not_lost(store: Store, outcome: str) -> None:
    """Neither where the step would wait for nothing, nor where it would be tried much later."""
    region = added(store).id
    for _ in range(6):
        claim = claimed(store, region)
        with store.write("failing") as transaction:
            schedule.fail(transaction, claim, "x")
    claim = claimed(store, region)
    with store.write("asking") as transaction:
        schedule.soon(transaction, [region], "discover", NEVER_WAIT)
        ends = (
            schedule.fail(transaction, claim, "x") if outcome == "fails" else schedule.finish(transaction, claim, None)
        )
        assert ends
    assert (waits(store, region) or 0) <= 0


def test_soon_later_than_planned_changes_nothing(store: Store) -> None:
    """A run that is due again in ten seconds stays so when it is asked for within the hour."""
    region = added(store).id
    claim = claimed(store, region)
    with store.write("asking") as transaction:
        schedule.soon(transaction, [region], "discover", timedelta(days=365))
    ended(store, claim, timedelta(seconds=10))
    assert (waits(store, region) or 0) <= 11


def test_soon_leaves_what_is_soon_enough(store: Store) -> None:
    """What is due within the time anyway keeps its moment."""
    region = added(store).id
    ended(store, claimed(store, region), timedelta(seconds=30))
    with store.write("asking") as transaction:
        before = step(transaction, region)
        assert schedule.soon(transaction, [region], "discover", MINUTE) == 0
        assert step(transaction, region) == before


def test_switched_off_while_it_runs(store: Store) -> None:
    """What was being scheduled meanwhile does not come back, by no way."""
    region = added(store).id
    with store.write("switching off behind the schedule's back") as transaction:
        transaction.execute(text("UPDATE region SET enabled = false"))
    assert taken(store, region) is None
    assert waits(store, region) is None


def test_a_claim_of_a_removed_region_is_void(store: Store) -> None:
    """Its late results go nowhere."""
    region = added(store)
    claim = claimed(store, region.id)
    with store.write("removing") as transaction:
        assert regions.remove(transaction, region.owner, region.region_id)
        assert schedule.finish(transaction, claim, None) is False


def test_a_step_can_be_taken_though_it_is_not_due(store: Store) -> None:
    """Also one of a region that is switched off; never one that runs, or beside another one of the region."""
    region = added(store, enabled=False).id
    with store.write("taking") as transaction:
        assert schedule.claim(transaction, region, "publish", "me", MINUTE) is None
        claim = schedule.claim(transaction, region, "publish", "me", MINUTE, at_once=True)
        assert claim is not None
    for kind in schedule.KINDS:
        with store.write("taking") as transaction:
            assert schedule.claim(transaction, region, kind, "other", MINUTE, at_once=True) is None
    pass_lease(store, claim)
    with store.write("taking") as transaction:
        again = schedule.claim(transaction, region, "publish", "other", MINUTE, at_once=True)
    assert again is not None
    assert (again.fence, again.attempts) == (claim.fence + 1, 1)


def test_who_cannot_wait_does_not_take_a_step_beside_one_that_is_just_taken(store: Store) -> None:
    """Not even before that is committed: of one region one step is claimed."""
    region = added(store).id

    def publish() -> Claim | None:
        with store.write("taking") as transaction:
            return schedule.claim(transaction, region, "publish", "other", MINUTE, at_once=True)

    with ThreadPoolExecutor(1) as threads:
        with store.write("claiming") as transaction:
            assert schedule.claim(transaction, region, "discover", "me", MINUTE) is not None
            late = threads.submit(publish)
            if store.shared:  # nobody waits for anybody
                assert late.result() is None
        assert late.result() is None


def test_who_looks_sees_that_the_fence_was_taken(store: Store) -> None:
    """Without holding it."""
    region = added(store).id
    claim = claimed(store, region, "publish")
    with store.read("looking") as transaction:
        assert schedule.is_held(transaction, claim)
    with store.write("changing the region") as transaction:
        schedule.restart(transaction, region)
    with store.read("looking") as transaction:
        assert not schedule.is_held(transaction, claim)


def test_who_claims_has_a_name(store: Store) -> None:
    """A short printable one."""
    region = added(store).id
    with pytest.raises(StoreError, match="who claims a step is ''"), store.write("claiming") as transaction:
        schedule.claim(transaction, region, "discover", "", MINUTE)


def test_the_longest_waiting_comes_first(store: Store) -> None:
    """As many as are wanted, in the order of their time."""
    fill(store, 500, 100)
    with store.write("waiting") as transaction:  # the others, of which one would become due each second
        transaction.execute(text("UPDATE step SET due_at = NULL WHERE region > 100"))
    with store.read("looking") as transaction:
        found = schedule.due(transaction, limit=30)
        assert len(found) == 30
        assert sorted(found, key=lambda each: each.due_at) == list(found)
        assert len(schedule.due(transaction, limit=1000)) == 200
        assert all(each.due_at <= read_clock(transaction) for each in found)


def test_what_failed_or_never_went_well_is_found_apart(store: Store) -> None:
    """However much of it waits for longer, the rest is found, and the other way round."""
    fill(store, 200, 200)
    with store.write("failing") as transaction:
        transaction.execute(text("UPDATE step SET last_ok_at = NULL WHERE region % 20 = 18"))
        transaction.execute(text("UPDATE step SET attempts = 3 WHERE region % 20 < 18"))
        late, well = (schedule.due(transaction, 15, troubled=troubled) for troubled in (True, False))
        assert len(schedule.due(transaction, 1000)) == 400
    assert [each.troubled for each in late] == [True] * 15
    assert [(each.region % 20, each.troubled) for each in well] == [(19, False)] * 15


@pytest.mark.parametrize(
    ("troubled", "index"), [(None, "ix_step_due_at"), (False, "ix_step_sound"), (True, "ix_step_troubled")]
)
def test_what_is_due_is_found_by_an_index(store: Store, troubled: bool | None, index: str) -> None:
    """Neither all steps are read nor are they sorted, however many there are, and of which kind all of them are."""
    fill(store, 5000, 600)
    assert plan(store, lambda transaction: schedule.due(transaction, troubled=troubled)).count(index) == 1


def test_the_plan_is_the_same_when_nothing_is_known_of_the_rows(store: Store) -> None:
    """Before the database has counted them, and while some are claimed."""
    fill(store, 5000, 600)
    with store.write("claiming many") as transaction:
        for each in schedule.due(transaction, limit=50):
            schedule.claim(transaction, each.region, each.kind, "test", HOUR)
        transaction.execute(text("DELETE FROM pg_statistic" if store.shared else "DELETE FROM sqlite_stat1"))
    assert plan(store, schedule.due).count("ix_step_due_at") == 1
