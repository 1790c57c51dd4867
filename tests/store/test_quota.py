# SPDX-License-Identifier: Apache-2.0
"""What served longest ago goes when the store would hold too much, and what is needed never does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hpa_discovery.model import Part
from hpa_discovery.store import activations, content, generations
from hpa_discovery.store.quota import KEPT_GENERATIONS, Quota, Trimmed, make_room
from store.stored import activated, digest, generation

if TYPE_CHECKING:
    from collections.abc import Collection

    from hpa_discovery.store.database import Store

WORDS = ("aaaa", "bbbb", "cccc", "dddd", "eeee")  # four bytes each


def trimmed(store: Store, quota: Quota, size: int = 0, wanted: Collection[str] = ()) -> Trimmed:
    """Make room."""
    with store.write("making room") as transaction:
        activations.active(transaction, hold=True)
        return make_room(transaction, wanted, size, quota)


def kept(store: Store) -> list[str]:
    """The words whose generation and content are there still; each has both or neither."""
    with store.read("looking") as transaction:
        there = [word for word in WORDS if generations.find(transaction, digest(word)) is not None]
        assert {each.digest for each in content.contents(transaction)} >= {digest(word) for word in there}
        told = {row.generation for row in activations.history(transaction)}
        assert {digest(word) for word in there} >= told
        assert len(content.contents(transaction)) == len(there)
    return there


@pytest.fixture
def served(store: Store) -> Store:
    """A store in which five generations served, each with a content of its own."""
    for word in WORDS:
        activated(store, word)
    return store


@pytest.mark.parametrize(
    ("quota", "size", "left"),
    [
        (Quota(bytes=24, generations=6), 4, "abcde"),
        (Quota(bytes=23, generations=6), 4, "bcde"),
        (Quota(bytes=20, generations=9), 9, "de"),
        (Quota(bytes=99, generations=5), 0, "bcde"),
        (Quota(bytes=99, generations=4), 0, "cde"),
        (Quota(bytes=99, generations=1), 0, "de"),
    ],
)
def test_the_oldest_goes(served: Store, quota: Quota, size: int, left: str) -> None:
    """As many as it takes and no more, with their history and content; what is said is what went."""
    found = trimmed(served, quota, size)
    assert kept(served) == [word * 4 for word in left]
    gone = len(WORDS) - len(left)
    assert found == Trimmed(gone, gone, 4 * gone)


def test_what_is_needed_stays(served: Store) -> None:
    """However much it is: what serves and what a rollback would go to; it is said how much too much that is."""
    assert KEPT_GENERATIONS == 2
    assert trimmed(served, Quota(bytes=1, generations=1), size=3) == Trimmed(3, 3, 12, missing_bytes=10)
    assert kept(served) == ["dddd", "eeee"]


def test_what_is_pinned_stays(served: Store) -> None:
    """The pinned one serves, however long ago it served first; what served before it stays, too."""
    with served.write("pinning") as transaction:
        assert activations.pin(transaction, digest("bbbb"), len(WORDS), "cli:test", "") is not None
    trimmed(served, Quota(bytes=1))
    assert kept(served) == ["bbbb", "eeee"]


def test_what_serves_stays_without_history(served: Store) -> None:
    """Also when no row names it any more."""
    with served.write("forgetting") as transaction:
        transaction.exec_driver_sql(f"DELETE FROM activation WHERE generation = '{digest('eeee')}'")  # noqa: S608 - a digest of the test's own
    trimmed(served, Quota(bytes=1))
    assert "eeee" in kept(served)


def test_what_never_served_goes_first(served: Store) -> None:
    """A generation that no history names is of no use to a rollback."""
    with served.write("keeping") as transaction:
        generation(transaction, "zzzz")
    assert trimmed(served, Quota(generations=6)) == Trimmed(1, 1, 4)
    assert kept(served) == list(WORDS)


def test_wanted_content_stays(served: Store) -> None:
    """What the new generation is made of, such as a version that comes back, is not deleted and stored again."""
    with served.read("looking") as transaction:
        [first] = [
            each.digest for each in content.contents(transaction) if content.get(transaction, each.digest) == b"aaaa"
        ]
    trimmed(served, Quota(generations=1), wanted=[first])
    with served.read("looking") as transaction:
        assert content.get(transaction, first) == b"aaaa"


def test_shared_content_stays(store: Store) -> None:
    """Content that a younger generation has too goes with the last of them."""
    with store.write("keeping") as transaction:
        shared = content.put(transaction, "pack", "acme.big", "1", b"x" * 50)
        for number in range(1, 5):
            part = Part("pack", "acme.big", "1", shared)
            generations.add(transaction, digest(str(number)), "1", [part])
            activations.activate(transaction, digest(str(number)), number - 1, "cli:test", "")
    assert trimmed(store, Quota(bytes=60), size=5) == Trimmed()
    assert trimmed(store, Quota(generations=3)) == Trimmed(2, 0, 0)
    with store.read("looking") as transaction:
        assert content.known(transaction, shared)


def test_both_together() -> None:
    """What was deleted adds up; what is missing is what is missing in the end."""
    assert Trimmed(1, 2, 3, 4).and_then(Trimmed(10, 20, 30, 5)) == Trimmed(11, 22, 33, 5)
