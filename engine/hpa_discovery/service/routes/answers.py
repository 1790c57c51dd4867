# SPDX-License-Identifier: Apache-2.0
"""What subjects can do, and why."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from hpa_discovery.service.bodies import JSON
from hpa_discovery.service.desk import desk_of
from hpa_discovery.service.forms.asked import DiscoverRequest, ExplainRequest, ResourceUrlsRequest
from hpa_discovery.service.forms.base import body_of, reply
from hpa_discovery.service.forms.outcomes import DiscoverReply, ExplainReply, ResourceUrlsReply

router = APIRouter(tags=["answers"])


@router.post("/v1/discover", responses=reply(DiscoverReply), openapi_extra=body_of(DiscoverRequest))
async def discover(request: Request) -> Response:
    """What subjects can do: one outcome for each, in order, all by one generation.

    Nothing is kept. A subject that cannot be judged has `diagnostics`, and what they make uncertain in `unknown`;
    what is unknown is not absent.
    """
    desk = desk_of(request)
    body = await desk.bodies.read(request)
    return Response(await desk.answering.discover(desk.runtime.live, body), media_type=JSON)


@router.post("/v1/explain", responses=reply(ExplainReply), openapi_extra=body_of(ExplainRequest))
async def explain(request: Request) -> Response:
    """Why each rule fired for the subjects or not, and what would make it fire, as `hpa explain -o json` says it.

    What a rule calls sensitive is masked.
    """
    desk = desk_of(request)
    body = await desk.bodies.read(request)
    return Response(await desk.answering.explain(desk.runtime.live, body), media_type=JSON)


@router.post("/v1/resource-urls", responses=reply(ResourceUrlsReply), openapi_extra=body_of(ResourceUrlsRequest))
async def resource_urls(request: Request) -> Response:
    """Where in A&AI the capabilities of flavors belong, for a plugin that writes A&AI itself.

    URL and id are the same on every run, so that a PUT never makes a second one. Nothing is kept or written here.
    """
    desk = desk_of(request)
    body = await desk.bodies.read(request)
    return Response(await desk.answering.resource_urls(desk.runtime.live, body), media_type=JSON)
