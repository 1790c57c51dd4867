# SPDX-License-Identifier: Apache-2.0
"""How discover and explain ask drivers: those that the deployment allows, in their fences, until the command ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from hpa_discovery.cli.deployment import Deployment, Told
from hpa_discovery.drivers.deployed import FleetOnDemand

if TYPE_CHECKING:
    from hpa_discovery.discovery.driven import AskDriver
    from hpa_discovery.drivers.fleet import Allowances


@contextmanager
def asking(deployment: Deployment) -> Iterator[AskDriver]:
    """Ask drivers in the block; all of them end with it. To ask one raises StoreError where the store is of no use."""
    told = Told()

    def allowances(held: ExitStack) -> Allowances:
        store = held.enter_context(deployment.found())
        if store is None:
            return _Nothing()
        from hpa_discovery.store.allowances import AllowedDrivers

        return AllowedDrivers(store, told)

    fleet = FleetOnDemand(deployment.state_dir, allowances, told)
    try:
        yield fleet.ask
    finally:
        fleet.close()


class _Nothing:
    """What a deployment allows that nobody has begun."""

    def allows(self, driver_id: str, digest: str) -> bool:
        """No."""
        return False
