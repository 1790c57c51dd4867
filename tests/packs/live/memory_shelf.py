# SPDX-License-Identifier: Apache-2.0
"""A shelf in memory, as quick as a test of a keeper needs it. The real one is tested with the service."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime

from hpa_discovery.errors import StoreError
from hpa_discovery.model import Active
from hpa_discovery.packs.live.shelf import Archive, Recipe, Removal


class MemoryShelf:
    """A shelf for keepers of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active = _active(0, None)
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

    def offer(
        self,
        recipe: Recipe,
        archive: Archive,
        expected: int,
        reason: str,
        *,
        pin: bool = False,
        removal: Removal | None = None,
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
            self._active = _active(expected + 1, recipe.digest, pinned=pin)
            self._removed |= {(part.name, part.digest) for part in (removal.parts if removal is not None else ())}
            return self._active

    def pin(self, generation: str) -> Active:
        """Let this generation serve until `unpin`."""
        with self._lock:
            self._active = _active(self._active.sequence + 1, self.recipe(generation).digest, pinned=True)
            return self._active

    def unpin(self) -> Active:
        """Let newer generations serve again."""
        with self._lock:
            self._active = _active(self._active.sequence + 1, self._active.generation)
            return self._active


def _active(sequence: int, generation: str | None, *, pinned: bool = False) -> Active:
    return Active(sequence, generation, pinned, datetime.now(UTC))
