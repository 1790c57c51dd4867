# SPDX-License-Identifier: Apache-2.0
"""The paths by which ONAP asks a Multicloud plugin to look at a region, and to forget it.

A region must be registered here before: ONAP's request brings neither address nor
credential. Its body, such as a default tenant, is not read. ONAP's own callers register
at `.../registry` and unregister at the path above it, so DELETE is for both.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from hpa_discovery.service.aai_turns import AaiTurns
from hpa_discovery.service.changes import change_of, changing
from hpa_discovery.service.desk import AnyAdmin, AnyOperator, AnyViewer, AtDesk, Desk, JsonReply
from hpa_discovery.service.forms.base import Name, reply
from hpa_discovery.service.forms.multicloud import RegistryReply
from hpa_discovery.service.onap_paths import PREFIX, Pair, meanings
from hpa_discovery.service.passage import passage_of
from hpa_discovery.service.problems import NOT_FOUND, UNAVAILABLE, Problem
from hpa_discovery.service.region_access import no_region, sees
from hpa_discovery.service.regions import DISCOVER
from hpa_discovery.service.routes.regions import actor_of, book
from hpa_discovery.store import listings, operations, regions, schedule, subjects
from hpa_discovery.store.database import Transaction
from hpa_discovery.store.region import Region
from hpa_discovery.store.tokens import Token
from hpa_discovery.work import standing

router = APIRouter(tags=["multicloud"])
V0 = PREFIX + "{plugin}/v0/{vimid}"
V1 = PREFIX + "{plugin}/v1/{cloud_owner}/{cloud_region_id}"
REGISTRY = "/registry"
Plugin = Annotated[Name, Path(description="Whichever; all are answered alike.")]
Names = tuple[Pair, ...]  # what a path may mean, the likeliest first
_NO_CONTENT: dict[int | str, dict[str, Any]] = {204: {"description": "Nothing of it is in A&AI any more that is ours."}}


async def _of_vimid(
    plugin: Plugin,
    vimid: Annotated[Name, Path(description="CLOUD-OWNER_CLOUD-REGION-ID.")],
) -> Names:
    return meanings(vimid)


async def _of_names(
    plugin: Plugin,
    cloud_owner: Name,
    cloud_region_id: Name,
) -> Names:
    return ((cloud_owner, cloud_region_id),)


ByVimid = Annotated[Names, Depends(_of_vimid)]
ByNames = Annotated[Names, Depends(_of_names)]


@router.post(V0 + REGISTRY, status_code=202, responses=reply(RegistryReply, 202))
def register_v0(names: ByVimid, request: Request, desk: AtDesk, caller: AnyOperator) -> JsonReply:
    """Discover the region and publish it, as its mode says; a region that is off is switched on. Role operator."""
    return _register(names, request, desk, caller)


@router.post(V1 + REGISTRY, status_code=202, responses=reply(RegistryReply, 202))
def register_v1(names: ByNames, request: Request, desk: AtDesk, caller: AnyOperator) -> JsonReply:
    """Discover the region and publish it, as its mode says; a region that is off is switched on. Role operator."""
    return _register(names, request, desk, caller)


@router.get(V0 + REGISTRY, responses=reply(RegistryReply))
def registered_v0(names: ByVimid, desk: AtDesk, caller: AnyViewer) -> JsonReply:
    """How it stands with the region."""
    return JsonReply(_status(names, desk, caller))


@router.get(V1 + REGISTRY, responses=reply(RegistryReply))
def registered_v1(names: ByNames, desk: AtDesk, caller: AnyViewer) -> JsonReply:
    """How it stands with the region."""
    return JsonReply(_status(names, desk, caller))


@router.delete(V0, status_code=204, responses={**reply(None), **_NO_CONTENT})
@router.delete(V0 + REGISTRY, status_code=204, responses={**reply(None), **_NO_CONTENT})
def unregister_v0(names: ByVimid, request: Request, desk: AtDesk, caller: AnyAdmin) -> Response:
    """Delete from A&AI all that is ours, and switch the region off; it stays registered here. Role admin.

    What others wrote to A&AI stays, and so does the cloud-region itself. 503 when A&AI does not do it.
    """
    return _unregister(names, request, desk, caller)


@router.delete(V1, status_code=204, responses={**reply(None), **_NO_CONTENT})
@router.delete(V1 + REGISTRY, status_code=204, responses={**reply(None), **_NO_CONTENT})
def unregister_v1(names: ByNames, request: Request, desk: AtDesk, caller: AnyAdmin) -> Response:
    """Delete from A&AI all that is ours, and switch the region off; it stays registered here. Role admin.

    What others wrote to A&AI stays, and so does the cloud-region itself. 503 when A&AI does not do it.
    """
    return _unregister(names, request, desk, caller)


def _register(names: Names, request: Request, desk: Desk, caller: Token) -> JsonReply:
    passage = passage_of(request.scope)
    with changing(desk.runtime, change_of(passage, "region.discover", "/".join(names[0]))), no_region():
        name = _meant(names, desk, caller)
        operation = book(desk).discover(*name, actor_of(passage), switch_on=True)
    location = {"Location": f"/v1/operations/{operation.id}"}
    return JsonReply(_status((name,), desk, caller), 202, location)


def _unregister(names: Names, request: Request, desk: Desk, caller: Token) -> Response:
    passage = passage_of(request.scope)
    with (
        desk.at_aai.passed(),
        changing(desk.runtime, change_of(passage, "region.unregister", "/".join(names[0]))),
        no_region(),
    ):
        name = _meant(names, desk, caller)
        told = AaiTurns(desk.runtime.workplace).unregister(*name, actor_of(passage))
    if not told["complete"]:  # which is audited already
        raise Problem(UNAVAILABLE, f"unregistering region {'/'.join(name)}: {told['error']}", missing=["aai"])
    return Response(status_code=204)


def _meant(names: Names, desk: Desk, caller: Token) -> Pair:
    with desk.runtime.store.read("looking for a region") as transaction:
        region = _found(transaction, names, caller)
    return region.owner, region.region_id


def _found(transaction: Transaction, names: Names, caller: Token) -> Region:
    """The first of these that is registered and that the caller sees. Problem 404."""
    for owner, region_id in names:
        region = regions.get(transaction, owner, region_id) if sees(caller, f"{owner}/{region_id}") else None
        if region is not None:
            return region
    raise Problem(
        NOT_FOUND,
        f"there is no region {'/'.join(names[0])[:400]} here, and ONAP's request says neither where its cloud is nor "
        "the password: hpa region import takes them from A&AI, hpa region add from you",
    )


def _status(names: Names, desk: Desk, caller: Token) -> dict[str, Any]:
    with desk.runtime.store.read("reading a region") as transaction:
        region = _found(transaction, names, caller)
        last = listings.listing(transaction, region.id)
        return {
            "cloud_owner": region.owner,
            "cloud_region_id": region.region_id,
            "status": _word(transaction, region, last),
            "flavors": subjects.count(transaction, region.id),
            "error": (last.error if last is not None else "") or _unpublished(transaction, region),
        }


def _unpublished(transaction: Transaction, region: Region) -> str:
    """Why A&AI does not have what was found, as far as the last turn there says; "" where it has."""
    failed = next(each.last_error for each in schedule.steps(transaction, region.id) if each.kind == "publish")
    return failed or (standing.last(transaction, region.name) or {}).get("held", "")


def _word(transaction: Transaction, region: Region, last: listings.Listing | None) -> str:
    if not region.enabled:
        return "unregistered"
    under_way = operations.page(transaction, region=region.name, states=operations.OPEN)
    if any(each.kind == DISCOVER for each in under_way):
        return "discovering"
    if last is None:
        return "registered"
    return "discovered" if last.complete else "stale"
