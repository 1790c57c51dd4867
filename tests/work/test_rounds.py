# SPDX-License-Identifier: Apache-2.0
"""Discovery and publishing of one region: what the store, A&AI and the alarms say afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aai.wishes import standing
from discovery.small_packs import pack
from hpa_discovery.store import changes, listings, operations
from hpa_discovery.work import progress
from peers.aai.journal import needless
from work.deployments import ALWAYS, Serving, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hpa_discovery.store.seen import Seen
    from hpa_discovery.store.subject_writing import Row
    from hpa_discovery.work.reading import Question, Subject
    from work.deployments import Deployment

pytestmark = pytest.mark.parametrize("deployment", ["sqlite", "postgresql"], indirect=True)


def test_what_the_cloud_has_comes_to_aai(deployment: Deployment) -> None:
    """One round is enough; the steps wait for their next turn, and nothing is wrong."""
    deployment.cloud.add("a", "b", hw_pages="2")

    deployment.round()

    deployment.assert_right()
    assert deployment.alarms() == {}
    assert deployment.listing().complete
    steps = deployment.steps()
    assert steps["discover"].due_at is not None
    assert steps["publish"].due_at is None


def test_a_second_round_writes_nothing(deployment: Deployment) -> None:
    """And reads each page once."""
    deployment.cloud.add("a", "b", hw_pages="2")
    deployment.round()
    deployment.aai.control.forget()

    deployment.round()

    assert deployment.aai.control.counts() == {"GET": 1}


def test_others_write_while_rows_are_made(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a large region that takes seconds, and SQLite has one writer."""
    make = listings.make_rows

    def making(found: Sequence[Seen]) -> dict[str, Row]:
        with deployment.store.write("something else") as transaction:
            changes.page(transaction, 1)
        return make(found)

    monkeypatch.setattr(listings, "make_rows", making)
    deployment.cloud.add("a", hw_pages="2")
    deployment.round()
    deployment.assert_right()


def test_what_changes_is_changed(deployment: Deployment) -> None:
    """A flavor with another spec, one without it, one that is new."""
    deployment.cloud.add("a", "b", hw_pages="2")
    deployment.round()
    deployment.cloud.add("a", hw_pages="3")
    deployment.cloud.add("b", "c")

    deployment.round()

    deployment.assert_right()
    assert needless(deployment.aai.control.writes()) == []


def test_a_flavor_is_gone_after_two_listings(deployment: Deployment) -> None:
    """Not after one; then its object goes too, since it is ours."""
    deployment.cloud.add("a", "b")
    deployment.round()
    del deployment.cloud.flavors["a"]
    deployment.aai.control.forget()

    deployment.round()
    assert deployment.deletes() == []

    deployment.round()
    deployment.assert_right()
    assert any(each.endswith("flavor/a") for each in deployment.deletes())


def test_discovery_makes_publishing_due(deployment: Deployment) -> None:
    """Where the region has an A&AI."""
    deployment.cloud.add("a")
    deployment.do("discover")

    due = deployment.steps()["publish"].due_at
    assert due is not None


def test_what_a_region_shall_only_plan_is_not_written(deployment: Deployment) -> None:
    """Its plan is kept as the result of an operation, once for as long as it is the same."""
    deployment.change(mode="plan")
    deployment.cloud.add("a", "b")

    deployment.round(3)

    assert "writes" not in deployment.aai.control.counts()
    [operation] = deployment.operations()
    assert (operation.kind, operation.state, operation.made_by) == ("publish", "done", "schedule")
    assert operation.result == {
        "mode": "plan",
        "counts": {"create": 2, "change": 0, "delete": 0, "keep": 0},
        "deletes": 0,
        "held": "",
    }


def test_all_subjects_of_a_listing_are_judged_with_the_same(deployment: Deployment) -> None:
    """What serves is asked for once, and the listing says what it was."""
    asked: list[str] = []
    first = deployment.serves

    def serves() -> Serving:
        asked.append("once")
        return first

    deployment.cloud.add("a", "b", "c")
    deployment.workplace = deployment.using(serves=serves)
    deployment.do("discover")

    assert asked == ["once"]
    assert deployment.listing().generation == first.digest


def test_history_says_what_changed_and_by_which_generation(deployment: Deployment) -> None:
    """A flavor that appeared, and one that says otherwise under other rules."""
    deployment.cloud.add("a", hw_pages="1")
    deployment.do("discover")
    first, deployment.serves = deployment.serves, serving(pack(ALWAYS))
    deployment.do("discover")

    with deployment.store.read("history") as transaction:
        rows = changes.page(transaction, deployment.region.id)
    assert [(row.change.kind, row.generation) for row in rows] == [
        ("changed", deployment.serves.digest),
        ("appeared", first.digest),
    ]


def test_a_flavor_that_is_too_large_to_keep_holds_up_nobody(deployment: Deployment) -> None:
    """Its name and id are enough for A&AI; the others are published as always."""
    deployment.cloud.add("a", "large", hw_pages="1")
    deployment.cloud.flavors["large"]["description"] = "x" * 2**20

    deployment.round()

    assert deployment.steps()["publish"].last_error == ""
    assert {each.id: each.name for each in deployment.desired().flavors} == {"a": "onap.a", "large": "onap.large"}
    assert len(standing(deployment.aai)["a"]) == 2


def test_a_long_discovery_tells_how_far_it_is(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its operation has the number of subjects so far; once in two seconds at most."""
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.0)
    number, seen = deployment.ask("discover").id, list[Any]()

    def long(question: Question) -> Iterator[Subject]:
        for subject in deployment.cloud.read(question):
            with deployment.store.read("watching") as transaction:
                found = operations.get(transaction, number)
            assert found is not None
            seen.append(found.progress)
            yield subject

    deployment.cloud.add("a", "b", "c")
    deployment.workplace = deployment.using(readers={deployment.region.source: long})
    deployment.round()
    assert seen == [None, {"subjects": 1}, {"subjects": 2}]
