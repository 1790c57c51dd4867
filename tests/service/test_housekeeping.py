# SPDX-License-Identifier: Apache-2.0
"""What is old is deleted while a service runs, and what may still be rolled back to is not."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path

from cli.running import hpa
from hpa_discovery.cli.serve import command
from hpa_discovery.cli.service_options import options_said
from hpa_discovery.service.housekeeping import Housekeeping
from hpa_discovery.store import audit
from hpa_discovery.store.allowances import allow
from packs.live.sites import Events
from service.runtimes import Deployment, counts, until


def test_what_is_old_is_deleted(deployment: Deployment) -> None:
    """Rows that are older than what is kept go, and it is told how many; what serves goes on, over a restart too."""
    events = Events()
    with deployment.running() as runtime:
        with runtime.store.write("noting") as transaction:
            audit.record(transaction, audit.Act("cli:test", "test", "x"))
        keeping = Housekeeping(runtime.store, runtime.fleet.forget, events, every=0.05, kept=timedelta(seconds=-60))
        keeping.start()
        until(lambda: events.named("store.pruned"))
        keeping.end()
        assert events.named("store.pruned")[0]["audit"] >= 1
        with runtime.store.read("looking") as transaction:
            assert audit.page(transaction) == ()
        assert counts(runtime) == ["1"]
    with deployment.running() as runtime:
        assert counts(runtime) == ["1"]


def test_what_is_young_is_kept(deployment: Deployment) -> None:
    """Nothing is deleted, and nothing is told, before its time."""
    events = Events()
    with deployment.running() as runtime:
        keeping = Housekeeping(runtime.store, runtime.fleet.forget, events, every=0.01)
        keeping.start()
        deployment.vendor.write(count="2")
        until(lambda: counts(runtime) == ["2"])
        keeping.end()
        with runtime.store.read("looking") as transaction:
            assert len(audit.page(transaction)) == 2
    assert events == []


def test_a_store_that_fails_is_told(deployment: Deployment) -> None:
    """The thread goes on after a failure: the next turn may find the database again."""
    events = Events()
    with deployment.running() as runtime:
        keeping = Housekeeping(runtime.store, runtime.fleet.forget, events, every=0.02, kept=timedelta(days=10**6))
        keeping.start()
        until(lambda: len(events.named("store.unpruned")) > 1)
        keeping.end()


def test_what_nobody_foresaw_is_told(deployment: Deployment) -> None:
    """The thread goes on after any exception."""
    events = Events()

    def forget(_: object) -> int:
        raise RuntimeError("unforeseen")

    with deployment.running() as runtime:
        keeping = Housekeeping(runtime.store, forget, events, every=0.02)
        keeping.start()
        until(lambda: len(events.named("store.unpruned")) > 1)
        keeping.end()
    assert "please report it: RuntimeError: unforeseen" in events.named("store.unpruned")[0]["message"]


def test_copies_of_drivers_that_nobody_allows_are_deleted(deployment: Deployment) -> None:
    """What was revoked, and what a copy that broke off left, goes; what may run stays."""
    events, copies = Events(), deployment.state_dir / "drivers"
    revoked, kept = "a" * 64, "b" * 64
    with deployment.running() as runtime:
        with runtime.store.write("allowing") as transaction:
            allow(transaction, "acme/cards", kept, "test")
        for name in (revoked, kept, ".new-broken"):
            (copies / name).mkdir(parents=True)
        keeping = Housekeeping(runtime.store, partial(runtime.fleet.forget, recent=-60), events, every=0.02)
        keeping.start()
        until(lambda: events.named("store.pruned"))
        keeping.end()
    assert events.named("store.pruned")[0]["driver_copies"] == 2
    assert [path.name for path in copies.iterdir()] == [kept]


def test_an_operator_says_for_how_long(tmp_path: Path) -> None:
    """By option or environment, a day at least; 30 days unless somebody says otherwise."""

    def said(*given: str) -> timedelta:
        params = command.make_context("serve", ["--state-dir", str(tmp_path), *given]).params
        return options_said(**params).settings.retention

    assert (said(), said("--retention", "2w")) == (timedelta(days=30), timedelta(days=14))
    for wrong, why in (("1h", "at least 1d is kept"), ("0", "is no span"), ("forever", "is no span")):
        ran = hpa("serve", "--state-dir", tmp_path, "--retention", wrong)
        assert (ran.code, why in ran.err) == (2, True)
