# SPDX-License-Identifier: Apache-2.0
"""One try of one request: where it may connect, when it ends, and whether bytes of it went out.

urllib3's timeouts are for single reads, so a server that sends a byte now and then
could hold a request for ever, in its head as well as in its body. Here each read
and write of a socket looks how much time the try has left. Each read counts its bytes
too, for a server that sends for ever what never becomes a body: heads, trailers, empty
blocks of what is compressed. The sockets find their try in a context variable, as
urllib3 makes and keeps them by rules of its own.
"""

from __future__ import annotations

import os
import socket
import ssl
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from hpa_discovery.errors import ConnectorError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpa_discovery.connectors.addresses import Address

    Check = Callable[[str, int, float], tuple[Address, ...]]

_BESIDE_BODY = 1024 * 1024  # bytes of head, framing and trailers; those of real servers are far below
_SHORTEST = 0.001  # seconds; a timeout of 0 would mean not to wait for the handshake at all
CURRENT: ContextVar[Attempt] = ContextVar("hpa_connector_attempt")


class Deadline:
    """A moment after which nobody waits any more."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """The seconds until then, 0 when it has passed."""
        return max(0.0, self._end - self._clock())


class Attempt:
    """What one try may do, and whether it did it.

    `check` gives the addresses to connect to, of (host, port, seconds at most).
    `body_bytes` is the limit of the body, compressed or not. `sent` turns true before
    the first byte of the request is given to a socket.
    """

    def __init__(
        self, check: Check, deadline: Deadline, connect_seconds: float, read_seconds: float, body_bytes: int
    ) -> None:
        self.sent = False
        self.deadline = deadline
        self.body_bytes = body_bytes
        self._bytes_left = body_bytes + _BESIDE_BODY
        self._check = check
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._socket: socket.socket | None = None

    def about_to_send(self, to: socket.socket) -> None:
        """Take note of it, and how long it may take; TimeoutError when there is no time left."""
        to.settimeout(self.patience())
        self._socket = to
        self.sent = True

    def received(self, count: int) -> int:
        """The same count of bytes; ConnectorError `too_large` when they are more than any answer may take."""
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise self.too_large()
        return count

    def too_large(self) -> ConnectorError:
        """The error for an answer that is left unread."""
        said = f"the answer has more than {self.body_bytes} bytes; it was not read to its end"
        return ConnectorError("too_large", said)

    def connect(self, host: str, port: int) -> PatientSocket:
        """A connection to the first checked address that takes it; ConnectorError `connect` or `timeout`.

        Its timeout is what is left of the time to connect, for the TLS handshake.
        """
        within = Deadline(min(self._connect_seconds, self.deadline.left()))
        addresses = self._check(host, port, within.left())
        for number, address in enumerate(addresses, start=1):
            last = number == len(addresses)
            try:
                made = _connected(address, port, within.left() if last else within.left() / 2)
                made.settimeout(max(within.left(), _SHORTEST))
                return made
            except TimeoutError:
                if last:
                    raise ConnectorError("timeout", f"no connection within {within.seconds:g} s") from None
            except OSError as error:
                if last:
                    raise ConnectorError("connect", f"no connection to {address}: {error.strerror}") from None
        raise ConnectorError("dns", f"looking up {host}: it has no address")

    def hang_up(self) -> None:
        """Close the connection at once, when it failed before there was an answer.

        urllib3 does so too, but forgets an answer whose head it refuses, which keeps the socket open.
        """
        if self._socket is not None and self._socket.fileno() >= 0:
            os.close(self._socket.detach())

    def patience(self) -> float:
        """How long the next read or write may take; TimeoutError when there is no time left."""
        left = min(self._read_seconds, self.deadline.left())
        if left <= 0:
            raise TimeoutError("the time for the whole request is over")
        return left


def _connected(address: Address, port: int, seconds: float) -> PatientSocket:
    if seconds <= 0:
        raise TimeoutError
    made = PatientSocket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.settimeout(seconds)
        made.connect((str(address), port))
    except BaseException:
        made.close()
        raise
    return made


class PatientSocket(socket.socket):
    """A socket that waits as long as the try under way allows, and tells it what was sent."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """As socket.recv_into."""
        attempt = CURRENT.get()
        self.settimeout(attempt.patience())
        return attempt.received(super().recv_into(*args, **kwargs))

    def sendall(self, data: Any, flags: int = 0) -> None:
        """As socket.sendall."""
        CURRENT.get().about_to_send(self)
        super().sendall(data, flags)


class PatientTlsSocket(ssl.SSLSocket):
    """The same for TLS. The bytes of a handshake go another way: they are none of the request's."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """As ssl.SSLSocket.recv_into."""
        attempt = CURRENT.get()
        self.settimeout(attempt.patience())
        return attempt.received(super().recv_into(*args, **kwargs))

    def send(self, data: Any, flags: int = 0) -> int:
        """As ssl.SSLSocket.send, of which its sendall is made."""
        CURRENT.get().about_to_send(self)
        return super().send(data, flags)
