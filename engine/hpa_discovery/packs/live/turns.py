# SPDX-License-Identifier: Apache-2.0
"""Whose turn it is to be examined, so that what takes long holds up as little else as can be."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from hpa_discovery.packs.live.looking import Found

_UNKNOWN_SECONDS = 1.0  # who never came before waits for those that are known to be quick


class Turns:
    """Remembers how long each took, and who did not have a turn the last time."""

    def __init__(self) -> None:
        self._seconds: dict[Path, float] = {}
        self._waiting: frozenset[Path] = frozenset()
        self._waited_for_quick = False

    @property
    def left(self) -> bool:
        """Whether some did not have their turn the last time."""
        return bool(self._waiting)

    def in_turn(self, found: Sequence[Found], new: Sequence[Found], patience: float = math.inf) -> Iterator[Found]:
        """Those that are new among all that was found, for `patience` seconds, and at least one.

        The quick ones come first, and those that waited for them come first the next time.
        """
        there = {item.origin for item in found}
        self._seconds = {origin: seconds for origin, seconds in self._seconds.items() if origin in there}
        until = time.monotonic() + patience
        packs = sorted((item for item in new if item.kind == "pack"), key=self._place)
        self._waiting = frozenset()
        self._waited_for_quick = bool(packs) and self._seconds.get(packs[0].origin, math.inf) <= patience
        known = False
        for count, item in enumerate(packs):
            began = time.monotonic()
            # What is known to be quick must not wait for what may take long.
            ends_late = began + self._seconds.get(item.origin, 0.0) > until
            another_kind = patience < math.inf and known != (item.origin in self._seconds)
            if count and (ends_late or another_kind):
                self._waiting = frozenset(waiting.origin for waiting in packs[count:])
                break
            known = item.origin in self._seconds
            yield item
            self._seconds[item.origin] = time.monotonic() - began
        yield from (item for item in new if item.kind != "pack")  # which are not checked by themselves

    def _place(self, item: Found) -> tuple[bool, float]:
        first = self._waited_for_quick and item.origin in self._waiting
        return not first, self._seconds.get(item.origin, _UNKNOWN_SECONDS)
