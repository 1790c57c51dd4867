# SPDX-License-Identifier: Apache-2.0
"""What is known of one request on its way through: who asks, how it is called in logs, how it ended."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote

from hpa_discovery.store.tokens import Token

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

UNROUTED = "-"
FIXED_HEADERS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))  # of every answer
GONE = 499  # the caller went away before it was answered, as web servers log it
_KEY = "hpa_discovery.passage"
_SANE_ID = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:/+=@-]{0,99}")
_SAFE = "/:@!$&'()*+,;=~-._"


class ClientGone(Exception):
    """The caller went away before it was answered."""


@dataclass(slots=True)
class Passage:
    """One request. `status` is 0 until an answer begins; `sent` and `buffered` count bytes of the two bodies."""

    request_id: str
    method: str
    path: str
    remote: str
    started: float = field(default_factory=time.perf_counter)
    caller: Token | None = None
    status: int = 0
    sent: int = 0
    buffered: int = 0

    @property
    def seconds(self) -> float:
        """How long it took until now."""
        return time.perf_counter() - self.started


def open_passage(scope: Scope) -> Passage:
    """Begin: the caller's X-Request-ID is taken when it can stand in a log as it is."""
    said = header(scope, b"x-request-id")
    sane = said is not None and _SANE_ID.fullmatch(said)
    request_id = said.decode("ascii") if said is not None and sane else secrets.token_hex(12)
    client = scope.get("client")
    passage = Passage(request_id, scope["method"], quote(scope["path"], safe=_SAFE), client[0] if client else UNROUTED)
    scope[_KEY] = passage
    return passage


def unread_passage(client: tuple[str, int] | None) -> Passage:
    """The passage of what never became a request."""
    return Passage(secrets.token_hex(12), UNROUTED, UNROUTED, client[0] if client else UNROUTED)


def passage_of(scope: Scope) -> Passage:
    """The passage of a request that is on its way."""
    return cast("Passage", scope[_KEY])


def route_of(scope: Scope) -> str:
    """The template of the path, such as /v1/packs/{name}; "-" where no route has it."""
    return getattr(scope.get("route"), "path_format", UNROUTED)


def header(scope: Scope, name: bytes) -> bytes | None:
    """The value of a header; None when it is not there, or is there more than once."""
    found = [value for key, value in cast("Iterable[tuple[bytes, bytes]]", scope["headers"]) if key == name]
    return found[0] if len(found) == 1 else None
