# SPDX-License-Identifier: Apache-2.0
"""The short way to the routes that are asked most: the framework's own takes longer than an answer.

They read the request themselves and have no path parameters, so there is nothing
that the framework would do for them; it has them for its document.
"""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import FastAPI, Request
from starlette.routing import BaseRoute, Route

from hpa_discovery.service.desk import refuse_unknown_query
from hpa_discovery.service.passage import UNROUTED, Asgi, Receive, Scope, Send, route_of


class Direct:
    """An ASGI application that calls the functions of `routes` of an app, and the app for all others."""

    def __init__(self, app: FastAPI, routes: Iterable[BaseRoute]) -> None:
        self._app: Asgi = app
        self._api = app
        found = [route for route in routes if isinstance(route, Route)]
        self._routes = {(method, route.path): route for route in found for method in route.methods or ()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. What a function raises is the caller's matter."""
        route = self._routes.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["route"], scope["app"] = route, self._api
        request = Request(scope, receive)
        await refuse_unknown_query(request)
        response = await route.endpoint(request)
        await response(scope, receive, send)

    def route_of(self, scope: Scope) -> str:
        """The template of the path, such as /v1/packs/{name}, also of a request that was refused before any route.

        "-" where no route has the path.
        """
        if (routed := route_of(scope)) != UNROUTED:
            return routed
        known: list[Route] = self._api.state.routes
        return next((each.path_format for each in known if each.path_regex.fullmatch(scope["path"])), UNROUTED)
