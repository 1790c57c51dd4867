# SPDX-License-Identifier: Apache-2.0
"""What serves: its sequence only rises, whoever changes it and however many do so at once."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hpa_discovery.errors import StoreError
from hpa_discovery.store import activations
from hpa_discovery.store.opening import open_store
from store.stored import activated, digest, generation

if TYPE_CHECKING:
    from hpa_discovery.model import Active
    from hpa_discovery.store.database import Store

THREADS = 8
CHANGES = 10
OTHER_PROCESS = Path(__file__).parent / "activating.py"


def prepared(store: Store, *words: str) -> list[str]:
    """Generations to choose from."""
    with store.write("storing") as transaction:
        return [generation(transaction, word) for word in words]


def now_serves(store: Store) -> Active:
    """What serves, read anew."""
    with store.read("looking") as transaction:
        return activations.active(transaction)


def test_a_new_store_serves_nothing(store: Store) -> None:
    """Sequence 0, no generation, nothing pinned, no history."""
    found = now_serves(store)
    assert (found.sequence, found.generation, found.pinned) == (0, None, False)
    assert str(found.changed_at.tzinfo) == "UTC"
    with store.read("looking") as transaction:
        assert activations.history(transaction) == ()


def test_a_generation_is_activated(store: Store) -> None:
    """It serves with the next sequence number, and the history says who did it and why."""
    [first] = prepared(store, "first")
    with store.write("activating") as transaction:
        found = activations.activate(transaction, first, 0, "cli:root", "a pack changed")
    assert found == now_serves(store)
    assert (found.sequence, found.generation, found.pinned) == (1, first, False)
    with store.read("looking") as transaction:
        [told] = activations.history(transaction)
    assert (told.sequence, told.generation, told.action) == (1, first, "activate")
    assert (told.made_by, told.reason) == ("cli:root", "a pack changed")


def test_a_late_decision_changes_nothing(store: Store) -> None:
    """Whoever decided on an older state gets None, and nothing is told of it in the history."""
    first, second = prepared(store, "first", "second")
    with store.write("activating") as transaction:
        assert activations.activate(transaction, first, 0, "one", "") is not None
        assert activations.activate(transaction, second, 0, "two", "") is None
        assert activations.activate(transaction, second, 2, "two", "") is None
        assert activations.pin(transaction, second, 0, "two", "") is None
        assert activations.unpin(transaction, 1, "two", "") is None
        assert len(activations.history(transaction)) == 1
    assert now_serves(store).generation == first


def test_a_pinned_generation_stays(store: Store) -> None:
    """Nothing else is activated until it is unpinned; another one may be pinned in its place."""
    first, second, third = prepared(store, "first", "second", "third")
    with store.write("rolling back") as transaction:
        activations.activate(transaction, first, 0, "one", "")
        pinned = activations.pin(transaction, second, 1, "one", "back")
        assert pinned is not None
        assert (pinned.sequence, pinned.generation, pinned.pinned) == (2, second, True)
        assert activations.activate(transaction, first, 2, "two", "") is None
        assert activations.pin(transaction, third, 2, "one", "further back") is not None
        unpinned = activations.unpin(transaction, 3, "one", "fixed")
        assert unpinned is not None
        assert (unpinned.sequence, unpinned.generation, unpinned.pinned) == (4, third, False)
        assert activations.activate(transaction, first, 4, "two", "") is not None
    with store.read("looking") as transaction:
        told = [(each.action, each.generation) for each in activations.history(transaction)]
    assert told == [("activate", first), ("unpin", third), ("pin", third), ("pin", second), ("activate", first)]


@pytest.mark.parametrize("change", [activations.activate, activations.pin])
def test_an_unknown_generation_is_refused(store: Store, change: Any) -> None:
    """Only what the store holds can serve."""
    with store.write("activating") as transaction, pytest.raises(StoreError, match=f"{digest('x')}: the store has"):
        change(transaction, digest("x"), 0, "one", "")
    assert now_serves(store).sequence == 0


def test_history_has_pages(store: Store) -> None:
    """Newest first, below a sequence number."""
    for word in "abcde":
        activated(store, word)
    with store.read("looking") as transaction:
        assert [each.sequence for each in activations.history(transaction, limit=2)] == [5, 4]
        assert [each.sequence for each in activations.history(transaction, before=4, limit=2)] == [3, 2]
        assert activations.history(transaction, before=1) == ()


def test_what_served_before(store: Store) -> None:
    """It is the last other one, however long ago and however often the same served since."""
    first, second, oldest = prepared(store, "first", "second", "oldest")
    with store.write("activating") as transaction:
        assert activations.served_before(transaction, first) is None
        activations.activate(transaction, oldest, 0, "cli:test", "")
        assert activations.served_before(transaction, oldest) is None
        activations.activate(transaction, second, 1, "cli:test", "")
        for sequence in range(2, 152, 2):
            activations.pin(transaction, first, sequence, "cli:test", "")
            activations.unpin(transaction, sequence + 1, "cli:test", "")
        assert activations.served_before(transaction, first) == second
        assert activations.served_before(transaction, second) == first


def test_a_long_reason_is_cut(store: Store) -> None:
    """A reason never stands in the way of a change."""
    [first] = prepared(store, "first")
    with store.write("activating") as transaction:
        activations.activate(transaction, first, 0, "one", "x" * 5000 + "\0")
        [told] = activations.history(transaction)
    assert told.reason == "x" * (activations.MOST_REASON - 3) + "..."


def test_a_change_that_fails_leaves_nothing(store: Store) -> None:
    """When the rest of the transaction fails, neither what serves nor the history has changed."""
    [first] = prepared(store, "first")
    with pytest.raises(StoreError, match="who changes the generation"), store.write("activating") as transaction:
        activations.activate(transaction, first, 0, "", "")
    assert now_serves(store).sequence == 0


def test_threads_take_turns(store: Store) -> None:
    """Eight threads at once: every sequence number is given once, in order, and readers never see it fall."""
    words = [str(number) for number in range(THREADS)]
    chosen = dict(zip(words, prepared(store, *words), strict=True))

    def change(word: str) -> list[int]:
        given: list[int] = []
        while len(given) < CHANGES:
            with store.write("activating") as transaction:
                seen = activations.active(transaction).sequence
                found = activations.activate(transaction, chosen[word], seen, word, "")
            if found is not None:
                given.append(found.sequence)
        return given

    def watch(_: int) -> list[int]:
        seen = [now_serves(store).sequence]
        while seen[-1] < THREADS * CHANGES:
            seen.append(now_serves(store).sequence)
        return seen

    with ThreadPoolExecutor(THREADS + 1) as threads:
        watching = threads.submit(watch, 0)
        given = list(threads.map(change, words))
    assert sorted(number for each in given for number in each) == list(range(1, THREADS * CHANGES + 1))
    assert all(before < after for each in given for before, after in pairwise(each))
    assert all(before <= after for before, after in pairwise(watching.result()))


def test_only_one_of_many_wins(store: Store) -> None:
    """Of eight who decide on the same state one is heard, the others learn that they were late."""
    words = [str(number) for number in range(THREADS)]
    chosen = prepared(store, *words)

    def change(generation: str) -> Active | None:
        with store.write("activating") as transaction:
            return activations.activate(transaction, generation, 0, "one of eight", "")

    with ThreadPoolExecutor(THREADS) as threads:
        winners = [each for each in threads.map(change, chosen) if each is not None]
    assert len(winners) == 1
    assert now_serves(store) == winners[0]


def test_who_holds_is_waited_for(store: Store) -> None:
    """Between holding and the end of the transaction nobody else changes what serves."""
    first, second = prepared(store, "first", "second")

    def change() -> Active | None:
        with store.write("activating") as transaction:
            return activations.activate(transaction, second, 0, "other", "")

    with ThreadPoolExecutor(1) as threads:
        with store.write("activating") as transaction:
            held = activations.active(transaction, hold=True)
            other = threads.submit(change)
            with pytest.raises(TimeoutError):
                other.result(timeout=0.2)
            assert activations.activate(transaction, first, held.sequence, "holder", "") is not None
        assert other.result(timeout=20) is None
    assert now_serves(store).generation == first


def test_processes_take_turns(database: str, tmp_path: Path, events: Any) -> None:
    """Two processes, each storing content and generations of its own: no sequence number is given twice."""
    open_store(tmp_path / "state", events, database).close()
    command = [sys.executable, str(OTHER_PROCESS), str(tmp_path / "state"), database]
    running = [
        subprocess.Popen([*command, name, str(CHANGES)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]
    said = [process.communicate(timeout=60) for process in running]
    assert [error for _, error in said] == ["", ""]
    given = sorted(int(line) for output, _ in said for line in output.split())
    assert given == list(range(1, 2 * CHANGES + 1))
