# SPDX-License-Identifier: Apache-2.0
"""Regions that ONAP knows already."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from hpa_discovery.errors import AaiRefused, ConnectorError
from hpa_discovery.service.bodies import value_of
from hpa_discovery.service.changes import change_of, changing
from hpa_discovery.service.desk import Admin, AtDesk, Desk, JsonReply
from hpa_discovery.service.forms.base import body_of, reply
from hpa_discovery.service.forms.regions import ImportReply, ImportRequest
from hpa_discovery.service.importing import import_regions
from hpa_discovery.service.limits import FORMS
from hpa_discovery.service.passage import Passage, passage_of
from hpa_discovery.service.problems import UNAVAILABLE, Fault, Problem
from hpa_discovery.service.questions import Members, read_members, refused
from hpa_discovery.service.routes.regions import actor_of, book

router = APIRouter(tags=["regions"])
MEMBERS: Members = {"aai": dict, "regions": list, "dry_run": bool}


@router.post("/v1/regions/import", responses=reply(ImportReply), openapi_extra=body_of(ImportRequest))
async def import_known(request: Request, desk: AtDesk, caller: Admin) -> JsonReply:
    """Register the regions that an A&AI knows, with the addresses and passwords that ONAP uses. Needs the role admin.

    They are in mode plan, and published to the A&AI they come from. One that is registered already stays as it is.
    503 when A&AI cannot be read.
    """
    value = value_of(await desk.bodies.read(request, FORMS.region_bytes), desk.limits.values)
    said = read_members(value, MEMBERS)
    names = said["regions"] or []
    if wrong := [place for place, name in enumerate(names) if type(name) is not str or not _is_name(name)]:
        raise refused([Fault("it must be OWNER/REGION", f"/regions/{place}") for place in wrong])
    return await run_in_threadpool(_import, desk, passage_of(request.scope), said, names)


def _is_name(name: str) -> bool:
    owner, _, region = name.partition("/")
    return bool(owner and region) and "/" not in region and len(name) <= FORMS.text


def _import(desk: Desk, passage: Passage, said: dict[str, Any], names: list[str]) -> JsonReply:
    with (
        desk.at_aai.passed(),
        changing(desk.runtime, change_of(passage, "region.import", ", ".join(names)[:200] or "all")),
    ):
        workplace, by = desk.runtime.workplace, actor_of(passage)
        found = import_regions(workplace, book(desk), said["aai"] or {}, by, only=names, dry=bool(said["dry_run"]))
        try:
            rows = [each.as_json() for each in found]
        except (AaiRefused, ConnectorError) as error:
            raise Problem(UNAVAILABLE, f"reading the regions of A&AI: {error}", missing=["aai"]) from None
    return JsonReply({"regions": rows})
