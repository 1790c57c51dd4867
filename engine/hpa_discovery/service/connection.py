# SPDX-License-Identifier: Apache-2.0
"""One connection of a client, with limits against those that are slow, endless or too many.

The server's library reads HTTP; it waits for ever for the rest of a request and
for a client that does not read its answer, and takes any number of headers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hpa_discovery.service.limits import CONNECTIONS, ConnectionLimits
from hpa_discovery.service.passage import FIXED_HEADERS, Passage, unread_passage
from hpa_discovery.service.problems import HEADERS, MEDIA_TYPE, NO_HTTP, TIMEOUT, Problem


class Connection(HttpToolsProtocol):
    """An HTTP/1.1 connection. A subclass made by `bounded` carries the limits, and whom to tell of a refusal."""

    limits = CONNECTIONS
    refused: Callable[[Passage], None] = staticmethod(lambda _: None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head = 0
        self._in_head = True
        self._in_request = False
        self._asked = False
        self._ended = False
        self._reading: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the library has it
        """Begin; one connection too many ends at once."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            self._end_now()
            return
        self._wait_for(self.limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._stop_waiting()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, within the limits."""
        if self._ended:
            return
        # In a body, too, whose parts take it back: what is left is what stands after the last one.
        self._head += len(data)
        super().data_received(data)
        if self._is_over():
            self._stop_waiting()
        elif self._head > self.limits.head:
            self._too_much()
        elif not self._in_request:
            self._stop_waiting()
        elif self._reading is None:
            # Only now: a request that comes in one piece, as nearly all do, costs no timer.
            self._wait_for(self.limits.head_seconds if self._in_head else self.limits.request_seconds)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_request = self._in_head = self._asked = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; one that comes after a chunked body is read and forgotten: nobody could rely on it."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there: more time for the body, unless the head is too large."""
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self.limits.head:
            self._too_much()
        self._in_head, self._head = False, 0
        if not self._ended:
            self._stop_waiting()
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body is there."""
        self._head = 0
        if not self._ended:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is there."""
        self._in_request, self._in_head, self._head = False, True, 0
        if not self._ended:
            super().on_message_complete()

    def pause_writing(self) -> None:
        """The client does not take what it asked for."""
        super().pause_writing()
        if self._writing is None:
            self._writing = self.loop.call_later(self.limits.answer_seconds, self._end_now)

    def resume_writing(self) -> None:
        """The client takes it again."""
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """No further request came; what is still to be written has its time."""
        super().timeout_keep_alive_handler()
        self.loop.call_later(self.limits.answer_seconds, self._end_now)

    @property
    def is_silent(self) -> bool:
        """Whether its client has been let in and not asked anything yet."""
        return not (self._asked or self._is_over())

    def leave(self) -> None:
        """Close after the answer to what was asked, and say so in it."""
        if not getattr(self.cycle, "response_complete", True):  # there is none before the first request
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """Close, unless a request is being answered or its head has begun: its answer closes, then."""
        if not (self._in_request and self._in_head):
            super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """Say that it is no HTTP, in the form that all problems have."""
        self._refuse(Problem(NO_HTTP, msg))

    def _is_over(self) -> bool:
        return self._ended or self.transport.is_closing()

    def _wait_for(self, seconds: float) -> None:
        self._reading = self.loop.call_later(seconds, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _too_slow(self) -> None:
        self._reading = None
        if getattr(self.cycle, "response_complete", True):  # there is none before the first request
            self._refuse(Problem(TIMEOUT, "the request did not arrive in time"))
        else:
            self._end_now()

    def _too_much(self) -> None:
        if self._in_head:
            self._refuse(Problem(HEADERS, f"the request line and headers have more than {self.limits.head} bytes"))
        else:  # it may be being answered
            self._end_now()

    def _refuse(self, problem: Problem) -> None:
        self._ended = True
        self._stop_waiting()
        passage = unread_passage(self.client)
        passage.status = status = HTTPStatus(problem.kind.status)
        body = problem.body(None, passage.request_id)
        passage.sent = len(body)
        head = [f"HTTP/1.1 {status.value} {status.phrase}", f"content-type: {MEDIA_TYPE}"]
        head += [f"content-length: {len(body)}", f"x-request-id: {passage.request_id}"]
        head += [f"{name.decode()}: {value.decode()}" for name, value in FIXED_HEADERS]
        self.transport.write("\r\n".join([*head, "connection: close", "", ""]).encode("ascii") + body)
        self.transport.close()
        self.loop.call_later(self.limits.answer_seconds, self._end_now)
        self.refused(passage)

    def _end_now(self) -> None:
        self._ended = True
        self._stop_waiting()
        self.transport.abort()


def bounded(limits: ConnectionLimits, refused: Callable[[Passage], None] = Connection.refused) -> type[Connection]:
    """Connections with these limits; `refused` is told of each request that was answered before it could be read."""
    return type("BoundedConnection", (Connection,), {"limits": limits, "refused": staticmethod(refused)})
