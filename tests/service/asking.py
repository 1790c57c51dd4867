# SPDX-License-Identifier: Apache-2.0
"""Asks an app in this process, as a client would, without a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from hpa_discovery.service.app import make_app
from hpa_discovery.service.gate import Gate
from hpa_discovery.service.limits import DEFAULT, ServiceLimits
from hpa_discovery.service.metrics import Metrics
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.store import audit, tokens
from hpa_discovery.store.tokens import Role

FLAVOR = {"id": "7", "name": "small", "vcpus": 2, "ram": 2048, "disk": 1, "extra_specs": {"hw:cpu_policy": "dedicated"}}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Asking:
    """A client of one app. Requests carry the token of the role, unless `token` says another one, or None."""

    runtime: Runtime
    app: Gate
    metrics: Metrics
    texts: Mapping[Role, str]
    portal: BlockingPortal
    remote: str = "192.0.2.1"

    def ask(
        self, method: str, path: str, *, role: Role = "viewer", token: str | None = "", **request: Any
    ) -> httpx.Response:
        """The answer to one request."""
        headers = dict(request.pop("headers", {}))
        if token is not None:
            headers.setdefault("Authorization", f"Bearer {token or self.texts[role]}")
        return self.portal.call(self._asked, method, path, headers, request)

    def get(self, path: str, **request: Any) -> Any:
        """The JSON of a GET that is answered."""
        answer = self.ask("GET", path, **request)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, value: Any, **request: Any) -> httpx.Response:
        """POST a JSON value."""
        return self.ask("POST", path, json=value, **request)

    def send(self, body: bytes, path: str = "/v1/discover", **request: Any) -> httpx.Response:
        """POST bytes as JSON."""
        return self.ask("POST", path, content=body, **{"headers": JSON, **request})

    def token(self, name: str, role: Role, **limits: Any) -> str:
        """A new token."""
        with self.runtime.store.write("making a token") as transaction:
            return tokens.create(transaction, name, role=role, by="cli:test", **limits).text

    def acts(self, action: str) -> list[audit.AuditRow]:
        """What the audit log has of an action and those below it, newest first."""
        with self.runtime.store.read("reading the audit") as transaction:
            return list(audit.page(transaction, wanted=audit.Wanted(action=action)))

    async def _asked(self, method: str, path: str, headers: dict[str, str], request: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, client=(self.remote, 40000))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path, headers=headers, **request)


@contextmanager
def asking(runtime: Runtime, limits: ServiceLimits = DEFAULT, *, legacy_basic: bool = False) -> Iterator[Asking]:
    """A client of a new app of this runtime, with a token for each role."""
    metrics = Metrics()
    texts: dict[Role, str] = {}
    roles: tuple[Role, ...] = ("viewer", "operator", "admin")
    with runtime.store.write("making tokens") as transaction:
        known = len(tokens.tokens(transaction))
        for role in roles:
            texts[role] = tokens.create(transaction, f"{role}-{known}", role=role, by="cli:test").text
    with start_blocking_portal() as portal:
        app = make_app(runtime, limits, metrics, legacy_basic=legacy_basic)
        yield Asking(runtime, app, metrics, texts, portal)


def told(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """The problem that the answer must be."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == f"urn:hpa-discovery:problem:{kind}"
    assert (problem["status"], problem["request_id"]) == (status, answer.headers["x-request-id"])
    return problem
