# SPDX-License-Identifier: Apache-2.0
"""Servers that say what a test wants, byte by byte, and clients that may ask them."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from hpa_discovery.connectors.client import Endpoint, EndpointSettings, HttpClient
from hpa_discovery.connectors.egress import Egress
from hpa_discovery.connectors.egress_rules import read_rules
from hpa_discovery.connectors.limits import ConnectorLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOPBACK = ("cloud=127.0.0.0/8", "cloud=::1/128")
QUICK = ConnectorLimits(first_pause_seconds=0.01)
PATIENCE = 60.0  # seconds


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def method(self) -> str:
        """Its method."""
        return self.line.split()[0]

    @property
    def target(self) -> str:
        """Its path and query."""
        return self.line.split()[1]


def answer(status: int = 200, body: bytes = b"{}", **headers: str) -> bytes:
    """A whole answer; an underscore in the name of a header is a hyphen."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Some", *(f"{name}: {value}" for name, value in given.items())]
    if "Content-Length" not in given and "Transfer-Encoding" not in given:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


Say = Any  # bytes, a list of bytes (one a request, the last for ever), or a function of (socket, Asked)


class Speaker:
    """Listens on 127.0.0.1 and answers each request with what `say` gives."""

    def __init__(self, say: Say, context: Any = None, host: str = "127.0.0.1") -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self.ended = 0
        self.say = say
        self._context = context
        self._listener = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                taken, _ = self._listener.accept()
                taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                self._open.append(taken)
                threading.Thread(target=self._serve, args=(taken,), daemon=True).start()

    def _serve(self, taken: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), taken:
            wire = self._context.wrap_socket(taken, server_side=True) if self._context else taken
            with wire, wire.makefile("rb") as lines:
                while (asked := _read(lines)) is not None:
                    self.asked.append(asked)
                    self._answer(wire, asked)
        self.ended += 1

    def _answer(self, wire: socket.socket, asked: Asked) -> None:
        if callable(self.say):
            self.say(wire, asked)
        elif isinstance(self.say, list):
            wire.sendall(self.say.pop(0) if len(self.say) > 1 else self.say[0])
        else:
            wire.sendall(self.say)

    def close(self) -> None:
        """Stop listening and hang up."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        self._listener.close()
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


def _read(lines: Any) -> Asked | None:
    first = lines.readline()
    if not first:
        return None
    headers: dict[str, str] = {}
    while (line := lines.readline().strip()) != b"":
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return Asked(first.decode("latin-1").strip(), headers, lines.read(int(headers.get("content-length", "0"))))


@contextlib.contextmanager
def speaking(say: Say, context: Any = None, host: str = "127.0.0.1") -> Iterator[Speaker]:
    """A server that answers so."""
    speaker = Speaker(say, context, host)
    try:
        yield speaker
    finally:
        speaker.close()


class Heard:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def event(self, name: str, fields: dict[str, Any]) -> None:
        """Keep it."""
        self.events.append((name, fields))


def client(
    *,
    rules: tuple[str, ...] = LOOPBACK,
    observer: Heard | None = None,
    pause: Callable[[float], bool] | None = None,
    **limits: Any,
) -> HttpClient:
    """A client that may reach this machine, with these limits changed."""
    return HttpClient(Egress(read_rules(rules)), limits=replace(QUICK, **limits), observer=observer, pause=pause)


def endpoint(
    of: HttpClient, speaker: Speaker, *, host: str = "127.0.0.1", scheme: str = "http", **more: Any
) -> Endpoint:
    """The speaker as a registered system."""
    return of.endpoint(EndpointSettings("cloud", f"{scheme}://{host}:{speaker.port}", **more))


def silent(wire: socket.socket, asked: Asked) -> None:
    """Say nothing until the other side hangs up."""
    wire.settimeout(20)
    with contextlib.suppress(OSError):
        wire.recv(1)


def until(true: Callable[[], bool]) -> None:
    """Wait until it is so: a server counts what it does a little later than its client has the answer."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.005)


@contextlib.contextmanager
def refusing(host: str = "127.0.0.1") -> Iterator[Any]:
    """Something with a port at which nobody listens, and nobody else can meanwhile."""
    with socket.socket() as kept:
        kept.bind((host, 0))
        yield SimpleNamespace(port=kept.getsockname()[1])


@contextlib.contextmanager
def full_queue(host: str = "127.0.0.1", port: int = 0) -> Iterator[Any]:
    """Something with a port whose queue of connections is full, so that no further one is answered."""
    with contextlib.ExitStack() as kept, socket.socket() as listener:
        listener.bind((host, port))
        listener.listen(0)
        for _ in range(4):
            filler = kept.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield SimpleNamespace(port=listener.getsockname()[1])
