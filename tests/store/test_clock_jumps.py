# SPDX-License-Identifier: Apache-2.0
"""A clock that is set ahead or back: nothing waits for years, and nothing young is deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hpa_discovery.store import audit, clock_jumps, schedule
from hpa_discovery.store.clock_jumps import Believed, bring_forward
from hpa_discovery.store.retention import prune
from store.regional import added, claimed, ended
from store.stored import age

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store
    from hpa_discovery.store.schedule import Due

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def due(store: Store) -> list[tuple[int, str]]:
    """What may be claimed now."""
    with store.read("looking") as transaction:
        found: tuple[Due, ...] = schedule.due(transaction)
    return sorted((each.region, each.kind) for each in found)


def set_back(store: Store, by: timedelta) -> None:
    """The clock was set back: all that was written lies further ahead."""
    for column in ("due_at", "lease_until"):
        age(store, "step", column, -by)


def mended(store: Store) -> int:
    """How many steps were put right."""
    with store.write("mending") as transaction:
        return bring_forward(transaction)


def test_what_a_clock_put_off_is_due_at_once(store: Store) -> None:
    """A year ahead, whether the step waits for its interval, for a second try, or for its lease."""
    waits, fails, runs = (added(store, f"acme/{name}").id for name in ("waits", "fails", "runs"))
    ended(store, claimed(store, waits), HOUR)
    failing = claimed(store, fails, "publish")
    with store.write("failing") as transaction:
        schedule.fail(transaction, failing, "no route")
    ended(store, claimed(store, fails), HOUR)
    running = claimed(store, runs)
    set_back(store, timedelta(days=365))
    assert due(store) == []

    assert mended(store) == 4

    assert due(store) == sorted([(waits, "discover"), (fails, "discover"), (fails, "publish"), (runs, "discover")])
    assert mended(store) == 0
    with store.write("ending") as transaction:
        assert schedule.holds(transaction, running)  # unless somebody else takes it


def test_what_waits_as_it_should_is_left_alone(store: Store) -> None:
    """However long the interval of its region is, and whoever is at it."""
    long, running = added(store, "acme/long", interval=timedelta(days=30)).id, added(store, "acme/running").id
    ended(store, claimed(store, long), timedelta(days=30))
    claimed(store, running)
    assert mended(store) == 0
    assert due(store) == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_what_somebody_holds_waits_for_the_next_time(store: Store) -> None:
    """Nobody waits for it."""
    one, other = added(store, "acme/one").id, added(store, "acme/other").id
    for region in (one, other):
        ended(store, claimed(store, region), HOUR)
    set_back(store, DAY)
    with store.write("holding") as transaction:
        schedule.soon(transaction, [one], "discover", timedelta(0))
        assert mended(store) == 1
    assert due(store) == [(one, "discover"), (other, "discover")]


def test_many_go_in_portions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next turn does the rest."""
    monkeypatch.setattr(clock_jumps, "PORTION", 2)
    for number in range(3):
        ended(store, claimed(store, added(store, f"acme/{number}").id), HOUR)
    set_back(store, DAY)
    assert [mended(store) for _ in range(3)] == [2, 1, 0]


def test_a_clock_that_was_set_ahead_deletes_nothing_young(store: Store) -> None:
    """Not while the process lives that saw it; what became old in truth goes."""
    seconds = [0.0]
    believed = Believed(lambda: seconds[0])
    believed.now(store)
    with store.write("noting") as transaction:
        for target in ("young", "old"):
            audit.record(transaction, audit.Act("ci", "act", target))
    age(store, "audit", "at", 40 * DAY, "target = 'young'")  # by the wrong clock
    age(store, "audit", "at", 80 * DAY, "target = 'old'")

    seconds[0] = -40 * DAY.total_seconds()  # forty days passed at the database, and none here
    assert prune(store, 30 * DAY, believed.now(store)).audit == 1

    with store.read("reading") as transaction:
        assert [row.act.target for row in audit.page(transaction)] == ["young"]


def test_time_that_passes_is_believed(store: Store) -> None:
    """Also after the clock was set back, from the time that it says then."""
    seconds = [0.0]
    believed = Believed(lambda: seconds[0])
    first = believed.now(store)
    seconds[0] = 3600.0
    second = believed.now(store)
    assert timedelta(0) <= second - first < timedelta(minutes=1)  # the database says less
    seconds[0] -= 60.0
    assert believed.now(store) < second - timedelta(seconds=30)
