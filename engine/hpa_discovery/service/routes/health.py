# SPDX-License-Identifier: Apache-2.0
"""Whether the service lives, whether it can serve, and what it counted."""

from __future__ import annotations

from fastapi import APIRouter, Response

from hpa_discovery.service import metrics
from hpa_discovery.service.desk import AtDesk, JsonReply
from hpa_discovery.service.forms.base import reply
from hpa_discovery.service.forms.operating import Health, Ready
from hpa_discovery.service.problems import UNAVAILABLE, Problem

router = APIRouter(tags=["health"])


@router.get("/healthz", responses=reply(Health), openapi_extra={"security": []})
async def healthz(desk: AtDesk) -> JsonReply:
    """Whether the process is alive and sees changes; 503 when it should be started again. Needs no token."""
    if not desk.runtime.watcher.alive:
        raise Problem(UNAVAILABLE, "the watcher of packs has ended", missing=["watcher"])
    return JsonReply({"status": "ok"})


@router.get("/readyz", responses=reply(Ready), openapi_extra={"security": []})
async def readyz(desk: AtDesk) -> JsonReply:
    """Whether requests can be sent here: a generation serves, and callers can be told apart. Needs no token.

    Without the database it is 200, with `missing`, for as long as some callers are remembered from before: they are
    answered. 503 when nobody is, and while the service is being stopped.
    """
    standing = await desk.readiness.standing()
    if standing.reasons:
        raise Problem(UNAVAILABLE, "; ".join(standing.reasons), missing=standing.missing)
    told = {"status": "ready", "generation": desk.runtime.live.digest, "missing": standing.missing}
    return JsonReply(told)


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        **reply(None),
        200: {"description": "Prometheus text format", "content": {"text/plain": {"schema": {"type": "string"}}}},
    },
)
def read_metrics(desk: AtDesk) -> Response:
    """What was counted, and the state of packs and drivers, for Prometheus."""
    return Response(desk.metrics.text(), media_type=metrics.MEDIA_TYPE)
