# SPDX-License-Identifier: Apache-2.0
"""One turn at a region's A&AI: what the store asks for is planned, and written where the region's mode says so.

How it stood the last time is the result of the newest operation `publish` of the
region; a turn that nobody asked for leaves one only when it stands otherwise now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hpa_discovery.aai.applying import Target, apply_region, plan_region, unregister_region
from hpa_discovery.aai.client import AaiClient, AaiSettings
from hpa_discovery.aai.desired import Desired
from hpa_discovery.aai.paths import Place
from hpa_discovery.aai.planning import Policy
from hpa_discovery.errors import DataError, StoreError
from hpa_discovery.store import operations, schedule
from hpa_discovery.work import region_alarms, standing
from hpa_discovery.work.causes import Fault
from hpa_discovery.work.desiring import read_desired, read_ours
from hpa_discovery.work.holding import Overtaken, credential
from hpa_discovery.work.owning import Owning

if TYPE_CHECKING:
    from hpa_discovery.aai.applying import Applied
    from hpa_discovery.aai.desired import Ours
    from hpa_discovery.aai.plan import Key, Plan
    from hpa_discovery.store.database import Transaction
    from hpa_discovery.store.regions import Mode, Region
    from hpa_discovery.work.holding import Held
    from hpa_discovery.work.workplace import Workplace


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants of one turn: so many deletes though the plan would be held, another mode, or the end.

    `adopt` takes over what ONAP's own driver wrote, also where the region does not.
    `unregister` deletes all that is ours, in either mode; the next discovery would bring it back, so the region is
    switched off or removed with it.
    """

    allow_deletes: int = 0
    mode: Mode | None = None
    adopt: bool = False
    unregister: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store says before a turn."""

    desired: Desired
    ours: Ours
    password: str
    apart: frozenset[Key]


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


def publish(workplace: Workplace, held: Held, order: Order = Order()) -> Published:
    """Do the claimed step.

    Overtaken when somebody else has the region by now; StoreError: nothing of the results was kept.
    """
    known = _read(workplace, held)
    if known is None:
        return _rest(workplace, held)
    wanted = Desired((), complete=True) if order.unregister else known.desired
    owning = Owning(workplace.store, held, wanted, known.ours)
    turn = _turn(workplace, held, known, owning, order)
    with workplace.store.write(f"keeping what became of {held.region.name} in A&AI") as transaction:
        if not schedule.holds(transaction, held.claim):  # before the alarms: the order of locks is that of discover
            raise Overtaken(f"publishing {held.region.name}: another run took over")
        if turn.applied is not None:
            owning.settle(transaction, turn.applied)
        region_alarms.settle(transaction, workplace.alarms, held, region_alarms.AAI, turn.faults)
        _end(transaction, held, turn)
    workplace.observer.event("region.published", {"region": held.region.name, **turn.told, "error": turn.error})
    return turn


def _read(workplace: Workplace, held: Held) -> _Known | None:
    region = held.region
    with workplace.store.read(f"reading what {region.name} should have in A&AI") as transaction:
        desired = read_desired(transaction, region) if region.aai.url else None
        if desired is None:
            return None
        password = credential(transaction, workplace, held, "aai") or ""
        return _Known(desired, read_ours(transaction, region), password, standing.apart(transaction, region.name))


def _rest(workplace: Workplace, held: Held) -> Published:
    """There is no A&AI, or nothing was ever listed."""
    why = "it was never listed" if held.region.aai.url else "it has no A&AI"
    told = {"nothing": f"{held.region.name}: {why}"}
    with workplace.store.write("ending a publish step") as transaction:
        operations.finish(transaction, held.operations, told)
        schedule.finish(transaction, held.claim, None)
    return Published(told)


def _turn(workplace: Workplace, held: Held, known: _Known, owning: Owning, order: Order) -> Published:
    mode = order.mode or held.region.aai.mode
    try:
        target = _target(workplace, held.region, known.password, order)
        if order.unregister:
            applied = unregister_region(target, known.ours, commit=owning.commit, observer=workplace.observer)
        elif mode == "plan":
            plan = plan_region(target, known.desired, known.ours)
            return Published(standing.of_plan(plan), plan=plan)
        else:
            applied = _apply(workplace, target, known, owning)
    except StoreError:
        raise  # of `commit`
    except DataError as error:
        return Published({"mode": mode}, str(error))
    return Published(standing.of_applied(applied), standing.why_incomplete(applied), applied.plan, applied)


def _apply(workplace: Workplace, target: Target, known: _Known, owning: Owning) -> Applied:
    return apply_region(
        target, known.desired, known.ours, commit=owning.commit, apart=known.apart, observer=workplace.observer
    )


def _target(workplace: Workplace, region: Region, password: str, order: Order) -> Target:
    aai = region.aai
    settings = AaiSettings(aai.url, aai.user, password, aai.ca, int(aai.version.removeprefix("v")))
    policy = Policy(aai.on_failure, aai.replace, aai.adopt or order.adopt, order.allow_deletes)
    return Target(AaiClient(workplace.http, settings), Place(region.owner, region.region_id), policy)


def _end(transaction: Transaction, held: Held, turn: Published) -> None:
    stopped = turn.error and (turn.applied is None or turn.applied.stopped is not None)
    if stopped:
        operations.fail(transaction, held.operations, turn.error)
    else:
        standing.keep(transaction, held, turn.told)
    kept = (
        schedule.fail(transaction, held.claim, turn.error)
        if turn.error
        else schedule.finish(transaction, held.claim, None)
    )
    if not kept:
        raise Overtaken(f"publishing {held.region.name}: another run took over")
