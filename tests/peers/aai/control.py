# SPDX-License-Identifier: Apache-2.0
"""The control channel: plain HTTP on a port of its own, for the test and nobody else.

| request | does |
|---|---|
| POST /faults {kind, ...} | lets something go wrong (peers.aai.faults); {"number"} |
| GET, DELETE /faults, DELETE /faults/N | what stands; all right again; one right again |
| GET, DELETE /journal | writes, requests, counts; forget them |
| GET /counts | the counts alone |
| GET, PATCH /settings | peers.aai.settings |
| POST /objects {version, objects: [[uri, body]]} | load without counting |
| GET /objects?version=&uri= | an object or collection with all below, without counting; null where there is none |
| DELETE /objects | empty A&AI |
| POST, DELETE /listening | open the port of A&AI again; close it, so that connections are refused |
"""

from __future__ import annotations

import json
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from peers.aai.errors import AaiFault

if TYPE_CHECKING:
    from peers.aai.inventory import Inventory
    from peers.aai.server import Listener


class Control(ThreadingHTTPServer):
    """Serves the control channel of one inventory."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], inventory: Inventory, listener: Listener) -> None:
        super().__init__(address, _Handler)
        self.inventory = inventory
        self.listener = listener


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: Control

    def log_message(self, *_: object) -> None:
        """No log."""

    def _handle(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        try:
            told = _Act(self.server, dict(parse_qsl(parts.query)), json.loads(text or "{}"))
            status, answer = 200, told.act(self.command, parts.path.strip("/").split("/"))
        except (AaiFault, ValueError, TypeError, KeyError) as fault:
            status, answer = 400, {"error": f"{type(fault).__name__}: {fault}"}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PATCH = do_DELETE = do_POST = _handle  # noqa: N815 - http.server's names


class _Act:
    def __init__(self, control: Control, query: dict[str, str], body: Any) -> None:
        self._inventory = control.inventory
        self._listener = control.listener
        self._query = query
        self._body = body

    def act(self, method: str, path: list[str]) -> Any:
        name = f"{method.lower()}_{path[0]}"
        if name not in vars(_Act):
            raise ValueError(f"the control channel has no {method} /{path[0]}")
        return getattr(self, name)(*path[1:])

    def post_faults(self) -> Any:
        return {"number": self._inventory.faults.add(self._body)}

    def get_faults(self) -> Any:
        return self._inventory.faults.told()

    def delete_faults(self, number: str = "") -> None:
        self._inventory.faults.clear(int(number) if number else None)

    def get_journal(self) -> Any:
        return self._inventory.journal.told()

    def delete_journal(self) -> None:
        self._inventory.journal.clear()

    def get_counts(self) -> Any:
        return self._inventory.journal.counts()

    def post_going_on(self) -> int:
        self._inventory.faults.go_on()
        return self._inventory.journal.in_hand()

    def get_settings(self) -> Any:
        return asdict(self._inventory.settings)

    def patch_settings(self) -> Any:
        self._inventory.settings = self._inventory.settings.changed(self._body)
        return self.get_settings()

    def post_objects(self) -> None:
        self._inventory.load(self._body["version"], self._body["objects"])

    def get_objects(self) -> Any:
        try:
            return self._inventory.tree(int(self._query["version"]), self._query["uri"])
        except AaiFault as fault:
            if fault.number == 6114:
                return None
            raise

    def delete_objects(self) -> None:
        self._inventory.empty()

    def post_listening(self) -> None:
        self._listener.open()

    def delete_listening(self) -> None:
        self._listener.close()
