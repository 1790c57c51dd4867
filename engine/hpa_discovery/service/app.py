# SPDX-License-Identifier: Apache-2.0
"""The HTTP application: `make_app(runtime)` is what a server serves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.routing import Route

from hpa_discovery.packs.versions import engine_version
from hpa_discovery.service.answering import Answering
from hpa_discovery.service.bodies import Bodies
from hpa_discovery.service.buckets import Buckets
from hpa_discovery.service.callers import Callers
from hpa_discovery.service.desk import Desk, refuse_unknown_query
from hpa_discovery.service.direct import Direct
from hpa_discovery.service.faults import Refusing
from hpa_discovery.service.forms.alarms import AcknowledgeRequest
from hpa_discovery.service.forms.asked import DiscoverRequest, ExplainRequest, ReasonRequest, ResourceUrlsRequest
from hpa_discovery.service.forms.base import REFERENCE, ProblemReply
from hpa_discovery.service.forms.plans import PlanRequest
from hpa_discovery.service.forms.regions import ImportRequest, RegionChangeRequest, RegionRequest
from hpa_discovery.service.gate import Gate
from hpa_discovery.service.limits import DEFAULT, STORE_THREADS, ServiceLimits
from hpa_discovery.service.metrics import Metrics
from hpa_discovery.service.readiness import Readiness
from hpa_discovery.service.routes import (
    alarms,
    answers,
    devices,
    generations,
    health,
    importing,
    inventory,
    multicloud,
    packs,
    plans,
    regions,
)
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.service.turnstile import Turnstile

TITLE = "hpa-discovery"
_ABOUT = "What the hardware of a cloud can do, as ONAP A&AI hpa-capability objects."
# What routes name and do not return.
_FORMS = (
    DiscoverRequest,
    ExplainRequest,
    ResourceUrlsRequest,
    ReasonRequest,
    RegionRequest,
    RegionChangeRequest,
    ImportRequest,
    PlanRequest,
    AcknowledgeRequest,
    ProblemReply,
)
_ROUTERS = (
    answers.router,
    packs.router,
    generations.router,
    devices.router,
    regions.router,
    importing.router,
    inventory.router,
    plans.router,
    alarms.router,
    multicloud.router,
    health.router,
)


def make_app(
    runtime: Runtime, limits: ServiceLimits = DEFAULT, metrics: Metrics | None = None, *, legacy_basic: bool = False
) -> Gate:
    """The ASGI application of a started runtime. `metrics` is the one that observes the runtime, if there is one.

    `legacy_basic`: ONAP's own paths also take a token as the password of Basic.
    """
    counted = metrics if metrics is not None else Metrics()
    counted.watch(runtime)
    answering, bodies = Answering(limits, counted), Bodies(limits)
    refusing = Refusing(limits)
    callers = Callers(runtime.store, limits, runtime.observer, counted.login_failed, legacy_basic=legacy_basic)
    readiness = Readiness(runtime, callers.knows_anybody)
    api = make_api((answering.end, callers.end, readiness.end))
    refusals, at_aai = Buckets(limits.refusals), Turnstile(limits.at_aai)
    api.state.desk = Desk(runtime, limits, counted, bodies, answering, readiness, refusals, at_aai)
    refusing.handle(api)
    return Gate(Direct(api, answers.router.routes), callers, bodies, refusing, limits, counted)


def make_api(endings: Sequence[Callable[[], None]] = ()) -> FastAPI:
    """The routes alone. Without a desk they can only be described. `endings` are called when the server ends."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = STORE_THREADS.routes
        yield
        for end in endings:
            end()

    api = FastAPI(
        title=TITLE,
        description=_ABOUT,
        version=engine_version() or "unreleased",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(refuse_unknown_query)],
        lifespan=lifespan,
    )
    for router in _ROUTERS:
        api.include_router(router)
    api.openapi = lambda: _described(api)  # type: ignore[method-assign]  # FastAPI's own way to change the document
    api.state.query = _query_parameters(api.openapi())
    api.state.routes = [route for router in _ROUTERS for route in router.routes if isinstance(route, Route)]
    return api


def _described(api: FastAPI) -> dict[str, Any]:
    if api.openapi_schema is None:
        document = get_openapi(title=api.title, version=api.version, description=api.description, routes=api.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        _, ours = models_json_schema([(form, "validation") for form in _FORMS], ref_template=REFERENCE + "{model}")
        schemas.update(ours["$defs"])
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
        for operation in (each for path in document["paths"].values() for each in path.values()):
            operation["responses"].pop("422", None)  # the framework's own, which is never answered
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        api.openapi_schema = document
    return api.openapi_schema


def _query_parameters(document: dict[str, Any]) -> dict[tuple[str, str], set[str]]:
    return {
        (method.upper(), path): {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
