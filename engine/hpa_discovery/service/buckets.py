# SPDX-License-Identifier: Apache-2.0
"""Token buckets: how many requests one caller may make. For one thread."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from hpa_discovery.service.limits import Rate

_MOST = 10_000  # callers that are remembered; who was away longest is forgotten, and starts anew


class Buckets:
    """One bucket for each key; each holds `rate.burst` and fills again by `rate.per_second`."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._filled: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, key: Hashable) -> float:
        """Take one; 0.0, or the seconds until there is one again."""
        level, now = self._level(key)
        if level < 1:
            return (1 - level) / self._rate.per_second
        self._filled[key] = (level - 1, now)
        self._filled.move_to_end(key)
        if len(self._filled) > _MOST:
            self._filled.popitem(last=False)
        return 0.0

    def wait(self, key: Hashable) -> float:
        """The seconds until there is one; nothing is taken."""
        level, _ = self._level(key)
        return 0.0 if level >= 1 else (1 - level) / self._rate.per_second

    def _level(self, key: Hashable) -> tuple[float, float]:
        now = self._clock()
        level, at = self._filled.get(key, (float(self._rate.burst), now))
        return min(float(self._rate.burst), level + (now - at) * self._rate.per_second), now
