# SPDX-License-Identifier: Apache-2.0
"""Which generations are used, also by answers that are still being made, and what of drivers and files that takes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from weakref import WeakSet

from hpa_discovery.language.driver import Driver
from hpa_discovery.packs.live.equipment import Tools
from hpa_discovery.packs.live.state import Live
from hpa_discovery.packs.live.units import Unit


class Uses:
    """Starts drivers before they are needed, and ends them and deletes files when nobody uses them any more.

    A command, which has no roots, `deletes` no files: a service beside it may need what it does not know of.
    """

    def __init__(self, tools: Tools, *, deletes: bool) -> None:
        self._drivers = tools.drivers
        self._spool = tools.spool
        self._deletes = deletes
        self._used: WeakSet[Live] = WeakSet()
        self._adding = threading.Lock()  # a set that grows while it is gone through raises
        self._tidied: set[int] = set()  # the sequences of _used when it was tidied up last
        self._started: set[tuple[str, str]] = set()

    @property
    def changed(self) -> bool:
        """Whether there is something to tidy up since it was done last."""
        return {live.active.sequence for live in self._all()} != self._tidied

    def add(self, live: Live) -> None:
        """Take note of what serves, for as long as anybody holds it."""
        with self._adding:
            self._used.add(live)

    def prepare(self, drivers: Iterable[Driver]) -> None:
        """Start drivers that were not started before, so that one which cannot be started is waited for once."""
        new = [driver for driver in drivers if (driver.id, driver.digest) not in self._started]
        self._started |= {(driver.id, driver.digest) for driver in new}
        self._drivers.ready(new)

    def tidy(self, ready: Sequence[Unit], others: Iterable[Unit]) -> None:
        """End the drivers of nobody but those that are ready, and delete the files of nobody but these and others."""
        used = self._all()
        self._tidied = {live.active.sequence for live in used}
        waiting = [driver for unit in ready for driver in unit.asked]
        drivers = [*waiting, *(driver for live in used for driver in live.drivers)]
        self._started &= {(driver.id, driver.digest) for driver in drivers}
        self._drivers.keep(drivers)
        units = [*others, *ready, *(unit for live in used for unit in live.units.values())]
        if self._deletes and not self._spool.keep({unit.part.digest for unit in units}):
            self._tidied = set()  # as if something else were in use: the rest goes the next time

    def _all(self) -> list[Live]:
        with self._adding:
            return list(self._used)
