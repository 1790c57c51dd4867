# SPDX-License-Identifier: Apache-2.0
"""Generations: what served, going back to an earlier one, and going on again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor

from hpa_discovery.packs.live.state import Live
from hpa_discovery.service.changes import Change, change_of, changing
from hpa_discovery.service.desk import AtDesk, Desk, JsonReply, Operator
from hpa_discovery.service.forms.asked import ReasonRequest
from hpa_discovery.service.forms.base import SHA256, Digest, body_of, reply
from hpa_discovery.service.forms.operating import ActiveReply, GenerationReply, GenerationsReply
from hpa_discovery.service.limits import FORMS
from hpa_discovery.service.passage import Passage, passage_of
from hpa_discovery.service.problems import NOT_FOUND, Problem
from hpa_discovery.service.questions import read_members
from hpa_discovery.store import activations, generations
from hpa_discovery.store.generations import StoredGeneration

router = APIRouter(tags=["generations"])
NamedDigest = Annotated[Digest, Path(description="A SHA-256 in lower-case hexadecimal.")]


class _DigestConvertor(Convertor[str]):
    """So that no other name, such as pin, is taken for a digest."""

    regex = SHA256

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("sha256", _DigestConvertor())


@router.get("/v1/generations", responses=reply(GenerationsReply))
def list_generations(
    desk: AtDesk,
    before: Annotated[int | None, Query(ge=1, le=2**62, description="Only changes below this sequence.")] = None,
    limit: Annotated[int, Query(ge=1, le=FORMS.generations)] = 100,
) -> JsonReply:
    """What serves, and what served before, newest first."""
    with desk.runtime.store.read("reading which generations served") as transaction:
        found = activations.history(transaction, before, limit + 1)
    live, rows = desk.runtime.live, found[:limit]
    told = [{**asdict(row), "at": row.at.isoformat()} for row in rows]
    following = rows[-1].sequence if len(found) > limit else None
    return JsonReply({"serving": live.digest, **_state(live), "activations": told, "next": following})


@router.get("/v1/generations/{digest:sha256}", responses=reply(GenerationReply))
def show_generation(digest: NamedDigest, desk: AtDesk) -> JsonReply:
    """What a generation is made of."""
    found = _stored(desk, digest)
    return JsonReply(
        {
            "digest": found.digest,
            "engine": found.engine,
            "created_at": found.created_at.isoformat(),
            "serving": desk.runtime.live.digest == digest,
            "parts": [asdict(part) for part in found.parts],
        }
    )


@router.post(
    "/v1/generations/{digest:sha256}/activate",
    responses=reply(ActiveReply),
    openapi_extra=body_of(ReasonRequest, required=False),
)
async def activate(digest: NamedDigest, _by: Operator, request: Request, desk: AtDesk) -> JsonReply:
    """Roll back: let this generation serve, and stay until it is unpinned. Needs the role operator.

    409 when this engine cannot serve it; what served before then goes on.
    """
    change = change_of(passage_of(request.scope), "generation.pin", digest)
    live = await run_in_threadpool(_activate, desk, change, await _reason(request, desk))
    return JsonReply({"generation": live.digest, **_state(live)})


@router.delete(
    "/v1/generations/pin",
    responses=reply(ActiveReply),
    openapi_extra=body_of(ReasonRequest, required=False),
)
async def unpin(_by: Operator, request: Request, desk: AtDesk) -> JsonReply:
    """Let what lies in the folders serve again. 409 when nothing is pinned. Needs the role operator."""
    live = await run_in_threadpool(_unpin, desk, passage_of(request.scope), await _reason(request, desk))
    return JsonReply({"generation": live.digest, **_state(live)})


async def _reason(request: Request, desk: Desk) -> str:
    """What the body says, where there is one. Problem."""
    if request.headers.get("content-length", "0") == "0" and "transfer-encoding" not in request.headers:
        return ""
    reason: str | None = read_members(await desk.bodies.small_json(request), {"reason": str})["reason"]
    return reason or ""


def _activate(desk: Desk, change: Change, reason: str) -> Live:
    with changing(desk.runtime, change):
        _stored(desk, change.target)
        return desk.runtime.activate(change.target, change.by, reason, change.request_id)


def _unpin(desk: Desk, passage: Passage, reason: str) -> Live:
    with desk.runtime.store.read("reading which generation serves") as transaction:
        serving = activations.active(transaction).generation
    change = change_of(passage, "generation.unpin", str(serving))
    with changing(desk.runtime, change):
        return desk.runtime.unpin(change.by, reason, change.request_id)


def _stored(desk: Desk, digest: str) -> StoredGeneration:
    with desk.runtime.store.read("reading a generation") as transaction:
        found = generations.find(transaction, digest)
    if found is None:
        raise Problem(NOT_FOUND, f"the store has no generation {digest}; see /v1/generations")
    return found


def _state(live: Live) -> dict[str, object]:
    return {"sequence": live.active.sequence, "pinned": live.active.pinned}
