# SPDX-License-Identifier: Apache-2.0
"""The sockets that the service listens on, and who may reach it without encryption."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import ipaddress
import select
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from hpa_discovery.errors import DataError, UsageError

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8780
_BACKLOG = 1024
_SO_ATTACH_FILTER = 26  # asm-generic/socket.h
# A socket filter (struct sock_filter: code, jump if true, jump if false, operand) that drops TCP segments with SYN.
_NO_SYN = b"".join(
    struct.pack("=HBBI", *each)
    for each in ((0x30, 0, 0, 13), (0x45, 0, 1, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFFFFFF))
)
_TRIES = 20
_REASONS = {
    errno.EADDRINUSE: "another program listens there; stop it or choose another port with --port",
    errno.EACCES: "this user may not use that port; choose one above 1023 with --port",
    errno.EADDRNOTAVAIL: "this machine does not have the address; choose one that it has with --host",
}


@dataclass(frozen=True, slots=True)
class Listening:
    """Bound sockets, all with one port, on which clients can already knock."""

    sockets: tuple[socket.socket, ...]

    @property
    def port(self) -> int:
        """The real port, also where 0 was asked for."""
        return int(self.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Stop listening."""
        for each in self.sockets:
            each.close()


def listen(host: str, port: int, *, encrypted: bool, insecure: bool) -> Listening:
    """Listen on every address of `host`; port 0 takes a free one.

    UsageError for an address that others can reach, unless it is `encrypted` or explicitly `insecure`.
    DataError when the host is unknown or the port cannot be had.
    """
    addresses = _may_be_had(host, port, unencrypted=not encrypted and not insecure)
    for last in (*[False] * (_TRIES - 1), True):
        try:
            return bound(addresses, port)
        except OSError as error:
            # A port that is free on one address may be taken on another.
            if port == 0 and error.errno == errno.EADDRINUSE and not last:
                continue
            raise _refused(host, port, error) from None
    raise AssertionError("the last try returns or raises")


def try_address(host: str, port: int, *, encrypted: bool, insecure: bool) -> None:
    """Whether `listen` could, as the errors that it would raise; nobody is let in meanwhile."""
    for address in _may_be_had(host, port, unencrypted=not encrypted and not insecure):
        try:
            _socket_at(address, port).close()
        except OSError as error:
            raise _refused(host, port, error) from None


def turn_away(sockets: Sequence[socket.socket]) -> None:
    """Let no new client begin to connect; who has begun is still let in.

    A socket that is closed resets whom the system has let in and nobody has accepted. To a client that is not
    heard it is as if a packet was lost: it tries again after a second, and is refused by then.
    """
    code = ctypes.create_string_buffer(_NO_SYN, len(_NO_SYN))
    program = struct.pack("@HP", len(_NO_SYN) // 8, ctypes.addressof(code))
    for each in sockets:
        # A sandbox may not have it; then only who connects in the last instant is reset.
        with contextlib.suppress(OSError):
            each.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def is_anybody_waiting(sockets: Sequence[socket.socket]) -> bool:
    """Whether a client was let in by the system and not accepted yet."""
    waiting = select.poll()
    for each in sockets:
        waiting.register(each, select.POLLIN)
    return bool(waiting.poll(0))


def url_host(host: str) -> str:
    """The host as URLs write it."""
    return f"[{host}]" if ":" in host else host


def _may_be_had(host: str, port: int, *, unencrypted: bool) -> list[str]:
    addresses = _addresses(host, port)
    if unencrypted and not all(ipaddress.ip_address(address).is_loopback for address in addresses):
        raise UsageError(
            f"listening on {host}: others can reach this address, and tokens would pass unencrypted; give --tls-cert "
            "and --tls-key, listen on 127.0.0.1, or say --insecure-http where something in front of it encrypts"
        )
    return addresses


def _refused(host: str, port: int, error: OSError) -> DataError:
    reason = _REASONS.get(error.errno or 0, error.strerror)
    return DataError(f"listening on {url_host(host)}:{port}: {reason}")


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise DataError(f"listening on {host}: no address belongs to this name: {why}") from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def bound(addresses: list[str], port: int) -> Listening:
    """Listen on these addresses with one port. OSError."""
    with contextlib.ExitStack() as opened:
        sockets: list[socket.socket] = []
        for address in addresses:
            each = opened.enter_context(_socket_at(address, sockets[0].getsockname()[1] if sockets else port))
            # At once: two programs can bind one port, and only one of them can listen.
            each.listen(_BACKLOG)
            each.setblocking(False)
            sockets.append(each)
        opened.pop_all()
        return Listening(tuple(sockets))


def _socket_at(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    each = socket.socket(family, socket.SOCK_STREAM)
    try:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        each.bind((address, port))
    except OSError:
        each.close()
        raise
    return each
