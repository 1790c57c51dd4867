# SPDX-License-Identifier: Apache-2.0
"""All requests to one origin: their places, their breaker, their tries.

A GET or HEAD is tried again after connect, DNS, timeout and broken-off answers and
after 429, 502, 503 and 504. Nothing else ever is, not even when nothing was sent yet:
the caller learns that from `ConnectorError.sent` and knows whether it is worth another
try. One connect may go through all checked addresses of a name, for any method.
"""

from __future__ import annotations

import os
import random
import threading
from typing import TYPE_CHECKING

from urllib3 import Retry
from urllib3.exceptions import InvalidHeader

from hpa_discovery.connectors.attempt import Attempt, Deadline
from hpa_discovery.connectors.breaker import Breaker
from hpa_discovery.connectors.etags import is_conditional
from hpa_discovery.connectors.exchange import doing, exchange
from hpa_discovery.connectors.pinned import PinnedAdapter
from hpa_discovery.connectors.slots import Slots
from hpa_discovery.errors import ConnectorError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    import requests

    from hpa_discovery.connectors.attempt import Check
    from hpa_discovery.connectors.etags import Etags
    from hpa_discovery.connectors.limits import ConnectorLimits
    from hpa_discovery.connectors.origin import Origin
    from hpa_discovery.connectors.reply import Reply
    from hpa_discovery.errors import ConnectorKind
    from hpa_discovery.model import Observer

REPEATED = frozenset(("GET", "HEAD"))
_STATUSES = frozenset((429, 502, 503, 504))
_AWAY = frozenset((502, 503, 504))  # whoever answers so is not the server that was asked for
_FAILURES: frozenset[ConnectorKind] = frozenset(("connect", "dns", "tls", "timeout", "protocol"))


class Shared:
    """What all channels of one client have in common.

    `pause` waits so many seconds; it says True when the client was closed meanwhile.
    """

    def __init__(
        self, limits: ConnectorLimits, etags: Etags, observer: Observer | None, pause: Callable[[float], bool] | None
    ) -> None:
        self.limits = limits
        self.etags = etags
        self.observer = observer
        self.slots = Slots(limits.at_once, "to other systems")
        self.closed = threading.Event()
        self.pause = pause or self.closed.wait
        self._process = os.getpid()

    def usable(self) -> None:
        """ConnectorError `busy` after close(), RuntimeError in a process that only inherited the client."""
        if os.getpid() != self._process:
            raise RuntimeError("an HttpClient cannot be used after a fork: its sockets are the parent's; make another")
        if self.closed.is_set():
            raise ConnectorError("busy", "the client is closed")


class Channel:
    """The way to one origin, for any number of threads."""

    def __init__(self, origin: Origin, check: Check, context: ssl.SSLContext | None, shared: Shared) -> None:
        limits = shared.limits
        self._check = check
        self._shared = shared
        self._adapter = PinnedAdapter(context, limits.at_once_each)
        self._slots = Slots(limits.at_once_each, f"to {origin}")
        self.breaker = Breaker(str(origin), limits.breaker_failures, limits.breaker_seconds, shared.observer)

    def send(self, request: requests.PreparedRequest) -> Reply:
        """The answer; ConnectorError when there is none after all tries."""
        limits = self._shared.limits
        deadline = Deadline(limits.total_seconds)
        ended = self._tried(request, deadline)
        for number in range(limits.retries if request.method in REPEATED else 0):
            if not _may_pass(ended) or not self._rests(number, ended, deadline):
                break
            again = self._tried(request, deadline)
            if isinstance(again, ConnectorError) and again.kind == "open":
                break  # its own failures opened the breaker, and they say more
            ended = again
        if isinstance(ended, ConnectorError):
            raise ended
        return ended

    def close(self) -> None:
        """Close the connections that nobody uses; the others close when their answer is read."""
        self._adapter.close()

    def _rests(self, number: int, ended: Reply | ConnectorError, deadline: Deadline) -> bool:
        """Wait before the next try; False when there is to be none."""
        limits = self._shared.limits
        seconds = random.uniform(0, limits.first_pause_seconds * 2**number)  # noqa: S311 - jitter, not a secret
        asked = 0.0 if isinstance(ended, ConnectorError) else _retry_after(ended)
        if asked > limits.retry_after_seconds or max(asked, seconds) >= deadline.left():
            return False
        return not self._shared.pause(max(asked, seconds))

    def _tried(self, request: requests.PreparedRequest, deadline: Deadline) -> Reply | ConnectorError:
        try:
            return self._asked(request, deadline)
        except ConnectorError as error:
            return error

    def _asked(self, request: requests.PreparedRequest, deadline: Deadline) -> Reply:
        self._shared.usable()
        try:
            with self._slots.taken(deadline), self._shared.slots.taken(deadline), self.breaker.watching() as verdict:
                try:
                    reply = self._exchanged(request, deadline)
                except ConnectorError as error:
                    # Whatever is wrong with the answer, one that is too large did come from the server.
                    said = str(error).removeprefix(f"{doing(request)}: ")  # it stands for the whole origin
                    verdict.failure = said if _is_failure(error) else "" if error.sent else None
                    raise
                verdict.failure = f"it answered {reply.status}" if reply.status in _AWAY else ""
                return reply
        except ConnectorError as error:
            if error.kind in {"busy", "open"}:
                raise ConnectorError(error.kind, f"{doing(request)}: {error}") from None
            raise

    def _exchanged(self, request: requests.PreparedRequest, deadline: Deadline) -> Reply:
        """The answer to one try, taken from what is kept where the server says that this is still right."""
        limits, etags, url = self._shared.limits, self._shared.etags, request.url or ""
        attempt = Attempt(self._check, deadline, limits.connect_seconds, limits.read_seconds, limits.body_bytes)
        if request.method != "GET" or is_conditional(request.headers):
            return exchange(self._adapter, request, attempt)
        kept = etags.find(url, request.headers)
        asked = request.copy()
        if kept is not None:
            asked.headers["If-None-Match"] = kept.etag
        reply = exchange(self._adapter, asked, attempt)
        if kept is not None and reply.status == 304:
            return kept.renewed(reply)
        etags.keep(url, request.headers, reply)
        return reply


def _is_failure(error: ConnectorError) -> bool:
    """Whether the server is to blame; what HTTP does not allow and was never sent is the caller's own fault."""
    return error.kind in _FAILURES and (error.kind != "protocol" or error.sent)


def _may_pass(ended: Reply | ConnectorError) -> bool:
    """Whether the next try may well end otherwise."""
    if isinstance(ended, ConnectorError):
        return ended.kind != "tls" and _is_failure(ended)
    return ended.status in _STATUSES


def _retry_after(reply: Reply) -> float:
    """The seconds that the server asks to wait; 0 where it says nothing that can be understood."""
    said = reply.headers.get("Retry-After", "")
    try:
        return Retry().parse_retry_after(said) if said else 0.0
    except (InvalidHeader, ValueError, OverflowError):
        return 0.0
