# SPDX-License-Identifier: Apache-2.0
"""Certificates: whose are believed, for which name, and what is said of the others."""

from __future__ import annotations

import socket
import ssl
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from connectors.speaking import Asked, answer, client, endpoint, silent, speaking
from hpa_discovery.connectors.client import EndpointSettings
from hpa_discovery.connectors.trust import trusting
from hpa_discovery.errors import ConnectorError
from peers.certificates import DAY, Authority

if TYPE_CHECKING:
    from pathlib import Path

    from hpa_discovery.connectors.client import Endpoint
    from hpa_discovery.connectors.reply import Reply


@pytest.fixture(scope="module")
def ours() -> Authority:
    """The CA that clients are given."""
    return Authority()


def asked(cloud: Endpoint) -> Reply:
    """The answer to a GET."""
    return cloud.request("GET", "/")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_an_own_ca_as_text_is_enough(tmp_path: Path, ours: Authority, host: str) -> None:
    """A server with a certificate of the CA given is reached by name and by address."""
    with speaking(answer(), ours.serving(tmp_path, host)) as server, client() as asking:
        assert asked(endpoint(asking, server, host=host, scheme="https", ca=ours.pem)).status == 200


def test_the_servers_own_certificate_may_be_given(tmp_path: Path, ours: Authority) -> None:
    """Whoever gives a certificate that is no CA trusts just that one."""
    context = ours.serving(tmp_path, "localhost")
    pem = (tmp_path / "localhost.pem").read_text().partition("-----END PRIVATE KEY-----\n")[2]

    with speaking(answer(), context) as server, client() as asking:
        assert asked(endpoint(asking, server, host="localhost", scheme="https", ca=pem)).status == 200


@pytest.mark.parametrize("ca", ["", "given"])
def test_every_python_believes_the_same(ours: Authority, ca: str) -> None:
    """From 3.13 on Python would refuse CAs that say less of their keys than RFC 5280 wants, as those of clouds do."""
    flags = trusting(ours.pem if ca else "").verify_flags

    assert flags == ssl.VERIFY_X509_TRUSTED_FIRST | ssl.VERIFY_X509_PARTIAL_CHAIN


@pytest.mark.parametrize(
    ("names", "dates", "trusted", "said"),
    [
        (["other.example"], {}, True, r"another name.*other|another name.*localhost"),
        (["127.0.0.2"], {}, True, "another name"),
        (["localhost"], {"since": -9 * DAY, "until": -DAY}, True, "expired"),
        (["localhost"], {"since": DAY}, True, "not yet valid"),
        (["localhost"], {}, False, "not trusted.*PEM text"),
    ],
)
def test_a_certificate_that_does_not_hold(
    tmp_path: Path, ours: Authority, names: list[str], dates: dict[str, timedelta], trusted: bool, said: str
) -> None:
    """Another name, another time, another CA: refused before anything is sent, with the reason."""
    given = ours if trusted else Authority("another CA")
    with speaking(answer(), ours.serving(tmp_path, *names, **dates)) as server, client() as asking:
        with pytest.raises(ConnectorError, match=said) as caught:
            asked(endpoint(asking, server, host="localhost", scheme="https", ca=given.pem))

        assert (caught.value.kind, caught.value.sent) == ("tls", False)
        assert server.asked == []


def test_without_a_ca_this_machines_own_are_asked(tmp_path: Path, ours: Authority) -> None:
    """A private CA that nobody gave is unknown."""
    with speaking(answer(), ours.serving(tmp_path, "localhost")) as server, client() as asking:
        own = endpoint(asking, server, host="localhost", scheme="https")

        with pytest.raises(ConnectorError, match="not trusted"):
            asked(own)


