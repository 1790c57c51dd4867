# SPDX-License-Identifier: Apache-2.0
"""Allowed drivers: exact content only, seen within a second, and cheap to ask for."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

import pytest

from clocks import Clock
from hpa_discovery.errors import StoreError
from hpa_discovery.store import allowances
from hpa_discovery.store.allowances import AllowedDrivers
from store.failing_store import FailingStore
from store.stored import digest
from yardstick import measured

if TYPE_CHECKING:
    from hpa_discovery.drivers.fleet import Allowances
    from hpa_discovery.store.database import Store

NIC = "acme.cards/nic"
ONE, TWO = digest("one"), digest("two")


@pytest.fixture
def counted(store: Store) -> FailingStore:
    """The store, watched."""
    return FailingStore(store)


@pytest.fixture
def clock() -> Clock:
    """A clock that the test moves."""
    return Clock()


@pytest.fixture
def allowed(counted: FailingStore, clock: Clock, events: Any) -> AllowedDrivers:
    """What remembers."""
    return AllowedDrivers(cast("Store", counted), events, clock)


def allow(store: Store, driver: str, of: str) -> None:
    """Allow a driver."""
    with store.write("allowing") as transaction:
        allowances.allow(transaction, driver, of, "cli:root")


def test_exactly_what_is_allowed_may_run(store: Store) -> None:
    """Neither another digest of the driver nor another driver of the digest."""
    with store.write("allowing") as transaction:
        assert allowances.allow(transaction, NIC, ONE, "cli:root") is True
        assert allowances.allow(transaction, NIC, ONE, "someone else") is False
        assert allowances.allows(transaction, NIC, ONE)
        assert not allowances.allows(transaction, NIC, TWO)
        assert not allowances.allows(transaction, "acme.cards/other", ONE)
        [told] = allowances.allowances(transaction)
    assert (told.driver, told.digest, told.allowed_by) == (NIC, ONE, "cli:root")


@pytest.mark.parametrize(("which", "left"), [(ONE, [TWO]), (None, []), (digest("three"), [ONE, TWO])])
def test_what_is_revoked_may_not_run(store: Store, which: str | None, left: list[str]) -> None:
    """One digest of a driver, or all; other drivers stay."""
    with store.write("allowing") as transaction:
        for driver, of in [(NIC, ONE), (NIC, TWO), ("other", ONE)]:
            allowances.allow(transaction, driver, of, "cli:root")
        assert allowances.revoke(transaction, NIC, which) == 2 - len(left)
        assert {each.digest for each in allowances.allowances(transaction) if each.driver == NIC} == set(left)
        assert allowances.allows(transaction, "other", ONE)


@pytest.mark.parametrize(("driver", "of", "by"), [("", ONE, "x"), (NIC, "latest", "x"), (NIC, ONE, "")])
def test_bad_words_are_refused(store: Store, driver: str, of: str, by: str) -> None:
    """What is no id, no digest or no name is not stored."""
    with store.write("allowing") as transaction, pytest.raises(StoreError):
        allowances.allow(transaction, driver, of, by)


def test_it_is_what_a_fleet_asks(allowed: AllowedDrivers) -> None:
    """The drivers' own idea of who may run is satisfied."""
    asked: Allowances = allowed
    assert asked.allows(driver_id=NIC, digest=ONE) is False


def test_asking_often_reads_once(store: Store, counted: FailingStore, clock: Clock, allowed: AllowedDrivers) -> None:
    """For half a second the store is not read again, also for what is not allowed."""
    allow(store, NIC, ONE)
    for _ in range(1000):
        assert allowed.allows(NIC, ONE)
        assert not allowed.allows(NIC, TWO)
    clock.now += allowances.REMEMBERED_SECONDS - 0.01
    assert allowed.allows(NIC, ONE)
    assert counted.reads == 1


