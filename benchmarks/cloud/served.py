# SPDX-License-Identifier: Apache-2.0
"""A service in a process of its own, which also answers CONSTANT and BARE with a body that never changes.

    python served.py FOLDER PACKS BODY_BYTES

It prints its port and a token, and ends with its standard input.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

from hpa_discovery.service.app import make_app
from hpa_discovery.service.connection import bounded
from hpa_discovery.service.limits import CONNECTIONS, Rate, ServiceLimits
from hpa_discovery.service.logs import LogObserver, start_logging
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.service.settings import Settings
from hpa_discovery.store import tokens

CONSTANT = "/bench/constant"
BARE = "/bench/bare"
LIMITS = ServiceLimits(rate=Rate(1e6, 1_000_000))


class Constant:
    """Answers one path, and lets the application answer all others.

    Behind the gate, its answers pass tokens, limits and log as all others do; before it, nothing of ours.
    """

    def __init__(self, path: str, app: Any, body: bytes) -> None:
        self._path = path
        self._app = app
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        self._start = {"type": "http.response.start", "status": 200, "headers": headers}
        self._body = {"type": "http.response.body", "body": body}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Read the request, and answer."""
        if scope.get("path") != self._path:
            await self._app(scope, receive, send)
            return
        while (await receive()).get("more_body"):
            pass
        await send(dict(self._start))
        await send(self._body)

    def route_of(self, scope: Any) -> str:
        """As the application's; the path that is answered here needs no search."""
        return self._path if scope["path"] == self._path else str(self._app.route_of(scope))


def main(folder: Path, packs: Path, size: int) -> None:
    """Serve until standard input ends."""
    import uvicorn  # noqa: PLC0415 - after the arguments are known to be right

    start_logging("json", (folder / "log.jsonl").open("a", encoding="utf-8"))
    runtime = Runtime(Settings(folder / "state", pack_path=(packs,)), LogObserver())
    runtime.start()
    with runtime.store.write("making a token") as transaction:
        token = tokens.create(transaction, "bench", role="viewer", by="bench").text
    app: Any = make_app(runtime, LIMITS)
    body = b'"' + b"x" * (size - 2) + b'"'
    app.app = Constant(CONSTANT, app.app, body)
    config = uvicorn.Config(
        Constant(BARE, app, body),
        port=0,
        loop="uvloop",
        http=bounded(CONNECTIONS),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
    )
    server, socket = uvicorn.Server(config), config.bind_socket()
    socket.listen()

    def watch() -> None:
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=watch, daemon=True).start()
    print(json.dumps({"port": socket.getsockname()[1], "token": token}), flush=True)
    server.run([socket])
    runtime.end()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
