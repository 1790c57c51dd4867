# SPDX-License-Identifier: Apache-2.0
"""Serves one OpenStack WSGI application; run by the Python of the peer's venv.

Usage: serve.py MODULE FD. FD is a socket that already listens, so the port
was never free for another to take. The process ends when its stdin does, that
is, when whoever started it is gone, however it went.
"""

from __future__ import annotations

import importlib
import os
import socket
import sys
import threading
import warnings


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


def main() -> None:
    """Load the application, then serve it for good."""
    warnings.simplefilter("ignore")
    module, descriptor = sys.argv[1], int(sys.argv[2])
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = [module]  # the OpenStack modules parse sys.argv while they are imported
    application = importlib.import_module(module).application
    waitress = importlib.import_module("waitress")
    waitress.serve(application, sockets=[socket.socket(fileno=descriptor)], threads=4, ident="")


main()
