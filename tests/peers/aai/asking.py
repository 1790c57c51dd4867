# SPDX-License-Identifier: Apache-2.0
"""A plain client of A&AI for tests: what a foreign client does, and what a test looks at."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from peers.aai.running import Aai

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, body as JSON (None where it is empty), headers with names in lower case."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def error(self) -> str:
        """What a refusal says: its message and its ERR code; "" where nothing was refused."""
        if not isinstance(self.body, dict) or "requestError" not in self.body:
            return ""
        [exception] = self.body["requestError"].values()
        return f"{exception['messageId']} {exception['variables'][2]} {exception['variables'][3]}"


class Asking:
    """One keep-alive connection to `aai` as the client `app`; `headers` replace what is sent, None leaves one out."""

    def __init__(
        self,
        aai: Aai,
        version: int = 28,
        app: str = "test",
        headers: Mapping[str, str | None] | None = None,
        timeout: float = 30,
    ) -> None:
        context = ssl.create_default_context(cadata=aai.ca)
        self._http = http.client.HTTPSConnection("localhost", aai.port, timeout=timeout, context=context)
        login = base64.b64encode(f"{aai.user}:{aai.password}".encode()).decode()
        usual = {
            "Accept": JSON,
            "Authorization": f"Basic {login}",
            "X-FromAppId": app,
            "X-TransactionId": "of-a-test",
        }
        told = {**usual, **(headers or {})}
        self._headers = {name: value for name, value in told.items() if value is not None}
        self._version = version

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def send(self, method: str, path: str, body: Any = None, content: str = JSON, **headers: str) -> Reply:
        """One request whose answer is JSON or empty."""
        answer, data = self.exchange(method, path, body, content, headers)
        return Reply(answer.status, json.loads(data) if data else None, {k.lower(): v for k, v in answer.getheaders()})

    def exchange(
        self, method: str, path: str, body: Any = None, content: str = JSON, headers: Mapping[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """One request; a path that begins with /aai is taken as it is. `body` that is no text is sent as JSON."""
        target = path if path.startswith("/aai") else f"/aai/v{self._version}/{path.lstrip('/')}"
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        sent = {**self._headers, **({} if text is None else {"Content-Type": content}), **(headers or {})}
        try:
            self._http.request(method, target, text, sent)
            answer = self._http.getresponse()
            return answer, answer.read()
        except BaseException:
            self._http.close()
            raise

    def get(self, path: str, **query: str) -> Reply:
        """GET; underscores in names of the query become dashes."""
        return self.send("GET", path + _query(query))

    def put(self, path: str, body: Any) -> Reply:
        """PUT."""
        return self.send("PUT", path, body)

    def patch(self, path: str, body: Any) -> Reply:
        """PATCH with its own media type."""
        return self.send("PATCH", path, body, MERGE_PATCH)

    def delete(self, path: str, version: str = "") -> Reply:
        """DELETE with the resource-version, or without."""
        return self.send("DELETE", path + _query({"resource_version": version} if version else {}))

    def bulk(self, *operations: tuple[str, str, Any]) -> Reply:
        """A bulk call of (action, uri, body)."""
        told = [{"action": action, "uri": uri, "body": body} for action, uri, body in operations]
        return self.send("POST", "bulk/single-transaction", {"operations": told})

    def version_of(self, path: str) -> str:
        """The resource-version that stands there."""
        return str(self.get(path).body["resource-version"])


def _query(query: dict[str, str]) -> str:
    return "?" + urlencode({name.replace("_", "-"): value for name, value in query.items()}) if query else ""