def test_the_environment_names_no_ca(tmp_path: Path, ours: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE trust nobody here, and no call can turn the check off."""
    bundle = tmp_path / "ca.pem"
    bundle.write_text(ours.pem)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(bundle))
    with speaking(answer(), ours.serving(tmp_path, "localhost")) as server, client() as asking:
        session = endpoint(asking, server, host="localhost", scheme="https", ca=Authority("another").pem).session()
        url = f"https://localhost:{server.port}/"

        for verify in (True, False, str(bundle)):
            with pytest.raises(ConnectorError, match="not trusted"):
                session.get(url, verify=verify)


def test_no_other_ca_comes_in_with_the_requests(tmp_path: Path, ours: Authority) -> None:
    """Requests would add its own CAs to a context that it uses; ours holds what was given, and no more."""
    with speaking(answer(), ours.serving(tmp_path, "localhost")) as server, client() as asking:
        asked(endpoint(asking, server, host="localhost", scheme="https", ca=ours.pem))
        [context] = asking._contexts.values()

    assert context.cert_store_stats()["x509"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/etc/ssl/certs/ca.pem", "BEGIN CERTIFICATE"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "broken"),
        ("-----BEGIN CERTIFICATE-----\n", "broken"),
        ("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n", "BEGIN CERTIFICATE"),
        ("Zertifikat für Köln", "characters"),
        (" ", "BEGIN CERTIFICATE"),
    ],
)
def test_a_broken_ca_is_refused(text: str, said: str) -> None:
    """What is not PEM is refused when the system is registered, with what is wrong, and is not repeated."""
    settings = EndpointSettings("cloud", "https://cloud.example", ca=text)

    with client() as asking, pytest.raises(ConnectorError, match=f"the CA: .*{said}.*not as a file name") as caught:
        asking.endpoint(settings)

    assert caught.value.kind == "tls"
    assert "c2VjcmV0" not in str(caught.value)


def test_many_cas_may_be_given(ours: Authority) -> None:
    """A bundle of certificates is text like one."""
    assert trusting(ours.pem + Authority("another").pem).cert_store_stats()["x509"] == 2


def test_a_half_broken_bundle_is_refused(ours: Authority) -> None:
    """A bundle of which a part cannot be read is not taken for the part that can."""
    cut = ours.pem + Authority("another").pem[:200]

    with pytest.raises(ConnectorError, match="broken"):
        trusting(cut)


class Plain:
    """In the place of a TLS context: refuses what it hears, as a web server without TLS does."""

    def wrap_socket(self, taken: socket.socket, *, server_side: bool) -> socket.socket:
        """Say it and hang up."""
        taken.recv(1)
        taken.sendall(answer(400))
        raise ConnectionAbortedError


def test_plain_http_on_a_tls_port(ours: Authority) -> None:
    """A server that does not speak TLS is told as such."""
    with speaking(answer(), Plain()) as server, client() as asking:
        cloud = endpoint(asking, server, host="localhost", scheme="https", ca=ours.pem)

        with pytest.raises(ConnectorError, match="check that the port speaks TLS"):
            asked(cloud)


def test_a_handshake_has_the_time_of_a_connect(ours: Authority) -> None:
    """A port that takes the connection and says nothing is left when the time to connect is over."""
    limits: dict[str, Any] = {"connect_seconds": 0.5, "retries": 0}
    with speaking(silent) as server, client(**limits) as asking, pytest.raises(ConnectorError) as caught:
        asked(endpoint(asking, server, scheme="https", ca=ours.pem))

    assert (caught.value.kind, caught.value.sent) == ("timeout", False)


def dripping(wire: socket.socket, _: Asked) -> None:
    """An answer of which a little comes now and then."""
    while True:
        time.sleep(0.05)
        wire.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def test_a_slow_drip_ends_over_tls_too(tmp_path: Path, ours: Authority) -> None:
    """The deadline is looked at under TLS as without, and what was sent is known."""
    limits: dict[str, Any] = {"read_seconds": 60, "total_seconds": 2.5}
    with speaking(dripping, ours.serving(tmp_path, "localhost")) as server, client(**limits) as asking:
        cloud = endpoint(asking, server, host="localhost", scheme="https", ca=ours.pem)
        with pytest.raises(ConnectorError, match=r"within 2\.5 s in all") as caught:
            cloud.request("PUT", "/", body={})

    assert (caught.value.kind, caught.value.sent) == ("timeout", True)


def test_endless_heads_are_cut_over_tls_too(tmp_path: Path, ours: Authority) -> None:
    """The bytes of an answer are counted where they come out of TLS."""

    def flooding(wire: socket.socket, _: Asked) -> None:
        while True:
            wire.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    limits: dict[str, Any] = {"body_bytes": 1000, "total_seconds": 120}
    with speaking(flooding, ours.serving(tmp_path, "localhost")) as server, client(**limits) as asking:
        cloud = endpoint(asking, server, host="localhost", scheme="https", ca=ours.pem)
        with pytest.raises(ConnectorError, match="more than 1000 bytes") as caught:
            cloud.request("PUT", "/", body={})

    assert (caught.value.kind, caught.value.sent) == ("too_large", True)


@pytest.mark.parametrize(("method", "times"), [("GET", 3), ("PUT", 1)])
def test_a_server_that_hangs_up_under_tls(tmp_path: Path, ours: Authority, method: str, times: int) -> None:
    """Broken off after the request is no fault of a certificate: a GET is tried again, a PUT may have been done."""
    served: list[Asked] = []

    def hanging_up(wire: socket.socket, asked: Asked) -> None:
        served.append(asked)
        wire.shutdown(2)

    with speaking(hanging_up, ours.serving(tmp_path, "localhost")) as server, client() as asking:
        cloud = endpoint(asking, server, host="localhost", scheme="https", ca=ours.pem)
        with pytest.raises(ConnectorError, match="before a whole HTTP answer came") as caught:
            cloud.request(method, "/")

    assert (caught.value.kind, caught.value.sent, len(served)) == ("protocol", True, times)


def test_endpoints_of_one_ca_share_their_connections(tmp_path: Path, ours: Authority) -> None:
    """Another CA is another channel: what one trusts, the other does not inherit."""
    with speaking(answer(), ours.serving(tmp_path, "localhost")) as server, client() as asking:
        for _ in range(3):
            asked(endpoint(asking, server, host="localhost", scheme="https", ca=ours.pem))
        with pytest.raises(ConnectorError, match="not trusted"):
            asked(endpoint(asking, server, host="localhost", scheme="https", ca=Authority("another").pem))

        assert len(server.asked) == 3
        assert server.connections == 2
