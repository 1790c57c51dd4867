# SPDX-License-Identifier: Apache-2.0
"""What is known of regions: their subjects, capabilities and history, and the work that was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from hpa_discovery.service.desk import AnyViewer, AtDesk, Desk, JsonReply
from hpa_discovery.service.forms.base import Name, reply
from hpa_discovery.service.forms.regions import (
    CapabilitiesReply,
    HistoryReply,
    OperationReply,
    OperationsReply,
    SubjectsReply,
)
from hpa_discovery.service.limits import FORMS
from hpa_discovery.service.problems import NOT_FOUND, Problem
from hpa_discovery.service.region_access import sees, visible
from hpa_discovery.service.region_rows import Filter, capabilities, change_row, operation_row, subject_row
from hpa_discovery.service.routes.regions import ONE, Owner, RegionId
from hpa_discovery.store import changes, operations, subjects
from hpa_discovery.store.changes import Kind
from hpa_discovery.store.database import Transaction
from hpa_discovery.store.region import Region
from hpa_discovery.store.tokens import Token

router = APIRouter(tags=["regions"])
Limit = Annotated[int, Query(ge=1, le=FORMS.page)]
After = Annotated[Name, Query(description="Only subjects after this id.")]
Before = Annotated[int | None, Query(ge=1, le=2**62, description="Only those below this number.")]
SubjectId = Annotated[Name | None, Query(description="Only this subject, by its id.")]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which region is asked about, and by whom."""

    desk: Desk
    caller: Token
    name: tuple[str, str]

    @contextmanager
    def read(self, what: str) -> Iterator[tuple[Transaction, Region]]:
        """A transaction and the region. Problem 404 where there is none that the caller sees."""
        with self.desk.runtime.store.read(f"reading {what} of a region") as transaction:
            yield transaction, visible(transaction, self.caller, *self.name)


async def _asked(owner: Owner, region: RegionId, desk: AtDesk, caller: AnyViewer) -> _Asked:
    return _Asked(desk, caller, (owner, region))


AtRegion = Annotated[_Asked, Depends(_asked)]


@router.get(ONE + "/subjects", responses=reply(SubjectsReply))
def list_subjects(
    asked: AtRegion,
    id: SubjectId = None,  # noqa: A002 - the name of the query parameter
    after: After = "",
    limit: Limit = 100,
) -> JsonReply:
    """The subjects of a region as the last listings gave them; of one that is asked for by `id` its body, too."""
    with asked.read("the subjects") as (transaction, found):
        if id is not None:
            one = subjects.get(transaction, found.id, id)
            rows = [] if one is None else [{**subject_row(one), "body": one.body}]
            return JsonReply({"subjects": rows, "next": None})
        some = subjects.page(transaction, found.id, after, limit + 1)
    following = some[limit - 1].subject_id if len(some) > limit else None
    return JsonReply({"subjects": [subject_row(each) for each in some[:limit]], "next": following})


async def _filter(
    feature: Annotated[Name | None, Query(description="Only this hpa-feature.")] = None,
    attribute: Annotated[Name | None, Query(description="Only with this attribute.")] = None,
    value: Annotated[Name | None, Query(description="Of the attribute, or of any; without its unit.")] = None,
) -> Filter:
    return Filter(feature, attribute, value)


@router.get(ONE + "/capabilities", responses=reply(CapabilitiesReply))
def list_capabilities(
    asked: AtRegion,
    wanted: Annotated[Filter, Depends(_filter)],
    after: After = "",
    limit: Limit = 100,
) -> JsonReply:
    """What the subjects of a region can do, as A&AI objects.

    Those of one subject stand on one page, which may be longer than `limit` then. A page may be empty and have a
    `next` all the same: so many subjects were looked at.
    """
    with asked.read("the capabilities") as (transaction, found):
        rows, following = capabilities(transaction, found, wanted, after, limit)
    return JsonReply({"capabilities": rows, "next": following})


@router.get(ONE + "/history", responses=reply(HistoryReply))
def read_history(
    asked: AtRegion,
    subject: SubjectId = None,
    kind: Annotated[Kind | None, Query(description="Only what happened so.")] = None,
    before: Before = None,
    limit: Limit = 100,
) -> JsonReply:
    """What changed of the subjects of a region, when, and by which generation; newest first."""
    with asked.read("the history") as (transaction, found):
        kinds = () if kind is None else (kind,)
        some = changes.page(transaction, found.id, before, limit + 1, subject_id=subject, kinds=kinds)
    following = some[limit - 1].id if len(some) > limit else None
    return JsonReply({"changes": [change_row(each) for each in some[:limit]], "next": following})


@router.get("/v1/operations", responses=reply(OperationsReply))
def list_operations(desk: AtDesk, caller: AnyViewer, before: Before = None, limit: Limit = 100) -> JsonReply:
    """The work that was asked for, newest first."""
    with desk.runtime.store.read("listing operations") as transaction:
        some = operations.page(transaction, before, limit + 1, only=caller.regions)
    following = some[limit - 1].id if len(some) > limit else None
    return JsonReply({"operations": [operation_row(each) for each in some[:limit]], "next": following})


@router.get("/v1/operations/{number}", responses=reply(OperationReply))
def show_operation(number: Annotated[int, Path(ge=1, le=2**62)], desk: AtDesk, caller: AnyViewer) -> JsonReply:
    """How it stands with a piece of work."""
    with desk.runtime.store.read("reading an operation") as transaction:
        found = operations.get(transaction, number)
    if found is None or not sees(caller, found.region):
        raise Problem(NOT_FOUND, f"there is no operation {number}; see /v1/operations")
    return JsonReply(operation_row(found))
