# SPDX-License-Identifier: Apache-2.0
"""The drivers of a deployment: where its copies of them are, and a fleet that is begun when it is needed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpa_discovery.errors import HpaError

if TYPE_CHECKING:
    from hpa_discovery.discovery.driven import DriverAnswer
    from hpa_discovery.drivers.fleet import Allowances, Fleet
    from hpa_discovery.language.driver import Driver
    from hpa_discovery.model import Observer

# Says who may run. What it opens for that, it enters into the stack; it is closed after the drivers have ended.
OpenAllowances = Callable[[ExitStack], "Allowances"]

AGAIN_SECONDS = 5.0  # until it is tried again to open what says who may run

_INHERITED: list[object] = []  # kept, since to let go of them would close them


def copies(state_dir: Path) -> Path:
    """Where the copies of drivers are that may run."""
    return state_dir / "drivers"


class FleetOnDemand:
    """Nothing is opened or started before a driver is asked. Threads may share it; a fork begins one of its own."""

    def __init__(
        self,
        state_dir: Path,
        open_allowances: OpenAllowances,
        observer: Observer,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._state_dir = state_dir
        self._open_allowances = open_allowances
        self._observer = observer
        self._clock = clock
        self._refusal: tuple[HpaError, float] | None = None
        self._held = ExitStack()
        self._fleet: Fleet | None = None
        self._process = os.getpid()
        self._lock = threading.Lock()

    def ask(self, driver: Driver, subject: Any, context: Any) -> DriverAnswer:
        """What the driver says, as Fleet.ask. Raises what it raises to find out who may run, for a while again."""
        with self._lock:
            self._leave_to_parent()
            fleet = self._fleet = self._fleet or self._begin()
        return fleet.ask(driver, subject, context)

    def close(self) -> None:
        """End the drivers. Who is asked afterwards is started again."""
        with self._lock:
            self._leave_to_parent()
            self._fleet = self._refusal = None
            self._held.close()

    def _leave_to_parent(self) -> None:
        """After a fork the drivers and the database's connections are those of the parent, which goes on using them."""
        if self._process != os.getpid():
            _INHERITED.append((self._held, self._fleet))
            self._held, self._fleet, self._process = ExitStack(), None, os.getpid()

    def _begin(self) -> Fleet:
        from hpa_discovery.drivers.fleet import Fleet  # noqa: PLC0415 - slow, and most packs have no drivers

        fleet = Fleet(copies(self._state_dir), self._allowances(), self._observer)
        self._held.callback(fleet.keep, ())
        return fleet

    def _allowances(self) -> Allowances:
        # A database that is away is found out after seconds, for which not every subject may wait.
        if self._refusal is not None and self._clock() < self._refusal[1]:
            raise self._refusal[0].with_traceback(None)
        try:
            return self._open_allowances(self._held)
        except HpaError as error:
            self._refusal = error, self._clock() + AGAIN_SECONDS
            raise
