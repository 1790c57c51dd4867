# SPDX-License-Identifier: Apache-2.0
"""`hpa serve` as a process of its own: what it prints, logs and ends with."""

from __future__ import annotations

import atexit
import http.client
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

START = [sys.executable, "-m", "hpa_discovery.cli", "serve"]
PATIENCE = 90.0  # seconds
_OUTPUTS = tempfile.mkdtemp(prefix="hpa-daemons-")
atexit.register(shutil.rmtree, _OUTPUTS, ignore_errors=True)
SUBJECT = {"id": "1", "name": "f", "vcpus": 1, "ram": 1024, "disk": 1, "swap": 0, "OS-FLV-EXT-DATA:ephemeral": 0}
QUESTION = json.dumps({"subject": {**SUBJECT, "extra_specs": {}}}).encode()


@dataclass
class Daemon:
    """A started service. Standard output and standard error go to files."""

    process: subprocess.Popen[bytes]
    state_dir: Path
    out: Path
    err: Path

    def wait_ready(self) -> str:
        """Its address, once it answers; an assertion holds its log when it ends before."""
        end = time.monotonic() + PATIENCE
        while "packs" not in self.told():
            assert self.process.poll() is None, self.err.read_text("utf-8")
            assert time.monotonic() < end, self.err.read_text("utf-8")
            time.sleep(0.01)
        return self.told()["address"]

    def told(self) -> dict[str, str]:
        """The lines on standard output, by their first word."""
        lines = [line.partition("  ") for line in self.out.read_text("utf-8").splitlines()]
        return {word: rest.strip() for word, _, rest in lines}

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log lines of one event."""
        return [line for line in self.lines() if line["event"] == name]

    def lines(self) -> list[dict[str, Any]]:
        """The log. Every line must be JSON; while the service runs, the last may be half written."""
        ended = self.process.poll() is not None
        lines = self.err.read_text("utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if ended or line.endswith("\n")]

    @property
    def token(self) -> str:
        """The first administrator's."""
        return (self.state_dir / "admin.token").read_text("ascii").strip()

    def connect(self, context: ssl.SSLContext | None = None) -> http.client.HTTPConnection:
        """A connection that is open."""
        address = urlsplit(self.told()["address"])
        assert address.hostname is not None
        if address.scheme == "https":
            made: http.client.HTTPConnection = http.client.HTTPSConnection(
                "localhost", address.port, context=context, timeout=PATIENCE
            )
        else:
            made = http.client.HTTPConnection("127.0.0.1", address.port, timeout=PATIENCE)
        made.connect()
        return made

    def ask(
        self,
        method: str = "GET",
        path: str = "/readyz",
        body: bytes | None = None,
        token: str | None = None,
        context: ssl.SSLContext | None = None,
    ) -> tuple[int, Any]:
        """The status and the body of one answer; the first administrator asks."""
        connection = self.connect(context)
        try:
            headers = {"Authorization": f"Bearer {token or self.token}", "Content-Type": "application/json"}
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(text) if "json" in (answer.headers["Content-Type"] or "") else text

    def discover(self, token: str | None = None) -> int:
        """The status of one question."""
        return self.ask("POST", "/v1/discover", QUESTION, token)[0]

    def signal(self, number: int) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def ended(self, within: float = PATIENCE) -> int:
        """Its exit code, once it ended."""
        return self.process.wait(within)


def start(state_dir: Path, *options: str | Path, env: Mapping[str, str] | None = None) -> Daemon:
    """Start a service on a free port, unless the options name one."""
    folder = Path(tempfile.mkdtemp(dir=_OUTPUTS))
    given = ["--state-dir", str(state_dir), *map(str, options)]
    if "--port" not in given and "HPA_PORT" not in (env or {}):
        given += ["--port", "0"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HPA_")}
    out, err = folder / "out", folder / "err"
    with out.open("wb") as to_out, err.open("wb") as to_err:
        process = subprocess.Popen(
            [*START, *given], stdin=subprocess.DEVNULL, stdout=to_out, stderr=to_err, env={**kept, **(env or {})}
        )
    return Daemon(process, state_dir, out, err)


@contextmanager
def running(state_dir: Path, *options: str | Path, env: Mapping[str, str] | None = None) -> Iterator[Daemon]:
    """A service that answers, ended with the block."""
    daemon = start(state_dir, *options, env=env)
    try:
        daemon.wait_ready()
        yield daemon
    finally:
        if daemon.process.poll() is None:
            daemon.signal(signal.SIGTERM)
        try:
            daemon.ended()
        except subprocess.TimeoutExpired:
            daemon.process.kill()
            daemon.process.wait()


def refused(state_dir: Path, *options: str | Path, env: Mapping[str, str] | None = None) -> tuple[int, str]:
    """The exit code and the last line of a service that does not start."""
    daemon = start(state_dir, *options, env=env)
    code = daemon.ended()
    return code, daemon.err.read_text("utf-8").splitlines()[-1]
