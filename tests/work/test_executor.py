# SPDX-License-Identifier: Apache-2.0
"""Threads that do steps: how many at once, one a region, and how they end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from hpa_discovery.store.schedule import Due
from hpa_discovery.work.executor import SLOW_SECONDS, ThreadExecutor


def due(region: int, *, troubled: bool = False) -> Due:
    """A step of this region."""
    return Due(region, "discover", datetime.now(UTC), troubled)


class Work:
    """Each step waits until it may end."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.began = threading.Semaphore(0)

    def __call__(self, step: Due) -> None:
        """Do it."""
        self.begun.append(step.region)
        self.began.release()
        self.go.wait(120)
        self.ended.append(step.region)


class Clock:
    """A clock that stands until it is set."""

    seconds = 100.0

    def __call__(self) -> float:
        """Read it."""
        return self.seconds


@pytest.fixture
def work() -> Iterator[Work]:
    """Work that ends with the test at the latest."""
    made = Work()
    yield made
    made.go.set()


def test_no_more_steps_than_threads(work: Work) -> None:
    """What has no place is not taken: it stays due."""
    executor = ThreadExecutor(work, 2)
    assert [executor.send(due(region)) for region in (1, 2, 3)] == [True, True, False]
    assert executor.free == 0
    work.go.set()
    assert executor.end(10)
    assert sorted(work.ended) == [1, 2]


def test_one_step_of_a_region_at_a_time(work: Work) -> None:
    """The next one is taken when the first ended."""
    executor = ThreadExecutor(work, 3)
    assert executor.send(due(1))
    assert not executor.send(due(1))
    work.go.set()
    while executor.free < 3:
        pass
    assert executor.send(due(1))
    assert executor.end(10)
    assert work.ended == [1, 1]


@pytest.mark.parametrize(("threads", "places"), [(1, 1), (2, 1), (4, 2), (5, 2)])
def test_what_fails_has_half_of_the_threads(work: Work, threads: int, places: int) -> None:
    """Clouds that answer are asked beside many that let each try wait for its whole time."""
    executor = ThreadExecutor(work, threads)
    taken = [executor.send(due(region, troubled=True)) for region in range(threads)]
    assert sum(taken) == places
    assert all(executor.send(due(100 + number)) for number in range(threads - places))
    assert executor.free == 0
    work.go.set()
    while executor.free < threads:
        pass
    assert executor.send(due(200, troubled=True))
    assert executor.end(10)


def test_a_slow_step_leaves_its_place(work: Work) -> None:
    """Whoever waits for a cloud that hangs keeps no other waiting, as long as there are standbys."""
    clock = Clock()
    executor = ThreadExecutor(work, 2, 3, clock)
    assert [executor.send(due(region)) for region in (1, 2, 3)] == [True, True, False]
    clock.seconds += SLOW_SECONDS
    assert executor.free == 2
    assert [executor.send(due(region)) for region in (1, 3, 4, 5)] == [False, True, True, False]
    clock.seconds += SLOW_SECONDS
    assert executor.free == 1
    assert [executor.send(due(region)) for region in (5, 6)] == [True, False]
    work.go.set()
    assert executor.end(10)
    assert sorted(work.ended) == [1, 2, 3, 4, 5]


def test_what_fails_slowly_has_half_of_the_standbys_too(work: Work) -> None:
    """However slow the clouds that fail are, there is a place for the others."""
    clock = Clock()
    executor = ThreadExecutor(work, 4, 4, clock)
    taken = list[bool]()
    for region in range(12):
        taken.append(executor.send(due(region, troubled=True)))
        clock.seconds += SLOW_SECONDS
    assert sum(taken) == 4
    assert [executor.send(due(100 + number)) for number in range(5)] == [True] * 4 + [False]
    work.go.set()
    assert executor.end(10)


def test_the_end_waits_for_what_is_under_way(work: Work) -> None:
    """And takes nothing more."""
    executor = ThreadExecutor(work, 2)
    executor.send(due(1))
    work.began.acquire()
    threading.Timer(0.1, work.go.set).start()

    assert executor.end(10)

    assert work.ended == [1]
    assert not executor.send(due(2))
    assert executor.free == 0


def test_the_end_does_not_wait_for_ever(work: Work) -> None:
    """What is stuck is left."""
    executor = ThreadExecutor(work, 1)
    executor.send(due(1))
    work.began.acquire()

    assert not executor.end(0.05)
    assert work.ended == []
