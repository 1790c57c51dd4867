# SPDX-License-Identifier: Apache-2.0
"""The thread that finds due steps: what it sends, what it survives, and how it ends."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from discovery.small_packs import pack
from hpa_discovery.errors import StoreError
from hpa_discovery.store import schedule
from hpa_discovery.store.clock import now
from hpa_discovery.store.tables import STEP
from hpa_discovery.work.executor import ThreadExecutor
from hpa_discovery.work.following import Following
from hpa_discovery.work.holding import renewed, take
from hpa_discovery.work.steps import do_due
from hpa_discovery.work.ticker import Ticker
from store.crowd import fill
from work.deployments import ALWAYS, serving
from yardstick import slowness

if TYPE_CHECKING:
    from hpa_discovery.store.schedule import Due
    from work.deployments import Deployment

PATIENCE = 60.0


def until(what: Any) -> None:
    """Wait until it is so."""
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.005)


class Places:
    """An executor that keeps what it is sent."""

    def __init__(self, free: int) -> None:
        self.places = free
        self.sent: list[Due] = []

    @property
    def free(self) -> int:
        """Places that are left."""
        return self.places - len(self.sent)

    def send(self, due: Due) -> bool:
        """Keep it."""
        if not self.free:
            return False
        self.sent.append(due)
        return True

    def wait_for_place(self, seconds: float) -> None:
        """Not at all."""

    def end(self, seconds: float) -> bool:
        """At once."""
        return True


def test_what_is_due_comes_to_aai_by_itself(deployment: Deployment) -> None:
    """A region that was registered is listed and published, with nobody asking for it."""
    deployment.cloud.add("a", hw_pages="1")
    executor = ThreadExecutor(lambda due: do_due(deployment.workplace, due), 2)
    ticker = Ticker(deployment.store, executor, deployment, every=0.02)
    ticker.start()
    until(lambda: deployment.steps()["publish"].last_ok_at)
    assert ticker.end(PATIENCE)

    deployment.assert_right()
    assert deployment.cloud.asked == 1


def test_another_generation_comes_to_aai_by_itself(deployment: Deployment) -> None:
    """What its rules say no more goes."""
    deployment.cloud.add("a", hw_pages="1")
    executor = ThreadExecutor(lambda due: do_due(deployment.workplace, due), 2)
    following = Following(deployment.store, deployment.workplace.serves, quiet=timedelta(0))
    ticker = Ticker(deployment.store, executor, deployment, [following.turn], every=0.02)
    ticker.start()
    until(lambda: deployment.steps()["publish"].last_ok_at)
    first = deployment.steps()["publish"].last_ok_at
    deployment.serves = serving(pack(ALWAYS))
    until(lambda: deployment.steps()["publish"].last_ok_at != first)
    assert ticker.end(PATIENCE)

    found = {each.feature for flavor in deployment.desired().flavors for each in flavor.capabilities}
    assert found == {"basicCapabilities"}
    deployment.assert_right()


def test_no_more_is_sent_than_there_are_places(deployment: Deployment) -> None:
    """And nothing is read when there is none."""
    full, one = Places(0), Places(1)
    Ticker(deployment.store, full, deployment).tick()
    Ticker(deployment.store, one, deployment).tick()
    assert full.sent == []
    assert [(each.region, each.kind) for each in one.sent] == [(deployment.region.id, "discover")]


@pytest.mark.parametrize("state", [{"attempts": 5}, {"last_ok_at": None}], ids=["failed", "never asked"])
def test_clouds_that_fail_hold_up_no_other(deployment: Deployment, state: dict[str, Any]) -> None:
    """Hundreds of them have waited for longer, and each try takes its whole time: the others are asked beside them."""
    fill(deployment.store, 300, 300)
    with deployment.store.write("failing") as transaction:
        transaction.execute(update(STEP).values(last_ok_at=now()))
        transaction.execute(update(STEP).where(STEP.c.region != deployment.region.id).values(**state))
    go, asked = threading.Event(), list[int]()

    def do(due: Due) -> None:
        asked.append(due.region)
        go.wait(PATIENCE if due.troubled else 0)

    executor = ThreadExecutor(do, 4)
    Ticker(deployment.store, executor, deployment).tick()
    until(lambda: len(asked) == 3)
    go.set()
    assert executor.end(PATIENCE)
    assert deployment.region.id in asked


@pytest.mark.parametrize("seconds", [0, 0.3], ids=["steps that end at once", "steps that outlast the next tick"])
def test_what_was_sent_is_followed_soon(deployment: Deployment, seconds: float) -> None:
    """Much that is due at once is not done at one a tick: as soon as there is a place, there is the next step."""
    fill(deployment.store, 200, 200)
    done = list[int]()

    def do(due: Due) -> None:
        with deployment.store.write("claiming") as transaction:
            assert schedule.claim(transaction, due.region, due.kind, "test", timedelta(hours=1))
        time.sleep(seconds)
        done.append(due.region)

    executor = ThreadExecutor(do, 1)
    ticker = Ticker(deployment.store, executor, deployment, every=2.0)
    ticker.start()
    until(lambda: done)
    slow, began = slowness(), time.monotonic()
    until(lambda: len(done) >= 12)
    took = (time.monotonic() - began) / slow
    assert ticker.end(PATIENCE)
    assert took < 15  # 11 ticks of two seconds would be 22


def test_what_cannot_be_claimed_is_sent_less_and_less(deployment: Deployment) -> None:
    """A full disk is read from still: the same steps would fill the log, a line for each try."""
    tried = list[int]()
    executor = ThreadExecutor(lambda due: tried.append(due.region), 2)
    ticker = Ticker(deployment.store, executor, deployment, every=0.02)
    ticker.start()
    until(lambda: len(tried) > 2)
    time.sleep(1.5)
    assert ticker.end(PATIENCE)
    assert len(tried) < 20


def test_a_database_that_is_away_is_asked_again(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread goes on, also after what nobody foresaw."""
    faults: list[Exception] = [StoreError("away"), ZeroDivisionError("by zero")]
    look = schedule.due

    def due(*told: Any, **wanted: Any) -> Any:
        if faults:
            raise faults.pop(0)
        return look(*told, **wanted)

    monkeypatch.setattr(schedule, "due", due)
    places = Places(1)
    ticker = Ticker(deployment.store, places, deployment, every=0.01)
    ticker.start()
    until(lambda: places.sent)
    ticker.end(1)

    assert [name for name, _ in deployment.events] == ["work.unread", "work.defect"]