def test_asking_costs_microseconds(allowed: AllowedDrivers) -> None:
    """Ten thousand questions in a tenth of a second, on a machine as fast as that of yardstick.py."""
    allowed.allows(NIC, ONE)
    _, seconds = measured(lambda: [allowed.allows(NIC, ONE) for _ in range(10_000)], 0.1)
    assert seconds < 0.1


def test_changes_are_seen_within_a_second(store: Store, clock: Clock, allowed: AllowedDrivers) -> None:
    """What is allowed runs, and what is revoked does not, a second later."""
    assert not allowed.allows(NIC, ONE)
    allow(store, NIC, ONE)
    clock.now += 1
    assert allowed.allows(NIC, ONE)
    with store.write("revoking") as transaction:
        allowances.revoke(transaction, NIC)
    clock.now += 1
    assert not allowed.allows(NIC, ONE)


def test_a_store_that_fails_changes_nothing(
    store: Store, counted: FailingStore, clock: Clock, allowed: AllowedDrivers, events: Any
) -> None:
    """What was read last stands; the failure and its end are told once each."""
    allow(store, NIC, ONE)
    assert allowed.allows(NIC, ONE)
    counted.broken = True
    for _ in range(3):
        clock.now += 1
        assert allowed.allows(NIC, ONE)
        assert not allowed.allows(NIC, TWO)
    [(name, fields)] = events
    assert (name, fields["message"]) == (
        "store.allowances_unread",
        "reading which drivers may run: the database says: gone",
    )
    counted.broken = False
    for _ in range(3):
        clock.now += 1
        assert allowed.allows(NIC, ONE)
    assert events[1:] == [("store.allowances_read", {})]


def test_without_a_store_nothing_may_run(
    store: Store, counted: FailingStore, clock: Clock, allowed: AllowedDrivers
) -> None:
    """Until the store was read once nothing is allowed, and nothing raises."""
    allow(store, NIC, ONE)
    counted.broken = True
    assert not allowed.allows(NIC, ONE)
    counted.broken = False
    clock.now += 1
    assert allowed.allows(NIC, ONE)


@pytest.mark.parametrize(("takes", "pause"), [(0.0, 0.5), (2.0, 2.0), (30.0, 5.0)])
def test_a_host_that_does_not_answer_is_not_waited_for_each_time(
    counted: FailingStore, clock: Clock, allowed: AllowedDrivers, takes: float, pause: float
) -> None:
    """It is asked again when as much time has gone by as was waited, after five seconds at most."""
    counted.broken = True
    counted.waiting = lambda: clock.move(takes)
    assert not allowed.allows(NIC, ONE)
    clock.now += pause - 0.01
    assert not allowed.allows(NIC, ONE)
    assert counted.reads == 1
    clock.now += 0.02
    counted.broken = False
    assert not allowed.allows(NIC, ONE)
    clock.now += allowances.REMEMBERED_SECONDS
    assert not allowed.allows(NIC, ONE)
    assert counted.reads == 3


def test_one_thread_reads_for_all(store: Store, counted: FailingStore, clock: Clock, allowed: AllowedDrivers) -> None:
    """While a slow database is read the other threads go on with what is known."""
    allow(store, NIC, ONE)
    assert allowed.allows(NIC, ONE)
    clock.now += 1
    counted.answers.clear()
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(allowed.allows, NIC, ONE)
        while counted.reads < 2:
            time.sleep(0.001)
        assert all(allowed.allows(NIC, ONE) for _ in range(100))
        assert not slow.done()
        counted.answers.set()
        assert slow.result(timeout=20)
    assert counted.reads == 2


def test_the_first_reading_is_waited_for(store: Store, counted: FailingStore, allowed: AllowedDrivers) -> None:
    """Nobody hears "not allowed" only because another thread is reading for the first time."""
    allow(store, NIC, ONE)
    counted.answers.clear()
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(allowed.allows, NIC, ONE) for _ in range(8)]
        time.sleep(0.05)
        counted.answers.set()
        assert [each.result(timeout=20) for each in asked] == [True] * 8
    assert counted.reads == 1
