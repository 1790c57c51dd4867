# SPDX-License-Identifier: Apache-2.0
"""Lets few requests at once wait for an A&AI: each takes a thread for as long, and the others answer everybody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from hpa_discovery.service.problems import BUSY, Problem, retry_after

_RETRY_SECONDS = 5


class Turnstile:
    """So many places, for any number of threads."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._free = threading.BoundedSemaphore(places)

    @contextmanager
    def passed(self) -> Iterator[None]:
        """One of the places while the block runs. Problem 503 at once when none is free."""
        if not self._free.acquire(blocking=False):
            detail = f"{self._places} requests wait for an A&AI already"
            raise Problem(BUSY, detail, headers=retry_after(_RETRY_SECONDS))
        try:
            yield
        finally:
            self._free.release()
