# SPDX-License-Identifier: Apache-2.0
"""Does one due step from its claim to its end, whatever happens in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hpa_discovery.errors import HpaError, StoreError, StoreRefused, unforeseen
from hpa_discovery.work import discovering, publishing
from hpa_discovery.work.holding import Overtaken, renewed, retry, take

if TYPE_CHECKING:
    from hpa_discovery.store.schedule import Due, Kind
    from hpa_discovery.work.holding import Held
    from hpa_discovery.work.orders import Order
    from hpa_discovery.work.publishing import Published
    from hpa_discovery.work.workplace import Workplace


def do_due(workplace: Workplace, due: Due) -> bool:
    """Do a step; False when somebody else has it. Never raises: what goes wrong is kept with the step and told.

    Events `work.overtaken`, `work.failed` and `work.defect`, with region, kind and message.
    """
    try:
        held = take(workplace, due.region, due.kind)
        if held is None:
            return False
        with renewed(workplace, held.claim):
            _do(workplace, held)
    except StoreError as error:  # the step is left to its lease
        workplace.observer.event("work.failed", _fields(due.region, due.kind, str(error)))
    except Exception as error:  # noqa: BLE001 - the thread would end, and its place be lost
        workplace.observer.event("work.defect", _fields(due.region, due.kind, unforeseen(error)))
    return True


def publish_now(workplace: Workplace, region: int, order: Order) -> Published | None:
    """One turn at a region's A&AI, for somebody who waits; None when another step of the region is under way.

    Also for a region that is switched off. StoreError, and Overtaken when the region was changed meanwhile.
    """
    held = take(workplace, region, "publish", at_once=True)
    if held is None:
        return None
    with renewed(workplace, held.claim):
        try:
            return publishing.publish(workplace, held, order)
        except Overtaken:
            raise
        except HpaError as error:
            _failed(workplace, held, error)
            raise


def _do(workplace: Workplace, held: Held) -> None:
    region, kind = held.claim.region, held.claim.kind
    try:
        if kind == "discover":
            discovering.discover(workplace, held)
        else:
            publishing.publish(workplace, held)
    except Overtaken as error:
        workplace.observer.event("work.overtaken", _fields(region, kind, str(error)))
    except HpaError as error:
        workplace.observer.event("work.failed", _fields(region, kind, str(error)))
        _failed(workplace, held, error)
    except Exception as error:  # noqa: BLE001 - the step would be tried again with each lease, and nobody told why
        workplace.observer.event("work.defect", _fields(region, kind, unforeseen(error)))
        _give_up(workplace, held, unforeseen(error))


def _failed(workplace: Workplace, held: Held, error: HpaError) -> None:
    """A database that fails is no fault of the region."""
    if isinstance(error, StoreError) and not isinstance(error, StoreRefused):
        retry(workplace, held, str(error))
    else:
        _give_up(workplace, held, str(error))


def _give_up(workplace: Workplace, held: Held, error: str) -> None:
    try:
        if held.claim.kind == "discover":
            discovering.give_up(workplace, held, error)
        else:
            publishing.give_up(workplace, held, error)
    except Overtaken as overtaken:
        workplace.observer.event("work.overtaken", _fields(held.claim.region, held.claim.kind, str(overtaken)))


def _fields(region: int, kind: Kind, message: str) -> dict[str, Any]:
    return {"region": region, "kind": kind, "message": message}
