# SPDX-License-Identifier: Apache-2.0
"""Audit: every act is kept as it was told, in order, and can be found again."""

from __future__ import annotations

import inspect
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from hpa_discovery.errors import StoreError
from hpa_discovery.store import audit, retention
from hpa_discovery.store.audit import Act, Wanted
from hpa_discovery.store.clock import read_clock
from store.stored import age

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store

ACTS = [
    Act("ci", "token.create", "viewer"),
    Act("cli:root", "driver.allow", "acme/nic", detail={"digest": "ab", "nested": {"n": [1, None, "ü"]}}),
    Act("ci", "driver.revoke", "acme/nic", outcome="refused", request_id="r-1"),
    Act("ci", "drivers", "acme/nic", outcome="failed"),
    Act("ci", "driver", "acme/%"),
]


def recorded(store: Store, acts: list[Act]) -> None:
    """Record acts, one after the other."""
    for act in acts:
        with store.write("recording") as transaction:
            audit.record(transaction, act)


def shown(store: Store, **options: Any) -> list[Act]:
    """The acts of a page."""
    with store.read("listing") as transaction:
        return [row.act for row in audit.page(transaction, **options)]


def test_acts_come_back_newest_first(store: Store) -> None:
    """As they were told, with rising numbers and the database's time."""
    recorded(store, ACTS)
    assert shown(store) == ACTS[::-1]
    with store.read("listing") as transaction:
        rows = audit.page(transaction)
        assert [row.id for row in rows] == sorted((row.id for row in rows), reverse=True)
        assert all(timedelta(0) <= read_clock(transaction) - row.at < timedelta(minutes=1) for row in rows)


def test_pages_join_without_gap(store: Store) -> None:
    """The next page begins below the last number of this one, also when rows were added meanwhile."""
    recorded(store, [Act("ci", "act", str(number)) for number in range(7)])
    seen: list[str] = []
    before = None
    for _ in range(3):
        with store.read("listing") as transaction:
            rows = audit.page(transaction, before, limit=3)
        seen += [row.act.target for row in rows]
        before = rows[-1].id
        recorded(store, [Act("ci", "act", "later")])
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


def test_a_page_is_bounded(store: Store) -> None:
    """However many rows are asked for."""
    with store.write("recording") as transaction:
        for number in range(audit.MOST_PAGE + 1):
            audit.record(transaction, Act("ci", "act", str(number)))
    assert len(shown(store, limit=10**9)) == audit.MOST_PAGE


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [0, 1, 2, 3, 4]),
        (Wanted(actor="cli:root"), [1]),
        (Wanted(action="driver.allow"), [1]),
        (Wanted(action="driver"), [1, 2, 4]),
        (Wanted(action="Driver"), []),
        (Wanted(action="driver."), []),
        (Wanted(action="d%"), []),
        (Wanted(target="acme/nic"), [1, 2, 3]),
        (Wanted(target="acme/%"), [4]),
        (Wanted(outcome="refused"), [2]),
        (Wanted(actor="ci", action="driver", outcome="done"), [4]),
        (Wanted(actor="nobody"), []),
    ],
)
def test_a_page_shows_what_is_wanted(store: Store, wanted: Wanted, found: list[int]) -> None:
    """By who, what, to what and how it ended; an action stands for all below it."""
    recorded(store, ACTS)
    assert shown(store, wanted=wanted) == [ACTS[number] for number in reversed(found)]


def test_a_page_shows_a_span_of_time(store: Store) -> None:
    """`since` counts in, `until` does not; a zone other than UTC means the same moment."""
    for hours, target in [(3, "old"), (2, "middle"), (1, "new")]:
        recorded(store, [Act("ci", "act", target)])
        age(store, "audit", "at", timedelta(hours=hours), f"target = '{target}'")
    with store.read("listing") as transaction:
        times = {row.act.target: row.at for row in audit.page(transaction)}
    far = timezone(timedelta(hours=9))
    for zone in (UTC, far):
        since, until = times["middle"].astimezone(zone), times["new"].astimezone(zone)
        assert [each.target for each in shown(store, wanted=Wanted(since=since))] == ["new", "middle"]
        assert [each.target for each in shown(store, wanted=Wanted(until=until))] == ["middle", "old"]
        assert [each.target for each in shown(store, wanted=Wanted(since=since, until=until))] == ["middle"]
    assert shown(store, wanted=Wanted(since=datetime(9999, 1, 1, tzinfo=UTC))) == []


@pytest.mark.parametrize(
    ("act", "kept"),
    [
        (Act("x" * 300, "a", "t"), Act("x" * 197 + "...", "a", "t")),
        (Act("a", "x" * 101, "t"), Act("a", "x" * 97 + "...", "t")),
        (Act("a", "b", "x" * 5000), Act("a", "b", "x" * 997 + "...")),
        (Act("a", "b", "nul\0\ud800"), Act("a", "b", "nul\ufffd?")),
        (Act("a", "b", "", detail={"x": "y" * 20_000}), Act("a", "b", "", detail={"omitted_bytes": 20_009})),
        (Act("a", "b", "", detail={"x": "nul\0\ud800"}), Act("a", "b", "", detail={"x": "nul\0?"})),
    ],
)
def test_odd_text_does_not_hide_an_act(store: Store, act: Act, kept: Act) -> None:
    """What a row cannot hold is cut or replaced, never refused."""
    recorded(store, [act])
    assert shown(store) == [kept]


def test_an_act_shares_the_fate_of_what_it_tells(store: Store) -> None:
    """When the transaction fails, its act did not happen."""
    with pytest.raises(StoreError), store.write("doing") as transaction:  # noqa: PT012 - the block is what fails
        audit.record(transaction, Act("ci", "act", "half done"))
        raise StoreError("the rest failed")
    assert shown(store) == []


def test_rows_are_only_added() -> None:
    """The room offers nothing that changes or deletes a row of audit, except retention."""
    offered = {
        name for name, each in inspect.getmembers(audit, inspect.isfunction) if each.__module__ == audit.__name__
    }
    assert {name for name in offered if not name.startswith("_")} == {"record", "page"}


def test_a_number_is_never_given_twice(store: Store) -> None:
    """Not even when all rows were old and are deleted: a page's end stays where it was."""
    recorded(store, ACTS)
    with store.read("listing") as transaction:
        last = audit.page(transaction)[0].id
    age(store, "audit", "at", timedelta(days=2))
    retention.prune(store, timedelta(days=1))
    recorded(store, ACTS[:1])
    with store.read("listing") as transaction:
        [row] = audit.page(transaction)
    assert row.id > last


def test_many_record_at_once(store: Store) -> None:
    """Eight threads lose nothing."""

    def work(thread: int) -> None:
        recorded(store, [Act(f"thread {thread}", "act", str(number)) for number in range(10)])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    assert sorted((act.actor, act.target) for act in shown(store)) == sorted(
        (f"thread {thread}", str(number)) for thread in range(8) for number in range(10)
    )
