# SPDX-License-Identifier: Apache-2.0
"""How many requests are under way at once: so many to one origin, so many in all."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hpa_discovery.errors import ConnectorError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hpa_discovery.connectors.attempt import Deadline


class Slots:
    """A number of places, for any number of threads."""

    def __init__(self, places: int, of: str) -> None:
        self._free = threading.BoundedSemaphore(places)
        self._places = places
        self._of = of

    @contextmanager
    def taken(self, deadline: Deadline) -> Iterator[None]:
        """One of the places; ConnectorError `busy` when none is free before the deadline."""
        if not self._free.acquire(timeout=deadline.left()):
            raise ConnectorError("busy", f"all {self._places} places for requests {self._of} were taken all the time")
        try:
            yield
        finally:
            self._free.release()
