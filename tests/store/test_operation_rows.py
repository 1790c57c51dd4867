# SPDX-License-Identifier: Apache-2.0
"""Operations: asked for, served by whichever run comes, and readable when all is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hpa_discovery.errors import StoreError
from hpa_discovery.store import operations
from hpa_discovery.store.operations import MOST_RESULT, Operation

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store

ONE = "acme/RegionOne"


def asked(store: Store, kind: str = "discover", region: str | None = ONE) -> int:
    """The number of a new operation."""
    with store.write("asking") as transaction:
        return operations.add(transaction, kind, region=region, by="ci", request_id="r-1").id


def found(store: Store, number: int) -> Operation:
    """How it stands."""
    with store.read("looking") as transaction:
        operation = operations.get(transaction, number)
    assert operation is not None
    return operation


def test_an_operation_goes_from_waiting_to_done(store: Store) -> None:
    """With times, progress and a result."""
    number = asked(store)
    first = found(store, number)
    assert (first.state, first.made_by, first.request_id, first.started_at) == ("waiting", "ci", "r-1", None)
    with store.write("running") as transaction:
        assert operations.start(transaction, "discover", ONE) == (number,)
        operations.report(transaction, [number], {"done": 1, "total": 2})
    running = found(store, number)
    assert (running.state, running.progress, running.finished_at) == ("running", {"done": 1, "total": 2}, None)
    assert running.started_at is not None
    with store.write("ending") as transaction:
        assert operations.finish(transaction, [number], {"subjects": 2}) == 1
    done = found(store, number)
    assert (done.state, done.result, done.error) == ("done", {"subjects": 2}, None)
    assert done.finished_at is not None


def test_a_run_serves_what_is_open_when_it_begins(store: Store) -> None:
    """Of its region and kind; what is asked for later waits for the next run."""
    first, second = asked(store), asked(store)
    others = [asked(store, "publish"), asked(store, region="acme/other"), asked(store, region=None)]
    with store.write("running") as transaction:
        served = operations.start(transaction, "discover", ONE)
    later = asked(store)
    with store.write("ending") as transaction:
        assert operations.finish(transaction, served, {}) == 2
    assert [found(store, number).state for number in (first, second, later)] == ["done", "done", "waiting"]
    assert {found(store, number).state for number in others} == {"waiting"}


def test_a_lost_run_is_taken_up(store: Store) -> None:
    """The next one serves what the lost one had begun."""
    number = asked(store)
    for _ in range(2):
        with store.write("running") as transaction:
            assert operations.start(transaction, "discover", ONE) == (number,)


def test_what_has_ended_stays(store: Store) -> None:
    """A second end, or late progress, changes nothing."""
    number = asked(store)
    with store.write("ending") as transaction:
        assert operations.fail(transaction, [number], "no route\0" + "x" * 3000) == 1
    first = found(store, number)
    assert first.error is not None
    assert (first.state, len(first.error)) == ("failed", 2000)
    with store.write("coming late") as transaction:
        assert operations.finish(transaction, [number], {}) == 0
        assert operations.fail_open(transaction, ONE, "gone") == 0
        assert operations.start(transaction, "discover", ONE) == ()
        operations.report(transaction, [number], {"done": 1})
    assert found(store, number) == first


def test_a_removed_region_ends_what_is_open(store: Store) -> None:
    """Of that region alone."""
    mine, other = asked(store), asked(store, region="acme/other")
    with store.write("ending") as transaction:
        assert operations.fail_open(transaction, ONE, "gone") == 1
    assert [found(store, number).state for number in (mine, other)] == ["failed", "waiting"]


def test_pages_are_newest_first(store: Store) -> None:
    """By region, by state, and limited to the regions of a token."""
    numbers = [asked(store) for _ in range(5)]
    other, none = asked(store, region="acme/other"), asked(store, region=None)
    with store.write("ending") as transaction:
        operations.finish(transaction, numbers[:2], {})
    with store.read("listing") as transaction:

        def ids(**wanted: object) -> list[int]:
            return [each.id for each in operations.page(transaction, **wanted)]  # type: ignore[arg-type]  # a case's words

        assert ids() == [none, other, *reversed(numbers)]
        assert ids(limit=2, before=numbers[3]) == [numbers[2], numbers[1]]
        assert ids(region=ONE, states=["done"]) == [numbers[1], numbers[0]]
        assert ids(only=["acme/other"]) == [other]
        assert ids(only=[]) == []
        assert operations.get(transaction, none + 1) is None


def test_the_newest_of_a_kind_is_found(store: Store) -> None:
    """Whatever else was asked for since."""
    first, second, third = (asked(store, "publish") for _ in range(3))
    with store.write("ending") as transaction:
        operations.finish(transaction, [first, second], {})
        operations.fail(transaction, [third], "x")
    others = [asked(store), asked(store, "publish", "acme/other")]
    with store.write("looking") as transaction:
        operations.finish(transaction, others, {})
        found = operations.newest(transaction, "publish", ONE, ["done"])
        assert found is not None
        assert found.id == second
        assert operations.newest(transaction, "publish", ONE, ["waiting"]) is None


def test_limits_are_told(store: Store) -> None:
    """Of kind, region and result."""
    number = asked(store)
    with store.write("ending") as transaction:
        with pytest.raises(StoreError, match="keeping the result of an operation: it has"):
            operations.finish(transaction, [number], {"x": "y" * MOST_RESULT})
        for odd in (float("nan"), object()):
            with pytest.raises(StoreError, match=r"keeping the progress of an operation: .*; only JSON can be kept"):
                operations.report(transaction, [number], {"x": odd})
        for kind, region in (("", ONE), ("discover", "x" * 402)):
            with pytest.raises(StoreError, match="of an operation is"):
                operations.add(transaction, kind, region=region, by="ci")
