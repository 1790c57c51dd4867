# SPDX-License-Identifier: Apache-2.0
"""How discover and explain ask drivers: those that the deployment allows, in their fences, until the command ends."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from hpa_discovery.cli.deployment import Deployment
    from hpa_discovery.discovery.driven import DriverAnswer
    from hpa_discovery.drivers.fleet import Fleet
    from hpa_discovery.language.driver import Driver


class Asking:
    """Nothing is opened or started before a driver is asked; all drivers end with the block."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._held = ExitStack()
        self._fleet: Fleet | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._held.close()

    def ask(self, driver: Driver, subject: Any, context: Any) -> DriverAnswer:
        """What the driver says; its features are unknown where it is not allowed. StoreError."""
        if self._fleet is None:
            self._fleet = self._begin()
        return self._fleet.ask(driver, subject, context)

    def _begin(self) -> Fleet:
        from hpa_discovery.cli.deployment import Told
        from hpa_discovery.drivers.fleet import Allowances, Fleet

        told = Told()
        allowed: Allowances = _Nothing()
        if self._deployment.is_there():
            store = self._held.enter_context(self._deployment.opened())
            from hpa_discovery.store.allowances import AllowedDrivers

            allowed = AllowedDrivers(store, told)
        fleet = Fleet(self._deployment.drivers, allowed, told)
        self._held.callback(fleet.keep, ())
        return fleet


class _Nothing:
    """What a deployment allows that nobody has begun."""

    def allows(self, driver_id: str, digest: str) -> bool:
        """No."""
        return False
