# SPDX-License-Identifier: Apache-2.0
"""What a generation is made of, and what a keeper needs of whoever keeps generations and says which one serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from hpa_discovery.model import Active, Part


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
class Removal:
    """Packs and overlays that go by command, by whom, and the id of the request that asked for it."""

    parts: tuple[Part, ...]
    by: str
    request_id: str | None = None


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
        self,
        recipe: Recipe,
        archive: Archive,
        expected: int,
        reason: str,
        *,
        pin: bool = False,
        removal: Removal | None = None,
    ) -> Active | None:
        """Keep the recipe and let it serve; None when something else serves since `expected`, or one is pinned.

        With `pin` it takes the place of a pinned one, and is pinned.
        `archive` is asked for the content of the packs and overlays that are not kept yet.
        With `removal` it serves because these went, and they do not come back before they change.
        """
