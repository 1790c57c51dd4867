# SPDX-License-Identifier: Apache-2.0
"""The application in a process of its own, without `hpa serve`: `python app_process.py FOLDER` serves FOLDER/packs.

It prints its port and a token of each role, and ends with its standard input.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hpa_discovery.service.limits import Rate, ServiceLimits


@dataclass(frozen=True)
class AppProcess:
    """Where it listens, and the tokens by role."""

    port: int
    tokens: dict[str, str]

    @property
    def url(self) -> str:
        """The beginning of every address."""
        return f"http://127.0.0.1:{self.port}"

    def auth(self, role: str = "viewer") -> dict[str, str]:
        """The header with the token of a role."""
        return {"Authorization": f"Bearer {self.tokens[role]}"}


@contextmanager
def app_process(folder: Path) -> Iterator[AppProcess]:
    """The process, ended with the block; it must not have failed."""
    command = [sys.executable, str(Path(__file__)), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "it did not start"
        try:
            yield AppProcess(**json.loads(line))
        finally:
            process.communicate(timeout=30)
    assert process.returncode == 0


def main(folder: Path) -> None:
    """Serve until standard input ends."""
    import uvicorn  # noqa: PLC0415 - the tests themselves do not need it

    from hpa_discovery.service.app import make_app  # noqa: PLC0415
    from hpa_discovery.service.logs import LogObserver, start_logging  # noqa: PLC0415
    from hpa_discovery.service.runtime import Runtime  # noqa: PLC0415
    from hpa_discovery.service.settings import Settings  # noqa: PLC0415
    from hpa_discovery.store import tokens  # noqa: PLC0415

    start_logging("json", (folder / "log.jsonl").open("a", encoding="utf-8"))
    runtime = Runtime(Settings(folder / "state", pack_path=(folder / "packs",)), LogObserver())
    runtime.start()
    with runtime.store.write("making tokens") as transaction:
        made = {role: tokens.create(transaction, role, role=role, by="cli:test").text for role in ROLES}
    config = uvicorn.Config(make_app(runtime, LIMITS), port=0, log_config=None, access_log=False, ws="none")
    server, socket = uvicorn.Server(config), config.bind_socket()
    socket.listen()

    def watch() -> None:
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=watch, daemon=True).start()
    print(json.dumps({"port": socket.getsockname()[1], "tokens": made}), flush=True)
    try:
        server.run([socket])
    finally:
        runtime.end()


# schemathesis tries very many wrong tokens.
LIMITS = ServiceLimits(failed_logins=Rate(10_000, 10_000))
ROLES = ("viewer", "operator", "admin")

if __name__ == "__main__":
    main(Path(sys.argv[1]))
