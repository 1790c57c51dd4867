# SPDX-License-Identifier: Apache-2.0
"""An earlier generation serves and stays, or nothing changes on any host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hpa_discovery.errors import DataError, StoreError
from hpa_discovery.service.pinning import pin
from hpa_discovery.service.shelf import StoreShelf
from hpa_discovery.store import activations, audit, generations
from hpa_discovery.store.database import Store
from hpa_discovery.store.opening import open_store
from packs.live.sites import Events
from store.stored import activated, digest, generation

ENGINE = "0.1.0"  # of all generations that store.stored makes


class Refusing:
    """A keeper whose first `follow` goes wrong, after what happens meanwhile."""

    def __init__(self, error: Exception | None, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.error = error
        self.meanwhile = meanwhile
        self.live = SimpleNamespace()

    def follow(self) -> bool:
        """Once as it was said, then as it should be."""
        error, self.error = self.error, None
        if error is not None:
            self.meanwhile()
            raise error
        return True


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """One in which "first" served before "second"."""
    opened = open_store(tmp_path, Events())
    activated(opened, "first")
    activated(opened, "second")
    yield opened
    opened.close()


def shelf_of(store: Store) -> StoreShelf:
    """That of a host with the engine that made them."""
    return StoreShelf(store, "service", engine=ENGINE)


def rolled_back(shelf: StoreShelf, keeper: Any, word: str = "first") -> Any:
    """Try to let the first one serve, or another."""
    return pin(keeper, shelf, digest(word), "night", "second is wrong", "r-1")


def serving(store: Store) -> tuple[int, str | None, bool]:
    """Sequence, generation, and whether it is pinned."""
    active = shelf_of(store).active()
    return active.sequence, active.generation, active.pinned


def acts(store: Store) -> list[tuple[str, str]]:
    """Action and target of all acts, in order."""
    with store.read("reading") as transaction:
        return [(row.act.action, row.act.target) for row in reversed(audit.page(transaction))]


def test_it_serves_and_stays(store: Store) -> None:
    """What can serve is pinned, by whom and why."""
    keeper = Refusing(None)
    assert rolled_back(shelf_of(store), keeper) is keeper.live
    assert serving(store) == (3, digest("first"), True)
    assert acts(store) == [("generation.pin", digest("first"))]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (DataError("it is damaged"), r"cannot serve here: it is damaged; so nothing changed"),
        (StoreError("the database is away"), r"^the database is away$"),
        (OSError(28, "No space left on device"), "No space left"),
    ],
)
def test_what_cannot_serve_changes_nothing(store: Store, error: Exception, says: str) -> None:
    """What served before serves again, unpinned; a fault of the store or of this host is told as what it is."""
    with pytest.raises(type(error), match=says) as caught:
        rolled_back(shelf_of(store), Refusing(error))
    assert type(caught.value) is type(error)
    assert serving(store) == (5, digest("second"), False)
    assert acts(store) == [("generation.pin", digest("first")), ("generation.activate", digest("second"))]


def test_what_was_pinned_is_pinned_again(store: Store) -> None:
    """Where another generation was pinned before, it is so again."""
    shelf_of(store).pin(digest("second"), "day", "keep it")
    with pytest.raises(DataError):
        rolled_back(shelf_of(store), Refusing(DataError("it is damaged")))
    assert serving(store) == (5, digest("second"), True)


def test_what_others_changed_meanwhile_stays(store: Store) -> None:
    """A pin that another operator made since is not undone."""
    others = lambda: shelf_of(store).pin(digest("second"), "day", "keep it")  # noqa: E731 - one line, used twice
    with pytest.raises(DataError):
        rolled_back(shelf_of(store), Refusing(DataError("it is damaged"), others))
    assert serving(store) == (4, digest("second"), True)


def test_taking_it_back_fails_too(store: Store) -> None:
    """Both errors are told, and the first one is the cause of the second."""
    first = DataError("it is damaged")

    class Broken(StoreShelf):
        def take_back(self, *_: Any) -> None:
            raise StoreError("the database is away")

    with pytest.raises(StoreError, match="it is damaged; taking it back failed, too: the database is away") as caught:
        rolled_back(Broken(store, "service"), Refusing(first))
    assert caught.value.__cause__ is first


@pytest.mark.parametrize(
    ("engine", "made", "says"),
    [
        (None, "0.0.9", "the engine 0.0.9 made it, and 0.1.0 would have to serve it; choose one that 0.1.0 made"),
        (ENGINE, "0.0.9", "the engine 0.0.9 made it, and 0.1.0 would have to serve it; choose one that 0.1.0 made"),
        ("0.0.9", "0.0.9", "the engine 0.0.9 made it, and 0.1.0 would have to serve it"),
        ("0.0.8", "0.0.9", "0.0.8 and 0.1.0 would have to"),
        ("0.0.9", ENGINE, "the engine 0.1.0 made it, and 0.0.9 would have to serve it"),
    ],
)
def test_another_engine_made_it(store: Store, engine: str | None, made: str, says: str) -> None:
    """Neither a command nor a host pins what those that serve now, or the host itself, cannot serve."""
    with store.write("storing") as transaction:
        generations.add(transaction, digest("other"), made, [])
    with pytest.raises(DataError, match=says) as caught:
        StoreShelf(store, "cli:test", engine=engine).pin(digest("other"), "night", "")
    assert not isinstance(caught.value, StoreError)
    assert serving(store) == (2, digest("second"), False)
    assert acts(store) == []


def test_a_command_of_another_version_may_roll_back(store: Store) -> None:
    """What counts is the engine that serves, not that of the command."""
    StoreShelf(store, "cli:test").pin(digest("first"), "night", "")
    assert shelf_of(store).active().generation == digest("first")


def test_no_such_generation(store: Store) -> None:
    """The store has none like it, or not any more; nothing changes."""
    with pytest.raises(StoreError, match="the store has none with this digest"):
        rolled_back(shelf_of(store), Refusing(None), "never")
    assert serving(store) == (2, digest("second"), False)


def test_the_history_is_gone(store: Store) -> None:
    """Where nobody knows what served before, the pin stays: nothing is made up."""
    shelf = shelf_of(store)
    pinned = shelf.pin(digest("first"), "night", "")
    with store.write("forgetting") as transaction:
        transaction.exec_driver_sql("DELETE FROM activation WHERE sequence < 3")
        generation(transaction, "third")
    shelf.take_back(pinned, "night", "it cannot serve")
    with store.read("reading") as transaction:
        assert activations.active(transaction).generation == digest("first")
