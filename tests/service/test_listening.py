# SPDX-License-Identifier: Apache-2.0
"""Where the service may listen, and who is in the way."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from hpa_discovery.errors import DataError, UsageError
from hpa_discovery.service.listening import bound, is_anybody_waiting, listen, try_address, turn_away, url_host

EVERYWHERE = ("0.0.0.0", "::", "192.0.2.1")  # noqa: S104 - that they are refused is what is tested


def test_a_free_port_is_told() -> None:
    """Port 0 becomes a real one, on which clients can knock at once."""
    with closing(listen("127.0.0.1", 0, encrypted=False, insecure=False)) as listening:
        with socket.create_connection(("127.0.0.1", listening.port)):
            pass
        assert listening.port > 0


def test_a_name_with_several_addresses_has_one_port() -> None:
    """Clients need to know one; here localhost may have only one address, but 127.0.0.2 is its own, too."""
    listen("localhost", 0, encrypted=False, insecure=False).close()
    with closing(bound(["127.0.0.1", "127.0.0.2"], 0)) as listening:
        assert {each.getsockname()[1] for each in listening.sockets} == {listening.port}


@pytest.mark.parametrize("host", EVERYWHERE)
def test_others_need_tls(host: str) -> None:
    """An address that others can reach is refused before it is bound; with TLS it is not refused for that."""
    with pytest.raises(UsageError, match="--insecure-http"):
        listen(host, 0, encrypted=False, insecure=False)


@pytest.mark.parametrize(
    ("host", "port", "complaint"),
    [
        ("192.0.2.1", 0, "listening on 192.0.2.1:0: this machine does not have the address"),
        ("no such host", 0, "listening on no such host: no address belongs to this name"),
        ("a" * 70 + ".example", 0, "no address belongs to this name"),
    ],
)
def test_an_address_that_cannot_be_had(host: str, port: int, complaint: str) -> None:
    """The message says which address and why."""
    with pytest.raises(DataError) as caught:
        listen(host, port, encrypted=True, insecure=False)
    assert complaint in str(caught.value)


def test_a_port_belongs_to_one() -> None:
    """A second service on a port is refused, and leaves nothing behind; afterwards the port is free at once."""
    first = listen("127.0.0.1", 0, encrypted=False, insecure=False)
    port = first.port
    with pytest.raises(DataError, match="another program listens there"):
        listen("127.0.0.1", port, encrypted=False, insecure=False)
    with socket.create_connection(("127.0.0.1", port)):
        first.sockets[0].accept()[0].close()  # ended from here: the connection lingers
    first.close()
    listen("127.0.0.1", port, encrypted=False, insecure=False).close()


def test_hosts_in_urls() -> None:
    """Addresses of IPv6 stand in brackets."""
    assert (url_host("::1"), url_host("127.0.0.1")) == ("[::1]", "127.0.0.1")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_nobody_new_is_let_in(address: str) -> None:
    """Who has connected is still accepted; who begins now is not heard, and refused when nobody listens any more."""
    try:
        opened = bound([address], 0)
    except OSError:
        pytest.skip("this machine does not have the address")
    with closing(opened) as listening:
        place = (address, listening.port)
        assert not is_anybody_waiting(listening.sockets)
        with socket.create_connection(place) as early:
            turn_away(listening.sockets)
            assert is_anybody_waiting(listening.sockets)
            with pytest.raises(TimeoutError):
                socket.create_connection(place, timeout=0.3)
            accepted, _ = listening.sockets[0].accept()
            assert not is_anybody_waiting(listening.sockets)
            early.sendall(b"x")
            accepted.setblocking(True)
            with accepted:
                assert accepted.recv(1) == b"x"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(place, timeout=5)


def test_trying_lets_nobody_in() -> None:
    """Whether an address can be had is found out beside whoever is about to take it, and told as when it is taken."""
    with closing(socket.socket()) as about_to:
        about_to.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        about_to.bind(("127.0.0.1", 0))
        port = about_to.getsockname()[1]
        try_address("127.0.0.1", port, encrypted=False, insecure=False)
        about_to.listen()
        with pytest.raises(DataError, match="another program listens there"):
            try_address("127.0.0.1", port, encrypted=False, insecure=False)
    with pytest.raises(UsageError, match="--insecure-http"):
        try_address("::", 0, encrypted=False, insecure=False)
