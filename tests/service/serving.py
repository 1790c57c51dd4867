# SPDX-License-Identifier: Apache-2.0
"""`hpa serve` as a process of its own, and a small client for it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from service.runtimes import Deployment

START = [sys.executable, "-m", "hpa_discovery.cli", "serve", "--port", "0"]


class Got(NamedTuple):
    """The answer to one request; `body` is its JSON, None when it has none."""

    status: int
    body: Any


@dataclass(frozen=True)
class Served:
    """A running service. `log` is what it wrote to standard error."""

    process: subprocess.Popen[str]
    port: int
    token: str
    log: Path

    def ask(self, method: str, path: str, body: Any = None, token: str | None = None) -> Got:
        """One request over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {token or self.token}"}
        text = None
        if body is not None:
            text = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, text, headers)
            answer = connection.getresponse()
            said = answer.read()
        finally:
            connection.close()
        is_json = "json" in (answer.headers["Content-Type"] or "")
        return Got(answer.status, json.loads(said) if said and is_json else said.decode() or None)

    def discover(self, subject: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of POST /v1/discover."""
        got = self.ask("POST", "/v1/discover", {"subject": subject})
        assert got.status == 200, got
        answer: dict[str, Any] = got.body
        return answer

    def kill(self) -> None:
        """As the machine's power would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to stop; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@contextmanager
def served(deployment: Deployment, *options: str | Path) -> Iterator[Served]:
    """The deployment's service, stopped with the block."""
    one = start(deployment, *options)
    try:
        yield one
    finally:
        one.stop()
        if one.process.stdout is not None:
            one.process.stdout.close()


def start(deployment: Deployment, *options: str | Path) -> Served:
    """Start the deployment's service; wheels in its site folder are seen. An assertion holds its log when it ends."""
    given = ["--state-dir", deployment.state_dir, "--pack-path", deployment.packs]
    if deployment.database is not None:
        given += ["--database", deployment.database]
    path = os.pathsep.join([str(deployment.site), *filter(None, [os.environ.get("PYTHONPATH")])])
    log = deployment.state_dir.with_suffix(".log")
    with log.open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [*START, *map(str, given), *map(str, options)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )
    assert process.stdout is not None
    told: dict[str, str] = {}
    while "packs" not in told:
        line = process.stdout.readline()
        assert line, log.read_text(encoding="utf-8")
        name, _, value = line.strip().partition("  ")
        told[name] = value.strip()
    token = deployment.state_dir / "admin.token"
    return Served(process, int(told["address"].rpartition(":")[2]), token.read_text(encoding="ascii").strip(), log)
