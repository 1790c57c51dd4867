# SPDX-License-Identifier: Apache-2.0
"""What a caller is told when a request is not done: problem details as RFC 9457 has them.

    {"type": "urn:hpa-discovery:problem:invalid", "title", "status", "detail", "instance", "request_id",
     "errors"?: [{"pointer" or "parameter", "message"}], "missing"?: [...], "error"?}

`errors` says where in the body (JSON pointer, RFC 6901) or in the query each fault is.
`error` is `detail` again, for ONAP's callers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hpa_discovery.service.json_text import write_json

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:hpa-discovery:problem:"


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of problem: the end of its type, its status, its title, and what a caller can do about it."""

    name: str
    status: int
    title: str
    remedy: str

    @property
    def type(self) -> str:
        """The problem's `type`."""
        return _TYPE + self.name


NO_HTTP = Kind("no-http", 400, "This is no HTTP request", "send HTTP/1.1, or HTTPS where the service has a certificate")
MALFORMED = Kind("malformed", 400, "The body cannot be read", "send one JSON document in UTF-8")
UNAUTHENTICATED = Kind(
    "unauthenticated", 401, "No valid token", "send `Authorization: Bearer TOKEN`; `hpa token create` makes one"
)
FORBIDDEN = Kind("forbidden", 403, "The token may not do this", "use a token with the role that is named")
NOT_FOUND = Kind("not-found", 404, "There is no such thing", "see the list of what is there, or this page for paths")
METHOD = Kind("method", 405, "The path does not have this method", "use one of those in the header Allow")
TIMEOUT = Kind("timeout", 408, "The request did not arrive in time", "send it faster, or send less")
CONFLICT = Kind("conflict", 409, "What is there does not allow this now", "do first what the detail says")
TOO_LARGE = Kind("too-large", 413, "The body is too large", "send fewer subjects in a request")
MEDIA = Kind("media-type", 415, "The body is not plain JSON", "send application/json without Content-Encoding")
INVALID = Kind("invalid", 422, "The request has faults", "correct what `errors` lists")
RATE = Kind("rate", 429, "Too many requests", "wait for as many seconds as Retry-After says")
HEADERS = Kind("headers", 431, "The headers are too large", "send fewer or shorter headers, or a shorter path")
INTERNAL = Kind("internal", 500, "The service failed", "tell us, with the request id and the service's log")
BUSY = Kind("busy", 503, "The service has too much to do", "wait for as many seconds as Retry-After says")
UNAVAILABLE = Kind("unavailable", 503, "Something that the service needs is missing", "see `detail` and `missing`")

KINDS = (
    NO_HTTP,
    MALFORMED,
    UNAUTHENTICATED,
    FORBIDDEN,
    NOT_FOUND,
    METHOD,
    TIMEOUT,
    CONFLICT,
    TOO_LARGE,
    MEDIA,
    INVALID,
    RATE,
    HEADERS,
    INTERNAL,
    BUSY,
    UNAVAILABLE,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in a request: `pointer` into the body, or the name of a query or path `parameter`."""

    message: str
    pointer: str | None = None
    parameter: str | None = None

    def as_json(self) -> dict[str, str]:
        """The form in `errors`."""
        where = {"pointer": self.pointer, "parameter": self.parameter}
        return {**{name: value for name, value in where.items() if value is not None}, "message": self.message}


@dataclass(slots=True, eq=False)
class Problem(Exception):
    """Ends a request. `headers` go with the answer; `missing` says what the service lacks."""

    kind: Kind
    detail: str
    errors: Sequence[Fault] = ()
    missing: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self, instance: str | None, request_id: str, *, for_onap: bool = False) -> bytes:
        """The JSON text of the answer; `instance` is None where no path could be read."""
        told: dict[str, Any] = {
            "type": self.kind.type,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "instance": instance,
            "request_id": request_id,
        }
        if instance is None:
            del told["instance"]
        if self.errors:
            told["errors"] = [fault.as_json() for fault in self.errors]
        if self.missing:
            told["missing"] = list(self.missing)
        if for_onap:
            told["error"] = self.detail
        return write_json(told)


def retry_after(seconds: float) -> dict[str, str]:
    """The header that says when to try again: whole seconds, one at least."""
    return {"Retry-After": str(max(1, int(-(-seconds // 1))))}


def pointer(parts: Sequence[str | int]) -> str:
    """The JSON pointer of a place in the body; "" is the whole."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
