# SPDX-License-Identifier: Apache-2.0
"""A&AI's REST API as far as it is needed: one client a region's A&AI, for any number of threads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import quote
from uuid import uuid4

from hpa_discovery.aai.answers import check_all_done, check_written, expect, malformed
from hpa_discovery.aai.paths import BULK
from hpa_discovery.aai.versions import LAST, checked_version
from hpa_discovery.connectors.client import EndpointSettings, basic
from hpa_discovery.connectors.redaction import without
from hpa_discovery.connectors.reply import MOST_JSON
from hpa_discovery.errors import ConnectorError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hpa_discovery.connectors.client import HttpClient
    from hpa_discovery.connectors.reply import Reply

APP = "hpa-discovery"
MERGE_PATCH = "application/merge-patch+json"

_READ = frozenset((200,))
_DONE = {"put": frozenset((200, 201)), "patch": frozenset((200,)), "delete": frozenset((204,))}
_BULK_DONE = frozenset((201,))


class Operation(NamedTuple):
    """One write: below the schema version, with the query that a delete needs."""

    action: Literal["put", "patch", "delete"]
    path: str
    body: Mapping[str, Any]
    resource_version: str = ""

    def as_json(self) -> dict[str, Any]:
        """As an operation of a bulk call, where a delete has a body too."""
        query = f"?resource-version={quote(self.resource_version, safe='')}" if self.action == "delete" else ""
        return {"action": self.action, "uri": self.path + query, "body": self.body}


@dataclass(frozen=True, slots=True)
class AaiAccess:
    """Where A&AI is: `url` with or without its /aai, `ca` PEM text, `version` of its schema, 14 to 30."""

    url: str
    user: str
    password: str = field(repr=False)
    ca: str = field(default="", repr=False)
    version: int = LAST


class AaiClient:
    """Every method raises AaiRefused where nothing was done, and ConnectorError, whose `sent` says what may have been.

    A write without an answer may have been done, and may still be done after the next
    read. Resource-versions make both harmless.
    """

    def __init__(self, http: HttpClient, settings: AaiAccess) -> None:
        self.version = checked_version(settings.version)
        url = settings.url.rstrip("/").removesuffix("/aai")
        login = basic(settings.user, settings.password)
        self._secrets = (settings.password, login["Authorization"].removeprefix("Basic "))
        headers = {**login, "X-FromAppId": APP}
        self._endpoint = http.endpoint(EndpointSettings("aai", url, settings.ca, headers))

    def get(self, path: str, query: Mapping[str, str] | None = None) -> tuple[dict[str, Any], Reply]:
        """The object or collection there, and the whole reply for its headers."""
        reply = self._ask("GET", path, _READ, query=query)
        told = reply.json()
        if not isinstance(told, dict):
            raise malformed(reply.doing, "no object")
        return told, reply

    def write(self, operation: Operation) -> None:
        """Do one operation."""
        action, path, body, resource_version = operation
        if action == "delete":
            self._ask("DELETE", path, _DONE[action], query={"resource-version": resource_version})
            return
        headers = {"Content-Type": MERGE_PATCH} if action == "patch" else None
        check_written(self._ask(action.upper(), path, _DONE[action], body=body, headers=headers))

    def bulk(self, operations: list[Operation]) -> None:
        """Do all of these, or none."""
        body = {"operations": [operation.as_json() for operation in operations]}
        check_all_done(self._ask("POST", BULK, _BULK_DONE, body=body), len(operations))

    def _ask(
        self,
        method: str,
        path: str,
        statuses: frozenset[int],
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        transaction = str(uuid4())
        sent = {"X-TransactionId": transaction, **(headers or {})}
        at = f"/aai/v{self.version}{path}"
        reply = self._endpoint.request(method, at, query=query, body=body, headers=sent)
        if len(reply.body) > MOST_JSON:
            said = f"{reply.doing}: the answer has more than {MOST_JSON} bytes; it was not looked at"
            raise ConnectorError("too_large", said, sent=True)
        return expect(reply, statuses, transaction, self._hide)

    def _hide(self, text: str) -> str:
        return without(text, self._secrets)
