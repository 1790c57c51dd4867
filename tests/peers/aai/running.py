# SPDX-License-Identifier: Apache-2.0
"""A double of ONAP A&AI for a test: in another process, and gone when the test is, however that ends.

No A&AI can be started without a graph database and five more services, so the
tests bring what its resources service answers over HTTPS, as far as
hpa-discovery meets it. The schema and the rules are those of A&AI's own
sources; aai_cases.yaml shows them. Mode `faithful` mangles in silence what A&AI
mangles in silence; mode `strict` refuses that with 400, so that a test sees our
own fault.

    with Aai() as aai:
        aai.url, aai.ca, aai.user, aai.password
        aai.control.fail("slow", seconds=2)
        aai.control.writes()

By hand: `python -m peers.aai --port 8443`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self
from urllib.parse import urlencode

import requests

from peers.aai.settings import Settings
from peers.cached_venv import PeerError
from peers.certificates import DAY, LOOPBACK, Authority

SETTLE_SECONDS = 120
_TESTS = Path(__file__).resolve().parents[2]


class Aai:
    """`with Aai(mode="strict") as aai:` serves until the end of the block; other settings come by name as well.

    `names` and `expired` say what stands in the server's certificate, `tls=False` serves plain HTTP.
    """

    def __init__(
        self, *, names: tuple[str, ...] = LOOPBACK, expired: bool = False, tls: bool = True, **settings: Any
    ) -> None:
        self.settings = Settings().changed(settings)
        self._changes = settings
        self._names, self._expired, self._tls = names, expired, tls
        self._folder = TemporaryDirectory(prefix="hpa-aai-")
        self._authority = Authority()
        self._process: subprocess.Popen[str] | None = None
        self._told: dict[str, str] = {}

    def __enter__(self) -> Self:
        certificate = Path(self._folder.name) / "server.pem"
        until = -DAY if self._expired else DAY
        self._authority.write_server(certificate, self._names, since=-2 * DAY, until=until)
        tls = ["--certificate", str(certificate)] if self._tls else ["--plain"]
        command = [sys.executable, "-m", "peers.aai", "--follow-stdin", "--settings", json.dumps(self._changes), *tls]
        path = {"PYTHONPATH": os.pathsep.join([str(_TESTS), os.environ.get("PYTHONPATH", "")])}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **path}, text=True
        )
        assert self._process.stdout is not None
        first = self._process.stdout.readline()
        if not first:
            self.stop()
            raise PeerError("the double of A&AI did not start; its stderr says why")
        self._told = json.loads(first)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it; what it knew is lost."""
        if self._process:
            with self._process as process:
                process.kill()
            self._process = None
        self.control.close()
        self._folder.cleanup()

    @property
    def url(self) -> str:
        """Scheme, address and port; the API is below /aai."""
        return self._told["url"]

    @property
    def port(self) -> int:
        """The port of A&AI."""
        return int(self.url.rpartition(":")[2])

    @property
    def ca(self) -> str:
        """PEM text of the authority that signed the server's certificate."""
        return self._authority.pem

    @property
    def user(self) -> str:
        """Who may log in."""
        return self.settings.user

    @property
    def password(self) -> str:
        """And with what."""
        return self.settings.password

    @cached_property
    def control(self) -> ControlClient:
        """What a test can see and change behind A&AI's back."""
        return ControlClient(lambda: self._told["control"])


class ControlClient:
    """The control channel as methods; peers.aai.control says what each gives."""

    def __init__(self, base: Any) -> None:
        self._base = base
        self._http = requests.Session()
        self._http.trust_env = False

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def fail(self, kind: str, **wish: Any) -> int:
        """Let something go wrong; the fields are those of peers.aai.faults.Fault. Its number."""
        return int(self._ask("POST", "/faults", {"kind": kind, **wish})["number"])

    def heal(self, number: int | None = None) -> None:
        """Let one thing go right again, or all."""
        self._ask("DELETE", "/faults" if number is None else f"/faults/{number}")

    def faults(self) -> dict[str, dict[str, Any]]:
        """What stands, by number; `left` is how often it will still hit."""
        found: dict[str, dict[str, Any]] = self._ask("GET", "/faults")
        return found

    def journal(self) -> dict[str, Any]:
        """{"writes": [...], "requests": [...], "counts": {...}}."""
        found: dict[str, Any] = self._ask("GET", "/journal")
        return found

    def writes(self) -> list[dict[str, Any]]:
        """The writes that took effect, in order."""
        found: list[dict[str, Any]] = self.journal()["writes"]
        return found

    def counts(self) -> dict[str, int]:
        """Requests by method (bulk calls are "bulk"), and `writes`."""
        found: dict[str, int] = self._ask("GET", "/counts")
        return found

    def settle(self) -> None:
        """Let slow requests go on, and wait until none is in hand: what its caller gave up has come by then."""
        end = time.monotonic() + SETTLE_SECONDS
        while self._ask("POST", "/going_on"):
            if time.monotonic() > end:
                raise PeerError("the double of A&AI does not come to an end of what it was asked")
            time.sleep(0.02)

    def forget(self) -> None:
        """Start journal and counts anew."""
        self._ask("DELETE", "/journal")

    def change(self, **settings: Any) -> None:
        """Change settings while it runs."""
        self._ask("PATCH", "/settings", settings)

    def load(self, objects: list[tuple[str, dict[str, Any]]], version: int = 28) -> None:
        """Put objects there without counting: (URI below the version, body), parents first."""
        self._ask("POST", "/objects", {"version": version, "objects": objects})

    def tree(self, uri: str, version: int = 28) -> dict[str, Any] | None:
        """An object or a collection with all that is below it, without counting."""
        found: dict[str, Any] | None = self._ask("GET", f"/objects?{urlencode({'version': version, 'uri': uri})}")
        return found

    def refuse(self) -> None:
        """Close A&AI's port: connections are refused, those that stand end with their next request."""
        self._ask("DELETE", "/listening")

    def listen(self) -> None:
        """Open it again; nothing was lost."""
        self._ask("POST", "/listening")

    def begin(self, objects: list[tuple[str, dict[str, Any]]], mode: str = "strict") -> None:
        """As a server that just started, with these objects: nothing wrong, nothing changed, nothing counted."""
        self.settle()
        usual = {name: value for name, value in asdict(Settings()).items() if name not in {"user", "password"}}
        self.heal()
        self.empty()
        self.change(**usual | {"mode": mode})
        self.load(objects)
        self.forget()

    def empty(self) -> None:
        """Take all objects away."""
        self._ask("DELETE", "/objects")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, self._base() + path, json=body, timeout=120)
        if answer.status_code != 200:
            raise PeerError(f"the double of A&AI refused {method} {path}: {answer.text[:2000]}")
        return answer.json()
