# SPDX-License-Identifier: Apache-2.0
"""The service of a deployment, as a process of its own, and what a client does with it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from service import daemon
from service.daemon import Daemon
from service.runtimes import Deployment


class Got(NamedTuple):
    """The answer to one request; `body` is its JSON."""

    status: int
    body: Any


@dataclass(frozen=True)
class Served:
    """A running service. `token` is the first administrator's, which hosts of one deployment share."""

    daemon: Daemon
    token: str

    @property
    def port(self) -> int:
        """Where it listens."""
        port = urlsplit(self.daemon.told()["address"]).port
        assert port is not None
        return port

    def ask(self, method: str, path: str, body: Any = None) -> Got:
        """One request over a connection of its own."""
        text = None if body is None else json.dumps(body).encode()
        return Got(*self.daemon.ask(method, path, text, self.token))

    def discover(self, subject: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of POST /v1/discover."""
        got = self.ask("POST", "/v1/discover", {"subject": subject})
        assert got.status == 200, got
        answer: dict[str, Any] = got.body
        return answer

    def status(self, name: str) -> dict[str, Any]:
        """How a pack that lies in one place stands, as GET /v1/packs/{name} tells it."""
        got = self.ask("GET", f"/v1/packs/{name}")
        assert got.status == 200, got
        found: dict[str, Any]
        [found] = got.body["status"]
        return found

    def kill(self) -> None:
        """As the machine's power would."""
        self.daemon.process.kill()
        self.daemon.process.wait()


@contextmanager
def served(deployment: Deployment, *options: str | Path, token: str | None = None) -> Iterator[Served]:
    """The deployment's service, stopped with the block. `token` is that of another host of the deployment."""
    given: list[str | Path] = ["--pack-path", deployment.packs, *options]
    if deployment.database is not None:
        given += ["--database", deployment.database]
    path = os.pathsep.join([str(deployment.site), *filter(None, [os.environ.get("PYTHONPATH")])])
    with daemon.running(deployment.state_dir, *given, env={"PYTHONPATH": path}) as one:
        yield Served(one, token or one.token)
