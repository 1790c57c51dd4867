# SPDX-License-Identifier: Apache-2.0
"""What somebody wants of one turn at a region's A&AI, and where and how that turn goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hpa_discovery.aai.applying import Target
from hpa_discovery.aai.client import AaiAccess, AaiClient
from hpa_discovery.aai.paths import Place
from hpa_discovery.aai.planning import Policy
from hpa_discovery.work.standing import SCHEDULE

if TYPE_CHECKING:
    from hpa_discovery.aai.client import Operation
    from hpa_discovery.connectors.client import HttpClient
    from hpa_discovery.store.region import Mode, Region


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants of one turn: so many deletes though the plan would be held, another mode, or the end.

    `adopt` takes over what ONAP's own driver wrote, also where the region does not.
    `unregister` deletes all that is ours, in either mode; the next discovery would bring it back, so the region is
    switched off or removed with it. `by` is who wants it, as operations name them.
    """

    allow_deletes: int = 0
    mode: Mode | None = None
    adopt: bool = False
    unregister: bool = False
    by: str = SCHEDULE


class GuardedClient(AaiClient):
    """Before each write `insist` is called, and what it raises ends the turn: the region may have changed since."""

    def __init__(self, http: HttpClient, settings: AaiAccess, insist: Callable[[], None]) -> None:
        super().__init__(http, settings)
        self._insist = insist

    def write(self, operation: Operation) -> None:
        """As in AaiClient."""
        self._insist()
        super().write(operation)

    def bulk(self, operations: list[Operation]) -> None:
        """As in AaiClient."""
        self._insist()
        super().bulk(operations)


def target(
    http: HttpClient, region: Region, password: str, order: Order, insist: Callable[[], None] = lambda: None
) -> Target:
    """The region in its A&AI. DataError for settings that cannot be used, such as a CA that is none."""
    aai = region.aai
    settings = AaiAccess(aai.url, aai.user, password, aai.ca, int(aai.version.removeprefix("v")))
    policy = Policy(aai.on_failure, aai.replace, aai.adopt or order.adopt, order.allow_deletes)
    return Target(GuardedClient(http, settings, insist), Place(region.owner, region.region_id), policy)
