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
    """Remembers how long each took. `left` says whether some did not have their turn the last time."""

    def __init__(self) -> None:
        self._seconds: dict[Path, float] = {}
        self.left = False

    def in_turn(self, found: Sequence[Found], new: Sequence[Found], patience: float = math.inf) -> Iterator[Found]:
        """Those that are new among all that was found, the quick ones first, for `patience` seconds; at least one."""
        there = {item.origin for item in found}
        self._seconds = {origin: seconds for origin, seconds in self._seconds.items() if origin in there}
        until, self.left = time.monotonic() + patience, False
        known = False
        for count, item in enumerate(sorted((item for item in new if item.kind == "pack"), key=self._took)):
            began = time.monotonic()
            # What is known to be quick must not wait for what may take long.
            ends_late = began + self._seconds.get(item.origin, 0.0) > until
            another_kind = patience < math.inf and known != (item.origin in self._seconds)
            if count and (ends_late or another_kind):
                self.left = True
                break
            known = item.origin in self._seconds
            yield item
            self._seconds[item.origin] = time.monotonic() - began
        yield from (item for item in new if item.kind != "pack")  # which are not checked by themselves

    def _took(self, item: Found) -> float:
        return self._seconds.get(item.origin, _UNKNOWN_SECONDS)
