# SPDX-License-Identifier: Apache-2.0
"""Clients that are slow, endless, rude or too many, against a server with short limits."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
import uvloop

from hpa_discovery.service.connection import bounded
from hpa_discovery.service.limits import ConnectionLimits
from hpa_discovery.service.problems import HEADERS, NO_HTTP, TIMEOUT
from service.daemon import running
from service.runtimes import until

LIMITS = ConnectionLimits(
    head=2000, head_seconds=2.5, request_seconds=3.0, idle_seconds=3, answer_seconds=2.5, connections=5
)
LONG = replace(LIMITS, request_seconds=60.0, idle_seconds=60)
GET = b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n"
LARGE = 8 * 1024 * 1024
KINDS = {kind.status: (kind.type, kind.title) for kind in (NO_HTTP, TIMEOUT, HEADERS)}
PATIENCE = 60.0  # seconds, in which all that these limits end has ended


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """Read the whole body, unless the path says otherwise, and answer as much as the path asks for."""
    more = scope["path"] != "/early"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message["more_body"]
    body = b"x" * (LARGE if scope["path"] == "/large" else 2)
    if scope["path"] == "/names":
        body = b" ".join(name for name, _ in scope["headers"])
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def serving(limits: ConnectionLimits = LIMITS) -> Iterator[tuple[int, uvicorn.Server]]:
    """A server in a thread of its own; its port."""
    config = uvicorn.Config(
        answer,
        http=bounded(limits),
        ws="none",
        lifespan="off",
        log_config=None,
        timeout_keep_alive=int(limits.idle_seconds),
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=lambda: run_until_stopped(server, listening))
        thread.start()
        while not server.started:
            time.sleep(0.005)
        try:
            yield listening.getsockname()[1], server
        finally:
            server.should_exit = True
            thread.join()


def run_until_stopped(server: uvicorn.Server, listening: socket.socket) -> None:
    """On the event loop that the service has."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(server.serve(sockets=[listening]))


