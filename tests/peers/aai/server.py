# SPDX-License-Identifier: Apache-2.0
"""The double on its socket: TLS, one thread a connection, and the faults that happen on the wire."""

from __future__ import annotations

import json
import socket
import ssl
import struct
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

from peers.aai.answering import Answer, Api, Request
from peers.aai.errors import AaiFault
from peers.aai.faults import REQUEST_KINDS

if TYPE_CHECKING:
    from peers.aai.faults import Fault
    from peers.aai.inventory import Inventory

HANDSHAKE_SECONDS = 10
IDLE_SECONDS = 60
PROXY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"
_DOWN = frozenset({"down"})
_BEFORE = frozenset({"drop", "slow", "reset_before", "status", "html"})
_AFTER = REQUEST_KINDS - _DOWN - _BEFORE - {"lose"}


class AaiServer(ThreadingHTTPServer):
    """Serves one inventory; `tls` None is plain HTTP."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], inventory: Inventory, tls: ssl.SSLContext | None) -> None:
        super().__init__(address, _Handler)
        self.inventory = inventory
        self.api = Api(inventory)
        self.tls = tls
        self.closed = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that went away are no news."""


class Listener:
    """The port of A&AI, which can be closed and opened again: whoever connects in between is refused."""

    def __init__(self, address: tuple[str, int], inventory: Inventory, tls: ssl.SSLContext | None) -> None:
        self._address = address
        self._inventory = inventory
        self._tls = tls
        self._server: AaiServer | None = None
        self._kept: socket.socket | None = None  # bound and not listening: while closed, nobody else gets the port

    @property
    def port(self) -> int:
        """The port, the same each time it is opened."""
        return self._address[1]

    def open(self) -> None:
        """Serve; nothing happens where it does already."""
        if self._server is None:
            if self._kept:
                self._kept.close()
            self._server = AaiServer(self._address, self._inventory, self._tls)
            self._address = (self._address[0], self._server.server_port)
            Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        """Refuse connections, and end those that stand with their next request."""
        if self._server:
            self._server.closed = True
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            self._kept = socket.socket()
            self._kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._kept.bind(self._address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "aai-double"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    timeout = IDLE_SECONDS
    server: AaiServer
    asked = False

    def setup(self) -> None:
        if self.server.inventory.faults.take(_DOWN, "", ""):
            raise ConnectionAbortedError("down")
        if self.server.tls:
            self.request.settimeout(HANDSHAKE_SECONDS)
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        """Close the TLS socket, which is no more the one that the server knows."""
        try:
            super().finish()
        finally:
            self.request.close()

    def log_message(self, *_: object) -> None:
        """No log: the journal says what happened."""

    def _handle(self) -> None:
        self.server.inventory.journal.begin()
        try:
            self._answer()
        finally:
            self.server.inventory.journal.end()

    def _answer(self) -> None:
        request = Request(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, self._body())
        faults = self.server.inventory.faults
        if self.server.closed or (self.asked and faults.take(_DOWN, "", "")):
            self.close_connection = True
            return
        self.asked = True
        fault = faults.take(_BEFORE, request.kind, request.target)
        answer = self.server.api.answer(request) if fault and fault.done else None
        if fault and fault.kind == "slow":
            faults.pause(fault.seconds)
        elif fault:
            self._instead(fault, request)
            return
        answer = answer or self.server.api.answer(request)
        fault = faults.take(_AFTER, request.kind, request.target)
        if fault and fault.kind == "gave_up":
            said = AaiFault(7406, "Timeout limit of 180 seconds reached.")
            answer = Answer(said.code.status, said.body(request.method, request.target))
        status = 0 if fault and fault.kind == "reset_after" else answer.status
        self.server.inventory.journal.asked(request.kind, request.target, status)
        self._send(answer, fault)

    do_GET = do_PUT = do_PATCH = do_DELETE = do_POST = _handle  # noqa: N815 - http.server's names

    def _body(self) -> str:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")

    def _instead(self, fault: Fault, request: Request) -> None:
        """Answer something else than A&AI."""
        status = {"status": fault.status, "html": 502}.get(fault.kind, 0)
        self.server.inventory.journal.asked(request.kind, request.target, status)
        if fault.kind == "reset_before":
            self._reset()
        elif fault.kind == "drop":
            self.close_connection = True
        else:
            self._page(status, {"Retry-After": fault.retry_after} if fault.retry_after else {})

    def _page(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PROXY_PAGE)))
        self.end_headers()
        self.wfile.write(PROXY_PAGE)

    def _send(self, answer: Answer, fault: Fault | None) -> None:
        kind = fault.kind if fault else ""
        if kind == "reset_after":
            self._reset()
            return
        body = b"" if answer.body is None else json.dumps(answer.body, separators=(",", ":")).encode()
        sent = body[: len(body) // 2] if kind in {"truncated", "wrong_length"} else body
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body) + 1 if kind == "wrong_length" else len(sent)))
        self.end_headers()
        self.wfile.write(sent)
        self.close_connection = self.close_connection or kind == "wrong_length"

    def _reset(self) -> None:
        """Break the connection so that the client sees a reset and no end."""
        self.close_connection = True
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
