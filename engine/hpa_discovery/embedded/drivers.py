# SPDX-License-Identifier: Apache-2.0
"""The drivers that a deployment on this host allows, for a program that must not stop when they cannot be asked."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpa_discovery.discovery.driven import DriverAnswer, no_answer, not_asked
from hpa_discovery.drivers.deployed import FleetOnDemand
from hpa_discovery.errors import StoreError, UsageError

if TYPE_CHECKING:
    from hpa_discovery.drivers.fleet import Allowances
    from hpa_discovery.language.driver import Driver
    from hpa_discovery.model import Observer


class AllowedHere:
    """Asks drivers as the state directory allows it; without one, none is asked. Threads may share it."""

    def __init__(self, state_dir: Path | None, database: str | None, observer: Observer) -> None:
        self._state_dir = state_dir
        self._database = database
        self._observer = observer
        self._fleet = None if state_dir is None else FleetOnDemand(state_dir, self._allowances, observer)

    def ask(self, driver: Driver, subject: Any, context: Any) -> DriverAnswer:
        """What the driver says. Its features are unknown where it is not allowed or the store cannot be read."""
        if self._fleet is None:
            return not_asked(driver, subject, context)
        try:
            return self._fleet.ask(driver, subject, context)
        except (StoreError, UsageError) as error:
            why = f"is not asked, as nobody can tell whether it may run: {error}"
            return no_answer(driver, "driver.untrusted", why)

    def close(self) -> None:
        """End the drivers and close the store."""
        if self._fleet is not None:
            self._fleet.close()

    def _allowances(self, held: ExitStack) -> Allowances:
        try:
            from hpa_discovery.store.allowances import AllowedDrivers  # noqa: PLC0415 - an optional extra
            from hpa_discovery.store.opening import open_existing  # noqa: PLC0415 - as above
        except ImportError as error:
            raise StoreError(
                "a state directory needs the database libraries: pip install 'hpa-discovery[service]'"
            ) from error
        assert self._state_dir is not None
        if self._database is None and not self._state_dir.is_dir():
            raise StoreError(f"there is no state directory {self._state_dir}")
        store = open_existing(self._state_dir, self._database)
        if store is None:
            raise StoreError(f"there is no deployment in {self._state_dir}; hpa driver allow begins one")
        held.callback(store.close)
        return AllowedDrivers(store, self._observer)
