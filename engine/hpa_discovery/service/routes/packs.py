# SPDX-License-Identifier: Apache-2.0
"""Packs and overlays: which serve, what is wrong with the others, and letting one go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from hpa_discovery.language.pack import Pack
from hpa_discovery.model import Finding, Severity
from hpa_discovery.service.changes import change_of, changing
from hpa_discovery.service.desk import Admin, AtDesk, Desk, JsonReply
from hpa_discovery.service.forms.base import reply
from hpa_discovery.service.forms.operating import FindingsReply, PackReply, PacksReply, RemovedReply
from hpa_discovery.service.limits import FORMS
from hpa_discovery.service.passage import passage_of
from hpa_discovery.service.problems import NOT_FOUND, Problem

router = APIRouter(tags=["packs"])


@router.get("/v1/packs", responses=reply(PacksReply))
def list_packs(desk: AtDesk) -> JsonReply:
    """How each pack and overlay stands, and what keeps new content from being taken up."""
    live, keeper = desk.runtime.live, desk.runtime.keeper
    return JsonReply(
        {
            "generation": live.digest,
            "pinned": live.active.pinned,
            "packs": [status.as_json() for status in keeper.status()],
            "problems": desk.runtime.problems,
        }
    )


@router.get("/v1/packs/{name:path}", responses=reply(PackReply))
def show_pack(name: str, desk: AtDesk) -> JsonReply:
    """What serves of a pack or overlay, by its namespace or id, and how it stands."""
    live = desk.runtime.live
    status = [each.as_json() for each in desk.runtime.keeper.status() if each.name == name]
    pack = next((pack for pack in live.generation.packs if pack.namespace == name), None)
    if not status and pack is None:
        raise _no_pack(name)
    return JsonReply({"name": name, "status": status, "serving": pack and _detail(pack)})


@router.delete("/v1/packs/{name:path}", responses=reply(RemovedReply))
def remove_pack(name: str, desk: AtDesk, caller: Admin, request: Request) -> JsonReply:
    """Let a pack or overlay go. It does not come back before its content changes, wherever it still lies.

    409 for a bundled pack, while a generation is pinned, and when what stays cannot serve without it. Needs the
    role admin.
    """
    passage = passage_of(request.scope)
    with changing(desk.runtime, change_of(passage, "pack.remove", name)):
        if not any(unit.part.name == name for unit in desk.runtime.live.units.values()):
            raise _no_pack(name)
        desk.runtime.remove(name, caller.name, passage.request_id)
    return JsonReply({"removed": name, "generation": desk.runtime.live.digest})


@router.get("/v1/findings", responses=reply(FindingsReply))
def list_findings(
    desk: AtDesk,
    pack: Annotated[str | None, Query(max_length=200, description="Only of this pack or overlay.")] = None,
    severity: Annotated[Severity | None, Query(description="Only of this severity.")] = None,
    code: Annotated[str | None, Query(max_length=100, description="Only with this code.")] = None,
    limit: Annotated[int, Query(ge=1, le=FORMS.findings)] = 100,
) -> JsonReply:
    """What is wrong in all packs and overlays, those that are held and those that serve."""
    found = [
        {"kind": kind, "name": name, "origin": origin, "finding": asdict(finding)}
        for kind, name, origin, finding in _findings(desk)
        if pack in {None, name} and severity in {None, finding.severity} and code in {None, finding.code}
    ]
    return JsonReply({"total": len(found), "findings": found[:limit]})


def _findings(desk: Desk) -> Iterator[tuple[str, str, str, Finding]]:
    for status in desk.runtime.keeper.status():
        for finding in status.findings:
            yield status.kind, status.name, status.origin, finding
    for finding in desk.runtime.keeper.findings():
        yield "root", "", finding.file, finding


def _no_pack(name: str) -> Problem:
    return Problem(NOT_FOUND, f"there is no pack or overlay {name[:200]!r}; see /v1/packs")


def _detail(pack: Pack) -> dict[str, Any]:
    rules = [
        {
            "id": rule.id,
            "title": rule.title,
            "maturity": rule.maturity,
            "source": rule.source,
            "feature": rule.emit.feature,
        }
        for rule in pack.rules
    ]
    drivers = [
        {
            "id": each.id,
            "title": each.title,
            "source": each.source,
            "features": list(each.answers),
            "digest": each.digest,
        }
        for each in pack.drivers
    ]
    return {
        "namespace": pack.namespace,
        "version": pack.version,
        "level": pack.level,
        "activation": pack.activation,
        "features": list(pack.features),
        "params": dict(pack.params),
        "tables": sorted(pack.tables),
        "rules": rules,
        "drivers": drivers,
    }
