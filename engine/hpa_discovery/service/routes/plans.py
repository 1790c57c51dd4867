# SPDX-License-Identifier: Apache-2.0
"""What would be written to a region's A&AI, and writing it now; taking all that is ours out again."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from hpa_discovery.aai.plan import Plan
from hpa_discovery.errors import AaiRefused, ConnectorError, IncompleteRead
from hpa_discovery.service.aai_turns import AaiTurns, Wanted
from hpa_discovery.service.changes import change_of, changing
from hpa_discovery.service.desk import AnyAdmin, AnyOperator, AtDesk, Desk, JsonReply
from hpa_discovery.service.forms.base import body_of, reply
from hpa_discovery.service.forms.plans import AppliedReply, PlanReply, PlanRequest
from hpa_discovery.service.limits import FORMS
from hpa_discovery.service.passage import Passage, passage_of
from hpa_discovery.service.problems import UNAVAILABLE, Fault, Problem
from hpa_discovery.service.questions import Members, read_members, refused
from hpa_discovery.service.region_access import check_seen, no_region
from hpa_discovery.service.routes.regions import ONE, Owner, RegionId, actor_of

router = APIRouter(tags=["regions"])
MEMBERS: Members = {"allow_deletes": int, "adopt": bool}
Name = tuple[str, str]


@router.post(ONE + "/plan", responses=reply(PlanReply), openapi_extra=body_of(PlanRequest, required=False))
async def plan_region(owner: Owner, region: RegionId, request: Request, desk: AtDesk, caller: AnyOperator) -> JsonReply:
    """Read the region's A&AI, and say what an apply would do. Nothing is written. Needs the role operator.

    409 for a region that has no A&AI or was not listed yet, 503 when A&AI cannot be read.
    """
    check_seen(caller, owner, region)
    wanted = await _wanted(request, desk)
    return await run_in_threadpool(_plan, desk, passage_of(request.scope), (owner, region), wanted)


@router.post(ONE + "/apply", responses=reply(AppliedReply), openapi_extra=body_of(PlanRequest, required=False))
async def apply_region(owner: Owner, region: RegionId, request: Request, desk: AtDesk, caller: AnyAdmin) -> JsonReply:
    """Write what differs to the region's A&AI, also in mode plan. Needs the role admin.

    What A&AI refuses stands in the answer. 409 when another step of the region takes longer than 10 s.
    """
    check_seen(caller, owner, region)
    wanted = await _wanted(request, desk)
    return await run_in_threadpool(_apply, desk, passage_of(request.scope), (owner, region), wanted)


@router.post(ONE + "/unregister", responses=reply(AppliedReply))
def unregister_region(owner: Owner, region: RegionId, request: Request, desk: AtDesk, caller: AnyAdmin) -> JsonReply:
    """Delete all that is ours from the region's A&AI, and switch the region off. Needs the role admin.

    What others wrote stays, and the region stays registered here. When `complete` is false, A&AI did not do all of
    it: ask again. 409 when another step of the region takes longer than 10 s.
    """
    check_seen(caller, owner, region)
    passage = passage_of(request.scope)
    with (
        desk.at_aai.passed(),
        changing(desk.runtime, change_of(passage, "region.unregister", f"{owner}/{region}")),
        no_region(),
    ):
        told = AaiTurns(desk.runtime.workplace).unregister(owner, region, actor_of(passage))
    return JsonReply(told)


async def _wanted(request: Request, desk: Desk) -> Wanted:
    said = read_members(await desk.bodies.small_json_if_any(request), MEMBERS)
    if not 0 <= (said["allow_deletes"] or 0) <= 10**9:
        raise refused([Fault("it must be from 0 to 1,000,000,000", "/allow_deletes")])
    return Wanted(said["allow_deletes"] or 0, bool(said["adopt"]))


def _plan(desk: Desk, passage: Passage, name: Name, wanted: Wanted) -> JsonReply:
    with desk.at_aai.passed(), changing(desk.runtime, change_of(passage, "region.plan", "/".join(name))), no_region():
        try:
            turns = AaiTurns(desk.runtime.workplace)
            plan, skipped = turns.plan(*name, wanted), turns.why_oof_skips(*name)
        except (AaiRefused, ConnectorError, IncompleteRead) as error:
            raise Problem(UNAVAILABLE, f"planning region {'/'.join(name)}: {error}", missing=["aai"]) from None
    return JsonReply({**_plan_row(plan), "oof_skips": skipped})


def _apply(desk: Desk, passage: Passage, name: Name, wanted: Wanted) -> JsonReply:
    with desk.at_aai.passed(), changing(desk.runtime, change_of(passage, "region.apply", "/".join(name))), no_region():
        told = AaiTurns(desk.runtime.workplace).apply(*name, wanted, actor_of(passage))
    return JsonReply(told)


def _plan_row(plan: Plan) -> dict[str, Any]:
    return {
        "counts": plan.counts(),
        "deletes": plan.deletes,
        "held": plan.held,
        "actions": [each.as_json() for each in plan.writes[: FORMS.actions]],
        "more": max(0, len(plan.writes) - FORMS.actions),
    }