def test_turns_come_with_each_tick(deployment: Deployment) -> None:
    """Before the steps: what they make due is sent at once."""
    places, seen = Places(2), list[int]()
    ticker = Ticker(deployment.store, places, deployment, [lambda: seen.append(len(places.sent))])
    ticker.tick()
    ticker.tick()

    assert seen == [0, 1]


def test_a_turn_that_fails_holds_up_nobody(deployment: Deployment) -> None:
    """The next one comes, and the steps."""
    places, seen = Places(2), list[str]()

    def away() -> None:
        raise StoreError("away")

    def broken() -> None:
        raise ZeroDivisionError("by zero")

    Ticker(deployment.store, places, deployment, [away, broken, lambda: seen.append("turn")]).tick()

    assert (seen, len(places.sent)) == (["turn"], 1)
    assert [name for name, _ in deployment.events] == ["work.unread", "work.defect"]


def test_what_does_not_end_in_time_is_left_to_its_lease(deployment: Deployment) -> None:
    """It is claimed still, and when the lease is over another process does it."""
    begun, go = threading.Event(), threading.Event()

    def stuck(question: Any) -> Any:
        begun.set()
        go.wait(PATIENCE)
        return deployment.cloud.read(question)

    deployment.cloud.add("a")
    workplace = deployment.using(readers={deployment.region.source: stuck}, lease=timedelta(seconds=2.5))
    ticker = Ticker(deployment.store, ThreadExecutor(lambda due: do_due(workplace, due), 1), deployment, every=0.01)
    ticker.start()
    assert begun.wait(PATIENCE)
    assert not ticker.end(0.05)
    workplace.left.set()
    until(deployment.is_due)

    deployment.do("discover")
    go.set()
    until(lambda: "work.overtaken" in [name for name, _ in deployment.events])
    assert deployment.listing().number == 1


def test_a_lease_is_renewed_while_the_step_works(deployment: Deployment) -> None:
    """For longer than one lease nobody else gets it."""
    workplace = deployment.using(lease=timedelta(seconds=3.5))
    held = take(workplace, deployment.region.id, "discover")
    assert held is not None
    with renewed(workplace, held.claim):
        time.sleep(4.5)
        assert not deployment.is_due()
        assert take(workplace, deployment.region.id, "discover") is None
    until(deployment.is_due)


def test_a_renewal_that_fails_is_tried_again(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is away for a moment costs no work."""
    faults, renew = [StoreError("away")], schedule.renew

    def failing(*told: Any) -> Any:
        if faults:
            raise faults.pop()
        return renew(*told)

    monkeypatch.setattr(schedule, "renew", failing)
    workplace = deployment.using(lease=timedelta(seconds=6))
    held = take(workplace, deployment.region.id, "discover")
    assert held is not None
    with renewed(workplace, held.claim):
        time.sleep(7.0)
        assert not deployment.is_due()
    assert [name for name, _ in deployment.events] == ["work.unrenewed"]


def test_a_turn_that_hangs_holds_up_no_end(deployment: Deployment) -> None:
    """Such as one whose database keeps silent; that it did not end is told."""
    begun, let_go = threading.Event(), threading.Event()

    def turn() -> None:
        begun.set()
        let_go.wait(PATIENCE)

    ticker = Ticker(deployment.store, Places(0), deployment, [turn], every=0.01)
    ticker.start()
    assert begun.wait(PATIENCE)
    assert not ticker.end(0.1)
    let_go.set()
    assert ticker.end(PATIENCE)
