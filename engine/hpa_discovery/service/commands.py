# SPDX-License-Identifier: Apache-2.0
"""What an operator does to the packs of a deployment from the command line, whether or not a service runs on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hpa_discovery.errors import DataError, StoreError
from hpa_discovery.model import Active, Observer, Part
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
    """Let newer generations serve again. DataError when none is pinned; StoreError."""
    return StoreShelf(store, by).unpin(by, reason)


def remove(settings: Settings, observer: Observer, name: str, by: str) -> tuple[Part, ...]:
    """Let a pack or overlay go, and not come back before its content changes; what went.

    It is worked out here what serves without it, so this must be of the version that serves, or StoreError.
    DataError as in removing.remove, and when nothing serves yet.
    """
    runtime = Runtime(settings, observer, by)
    try:
        if not runtime.keeper.follow():  # unlike a start, it changes nothing
            raise DataError(f"removing {name}: nothing serves yet; hpa serve begins it")
        return runtime.remove(name, by)
    except StoreError as error:
        raise StoreError(f"removing {name}: {error}") from error
    finally:
        runtime.end()
