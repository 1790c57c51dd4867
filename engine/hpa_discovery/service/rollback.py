# SPDX-License-Identifier: Apache-2.0
"""Going back to a generation that served before, from the command line: which one, and what changes by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hpa_discovery.errors import DataError, UsageError
from hpa_discovery.model import Part
from hpa_discovery.service.commands import serving
from hpa_discovery.service.shelf import StoreShelf
from hpa_discovery.store import activations, generations
from hpa_discovery.store.database import Store

_SHORTEST = 6  # characters of a digest that stand for the whole, where they are unique


@dataclass(frozen=True, slots=True)
class PartChange:
    """A pack, overlay or driver that is another one afterwards; None where there is none."""

    before: Part | None
    after: Part | None


@dataclass(frozen=True, slots=True)
class RolledBack:
    """The generation that serves now and stays, and what it changes, by kind and name."""

    generation: str
    changes: tuple[PartChange, ...]


def roll_back(store: Store, digest: str | None, by: str, reason: str) -> RolledBack:
    """Let an earlier generation serve until it is unpinned; without a digest the one that served before this one.

    So doing it twice leads back to where one was. `digest` may be the beginning of one. DataError when
    there is none, more than one, or the engines in use cannot serve it; StoreError.
    """
    before = serving(store)
    wanted = _earlier(store) if digest is None else _whole(store, digest)
    StoreShelf(store, by).pin(wanted, by, reason)
    return RolledBack(wanted, tuple(_changes(before.parts, serving(store).parts)))


def _changes(before: Sequence[Part], after: Sequence[Part]) -> Iterator[PartChange]:
    was = {(part.kind, part.name): part for part in before}
    will_be = {(part.kind, part.name): part for part in after}
    for key in sorted(was.keys() | will_be.keys()):
        old, new = was.get(key), will_be.get(key)
        if old is None or new is None or (old.version, old.digest) != (new.version, new.digest):
            yield PartChange(old, new)


def _earlier(store: Store) -> str:
    with store.read("looking for what served before") as transaction:
        now = activations.active(transaction).generation
        before = None if now is None else activations.served_before(transaction, now)
    if before is None:
        raise DataError("rolling back: nothing else has served yet")
    return before


def _whole(store: Store, digest: str) -> str:
    if len(digest) < _SHORTEST:
        raise UsageError(f"{digest!r} is too short for the beginning of a digest: give at least {_SHORTEST} characters")
    with store.read("looking for a generation") as transaction:
        found = generations.starting_with(transaction, digest)
    if len(found) != 1:
        many = "several" if found else "no"
        hint = "give more of it" if found else "hpa pack history lists those that there are"
        raise DataError(f"rolling back: {many} generations begin with {digest}; {hint}")
    return found[0]
