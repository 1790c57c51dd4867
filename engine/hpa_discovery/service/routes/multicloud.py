# SPDX-License-Identifier: Apache-2.0
"""The paths by which ONAP asks a Multicloud plugin to look at a region, and to forget it.

A region must be registered here before: ONAP's request brings neither address nor
credential. Its body, such as a default tenant, is not read.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from hpa_discovery.service.aai_turns import AaiTurns
from hpa_discovery.service.changes import change_of, changing
from hpa_discovery.service.desk import AnyAdmin, AnyOperator, AnyViewer, AtDesk, Desk, JsonReply
from hpa_discovery.service.forms.base import Name, reply
from hpa_discovery.service.forms.multicloud import RegistryReply
from hpa_discovery.service.passage import passage_of
from hpa_discovery.service.problems import UNAVAILABLE, Problem
from hpa_discovery.service.region_access import check_seen, no_region, visible
from hpa_discovery.service.regions import DISCOVER
from hpa_discovery.service.routes.regions import actor_of, book
from hpa_discovery.store import listings, operations, subjects
from hpa_discovery.store.database import Transaction
from hpa_discovery.store.regions import Region

router = APIRouter(tags=["multicloud"])
V0 = "/api/multicloud-{plugin}/v0/{vimid}/registry"
V1 = "/api/multicloud-{plugin}/v1/{cloud_owner}/{cloud_region_id}/registry"
Plugin = Annotated[Name, Path(description="Whichever; all are answered alike.")]
Pair = tuple[str, str]
_NO_CONTENT: dict[int | str, dict[str, Any]] = {204: {"description": "Nothing of it is in A&AI any more that is ours."}}


async def _of_vimid(
    plugin: Plugin,
    vimid: Annotated[Name, Path(description="CLOUD-OWNER_CLOUD-REGION-ID.")],
) -> Pair:
    owner, _, region = vimid.partition("_")  # ONAP's own reading: an owner has no underscore
    return owner, region


async def _of_names(
    plugin: Plugin,
    cloud_owner: Name,
    cloud_region_id: Name,
) -> Pair:
    return cloud_owner, cloud_region_id


ByVimid = Annotated[Pair, Depends(_of_vimid)]
ByNames = Annotated[Pair, Depends(_of_names)]


@router.post(V0, status_code=202, responses=reply(RegistryReply, 202))
def register_v0(name: ByVimid, request: Request, desk: AtDesk, _caller: AnyOperator) -> JsonReply:
    """Discover the region and publish it, as its mode says; a region that is off is switched on. Role operator."""
    return _register(name, request, desk)


@router.post(V1, status_code=202, responses=reply(RegistryReply, 202))
def register_v1(name: ByNames, request: Request, desk: AtDesk, _caller: AnyOperator) -> JsonReply:
    """Discover the region and publish it, as its mode says; a region that is off is switched on. Role operator."""
    return _register(name, request, desk)


@router.get(V0, responses=reply(RegistryReply))
def registered_v0(name: ByVimid, request: Request, desk: AtDesk, _caller: AnyViewer) -> JsonReply:
    """How it stands with the region."""
    return JsonReply(_status(name, request, desk))


@router.get(V1, responses=reply(RegistryReply))
def registered_v1(name: ByNames, request: Request, desk: AtDesk, _caller: AnyViewer) -> JsonReply:
    """How it stands with the region."""
    return JsonReply(_status(name, request, desk))


@router.delete(V0, status_code=204, responses={**reply(None), **_NO_CONTENT})
def unregister_v0(name: ByVimid, request: Request, desk: AtDesk, _caller: AnyAdmin) -> Response:
    """Delete from A&AI all that is ours, and switch the region off; it stays registered here. Role admin.

    What others wrote to A&AI stays, and so does the cloud-region itself. 503 when A&AI does not do it.
    """
    return _unregister(name, request, desk)


@router.delete(V1, status_code=204, responses={**reply(None), **_NO_CONTENT})
def unregister_v1(name: ByNames, request: Request, desk: AtDesk, _caller: AnyAdmin) -> Response:
    """Delete from A&AI all that is ours, and switch the region off; it stays registered here. Role admin.

    What others wrote to A&AI stays, and so does the cloud-region itself. 503 when A&AI does not do it.
    """
    return _unregister(name, request, desk)


def _register(name: Pair, request: Request, desk: Desk) -> JsonReply:
    passage = passage_of(request.scope)
    assert passage.caller is not None  # the gate lets nobody else in
    check_seen(passage.caller, *name)
    with changing(desk.runtime, change_of(passage, "region.discover", "/".join(name))), no_region():
        operation = book(desk).discover(*name, actor_of(passage), switch_on=True)
    location = {"Location": f"/v1/operations/{operation.id}"}
    return JsonReply(_status(name, request, desk), 202, location)


def _unregister(name: Pair, request: Request, desk: Desk) -> Response:
    passage = passage_of(request.scope)
    assert passage.caller is not None  # the gate lets nobody else in
    check_seen(passage.caller, *name)
    with changing(desk.runtime, change_of(passage, "region.unregister", "/".join(name))), no_region():
        told = AaiTurns(desk.runtime.workplace).unregister(*name, actor_of(passage))
        if not told["complete"]:
            raise Problem(UNAVAILABLE, f"unregistering region {'/'.join(name)}: {told['error']}", missing=["aai"])
    return Response(status_code=204)


def _status(name: Pair, request: Request, desk: Desk) -> dict[str, Any]:
    caller = passage_of(request.scope).caller
    assert caller is not None  # the gate lets nobody else in
    with desk.runtime.store.read("reading a region") as transaction:
        region = visible(transaction, caller, *name)
        last = listings.listing(transaction, region.id)
        return {
            "cloud_owner": region.owner,
            "cloud_region_id": region.region_id,
            "status": _word(transaction, region, last),
            "flavors": subjects.count(transaction, region.id),
            "error": "" if last is None else last.error,
        }


def _word(transaction: Transaction, region: Region, last: listings.Listing | None) -> str:
    if not region.enabled:
        return "unregistered"
    under_way = operations.page(transaction, region=region.name, states=operations.OPEN)
    if any(each.kind == DISCOVER for each in under_way):
        return "discovering"
    if last is None:
        return "registered"
    return "discovered" if last.complete else "stale"
