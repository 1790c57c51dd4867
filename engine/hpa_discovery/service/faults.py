# SPDX-License-Identifier: Apache-2.0
"""From what a route or the framework raises to a problem, and from a problem to an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from hpa_discovery.errors import StoreError
from hpa_discovery.service.limits import ServiceLimits
from hpa_discovery.service.onap_paths import is_onap
from hpa_discovery.service.passage import GONE, ClientGone, Scope, header, passage_of
from hpa_discovery.service.problems import INTERNAL, INVALID, MEDIA_TYPE, METHOD, NOT_FOUND, UNAVAILABLE, Fault, Problem

_DISCARDED = 4  # times the limit of a body: so much is read and forgotten, for the caller to see the answer


class Refusing:
    """Makes answers of problems."""

    def __init__(self, limits: ServiceLimits) -> None:
        self._most = _DISCARDED * limits.body_bytes

    def answer(self, problem: Problem, scope: Scope) -> Response:
        """The answer. The connection is closed where the rest of the body is too long to read."""
        passage = passage_of(scope)
        headers = dict(problem.headers)
        if self._is_long(scope):
            headers["Connection"] = "close"
        body = problem.body(passage.path, passage.request_id, for_onap=is_onap(scope))
        return Response(body, problem.kind.status, headers, MEDIA_TYPE)

    def handle(self, app: FastAPI) -> None:
        """Let the app answer with problems, whatever is raised in it."""

        def answer(request: Request, error: Exception) -> Response:
            return (
                Response(status_code=GONE)
                if isinstance(error, ClientGone)
                else self.answer(problem_of(error, request.scope), request.scope)
            )

        for kind in (Problem, StoreError, ClientGone, HTTPException, RequestValidationError, Exception):
            app.add_exception_handler(kind, answer)

    def _is_long(self, scope: Scope) -> bool:
        length = header(scope, b"content-length")
        if length is None:
            return header(scope, b"transfer-encoding") is not None
        return not length.isdigit() or int(length) > self._most


def problem_of(error: Exception, scope: Scope) -> Problem:
    """What a caller is told of an error. What is our fault is told without why: that stands in the log."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, StoreError):
        return Problem(UNAVAILABLE, str(error), missing=["store"])
    if isinstance(error, RequestValidationError):
        return Problem(INVALID, "the request has faults", errors=[_fault(each) for each in error.errors()[:20]])
    if isinstance(error, HTTPException) and error.status_code == 405:
        allowed = {"Allow": ", ".join(_methods(scope))}
        return Problem(METHOD, f"{scope['method'][:20]} is not for this path", headers=allowed)
    if isinstance(error, HTTPException) and error.status_code == 404:
        return Problem(NOT_FOUND, "there is no such path; /v1/openapi.json lists those that there are")
    return Problem(INTERNAL, "this is our fault; the service's log says more, by the request id")


def _methods(scope: Scope) -> list[str]:
    """The methods of all routes that have the path: the framework looks at the first one alone."""
    methods: set[str] = set()
    for route in scope["app"].state.routes:
        if route.path_regex.fullmatch(scope["path"]):
            methods |= route.methods or set()
    return sorted(methods)


def _fault(told: dict[str, Any]) -> Fault:
    place: Sequence[str | int] = told["loc"]
    return Fault(told["msg"], parameter=str(place[-1])[:100])
