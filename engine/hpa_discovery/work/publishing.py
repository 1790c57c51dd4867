# SPDX-License-Identifier: Apache-2.0
"""One turn at a region's A&AI: what the store asks for is planned, and written where the region's mode says so.

How it stood the last time is the result of the newest operation `publish` of the
region; a turn that nobody asked for leaves one only when it stands otherwise now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hpa_discovery.aai.applying import SETTLED_AFTER, apply_region, plan_region, unregister_region
from hpa_discovery.aai.desired import Desired
from hpa_discovery.aai.refusals import with_remedy
from hpa_discovery.errors import DataError, StoreError
from hpa_discovery.store import operations, schedule, unanswered
from hpa_discovery.work import region_alarms, standing
from hpa_discovery.work.causes import Fault
from hpa_discovery.work.desiring import read_desired, read_ours
from hpa_discovery.work.holding import credential, insist
from hpa_discovery.work.orders import Order, target
from hpa_discovery.work.owning import Owning

if TYPE_CHECKING:
    from datetime import datetime

    from hpa_discovery.aai.applying import Applied, Target
    from hpa_discovery.aai.desired import Ours
    from hpa_discovery.aai.plan import Key, Plan
    from hpa_discovery.store.database import Transaction
    from hpa_discovery.store.region import Region
    from hpa_discovery.work.holding import Held
    from hpa_discovery.work.workplace import Workplace


USUAL = Order()


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store says before a turn."""

    desired: Desired
    ours: Ours
    password: str
    apart: frozenset[Key]
    unanswered: datetime | None


@dataclass(frozen=True, slots=True)
class Published:
    """What a turn came to.

    `told` is the result of the operation (standing). `error` says why it must be tried again, "" where not. `plan` is
    None where A&AI could not be read, `applied` where nothing was to be written.
    """

    told: dict[str, Any]
    error: str = ""
    plan: Plan | None = None
    applied: Applied | None = None

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The alarms of the region's A&AI that stand now."""
        faults = (Fault(region_alarms.REFUSING, "", self.error),) if self.error else ()
        held = self.applied.held if self.applied is not None else ""
        return (*faults, Fault(region_alarms.HELD, "", held)) if held else faults


def publish(workplace: Workplace, held: Held, order: Order = USUAL) -> Published:
    """Do the claimed step.

    Overtaken when somebody else has the region by now; StoreError: nothing of the results was kept.
    """
    known = _read(workplace, held.region)
    if known is None:
        return _rest(workplace, held)
    wanted = Desired((), complete=True) if order.unregister else known.desired
    owning = Owning(workplace.store, held, wanted, known.ours, known.unanswered)
    turn = _turn(workplace, held, known, owning, order)
    with workplace.store.write(f"keeping what became of {held.region.name} in A&AI") as transaction:
        _insist(transaction, held)  # before the alarms: the order of locks is that of discover
        if turn.applied is not None:
            owning.settle(transaction, turn.applied)
        # Of a region that is switched off nobody would look again, to clear them.
        faults = turn.faults if held.region.enabled else ()
        region_alarms.settle(transaction, workplace.alarms, held, region_alarms.AAI, faults)
        _end(transaction, held, turn, order.by)
    workplace.observer.event("region.published", {"region": held.region.name, **turn.told, "error": turn.error})
    return turn


def plan_now(workplace: Workplace, region: Region, order: Order) -> Plan | None:
    """What an apply would do now; None for a region without A&AI, or that was never listed. Nothing is claimed or kept.

    AaiRefused, ConnectorError, IncompleteRead when A&AI cannot be read; StoreError; Overtaken when the region was
    changed since it was read.
    """
    known = _read(workplace, region)
    if known is None:
        return None
    return plan_region(target(workplace.http, region, known.password, order), known.desired, known.ours)


def give_up(workplace: Workplace, held: Held, error: str) -> None:
    """The claimed step came to nothing, for a reason that is neither A&AI's nor the database's: an alarm tells it.

    Overtaken as in `publish`; StoreError: the step is left to its lease.
    """
    with workplace.store.write(f"giving up publishing {held.region.name}") as transaction:
        _insist(transaction, held)
        if held.region.enabled:  # as in `publish`
            region_alarms.raise_one(transaction, workplace.alarms, held, Fault(region_alarms.REFUSING, "", error))
        operations.fail(transaction, held.operations, error)
        schedule.fail(transaction, held.claim, error)


def _insist(transaction: Transaction, held: Held) -> None:
    if not schedule.holds(transaction, held.claim):
        raise held.overtaken()


def _read(workplace: Workplace, region: Region) -> _Known | None:
    with workplace.store.read(f"reading what {region.name} should have in A&AI") as transaction:
        desired = read_desired(transaction, region) if region.aai.url else None
        if desired is None:
            return None
        return _Known(
            desired,
            read_ours(transaction, region),
            credential(transaction, workplace, region, "aai") or "",
            standing.apart(transaction, region.name),
            unanswered.since(transaction, region.id, SETTLED_AFTER),
        )


def _rest(workplace: Workplace, held: Held) -> Published:
    """There is no A&AI, or nothing was ever listed."""
    why = "it was never listed" if held.region.aai.url else "it has no A&AI"
    told = {"nothing": f"{held.region.name}: {why}"}
    with workplace.store.write("ending a publish step") as transaction:
        _insist(transaction, held)
        operations.finish(transaction, held.operations, told)
        schedule.finish(transaction, held.claim, None)
    return Published(told)


def _turn(workplace: Workplace, held: Held, known: _Known, owning: Owning, order: Order) -> Published:
    mode = order.mode or held.region.aai.mode
    try:
        where = target(workplace.http, held.region, known.password, order, lambda: insist(workplace, held))
        if order.unregister:
            applied = unregister_region(where, known.ours, commit=owning.commit, observer=workplace.observer)
        elif mode == "plan":
            plan = plan_region(where, known.desired, known.ours)
            return Published(standing.of_plan(plan), plan=plan)
        else:
            applied = _apply(workplace, where, known, owning)
    except StoreError:
        raise  # of `commit`
    except DataError as error:
        return Published({"mode": mode}, with_remedy(error))
    return Published(standing.of_applied(applied), standing.why_incomplete(applied), applied.plan, applied)


def _apply(workplace: Workplace, where: Target, known: _Known, owning: Owning) -> Applied:
    return apply_region(
        where, known.desired, known.ours, commit=owning.commit, apart=known.apart, observer=workplace.observer
    )


def _end(transaction: Transaction, held: Held, turn: Published, by: str) -> None:
    applied = turn.applied
    if turn.error and (applied is None or applied.plan is None):  # it knows nothing that the last one did not
        operations.fail(transaction, held.operations, turn.error)
    else:
        stopped = applied is not None and applied.stopped is not None
        standing.keep(transaction, held, turn.told, by, turn.error if stopped else "")
    kept = (
        schedule.fail(transaction, held.claim, turn.error)
        if turn.error
        else schedule.finish(transaction, held.claim, None)
    )
    if not kept:
        raise held.overtaken()
