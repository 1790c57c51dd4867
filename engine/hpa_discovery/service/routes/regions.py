# SPDX-License-Identifier: Apache-2.0
"""Regions: the clouds that are looked at. A token that is limited to regions sees and changes no others."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool

from hpa_discovery.service.bodies import value_of
from hpa_discovery.service.changes import change_of, changing
from hpa_discovery.service.desk import AnyAdmin, AnyOperator, AnyViewer, AtDesk, Desk, JsonReply
from hpa_discovery.service.forms.base import Name, body_of, reply
from hpa_discovery.service.forms.regions import (
    OperationReply,
    RegionChangeRequest,
    RegionRemovedReply,
    RegionReply,
    RegionRequest,
    RegionsReply,
)
from hpa_discovery.service.limits import FORMS
from hpa_discovery.service.passage import Passage, passage_of
from hpa_discovery.service.problems import FORBIDDEN, Problem
from hpa_discovery.service.region_access import check_seen, no_region, visible
from hpa_discovery.service.region_rows import operation_row, region_detail, region_rows
from hpa_discovery.service.region_settings import new_region
from hpa_discovery.service.regions import Actor, Regions
from hpa_discovery.store import regions
from hpa_discovery.store.region import Region
from hpa_discovery.store.tokens import Token

router = APIRouter(tags=["regions"])
Owner = Annotated[Name, Path(description="The cloud-owner.")]
RegionId = Annotated[Name, Path(description="The cloud-region-id.")]
ONE = "/v1/regions/{owner}/{region}"


@router.get("/v1/regions", responses=reply(RegionsReply))
def list_regions(
    desk: AtDesk,
    caller: AnyViewer,
    prefix: Annotated[Name, Query(description="How OWNER/REGION begins.")] = "",
    after: Annotated[Name | None, Query(description="Only those after this OWNER/REGION.")] = None,
    limit: Annotated[int, Query(ge=1, le=FORMS.page)] = 100,
) -> JsonReply:
    """The regions that are registered, by name."""
    start = None if after is None else after.partition("/")
    with desk.runtime.store.read("listing regions") as transaction:
        last = None if start is None else (start[0], start[2])
        found = regions.page(transaction, last, limit + 1, prefix, only=caller.regions)
        rows = region_rows(transaction, found[:limit])
    return JsonReply({"regions": rows, "next": found[limit - 1].name if len(found) > limit else None})


@router.post("/v1/regions", status_code=201, responses=reply(RegionReply, 201), openapi_extra=body_of(RegionRequest))
async def add_region(request: Request, desk: AtDesk, caller: AnyAdmin) -> JsonReply:
    """Register a region; it is discovered at once. Needs the role admin.

    In A&AI nothing is written before its `aai.mode` is apply. 409 for one that exists.
    """
    value = await _body(request, desk)
    return await run_in_threadpool(_add, desk, passage_of(request.scope), caller, value)


@router.get(ONE, responses=reply(RegionReply))
def show_region(owner: Owner, region: RegionId, desk: AtDesk, caller: AnyViewer) -> JsonReply:
    """All of a region but its credentials, which nobody is told."""
    with desk.runtime.store.read("reading a region") as transaction:
        found = visible(transaction, caller, owner, region)
        return JsonReply(region_detail(transaction, found))


@router.patch(ONE, responses=reply(RegionReply), openapi_extra=body_of(RegionChangeRequest))
async def change_region(owner: Owner, region: RegionId, request: Request, desk: AtDesk, caller: AnyAdmin) -> JsonReply:
    """Change what the body has; the region is discovered at once. Needs the role admin.

    409 for another revision than the region has by now, and for another host or port without the credential that
    is sent there.
    """
    check_seen(caller, owner, region)
    value = await _body(request, desk)
    return await run_in_threadpool(_change, desk, passage_of(request.scope), (owner, region), value)


@router.delete(ONE, responses=reply(RegionRemovedReply))
def remove_region(
    owner: Owner,
    region: RegionId,
    request: Request,
    desk: AtDesk,
    caller: AnyAdmin,
    leave_behind: Annotated[bool, Query(description="Although something in A&AI is ours, which stays.")] = False,
) -> JsonReply:
    """Forget a region, its credentials and all that is known of it. Needs the role admin.

    409 while something in A&AI is ours.
    """
    check_seen(caller, owner, region)
    passage = passage_of(request.scope)
    with changing(desk.runtime, change_of(passage, "region.remove", f"{owner}/{region}")), no_region():
        book(desk).remove(owner, region, actor_of(passage), leave_behind=leave_behind)
    return JsonReply({"removed": f"{owner}/{region}"})


@router.post(ONE + "/discover", status_code=202, responses=reply(OperationReply, 202))
def discover_region(owner: Owner, region: RegionId, request: Request, desk: AtDesk, caller: AnyOperator) -> JsonReply:
    """Look at the region soon; the header Location says where it can be watched. Needs the role operator.

    Who asks again while that waits is told of the same operation. 409 for a region that is switched off.
    """
    check_seen(caller, owner, region)
    passage = passage_of(request.scope)
    with changing(desk.runtime, change_of(passage, "region.discover", f"{owner}/{region}")), no_region():
        operation = book(desk).discover(owner, region, actor_of(passage))
    return JsonReply(operation_row(operation), 202, {"Location": f"/v1/operations/{operation.id}"})


def book(desk: Desk) -> Regions:
    """The regions of the desk's deployment."""
    return Regions(desk.runtime.store, lambda: desk.runtime.secrets, desk.runtime.egress)


def actor_of(passage: Passage) -> Actor:
    """Who asks."""
    assert passage.caller is not None  # the gate lets nobody else in
    return Actor(passage.caller.name, passage.request_id)


async def _body(request: Request, desk: Desk) -> Any:
    return value_of(await desk.bodies.read(request, FORMS.region_bytes), desk.limits.values)


def _add(desk: Desk, passage: Passage, caller: Token, value: Any) -> JsonReply:
    wish = new_region(value)
    name = wish.region.name
    with changing(desk.runtime, change_of(passage, "region.add", name)):
        if caller.regions is not None and name not in caller.regions:
            raise Problem(FORBIDDEN, f"the token {caller.name} is limited to other regions than {name}")
        added = book(desk).add(wish, actor_of(passage))
    location = f"/v1/regions/{name}"
    return JsonReply(_told(desk, added), 201, {"Location": location} if location.isascii() else None)


def _change(desk: Desk, passage: Passage, name: tuple[str, str], value: Any) -> JsonReply:
    with changing(desk.runtime, change_of(passage, "region.change", "/".join(name))), no_region():
        changed = book(desk).change(*name, value, actor_of(passage))
    return JsonReply(_told(desk, changed))


def _told(desk: Desk, region: Region) -> dict[str, Any]:
    with desk.runtime.store.read("reading a region") as transaction:
        return region_detail(transaction, region)
