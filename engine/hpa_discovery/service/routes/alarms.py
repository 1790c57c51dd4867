# SPDX-License-Identifier: Apache-2.0
"""Alarms: which faults there are and were, and who looks after them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool

from hpa_discovery.alarms.alertmanager import as_alert
from hpa_discovery.alarms.inventory import at_least
from hpa_discovery.alarms.raising import as_json
from hpa_discovery.service.alarm_rows import acknowledge, alarm_detail
from hpa_discovery.service.changes import change_of, changing
from hpa_discovery.service.desk import AnyOperator, AnyViewer, AtDesk, Desk, JsonReply
from hpa_discovery.service.forms.alarms import AcknowledgeRequest, AlarmReply, AlarmRow, AlarmsReply, Alert
from hpa_discovery.service.forms.base import Name, body_of, reply
from hpa_discovery.service.limits import FORMS
from hpa_discovery.service.passage import Passage, passage_of
from hpa_discovery.service.problems import NOT_FOUND, Problem
from hpa_discovery.service.questions import read_members
from hpa_discovery.service.region_access import sees
from hpa_discovery.service.regions import Actor
from hpa_discovery.store import alarm_rows
from hpa_discovery.store.alarm_rows import Alarm, Severity, Wanted
from hpa_discovery.store.clock import read_clock
from hpa_discovery.store.database import Transaction
from hpa_discovery.store.tokens import Token

router = APIRouter(tags=["alarms"])
Number = Annotated[int, Path(ge=1, le=2**62, description="Its `id`.")]
_MOST_ALERTS = 5000


async def _only(
    caller: AnyViewer,
    region: Annotated[Name | None, Query(description="Only about this OWNER/REGION.")] = None,
) -> Collection[str] | None:
    if region is None:
        return caller.regions
    return [region] if sees(caller, region) else []


async def _wanted(
    only: Annotated[Collection[str] | None, Depends(_only)],
    resource: Annotated[Name | None, Query(description="Of it and all below it: region/acme/RegionOne.")] = None,
    type: Annotated[Name | None, Query(description="Only of this type.")] = None,  # noqa: A002 - the query's name
    severity: Annotated[Severity | None, Query(description="At least as bad as this.")] = None,
    cleared: Annotated[bool | None, Query(description="Only those that are over, or that are not.")] = None,
    acknowledged: Annotated[bool | None, Query(description="Only those that someone looks after, or nobody.")] = None,
) -> Wanted:
    severities = None if severity is None else at_least(severity)
    return Wanted(resource, type, severities, cleared, acknowledged, only)


@router.get("/v1/alarms", responses=reply(AlarmsReply))
def list_alarms(
    desk: AtDesk,
    wanted: Annotated[Wanted, Depends(_wanted)],
    before: Annotated[int | None, Query(ge=1, le=2**62, description="Only those below this id.")] = None,
    limit: Annotated[int, Query(ge=1, le=FORMS.page)] = 100,
) -> JsonReply:
    """The alarms there are and were, the newest record first."""
    with desk.runtime.store.read("listing alarms") as transaction:
        found = alarm_rows.page(transaction, before, limit + 1, wanted)
    following = found[limit - 1].id if len(found) > limit else None
    return JsonReply({"alarms": [as_json(each) for each in found[:limit]], "next": following})


@router.get("/v1/alarms/{number}", responses=reply(AlarmReply))
def show_alarm(number: Number, desk: AtDesk, caller: AnyViewer) -> JsonReply:
    """One alarm, what it means, what to do about it, and what happened to it last."""
    with desk.runtime.store.read("reading an alarm") as transaction:
        found = _visible(transaction, caller, number)
        return JsonReply(alarm_detail(transaction, found))


@router.post(
    "/v1/alarms/{number}/acknowledge",
    responses=reply(AlarmRow),
    openapi_extra=body_of(AcknowledgeRequest, required=False),
)
async def acknowledge_alarm(number: Number, request: Request, desk: AtDesk, caller: AnyOperator) -> JsonReply:
    """Say that somebody looks after an alarm, until it is raised anew. Needs the role operator."""
    text = read_members(await desk.bodies.small_json_if_any(request), {"text": str})["text"] or ""
    return await run_in_threadpool(_acknowledge, desk, passage_of(request.scope), number, text)


@router.get("/v1/alertmanager/api/v2/alerts", responses={**reply(None), 200: {"model": list[Alert]}})
def list_alerts(
    desk: AtDesk,
    caller: AnyViewer,
    active: Annotated[bool, Query(description="As Alertmanager has it; here all are active.")] = True,
    silenced: Annotated[bool, Query(description="Taken, since tools send it.")] = True,
    inhibited: Annotated[bool, Query(description="Taken, since tools send it.")] = True,
    unprocessed: Annotated[bool, Query(description="Taken, since tools send it.")] = True,
) -> JsonReply:
    """The alarms that are not cleared, as Alertmanager's API v2 tells alerts.

    A tool that shows an Alertmanager takes `/v1/alertmanager` as its address. At most 5,000 are told.
    """
    if not active:
        return JsonReply([])
    wanted = Wanted(cleared=False, only=caller.regions)
    with desk.runtime.store.read("listing alerts") as transaction:
        now = read_clock(transaction)
        found: list[Alarm] = []
        while len(found) < _MOST_ALERTS:
            last = found[-1].id if found else None
            some = alarm_rows.page(transaction, last, alarm_rows.MOST_PAGE, wanted)
            found += some
            if len(some) < alarm_rows.MOST_PAGE:
                break
    return JsonReply([as_alert(each, now) for each in found])


def _acknowledge(desk: Desk, passage: Passage, number: int, text: str) -> JsonReply:
    caller = passage.caller
    assert caller is not None  # the gate lets nobody else in
    change = change_of(passage, "alarm.acknowledge", str(number))
    with changing(desk.runtime, change), desk.runtime.store.write("acknowledging an alarm") as transaction:
        alarm = _visible(transaction, caller, number)
        acknowledge(transaction, alarm, Actor(caller.name, passage.request_id), text)
        return JsonReply(as_json(_visible(transaction, caller, number)))


def _visible(transaction: Transaction, caller: Token, number: int) -> Alarm:
    """The alarm. Problem 404 where there is none that the caller sees."""
    found = alarm_rows.get(transaction, number)
    if found is None or not sees(caller, found.region):
        raise Problem(NOT_FOUND, f"there is no alarm {number}; see /v1/alarms")
    return found
