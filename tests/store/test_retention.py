# SPDX-License-Identifier: Apache-2.0
"""Retention: what is old goes, what serves or can be rolled back to stays."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from hpa_discovery.alarms.raising import Alarms
from hpa_discovery.store import activations, alarm_rows, audit, changes, content, generations, operations
from hpa_discovery.store.alarm_rows import Identity
from hpa_discovery.store.audit import Act
from hpa_discovery.store.retention import BATCH, KEPT_ACTIVATIONS, Pruned, prune
from store.listed import listed, seen
from store.regional import added
from store.stored import activated, age, digest, generation

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store

DAY = timedelta(days=1)
TABLES = (("audit", "at"), ("activation", "at"), ("generation", "created_at"), ("content", "created_at"))


def make_old(store: Store) -> None:
    """All rows are two days old."""
    for table, column in TABLES:
        age(store, table, column, 2 * DAY)


def known(store: Store) -> set[str]:
    """The digests of all generations."""
    with store.read("listing") as transaction:
        return set(transaction.execute(text("SELECT digest FROM generation")).scalars())


def test_what_is_new_stays(store: Store) -> None:
    """Nothing is deleted before its time, whether something refers to it or not."""
    with store.write("filling") as transaction:
        generation(transaction, "unused")
        content.put(transaction, "pack", "acme.loose", "1", b"loose")
        audit.record(transaction, Act("ci", "act", "t"))
    activated(store, "serves")
    for table, column in TABLES:
        age(store, table, column, timedelta(hours=23))
    assert prune(store, DAY) == Pruned(0, 0, 0, 0)


def test_what_nothing_refers_to_goes(store: Store) -> None:
    """Old generations that never served, with their content, and content of no generation."""
    with store.write("filling") as transaction:
        generation(transaction, "unused")
        content.put(transaction, "pack", "acme.loose", "1", b"loose")
        audit.record(transaction, Act("ci", "act", "t"))
    active = activated(store, "serves")
    make_old(store)
    assert prune(store, DAY) == Pruned(audit=1, activations=0, generations=1, contents=2)
    assert known(store) == {active.generation}
    with store.read("reading") as transaction:
        [left] = content.contents(transaction)
        assert content.get(transaction, left.digest) == b"serves"
        [row] = activations.history(transaction)
    assert row.generation == active.generation
    assert prune(store, DAY) == Pruned(0, 0, 0, 0)


def test_a_new_generation_keeps_old_content(store: Store) -> None:
    """Content is old when a pack did not change for long; it stays as long as a generation has it."""
    with store.write("filling") as transaction:
        generation(transaction, "new")
    age(store, "content", "created_at", 2 * DAY)
    assert prune(store, DAY) == Pruned(0, 0, 0, 0)


def test_the_last_activations_stay(store: Store) -> None:
    """However old: what they name can be rolled back to; what is before them goes, generation and content too."""
    for number in range(KEPT_ACTIVATIONS + 5):
        activated(store, str(number))
    make_old(store)
    assert prune(store, DAY) == Pruned(audit=0, activations=5, generations=5, contents=5)
    with store.read("reading") as transaction:
        history = activations.history(transaction)
    assert [each.sequence for each in history] == list(range(KEPT_ACTIVATIONS + 5, 5, -1))
    assert known(store) == {digest(str(number)) for number in range(5, KEPT_ACTIVATIONS + 5)}


def test_a_pinned_generation_stays(store: Store) -> None:
    """What serves is kept even when no row of the history names it any more."""
    active = activated(store, "pinned")
    with store.write("forgetting") as transaction:
        transaction.exec_driver_sql("DELETE FROM activation")
    make_old(store)
    assert prune(store, DAY).generations == 0
    assert known(store) == {active.generation}


def test_many_rows_go_in_batches(store: Store) -> None:
    """All of them, however many batches that takes, and none that is new."""
    many = 2 * BATCH + 1
    with store.write("filling") as transaction:
        for number in range(many + 1):
            audit.record(transaction, Act("ci", "act", str(number)))
    age(store, "audit", "at", 2 * DAY, f"target <> '{many}'")
    assert prune(store, DAY).audit == many
    with store.read("listing") as transaction:
        assert [row.act.target for row in audit.page(transaction)] == [str(many)]


def test_history_and_what_ended_go(store: Store) -> None:
    """Old history of regions, and operations long after their end; what is open stays however old."""
    region = added(store).id
    listed(store, region, seen("old"))
    with store.write("asking") as transaction:
        old, new, waiting = (operations.add(transaction, "discover", region=None, by="ci").id for _ in range(3))
        operations.finish(transaction, [old], {})
    for table, column in (("change", "at"), ("operation", "created_at"), ("operation", "finished_at")):
        age(store, table, column, 2 * DAY)
    with store.write("ending") as transaction:
        operations.fail(transaction, [new], "x")
    listed(store, region, seen("old"), seen("new"))
    assert prune(store, DAY) == Pruned(0, 0, 0, 0, changes=1, operations=1)
    with store.read("reading") as transaction:
        assert [row.change.subject_id for row in changes.page(transaction, region)] == ["new"]
        assert [each.id for each in operations.page(transaction)] == [waiting, new]


def test_what_is_raised_again_meanwhile_stays(store: Store) -> None:
    """An old alarm that comes back while old ones are deleted is not lost."""
    alarms, identity = Alarms(), Identity("region/a", "conflict")
    for _ in range(20):
        with store.write("raising") as transaction:
            alarms.raise_(transaction, identity, "x")
            alarms.clear(transaction, identity)
        age(store, "alarm", "cleared_at", 2 * DAY)
        with ThreadPoolExecutor(1) as threads, store.write("raising again") as transaction:
            alarms.raise_(transaction, identity, "x")
            pruning = threads.submit(prune, store, DAY)
            time.sleep(0.02)
            transaction.commit()
            pruning.result()
        with store.read("looking") as transaction:
            assert [alarm.cleared for alarm in alarm_rows.page(transaction)] == [False]


def test_storing_goes_on_meanwhile(store: Store) -> None:
    """Content that is old and about to be used again is not lost between two statements of who uses it."""
    for number in range(30):
        with store.write("filling") as transaction:
            generation(transaction, str(number))
    with store.write("forgetting the generations") as transaction:
        transaction.exec_driver_sql("DELETE FROM generation_part")
        transaction.exec_driver_sql("DELETE FROM generation")
    make_old(store)

    def use() -> None:
        for number in range(30):
            activated(store, str(number))

    with ThreadPoolExecutor(1) as threads:
        using = threads.submit(use)
        while not using.done():
            prune(store, DAY)
        using.result()
    with store.read("reading") as transaction:
        for each in activations.history(transaction):
            found = generations.find(transaction, each.generation or "")
            assert found is not None
            assert [content.get(transaction, part.digest).decode() for part in found.parts] != []
