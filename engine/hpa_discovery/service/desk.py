# SPDX-License-Identifier: Apache-2.0
"""What the routes work with, and who may use them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from hpa_discovery.service.answering import Answering
from hpa_discovery.service.bodies import Bodies
from hpa_discovery.service.buckets import Buckets
from hpa_discovery.service.changes import change_of, note
from hpa_discovery.service.json_text import write_json
from hpa_discovery.service.limits import ServiceLimits
from hpa_discovery.service.metrics import Metrics
from hpa_discovery.service.passage import passage_of, route_of
from hpa_discovery.service.problems import FORBIDDEN, INVALID, RATE, Fault, Problem, retry_after
from hpa_discovery.service.readiness import Readiness
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.service.turnstile import Turnstile
from hpa_discovery.store.tokens import Role, Token

ROLES: tuple[Role, ...] = ("viewer", "operator", "admin")  # each may do what those before it may


@dataclass(frozen=True, slots=True)
class Desk:
    """Made once for an app."""

    runtime: Runtime
    limits: ServiceLimits
    metrics: Metrics
    bodies: Bodies
    answering: Answering
    readiness: Readiness
    refusals: Buckets  # by the id of a token
    at_aai: Turnstile


class JsonReply(Response):
    """An answer that is JSON. What is said of it stands in the route's description, and is not checked again."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The text."""
        return write_json(content)


def desk_of(request: Request) -> Desk:
    """The desk of the app that the request came to."""
    return cast("Desk", request.app.state.desk)


async def _desk(request: Request) -> Desk:  # not async, it would be called in a thread
    return desk_of(request)


AtDesk = Annotated[Desk, Depends(_desk)]


async def refuse_unknown_query(request: Request) -> None:
    """Problem 422 for a query parameter that the route does not have, or that is said twice."""
    if not request.scope["query_string"]:
        return
    known = request.app.state.query[request.method, route_of(request.scope)]
    names = [name for name, _ in request.query_params.multi_items()]
    faults = [
        Fault(_wrong(name, known), parameter=name[:100])
        for name in dict.fromkeys(names)
        if name not in known or names.count(name) > 1
    ]
    if faults:
        raise Problem(INVALID, "the query has faults", errors=faults[:20])


def _wrong(name: str, known: set[str]) -> str:
    if name in known:
        return "it is given more than once"
    return f"there is no such parameter; the route has {', '.join(sorted(known)) or 'none'}"


def needs(role: Role, *, everywhere: bool = True) -> Callable[[Request], Awaitable[Token]]:
    """A dependency: the caller, whose token must have the role. Problem 403.

    Where it is to be of use `everywhere`, it must not be limited to regions.

    Each refusal is audited; a token that is refused too often gets Problem 429, and leaves no trace in the database.
    """

    async def check(request: Request) -> Token:
        caller = passage_of(request.scope).caller
        assert caller is not None  # the gate lets nobody else in
        problem = _forbidden(caller, role, everywhere)
        if problem is None:
            return caller
        desk, passage = desk_of(request), passage_of(request.scope)
        if wait := desk.refusals.take(caller.id):
            raise Problem(RATE, f"{problem.detail}, and was refused too often", headers=retry_after(wait))
        change = change_of(passage, f"{request.method} {route_of(request.scope)}", passage.path)
        await run_in_threadpool(note, desk.runtime, change, "refused", problem.detail)
        raise problem

    return check


def _forbidden(caller: Token, role: Role, everywhere: bool) -> Problem | None:
    if ROLES.index(caller.role) < ROLES.index(role):
        return Problem(FORBIDDEN, f"this needs the role {role}; the token {caller.name} has the role {caller.role}")
    if everywhere and caller.regions is not None:
        return Problem(FORBIDDEN, f"this changes all regions; the token {caller.name} is limited to some")
    return None


Operator = Annotated[Token, Depends(needs("operator"))]
Admin = Annotated[Token, Depends(needs("admin"))]
# Those who may do it for the regions of their token.
AnyOperator = Annotated[Token, Depends(needs("operator", everywhere=False))]
AnyAdmin = Annotated[Token, Depends(needs("admin", everywhere=False))]
AnyViewer = Annotated[Token, Depends(needs("viewer", everywhere=False))]
