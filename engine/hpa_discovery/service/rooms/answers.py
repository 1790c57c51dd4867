# SPDX-License-Identifier: Apache-2.0
"""What subjects can do, and why."""

from __future__ import annotations

from fastapi import APIRouter, Request

from hpa_discovery.service.desk import JsonReply, desk_of
from hpa_discovery.service.forms.asked import DiscoverRequest, ExplainRequest
from hpa_discovery.service.forms.base import body_of, reply
from hpa_discovery.service.forms.outcomes import DiscoverReply, ExplainReply
from hpa_discovery.service.questions import DISCOVER, EXPLAIN, read_question

router = APIRouter(tags=["answers"])


@router.post("/v1/discover", responses=reply(DiscoverReply), openapi_extra=body_of(DiscoverRequest))
async def discover(request: Request) -> JsonReply:
    """What subjects can do: one outcome for each, in order, all by one generation.

    Nothing is kept. A subject that cannot be judged has `diagnostics`, and what they make uncertain in `unknown`;
    what is unknown is not absent.
    """
    desk = desk_of(request)
    value, size = await desk.bodies.json(request)
    question = read_question(value, DISCOVER, desk.limits.subjects)
    return JsonReply(await desk.answering.discover(desk.runtime.live, question, size))


@router.post("/v1/explain", responses=reply(ExplainReply), openapi_extra=body_of(ExplainRequest))
async def explain(request: Request) -> JsonReply:
    """Why each rule fired for the subjects or not, and what would make it fire, as `hpa explain -o json` says it.

    What a rule calls sensitive is masked.
    """
    desk = desk_of(request)
    value, _ = await desk.bodies.json(request)
    question = read_question(value, EXPLAIN, desk.limits.explained)
    return JsonReply(await desk.answering.explain(desk.runtime.live, question))
