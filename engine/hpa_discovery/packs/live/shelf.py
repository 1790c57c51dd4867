# SPDX-License-Identifier: Apache-2.0
"""What keeps accepted packs and says which generation serves: the store of a service, or memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, Protocol

from hpa_discovery.errors import StoreError

PartKind = Literal["pack", "overlay", "driver"]


@dataclass(frozen=True, slots=True)
class Part:
    """One pack, overlay or driver of a generation; `origin` is the folder or file it was read from.

    The digest of a driver is that of its folder, which is part of its pack.
    """

    kind: PartKind
    name: str
    version: str
    digest: str
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a generation is made of, and by which engine. Equal recipes have one digest, wherever they were read."""

    engine: str
    parts: tuple[Part, ...]

    @property
    def digest(self) -> str:
        """The generation's identity."""
        lines = sorted(f"{part.kind} {part.name} {part.version} {part.digest}" for part in self.parts)
        return sha256("\n".join([self.engine, *lines]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Active:
    """Which generation serves: the sequence rises with every change; a pinned one stays until it is unpinned."""

    sequence: int
    generation: str | None
    pinned: bool = False


Archive = Callable[[Part], bytes]


class Shelf(Protocol):
    """Keeps recipes and contents for all hosts of a deployment. StoreError when it cannot be reached."""

    def active(self) -> Active:
        """What serves now; sequence 0 at the very beginning."""

    def recipe(self, generation: str) -> Recipe:
        """What the generation is made of. StoreError when it is not known."""

    def content(self, digest: str) -> bytes:
        """The archive of a pack or overlay. StoreError when it is not there."""

    def knows(self, digest: str) -> bool:
        """Whether a pack or overlay with this digest was ever accepted and is still kept."""

    def removed(self) -> frozenset[tuple[str, str]]:
        """(name, digest) of packs that were removed by command and do not come back until they change."""

    def offer(
        self, recipe: Recipe, archive: Archive, expected: int, reason: str, *, pin: bool = False
    ) -> Active | None:
        """Keep the recipe and let it serve; None when something else serves since `expected`, or one is pinned.

        With `pin` it takes the place of a pinned one, and is pinned.
        `archive` is asked for the content of the packs and overlays that are not kept yet.
        """


class MemoryShelf:
    """A shelf for one process, for tests and for a service without a store."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active = Active(0, None)
        self._recipes: dict[str, Recipe] = {}
        self._contents: dict[str, bytes] = {}
        self._removed: set[tuple[str, str]] = set()

    def active(self) -> Active:
        """What serves now."""
        return self._active

    def recipe(self, generation: str) -> Recipe:
        """What the generation is made of."""
        if generation not in self._recipes:
            raise StoreError(f"there is no generation {generation}")
        return self._recipes[generation]

    def recipes(self) -> Sequence[Recipe]:
        """All that were ever offered."""
        return tuple(self._recipes.values())

    def content(self, digest: str) -> bytes:
        """The archive with this digest."""
        return self._contents[digest]

    def knows(self, digest: str) -> bool:
        """Whether it was ever offered."""
        return digest in self._contents

    def removed(self) -> frozenset[tuple[str, str]]:
        """What does not come back until it changes."""
        return frozenset(self._removed)

    def remove(self, name: str, digest: str) -> None:
        """Let a pack not come back until it changes."""
        self._removed.add((name, digest))

    def offer(
        self, recipe: Recipe, archive: Archive, expected: int, reason: str, *, pin: bool = False
    ) -> Active | None:
        """Keep the recipe and let it serve."""
        del reason
        with self._lock:
            for part in recipe.parts:
                if part.kind != "driver" and part.digest not in self._contents:
                    self._contents[part.digest] = archive(part)
            self._recipes[recipe.digest] = recipe
            if (self._active.pinned and not pin) or self._active.sequence != expected:
                return None
            self._active = Active(expected + 1, recipe.digest, pin)
            return self._active

    def pin(self, generation: str) -> Active:
        """Let this generation serve until `unpin`."""
        with self._lock:
            self._active = Active(self._active.sequence + 1, self.recipe(generation).digest, pinned=True)
            return self._active

    def unpin(self) -> Active:
        """Let newer generations serve again."""
        with self._lock:
            self._active = Active(self._active.sequence + 1, self._active.generation)
            return self._active
