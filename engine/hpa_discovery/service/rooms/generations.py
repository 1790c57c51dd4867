# SPDX-License-Identifier: Apache-2.0
"""Generations: what served, going back to an earlier one, and going on again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor

from hpa_discovery.errors import DataError, StoreError
from hpa_discovery.packs.live.state import Live
from hpa_discovery.service.changes import Change, change_of, changing, said
from hpa_discovery.service.desk import AtDesk, Desk, JsonReply, Operator
from hpa_discovery.service.forms.asked import ActivateRequest
from hpa_discovery.service.forms.base import body_of, reply
from hpa_discovery.service.forms.operating import ActiveReply, GenerationReply, GenerationsReply
from hpa_discovery.service.passage import passage_of
from hpa_discovery.service.problems import CONFLICT, NOT_FOUND, Problem
from hpa_discovery.service.questions import read_members
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.store import activations, generations
from hpa_discovery.store.generations import StoredGeneration

router = APIRouter(tags=["generations"])
MOST_PAGE = 500
Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="A SHA-256 in lower-case hexadecimal.")]


class _Sha256(Convertor[str]):
    """So that no other name, such as pin, is taken for a digest."""

    regex = "[0-9a-f]{64}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("sha256", _Sha256())


@router.get("/v1/generations", responses=reply(GenerationsReply))
def list_generations(
    desk: AtDesk,
    before: Annotated[int | None, Query(ge=1, le=2**62, description="Only changes below this sequence.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_PAGE)] = 100,
) -> JsonReply:
    """What serves, and what served before, newest first."""
    with desk.runtime.store.read("reading which generations served") as transaction:
        found = activations.history(transaction, before, limit + 1)
    live, rows = desk.runtime.live, found[:limit]
    told = [{**asdict(row), "at": row.at.isoformat()} for row in rows]
    following = rows[-1].sequence if len(found) > limit else None
    return JsonReply({"serving": live.digest, **_state(live), "activations": told, "next": following})


@router.get("/v1/generations/{digest:sha256}", responses=reply(GenerationReply))
def show_generation(digest: Digest, desk: AtDesk) -> JsonReply:
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
    openapi_extra=body_of(ActivateRequest, required=False),
)
async def activate(digest: Digest, _by: Operator, request: Request, desk: AtDesk) -> JsonReply:
    """Roll back: let this generation serve, and stay until it is unpinned. Needs the role operator.

    409 when this engine cannot serve it; what served before then goes on.
    """
    reason = ""
    if request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers:
        reason = read_members(await desk.bodies.small_json(request), {"reason": str})["reason"] or ""
    change = change_of(passage_of(request.scope), "generation.pin", digest)
    live = await run_in_threadpool(_activate, desk, change, reason)
    return JsonReply({"generation": live.digest, **_state(live)})


@router.delete("/v1/generations/pin", responses=reply(ActiveReply))
def unpin(_by: Operator, request: Request, desk: AtDesk) -> JsonReply:
    """Let what lies in the folders serve again. 409 when nothing is pinned. Needs the role operator."""
    change = change_of(passage_of(request.scope), "generation.unpin", "pin")
    store = desk.runtime.store
    with changing(desk.runtime, change):
        with store.read("reading which generation serves") as transaction:
            if not activations.active(transaction).pinned:
                raise Problem(CONFLICT, "no generation is pinned")
        live = desk.runtime.unpin(change.by, "unpinned", change.request_id)
    return JsonReply({"generation": live.digest, **_state(live)})


def _activate(desk: Desk, change: Change, reason: str) -> Live:
    runtime, digest = desk.runtime, change.target
    with changing(runtime, change):
        before, wanted = runtime.live, _stored(desk, digest).engine
        if wanted != before.recipe.engine:
            raise Problem(CONFLICT, f"generation {digest} was made by engine {wanted}; this is {before.recipe.engine}")
        try:
            return runtime.activate(digest, change.by, reason, change.request_id)
        except (DataError, OSError) as error:
            told = f"generation {digest} cannot serve here: {said(error)}"
            try:
                pinned = _went_back(runtime, before, change)
            except (DataError, OSError) as second:
                raise StoreError(f"{told}; going back to {before.digest} failed, too: {said(second)}") from error
            if isinstance(error, OSError) or not pinned:  # of this host or the store; the generation may be good
                raise
            raise Problem(CONFLICT, f"{told}; so nothing changed") from error


def _went_back(runtime: Runtime, before: Live, change: Change) -> bool:
    """Let serve again what served before, on all hosts; False when nothing else was pinned. StoreError."""
    with runtime.store.read("reading which generation serves") as transaction:
        if activations.active(transaction).generation == before.digest:
            return False
    runtime.activate(before.digest, change.by, f"{change.target} cannot serve", change.request_id)
    if not before.active.pinned:
        runtime.unpin(change.by, f"{change.target} cannot serve", change.request_id)
    return True


def _stored(desk: Desk, digest: str) -> StoredGeneration:
    with desk.runtime.store.read("reading a generation") as transaction:
        found = generations.find(transaction, digest)
    if found is None:
        raise Problem(NOT_FOUND, f"the store has no generation {digest}; see /v1/generations")
    return found


def _state(live: Live) -> dict[str, object]:
    return {"sequence": live.active.sequence, "pinned": live.active.pinned}
