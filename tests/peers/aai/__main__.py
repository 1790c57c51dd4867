# SPDX-License-Identifier: Apache-2.0
"""`python -m peers.aai`: serve until Ctrl-C; the first line on stdout is JSON with `url`, `control` and `ca`."""

from __future__ import annotations

import argparse
import gc
import json
import os
import ssl
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from peers.aai.control import Control
from peers.aai.inventory import Inventory
from peers.aai.server import Listener
from peers.aai.settings import MODES, Settings
from peers.certificates import Authority

HOST = "127.0.0.1"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m peers.aai", description="a double of ONAP A&AI")
    parser.add_argument("--port", type=int, default=0, help="of A&AI; 0 is any")
    parser.add_argument("--control-port", type=int, default=0, help="of the control channel; 0 is any")
    parser.add_argument("--mode", choices=MODES, default="faithful")
    parser.add_argument("--user", default="hpa")
    parser.add_argument("--password", default="of-the-double")
    parser.add_argument("--settings", type=json.loads, default={}, help="other settings as JSON")
    parser.add_argument("--certificate", type=Path, help="PEM with key and certificate; without it one is made")
    parser.add_argument("--plain", action="store_true", help="HTTP without TLS")
    parser.add_argument("--follow-stdin", action="store_true", help="end when stdin ends")
    return parser.parse_args()


def _tls(certificate: Path | None) -> tuple[ssl.SSLContext, str]:
    """The server's side of TLS, and the PEM that a client trusts where we made it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if certificate:
        context.load_cert_chain(certificate)
        return context, ""
    with tempfile.TemporaryDirectory() as folder:
        authority, file = Authority(), Path(folder) / "server.pem"
        authority.write_server(file)
        context.load_cert_chain(file)
    return context, authority.pem


def main() -> None:
    """Serve."""
    told = _arguments()
    settings = Settings(told.mode, told.user, told.password).changed(told.settings)
    inventory = Inventory(settings)
    tls, authority = (None, "") if told.plain else _tls(told.certificate)
    listener = Listener((HOST, told.port), inventory, tls)
    listener.open()
    control = Control((HOST, told.control_port), inventory, listener)
    threading.Thread(target=control.serve_forever, daemon=True).start()
    scheme = "https" if tls else "http"
    first: dict[str, Any] = {
        "url": f"{scheme}://{HOST}:{listener.port}",
        "control": f"http://{HOST}:{control.server_port}",
        "ca": authority,
    }
    print(json.dumps(first), flush=True)
    # The graph only grows: looking through it again and again for what could go costs more than it gives.
    gc.set_threshold(100_000, 50, 100)
    if told.follow_stdin:
        sys.stdin.buffer.read()
        os._exit(0)
    threading.Event().wait()


if __name__ == "__main__":
    main()
