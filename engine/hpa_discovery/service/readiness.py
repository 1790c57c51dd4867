# SPDX-License-Identifier: Apache-2.0
"""What the service lacks to serve, as it was a second ago at most: anybody may ask, and a look takes its time."""

from __future__ import annotations

import threading
import time

from hpa_discovery.errors import StoreError
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.store import activations

_REMEMBERED_SECONDS = 1.0


class Readiness:
    """Looks at a started runtime. Threads may share it."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._lock = threading.Lock()
        self._until = 0.0
        self._missing: tuple[str, ...] = ()

    def missing(self) -> tuple[str, ...]:
        """`generation` when none serves, `store` when it cannot be read."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._missing = tuple(self._look())
                self._until = time.monotonic() + _REMEMBERED_SECONDS
            return self._missing

    def _look(self) -> list[str]:
        missing = [] if self._runtime.keeper.serving else ["generation"]
        try:
            with self._runtime.store.read("seeing whether the store is there") as transaction:
                activations.active(transaction)
        except StoreError:
            missing.append("store")
        return missing