@contextmanager
def client(port: int) -> Iterator[socket.socket]:
    """A connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as sock:
        yield sock


def rest(sock: socket.socket) -> bytes:
    """All that comes until the server ends the connection."""
    pieces = []
    try:
        while piece := sock.recv(65536):
            pieces.append(piece)
    except ConnectionError:
        pass
    return b"".join(pieces)


def problem(text: bytes) -> dict[str, Any]:
    """The body of a refusal, which must be a problem of RFC 9457."""
    head, _, body = text.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head
    told: dict[str, Any] = json.loads(body)
    assert head.startswith(f"HTTP/1.1 {told['status']} ".encode())
    assert (told["type"], told["title"]) == KINDS[told["status"]]
    assert set(told) == {"type", "title", "status", "detail", "request_id"}
    assert f"\r\nx-request-id: {told['request_id']}\r\n".encode() in head
    return told


def test_a_head_that_does_not_come() -> None:
    """A client that sends nothing, or the beginning of a request, is told so and let go."""
    with serving() as (port, _), ExitStack() as open_ones:
        clients = [open_ones.enter_context(client(port)) for _ in range(3)]
        for sock, beginning in zip(clients, (b"", b"GET /small HTTP/1.1\r\nX-Slow: ", b"PO"), strict=True):
            sock.sendall(beginning)
        assert [problem(rest(sock))["status"] for sock in clients] == [408] * 3


def test_a_head_that_drips() -> None:
    """A byte now and then does not extend the time."""
    with serving() as (port, _), client(port) as sock:
        begun = time.monotonic()
        sock.settimeout(0.05)
        said = b""
        while time.monotonic() < begun + PATIENCE:
            try:
                sock.sendall(b"G" if not said else b"")
                said = sock.recv(65536)
                break
            except TimeoutError:
                continue
            except ConnectionError:
                break
        assert time.monotonic() - begun < 30
        assert b" 4" in said


@pytest.mark.parametrize(
    "head",
    [
        b"GET /small HTTP/1.1\r\nHost: x\r\nX-Large: " + b"x" * 3000,
        b"GET /small HTTP/1.1\r\nHost: x\r\nX-Large: " + b"x" * 3000 + b"\r\n\r\n",
        b"GET /" + b"x" * 3000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 500 + b"\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nX-Large: " + b"x" * 3000 + b"\r\n\r\nhello",
    ],
    ids=["endless header", "large header", "long path", "many headers", "with a body"],
)
def test_a_head_that_is_too_large(head: bytes) -> None:
    """It is refused, and the application never sees it."""
    with serving() as (port, _), client(port) as sock:
        sock.sendall(head)
        assert problem(rest(sock))["status"] == 431


def test_a_head_below_the_limit_is_fine() -> None:
    """Also when the body that comes with it is larger than any head may be."""
    with serving() as (port, _), client(port) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n" + b"x" * 9000 + GET)
        answers = rest(sock)
    assert answers.count(b"HTTP/1.1 200 ") == 2


@pytest.mark.parametrize("path", [b"/early", b"/"], ids=["answered", "waited for"])
@pytest.mark.parametrize("line", [b"x-t: " + b"v" * 50 + b"\r\n", b"v" * 57], ids=["many", "one"])
def test_endless_headers_after_a_body(path: bytes, line: bytes) -> None:
    """They are counted, not kept, and end the connection, long before the time for the request is over."""
    with serving(LONG) as (port, server), client(port) as sock:
        sock.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx-t: ")
        begun = time.monotonic()
        while not server.server_state.connections:
            time.sleep(0.01)
        sent = 0
        while server.server_state.connections:
            assert time.monotonic() - begun < PATIENCE, f"{sent} bytes were taken"
            try:
                sock.sendall(line)
                sent += len(line)
            except ConnectionError:
                break


def test_headers_after_a_body_are_none_of_the_request() -> None:
    """Whoever checks the headers of a request does not see others afterwards; the next request is read as ever."""
    with serving() as (port, _), client(port) as sock:
        chunks = b"5\r\nhello\r\n" * 900  # more bytes than any head may have
        head = b"POST /names HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        sock.sendall(head + chunks + b"0\r\nauthorization: Bearer x\r\n\r\n" + GET)
        said = rest(sock)
    assert said.count(b"HTTP/1.1 200 ") == 2
    assert b"host transfer-encoding" in said
    assert b"authorization" not in said


def test_a_body_that_does_not_come() -> None:
    """The connection ends when the request is not complete in time."""
    with serving() as (port, _), client(port) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe")
        begun = time.monotonic()
        assert rest(sock) == b""
        assert time.monotonic() - begun < 30


def test_a_body_that_drips_after_the_answer() -> None:
    """Whoever was answered early cannot keep the connection by going on for ever."""
    with serving() as (port, server), client(port) as sock:
        sock.sendall(b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n")
        assert sock.recv(65536).startswith(b"HTTP/1.1 200 ")
        begun = time.monotonic()
        while server.server_state.connections:
            assert time.monotonic() - begun < PATIENCE
            try:
                sock.sendall(b"x")
            except ConnectionError:
                break
            time.sleep(0.05)
        assert time.monotonic() - begun < 30


def test_an_answer_that_nobody_reads() -> None:
    """The connection, and the memory of the answer with it, is given up."""
    with serving() as (port, server), client(port) as sock:
        sock.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        begun = time.monotonic()
        while not server.server_state.connections:
            assert time.monotonic() - begun < PATIENCE
            time.sleep(0.02)
        while server.server_state.connections:
            assert time.monotonic() - begun < PATIENCE
            time.sleep(0.02)


def test_an_answer_that_is_read_slowly_arrives() -> None:
    """A client that goes on reading gets all of it."""
    with serving() as (port, _), client(port) as sock:
        sock.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        size = 0
        while piece := sock.recv(512 * 1024):
            size += len(piece)
            time.sleep(0.01)
    assert size > LARGE


def test_one_connection_too_many() -> None:
    """It ends at once; the others go on."""
    with serving(replace(LONG, head_seconds=60)) as (port, server):
        held = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) for _ in range(LIMITS.connections)]
        begun = time.monotonic()
        while len(server.server_state.connections) < LIMITS.connections:
            assert time.monotonic() - begun < PATIENCE
            time.sleep(0.01)
        with client(port) as sock:
            assert rest(sock) == b""
        held[0].sendall(GET)
        assert held[0].recv(65536).startswith(b"HTTP/1.1 200 ")
        for sock in held:
            sock.close()


@pytest.mark.parametrize(
    "text", [b"\x16\x03\x01 TLS\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n\r\nx y z\r\n\r\n"]
)
def test_what_is_no_http(text: bytes) -> None:
    """It is answered as every other problem."""
    with serving() as (port, _), client(port) as sock:
        sock.sendall(text)
        assert problem(rest(sock))["status"] == 400


def test_what_is_refused_is_told(tmp_path: Path) -> None:
    """A request that could not be read stands in the access log, by the id that its client got, and is counted."""
    with running(tmp_path) as daemon:
        with client(urlsplit(daemon.told()["address"]).port or 0) as sock:
            sock.sendall(b"x y z\r\n\r\n")
            told = problem(rest(sock))
        until(lambda: any(line.get("request_id") == told["request_id"] for line in daemon.lines()))
        [line] = [line for line in daemon.lines() if line.get("request_id") == told["request_id"]]
        metrics = daemon.ask(path="/metrics")[1]
    assert (line["logger"], line["method"], line["route"], line["status"]) == ("hpa.access", "-", "-", 400)
    assert (line["remote"], line["token"]) == ("127.0.0.1", None)
    assert b'hpa_http_requests_total{method="other",route="-",status="400"} 1.0' in metrics


def test_many_requests_on_one_connection() -> None:
    """Limits are of one request: a connection that is used may live longer than any of them."""
    with serving() as (port, _):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.connect()
        sock = connection.sock
        for _ in range(30):
            connection.request("GET", "/small")
            assert connection.getresponse().read() == b"xx"
            time.sleep(0.12)
        assert connection.sock is sock
        connection.close()


def test_an_idle_connection_ends() -> None:
    """After its last answer a connection has its time and then ends without a word."""
    with serving() as (port, _), client(port) as sock:
        sock.sendall(GET)
        assert sock.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert rest(sock) == b""
