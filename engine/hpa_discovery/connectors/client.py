# SPDX-License-Identifier: Apache-2.0
"""The way to other systems: one client a process, one endpoint for each that is registered."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

import requests
from requests.structures import CaseInsensitiveDict

from hpa_discovery.connectors.channel import Channel, Shared
from hpa_discovery.connectors.etags import Etags
from hpa_discovery.connectors.limits import ConnectorLimits
from hpa_discovery.connectors.origin import Origin, checked_path, read_url
from hpa_discovery.connectors.redaction import silence
from hpa_discovery.connectors.session import STANDING_HEADERS, ConnectorSession
from hpa_discovery.connectors.trust import trusting
from hpa_discovery.errors import ConnectorError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from hpa_discovery.connectors.attempt import Check
    from hpa_discovery.connectors.breaker import BreakerState
    from hpa_discovery.connectors.egress import Egress
    from hpa_discovery.connectors.egress_rules import Kind
    from hpa_discovery.connectors.reply import Reply
    from hpa_discovery.model import Observer

_CONTEXTS = 100


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """One registered system, all of it values: `ca` is PEM text, "" for the CAs of this machine.

    `headers` go with each request of Endpoint.request, credentials among them; never
    with those of Endpoint.session, which may go to other origins.
    """

    kind: Kind
    url: str
    ca: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def basic(user: str, password: str) -> dict[str, str]:
    """The header of HTTP's Basic authentication (RFC 7617)."""
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


class HttpClient:
    """Connections, places, breakers and ETags of one process; any number of threads may share it.

    It cannot be used after a fork: the child makes its own. `pause` is for tests: it
    waits so many seconds and says whether the client was closed meanwhile.
    """

    def __init__(
        self,
        egress: Egress,
        *,
        limits: ConnectorLimits | None = None,
        observer: Observer | None = None,
        pause: Callable[[float], bool] | None = None,
    ) -> None:
        self._egress = egress
        self._limits = limits or ConnectorLimits()
        self._shared = Shared(self._limits, Etags(self._limits.etag_bytes), observer, pause)
        self._channels: OrderedDict[tuple[Kind, Origin, bytes], Channel] = OrderedDict()
        self._contexts: OrderedDict[bytes, ssl.SSLContext] = OrderedDict()
        self._lock = threading.Lock()
        silence()

    def endpoint(self, settings: EndpointSettings) -> Endpoint:
        """The system at `settings.url`; ConnectorError when URL or CA cannot be used.

        Nothing is connected yet. Endpoints of one origin, kind and CA share connections and breaker.
        """
        origin, path = read_url(settings.url)
        self.channel(settings.kind, origin, settings.ca)
        return Endpoint(self, settings, origin, path)

    def channel(self, kind: Kind, origin: Origin, ca: str) -> Channel:
        """The way to an origin, made when it is new or was not used for long."""
        self._shared.usable()
        digest = sha256(ca.encode()).digest()
        with self._lock:
            channel = self._channels.get((kind, origin, digest))
            if channel is None:
                channel = Channel(origin, self._check(kind), self._context(origin, ca, digest), self._shared)
            self._channels[kind, origin, digest] = channel
            self._channels.move_to_end((kind, origin, digest))
            dropped = self._channels.popitem(last=False)[1] if len(self._channels) > self._limits.channels else None
        if dropped is not None:
            dropped.close()
        return channel

    def close(self) -> None:
        """Close all connections; requests under way get their answers, later ones are refused."""
        self._shared.closed.set()
        with self._lock:
            channels = list(self._channels.values())
            self._channels.clear()
        for channel in channels:
            channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check(self, kind: Kind) -> Check:
        return lambda host, port, seconds: self._egress.check(kind, host, port, seconds)

    def _context(self, origin: Origin, ca: str, digest: bytes) -> ssl.SSLContext | None:
        """The same context for the same CA: reading this machine's CAs takes tens of milliseconds."""
        if origin.scheme != "https" and not ca:
            return None
        context = self._contexts.get(digest)
        if context is None:
            context = self._contexts[digest] = trusting(ca)
        self._contexts.move_to_end(digest)
        if len(self._contexts) > _CONTEXTS:
            self._contexts.popitem(last=False)
        return context


class Endpoint:
    """One registered system."""

    def __init__(self, client: HttpClient, settings: EndpointSettings, origin: Origin, base: str) -> None:
        self._client = client
        self._settings = settings
        self._origin = origin
        self._base = base

    def __repr__(self) -> str:
        return f"Endpoint({self._settings.kind}, {self._origin}{self._base})"

    @property
    def breaker(self) -> BreakerState:
        """How the circuit breaker of its origin stands."""
        return self._channel().breaker.state

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """The answer to a request for `path` below the registered URL, whatever its status; ConnectorError.

        `path` has its special characters quoted and begins with a slash. `body` is sent
        as it is when it is bytes, and as JSON otherwise.
        """
        url = f"{self._origin}{self._base}{checked_path(path)}"
        sent = CaseInsensitiveDict[str](STANDING_HEADERS | {"Accept": "application/json"})
        sent.update(self._settings.headers)
        data: bytes | None = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        try:
            prepared = requests.Request(method.upper(), url, sent, data=data, params=dict(query or {})).prepare()
        except (requests.RequestException, ValueError):
            said = f"{method} {url}: a header, the query or the URL holds what HTTP does not allow"
            raise ConnectorError("protocol", said) from None
        return self._channel().send(prepared)

    def session(self) -> ConnectorSession:
        """A session for libraries that need one; to other origins too, if the rules of this kind allow them."""
        return ConnectorSession(self._send)

    def _channel(self) -> Channel:
        return self._client.channel(self._settings.kind, self._origin, self._settings.ca)

    def _send(self, request: requests.PreparedRequest) -> Reply:
        origin, _ = read_url((request.url or "").partition("?")[0])
        return self._client.channel(self._settings.kind, origin, self._settings.ca).send(request)
