# SPDX-License-Identifier: Apache-2.0
"""The drivers that a deployment on this host allows, started when they are first asked."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpa_discovery.discovery.driven import DriverAnswer, no_answer, not_asked
from hpa_discovery.errors import StoreError, UsageError

if TYPE_CHECKING:
    from hpa_discovery.drivers.fleet import Fleet
    from hpa_discovery.language.driver import Driver
    from hpa_discovery.model import Observer

_INHERITED: list[object] = []  # kept, since to let go of them would close them


class AllowedHere:
    """Asks drivers as the state directory allows it; without one, none is asked. Threads may share it."""

    def __init__(self, state_dir: Path | None, database: str | None, observer: Observer) -> None:
        self._state_dir = state_dir
        self._database = database
        self._observer = observer
        self._held = ExitStack()
        self._fleet: Fleet | None = None
        self._process = os.getpid()
        self._lock = threading.Lock()

    def ask(self, driver: Driver, subject: Any, context: Any) -> DriverAnswer:
        """What the driver says. Its features are unknown where it is not allowed or the store cannot be read."""
        if self._state_dir is None:
            return not_asked(driver, subject, context)
        try:
            with self._lock:
                self._leave_to_parent()
                fleet = self._fleet = self._fleet or self._begin(self._state_dir)
        except (StoreError, UsageError) as error:
            return no_answer(
                driver, "driver.untrusted", f"is not asked, as nobody can tell whether it may run: {error}"
            )
        return fleet.ask(driver, subject, context)

    def close(self) -> None:
        """End the drivers and close the store."""
        with self._lock:
            self._leave_to_parent()
            self._fleet = None
            self._held.close()

    def _leave_to_parent(self) -> None:
        """After a fork the drivers and the database's connections are those of the parent, which goes on using them."""
        if self._process != os.getpid():
            _INHERITED.append((self._held, self._fleet))
            self._held, self._fleet, self._process = ExitStack(), None, os.getpid()

    def _begin(self, state_dir: Path) -> Fleet:
        try:
            from hpa_discovery.drivers.fleet import Fleet  # noqa: PLC0415 - slow, and most packs have no drivers
            from hpa_discovery.store.allowances import AllowedDrivers  # noqa: PLC0415 - an optional extra
            from hpa_discovery.store.opening import open_store  # noqa: PLC0415 - as above
        except ImportError as error:
            raise StoreError(
                "a state directory needs the database libraries: pip install 'hpa-discovery[service]'"
            ) from error
        if self._database is None and not state_dir.is_dir():
            raise StoreError(f"there is no state directory {state_dir}")
        store = open_store(state_dir, self._observer, self._database)
        self._held.callback(store.close)
        fleet = Fleet(state_dir / "drivers", AllowedDrivers(store, self._observer), self._observer)
        self._held.callback(fleet.keep, ())
        return fleet
