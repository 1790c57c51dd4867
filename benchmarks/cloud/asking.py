# SPDX-License-Identifier: Apache-2.0
"""A client that costs little: a few connections, each sends its next request when the last answer is whole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import cast

import uvloop


class _Asking(asyncio.Protocol):
    """One connection. `requests` are sent in turn until `until`."""

    def __init__(self, requests: Sequence[bytes], until: float, done: asyncio.Future[None]) -> None:
        self._requests = requests
        self._until = until
        self._done = done
        self._got = b""
        self._number = 0
        self.answers = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self._send()

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, blank, body = self._got.partition(b"\r\n\r\n")
        if not blank or len(body) < _length(head):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self._done.set_exception(RuntimeError(f"not answered: {self._got[:500]!r}"))
            return
        self._got = b""
        self.answers += 1
        if time.monotonic() < self._until:
            self._send()
        elif not self._done.done():
            self._transport.close()
            self._done.set_result(None)

    def _send(self) -> None:
        self._transport.write(self._requests[self._number % len(self._requests)])
        self._number += 1


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])


def request(path: str, token: str, body: bytes) -> bytes:
    """The bytes of one POST request."""
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def answers(port: int, requests: Sequence[Sequence[bytes]], seconds: float) -> int:
    """How many answers came in so many seconds, over one connection for each list of requests."""

    async def ask() -> int:
        loop, until = asyncio.get_running_loop(), time.monotonic() + seconds
        made = []
        for each in requests:
            done: asyncio.Future[None] = loop.create_future()
            _, protocol = await loop.create_connection(
                lambda each=each, done=done: _Asking(each, until, done), "127.0.0.1", port
            )
            made.append((protocol, done))
        await asyncio.gather(*(done for _, done in made))
        return sum(protocol.answers for protocol, _ in made)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(ask())
