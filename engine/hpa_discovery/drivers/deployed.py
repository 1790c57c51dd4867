# SPDX-License-Identifier: Apache-2.0
"""The drivers of a deployment: where its copies of them are, and a fleet that is begun when it is needed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hpa_discovery.discovery.driven import DriverAnswer
    from hpa_discovery.drivers.fleet import Allowances, Fleet
    from hpa_discovery.language.driver import Driver
    from hpa_discovery.model import Observer

# Says who may run. What it opens for that, it enters into the stack; it is closed after the drivers have ended.
OpenAllowances = Callable[[ExitStack], "Allowances"]

_INHERITED: list[object] = []  # kept, since to let go of them would close them


def copies(state_dir: Path) -> Path:
    """Where the copies of drivers are that may run."""
    return state_dir / "drivers"


class FleetOnDemand:
    """Nothing is opened or started before a driver is asked. Threads may share it; a fork begins one of its own."""

    def __init__(self, state_dir: Path, open_allowances: OpenAllowances, observer: Observer) -> None:
        self._state_dir = state_dir
        self._open_allowances = open_allowances
        self._observer = observer
        self._held = ExitStack()
        self._fleet: Fleet | None = None
        self._process = os.getpid()
        self._lock = threading.Lock()

    def ask(self, driver: Driver, subject: Any, context: Any) -> DriverAnswer:
        """What the driver says, as Fleet.ask. Raises what it raises to find out who may run."""
        with self._lock:
            self._leave_to_parent()
            fleet = self._fleet = self._fleet or self._begin()
        return fleet.ask(driver, subject, context)

    def close(self) -> None:
        """End the drivers. Who is asked afterwards is started again."""
        with self._lock:
            self._leave_to_parent()
            self._fleet = None
            self._held.close()

    def _leave_to_parent(self) -> None:
        """After a fork the drivers and the database's connections are those of the parent, which goes on using them."""
        if self._process != os.getpid():
            _INHERITED.append((self._held, self._fleet))
            self._held, self._fleet, self._process = ExitStack(), None, os.getpid()

    def _begin(self) -> Fleet:
        from hpa_discovery.drivers.fleet import Fleet  # noqa: PLC0415 - slow, and most packs have no drivers

        fleet = Fleet(copies(self._state_dir), self._open_allowances(self._held), self._observer)
        self._held.callback(fleet.keep, ())
        return fleet
