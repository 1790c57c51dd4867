# SPDX-License-Identifier: Apache-2.0
"""One turn at a region's A&AI: what the store asks for is planned, and written where the region's mode says so.

How it stood the last time is the result of the newest operation `publish` of the
region; a turn that nobody asked for leaves one only when it stands otherwise now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hpa_discovery.aai.applying import Target, apply_region, plan_region
from hpa_discovery.aai.client import AaiClient, AaiSettings
from hpa_discovery.aai.paths import Place
from hpa_discovery.aai.planning import Policy
from hpa_discovery.errors import DataError, StoreError
from hpa_discovery.store import operations, region_secrets, schedule
from hpa_discovery.work import region_alarms, standing
from hpa_discovery.work.causes import Fault
from hpa_discovery.work.desiring import read_desired, read_ours
from hpa_discovery.work.holding import Overtaken
from hpa_discovery.work.owning import Owning

if TYPE_CHECKING:
    from hpa_discovery.aai.applying import Applied
    from hpa_discovery.aai.desired import Desired, Ours
    from hpa_discovery.aai.plan import Key
    from hpa_discovery.store.database import Transaction
    from hpa_discovery.store.regions import Mode, Region
    from hpa_discovery.work.holding import Held
    from hpa_discovery.work.workplace import Workplace

REFUSING, HELD = "aai.refusing", "plan.held"
_TYPES = (REFUSING, HELD)


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants of one turn: so many deletes though the plan would be held, and another mode."""

    allow_deletes: int = 0
    mode: Mode | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store says before a turn."""

    desired: Desired
    ours: Ours
    password: str
    apart: frozenset[Key]


@dataclass(frozen=True, slots=True)
class _Turn:
    """What a turn came to: what is told, its alarms, why it must be tried again, and what it wrote."""

    told: dict[str, Any]
    faults: tuple[Fault, ...] = ()
    error: str = ""
    applied: Applied | None = None


def publish(workplace: Workplace, held: Held, order: Order = Order()) -> dict[str, Any]:
    """Do the claimed step; what it came to, in the form of the operation's result.

    Overtaken when somebody else has the region by now; StoreError: nothing of the results was kept.
    """
    known = _read(workplace, held)
    if known is None:
        return _rest(workplace, held)
    owning = Owning(workplace.store, held, known.desired, known.ours)
    turn = _turn(workplace, held, known, owning, order)
    with workplace.store.write(f"keeping what became of {held.region.name} in A&AI") as transaction:
        if not schedule.holds(transaction, held.claim):
            raise Overtaken(f"publishing {held.region.name}: another run took over")
        if turn.applied is not None:
            owning.settle(transaction, turn.applied)
        region_alarms.settle(transaction, workplace.alarms, held, _TYPES, turn.faults)
        _end(transaction, held, turn)
    workplace.observer.event("region.published", {"region": held.region.name, **turn.told, "error": turn.error})
    return turn.told


def _read(workplace: Workplace, held: Held) -> _Known | None:
    region = held.region
    with workplace.store.read(f"reading what {region.name} should have in A&AI") as transaction:
        desired = read_desired(transaction, region) if region.aai.url else None
        if desired is None:
            return None
        password = region_secrets.read(transaction, workplace.secrets, region, "aai") or ""
        return _Known(desired, read_ours(transaction, region), password, standing.apart(transaction, region.name))


def _rest(workplace: Workplace, held: Held) -> dict[str, Any]:
    """There is no A&AI, or nothing was ever listed."""
    why = "it was never listed" if held.region.aai.url else "it has no A&AI"
    told = {"nothing": f"{held.region.name}: {why}"}
    with workplace.store.write("ending a publish step") as transaction:
        operations.finish(transaction, held.operations, told)
        schedule.finish(transaction, held.claim, None)
    return told


def _turn(workplace: Workplace, held: Held, known: _Known, owning: Owning, order: Order) -> _Turn:
    mode = order.mode or held.region.aai.mode
    try:
        target = _target(workplace, held.region, known.password, order)
        if mode == "plan":
            return _Turn(standing.of_plan(plan_region(target, known.desired, known.ours)))
        applied = apply_region(
            target,
            known.desired,
            known.ours,
            commit=owning.commit,
            apart=known.apart,
            observer=workplace.observer,
        )
    except StoreError:
        raise  # of `commit`
    except DataError as error:
        return _Turn({"mode": mode}, (Fault(REFUSING, "", str(error)),), str(error))
    return _of_applied(applied)


def _of_applied(applied: Applied) -> _Turn:
    error = standing.why_incomplete(applied)
    faults = [Fault(REFUSING, "", error)] if error else []
    if applied.held:
        faults.append(Fault(HELD, "", applied.held))
    return _Turn(standing.of_applied(applied), tuple(faults), error, applied)


def _target(workplace: Workplace, region: Region, password: str, order: Order) -> Target:
    aai = region.aai
    settings = AaiSettings(aai.url, aai.user, password, aai.ca, int(aai.version.removeprefix("v")))
    policy = Policy(aai.on_failure, aai.replace, aai.adopt, order.allow_deletes)
    return Target(AaiClient(workplace.http, settings), Place(region.owner, region.region_id), policy)


def _end(transaction: Transaction, held: Held, turn: _Turn) -> None:
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
