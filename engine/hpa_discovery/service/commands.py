# SPDX-License-Identifier: Apache-2.0
"""What an operator does to the packs of a deployment from the command line, whether or not a service runs on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from hpa_discovery.errors import DataError
from hpa_discovery.model import Observer, Part
from hpa_discovery.packs.live.shelf import Active
from hpa_discovery.service.pin import Pin, pin_of
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.service.settings import Settings
from hpa_discovery.service.shelf import StoreShelf
from hpa_discovery.store import activations, generations
from hpa_discovery.store.database import Store


@dataclass(frozen=True, slots=True)
class Serving:
    """What a deployment serves: its generation, None before the first one, and what that is made of."""

    generation: str | None
    pin: Pin | None
    since: datetime
    parts: tuple[Part, ...]


def serving(store: Store) -> Serving:
    """What serves now. StoreError."""
    with store.read("reading which generation serves") as transaction:
        now = activations.active(transaction)
        found = generations.find(transaction, now.generation) if now.generation is not None else None
        pin = pin_of(transaction, now)
    parts = found.parts if found is not None else ()
    return Serving(now.generation, pin, now.changed_at, parts)


def history(store: Store, limit: int) -> tuple[activations.Activation, ...]:
    """What served, newest first. StoreError."""
    with store.read("reading what served") as transaction:
        return activations.history(transaction, limit=limit)


def unpin(store: Store, by: str, reason: str) -> Active:
    """Let newer generations serve again. StoreError when none is pinned."""
    return StoreShelf(store, by).unpin(by, reason)


def remove(settings: Settings, observer: Observer, name: str, by: str) -> tuple[Part, ...]:
    """Let a pack or overlay go, and not come back before its content changes; what went.

    DataError when it does not serve, or is one of the bundled packs, or a generation is pinned.
    """
    with _opened(settings, observer, by) as runtime:
        live = runtime.live
        parts = [part for part in live.recipe.parts if part.name == name and part.kind != "driver"]
        if not parts:
            names = ", ".join(sorted(part.name for part in live.recipe.parts if part.kind != "driver"))
            raise DataError(f"removing {name}: there is no such pack or overlay; what serves is {names}")
        if any(unit.ours for unit in live.units.values() if unit.part.name == name):
            raise DataError(f"removing {name}: it comes with hpa-discovery; an overlay can disable its rules")
        if live.active.pinned:
            raise DataError(f"removing {name}: generation {live.digest[:12]} is pinned; first: hpa pack unpin")
        runtime.remove(name, by)
        return tuple(parts)


@contextmanager
def _opened(settings: Settings, observer: Observer, actor: str) -> Iterator[Runtime]:
    """A runtime that follows what the store says and looks at no root."""
    runtime = Runtime(settings, observer, actor)
    try:
        runtime.keeper.start()
        yield runtime
    finally:
        runtime.end()
