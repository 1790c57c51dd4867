# SPDX-License-Identifier: Apache-2.0
"""What every request passes: an id, room for it, a valid token, the token's rate; and one line in the log at its end.

Plain ASGI: frameworks' middleware takes longer than an answer.
"""

from __future__ import annotations

import asyncio
import logging

from hpa_discovery.service.access_log import log_access
from hpa_discovery.service.bodies import Bodies
from hpa_discovery.service.buckets import Buckets
from hpa_discovery.service.callers import Callers
from hpa_discovery.service.direct import Direct
from hpa_discovery.service.faults import Refusing, problem_of
from hpa_discovery.service.limits import ServiceLimits
from hpa_discovery.service.metrics import Metrics
from hpa_discovery.service.onap_paths import forgive_slash
from hpa_discovery.service.passage import (
    FIXED_HEADERS,
    GONE,
    UNROUTED,
    ClientGone,
    Message,
    Passage,
    Receive,
    Scope,
    Send,
    open_passage,
)
from hpa_discovery.service.problems import BUSY, INTERNAL, RATE, UNAVAILABLE, Problem, retry_after

OPEN = frozenset({"/healthz", "/readyz"})
LOG = logging.getLogger("hpa.service")
_STOPPED = "the service was stopped before this came to its end; what was asked for may have been done"


class Gate:
    """Stands before the routes."""

    def __init__(
        self, app: Direct, callers: Callers, bodies: Bodies, refusing: Refusing, limits: ServiceLimits, metrics: Metrics
    ) -> None:
        self.app = app
        self.callers = callers
        self._bodies = bodies
        self._refusing = refusing
        self._limits = limits
        self._metrics = metrics
        self._rates = Buckets(limits.rate)
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the begin and end of the server."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        passage = open_passage(scope)
        forgive_slash(scope)
        self._in_flight += 1
        try:
            await self._pass(scope, passage, receive, _noting(passage, send))
        finally:
            self._in_flight -= 1
            self._bodies.release(passage)
            self.note(passage, self.app.route_of(scope))

    def note(self, passage: Passage, route: str = UNROUTED) -> None:
        """Count a request that ended, and tell it in the log."""
        self._metrics.answered(passage.method, route, passage.status, passage.seconds)
        log_access(passage, route)

    async def _pass(self, scope: Scope, passage: Passage, receive: Receive, send: Send) -> None:
        try:
            if scope["path"] not in OPEN:
                await self._admit(scope, passage)
            await self.app(scope, receive, send)
        except ClientGone:
            passage.status = GONE
        except asyncio.CancelledError:  # by the server, at the end of its grace
            if passage.status:
                raise
            await self._refusing.answer(Problem(UNAVAILABLE, _STOPPED), scope)(scope, receive, send)
        except Exception as error:  # whatever is left is told as our fault, and the server goes on
            problem = problem_of(error, scope)
            if problem.kind is INTERNAL:
                fields = {"request_id": passage.request_id}
                LOG.exception("%s %s failed", passage.method, passage.path, extra={"fields": fields})
            if not passage.status:  # no answer began yet
                await self._refusing.answer(problem, scope)(scope, receive, send)

    async def _admit(self, scope: Scope, passage: Passage) -> None:
        if self._in_flight > self._limits.in_flight:
            raise Problem(BUSY, f"{self._limits.in_flight} requests are being answered", headers=retry_after(1))
        passage.caller = caller = await self.callers.caller(scope)
        if wait := self._rates.take(caller.id):
            rate = self._limits.rate
            detail = f"the token {caller.name} may ask {rate.per_second:g} times a second, {rate.burst} at once"
            raise Problem(RATE, detail, headers=retry_after(wait))


def _noting(passage: Passage, send: Send) -> Send:
    request_id = (b"x-request-id", passage.request_id.encode("ascii"))

    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            passage.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *FIXED_HEADERS, request_id]
        else:
            passage.sent += len(message.get("body", b""))
        await send(message)

    return noting
