# SPDX-License-Identifier: Apache-2.0
"""A cloud that cannot be listed: an alarm, the last good result is stale, nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from discovery.small_packs import emit, pack
from hpa_discovery.errors import StoreError
from hpa_discovery.store import regions, schedule
from hpa_discovery.work.discovering import discover
from hpa_discovery.work.holding import Overtaken, credential, take
from store.filling import keys
from work.deployments import ALWAYS, PAGES, serving

if TYPE_CHECKING:
    from work.deployments import Deployment


def test_an_unreachable_cloud_is_told_and_tried_again(deployment: Deployment) -> None:
    """The listing is stale, its subjects stay, the next try comes after seconds, and A&AI is not asked."""
    deployment.cloud.add("a", "b")
    deployment.round()
    deployment.aai.control.forget()
    deployment.cloud.error = "connection refused"

    deployment.do("discover")

    [alarm] = deployment.alarms().values()
    assert (alarm.type, alarm.severity, alarm.text) == ("source.unreachable", "major", "connection refused")
    listing, step = deployment.listing(), deployment.steps()["discover"]
    assert (listing.complete, listing.error) == (False, "connection refused")
    assert listing.stale_since is not None
    assert (step.attempts, step.last_error) == (1, "connection refused")
    assert deployment.steps()["publish"].due_at is None
    assert {each.presence for each in deployment.desired().flavors} == {"present"}


def test_half_a_listing_is_told_and_what_it_shows_is_published(deployment: Deployment) -> None:
    """What is new in it comes to A&AI; what it does not show stays there."""
    deployment.cloud.add("a", "b")
    deployment.round()
    deployment.cloud.flavors = dict(reversed(deployment.cloud.flavors.items()))
    deployment.cloud.flavors["b"]["extra_specs"] = {"hw:pages": "3"}
    deployment.cloud.error, deployment.cloud.shown = "page 2 is no page", 1

    deployment.do("discover")
    assert deployment.steps()["publish"].due_at is not None
    deployment.round(3)

    [alarm] = deployment.alarms().values()
    assert (alarm.type, alarm.severity, alarm.text) == ("source.incomplete", "minor", "page 2 is no page")
    deployment.assert_right()
    assert {each.presence for each in deployment.desired().flavors} == {"present"}


def test_the_alarm_follows_the_fault_and_goes_with_it(deployment: Deployment) -> None:
    """From unreachable to incomplete to none: one at a time."""
    deployment.cloud.add("a", "b")
    for error, shown, told in (
        ("refused", 0, ["source.unreachable"]),
        ("half", 1, ["source.incomplete"]),
        ("", 0, []),
    ):
        deployment.cloud.error, deployment.cloud.shown = error, shown
        deployment.do("discover")
        assert deployment.alarm_types() == told
    assert deployment.listing().stale_since is None
    assert deployment.steps()["discover"].attempts == 0


def test_a_source_that_nobody_reads_is_unreachable(deployment: Deployment) -> None:
    """With the names of those that are read."""
    deployment.workplace = replace(deployment.workplace, readers={"other.thing": deployment.cloud.read})

    deployment.do("discover")

    [alarm] = deployment.alarms().values()
    assert "'openstack.flavor'; known are other.thing" in alarm.text


def test_operations_hear_of_the_end(deployment: Deployment) -> None:
    """Who waits for a discovery gets its counts, or the error."""
    deployment.cloud.add("a", "b")
    deployment.ask("discover")
    deployment.do("discover")
    deployment.ask("discover")
    deployment.cloud.error = "refused"
    deployment.do("discover")

    failed, done = deployment.operations()
    assert (failed.state, failed.error) == ("failed", "refused")
    assert (done.state, done.result) == (
        "done",
        {"number": 1, "appeared": 2, "changed": 0, "missing": 0, "gone": 0},
    )


def test_a_region_that_changes_while_it_is_listed_keeps_nothing_of_it(deployment: Deployment) -> None:
    """The fence was taken: no row, no alarm."""
    deployment.cloud.add("a")

    def change(question: object) -> object:
        with deployment.store.write("changing") as transaction:
            deployment.region = regions.change(transaction, keys(), replace(deployment.region, name_prefix="onap"), {})
        return iter(())

    deployment.workplace = replace(deployment.workplace, readers={deployment.region.source: change})
    deployment.do("discover")

    assert "work.overtaken" in [name for name, _ in deployment.events]
    with deployment.store.read("looking") as transaction:
        assert schedule.steps(transaction, deployment.region.id)[0].attempts == 0
    assert deployment.alarms() == {}


def test_a_new_credential_is_not_sent_to_the_old_place(deployment: Deployment) -> None:
    """A region that was changed after its step was claimed is not asked with what was given for another place."""
    held = take(deployment.workplace, deployment.region.id, "discover")
    assert held is not None
    deployment.change(url="https://127.0.0.1:1", user="another")

    with pytest.raises(Overtaken, match="cloud credential"):
        discover(deployment.workplace, held)
    with deployment.store.read("reading") as transaction, pytest.raises(Overtaken, match="aai credential"):
        credential(transaction, deployment.workplace, held.region, "aai")
    assert deployment.cloud.asked == 0
    assert deployment.aai.control.counts() == {}


def test_what_nobody_foresaw_is_kept_with_the_step(deployment: Deployment) -> None:
    """And tried again later, as any failure."""

    def broken(question: object) -> object:
        raise ZeroDivisionError("by zero")

    deployment.workplace = replace(deployment.workplace, readers={deployment.region.source: broken})
    deployment.do("discover")

    assert deployment.steps()["discover"].last_error.endswith("ZeroDivisionError: by zero")
    assert "work.defect" in [name for name, _ in deployment.events]


def test_a_database_that_fails_leaves_the_step_to_its_lease(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told that it ended, and nothing raises."""

    def fails(*_: object) -> bool:
        raise StoreError("the disk is full")

    monkeypatch.setattr(schedule, "finish", fails)
    monkeypatch.setattr(schedule, "fail", fails)
    deployment.do("discover")

    assert deployment.steps()["discover"].claimed_by == "test:1"
    assert [name for name, _ in deployment.events if name.startswith("work")] == ["work.failed", "work.failed"]


def test_half_a_listing_deletes_nothing_of_what_it_shows(deployment: Deployment) -> None:
    """A feature that a flavor seems to have lost goes with the next listing that is whole."""
    deployment.cloud.add("a", "b", hw_pages="1")
    deployment.round()
    deployment.aai.control.forget()
    deployment.cloud.add("a")
    deployment.cloud.error, deployment.cloud.shown = "half", 1
    deployment.round()
    assert deployment.deletes() == []

    deployment.cloud.error = ""
    deployment.round()
    assert len(deployment.deletes()) == 1
    deployment.assert_right()


def test_half_a_listing_clears_no_alarm_of_what_it_does_not_show(deployment: Deployment) -> None:
    """A conflict of a flavor of the second page stands until a whole listing is without it."""
    other = {**PAGES, "emit": emit({"key": "count", "value": "7"}, feature="hugePages")}
    deployment.serves = serving(pack(ALWAYS, PAGES), pack(other, namespace="other.test"))
    deployment.cloud.add("a")
    deployment.cloud.add("b", hw_pages="1")
    deployment.do("discover")
    assert deployment.alarm_types() == ["conflict"]

    deployment.cloud.error, deployment.cloud.shown = "half", 1
    deployment.do("discover")
    assert deployment.alarm_types() == ["conflict", "source.incomplete"]

    deployment.cloud.error = ""
    deployment.cloud.add("b")
    deployment.do("discover")
    assert deployment.alarms() == {}
