# SPDX-License-Identifier: Apache-2.0
"""Answers that are too large, too slow, cut short, or send the caller elsewhere."""

from __future__ import annotations

import gzip
import socket
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from connectors.speaking import Asked, answer, client, endpoint, full_queue, refusing, silent, speaking
from hpa_discovery.connectors.attempt import Deadline
from hpa_discovery.connectors.client import EndpointSettings
from hpa_discovery.errors import ConnectorError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BOMB = gzip.compress(bytes(200 << 20), 1)  # 200 MiB of nothing in less than 1 MiB
BOMB_IN_BOMB = gzip.compress(BOMB)


def failed(say: Any, method: str = "GET", **limits: Any) -> tuple[ConnectorError, float]:
    """The error of one request, and the seconds until it came."""
    with speaking(say) as server, client(**({"retries": 0} | limits)) as asking:
        cloud = endpoint(asking, server)
        start = time.monotonic()
        with pytest.raises(ConnectorError) as caught:
            cloud.request(method, "/flavors", query={"limit": "10"})
        return caught.value, time.monotonic() - start


def test_an_answer_is_given_as_it_came() -> None:
    """Status, headers in any case, and the body."""
    said = answer(404, b'{"a": [1]}', Content_Type="application/json", X_Page="2")
    with speaking(said) as server, client() as asking:
        reply = endpoint(asking, server).request("GET", "/x")

    assert (reply.status, reply.json(), reply.headers["x-page"]) == (404, {"a": [1]}, "2")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compressed_answer_is_decompressed(encoding: str) -> None:
    """What is compressed comes as if it were not."""
    body = b'{"a": "' + b"b" * 100_000 + b'"}'
    packed = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)
    with speaking(answer(body=packed, Content_Encoding=encoding)) as server, client() as asking:
        reply = endpoint(asking, server).request("GET", "/x")

        assert reply.body == body
        assert server.asked[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize(
    "say",
    [
        answer(body=BOMB, Content_Encoding="gzip"),
        answer(body=BOMB_IN_BOMB, Content_Encoding="gzip, gzip"),
    ],
    ids=["a bomb", "a bomb in a bomb"],
)
def test_a_gzip_bomb_is_cut_at_the_limit(say: bytes) -> None:
    """What would be 200 MiB is left alone after the first MiB."""
    error, seconds = failed(say, body_bytes=1 << 20, total_seconds=120)

    assert (error.kind, error.sent) == ("too_large", True)
    assert "1048576 bytes" in str(error)
    assert seconds < 30


def endless(start: bytes, piece: bytes) -> Callable[[socket.socket, Asked], None]:
    """An answer that does not end."""

    def say(wire: socket.socket, _: Asked) -> None:
        wire.sendall(start)
        while True:
            wire.sendall(piece)

    return say


CHUNK = b"1000\r\n" + b"x" * 4096 + b"\r\n"


@pytest.mark.parametrize(
    "say",
    [
        endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 4096),
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", CHUNK),
        endless(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", b"x" * 4096),
        endless(b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"x" * 4096),
    ],
)
def test_an_endless_body_is_cut_at_the_limit(say: Any) -> None:
    """However it is framed, no more is read than the limit, and the connection is closed."""
    error, seconds = failed(say, body_bytes=1 << 20, total_seconds=120)

    assert error.kind == "too_large"
    assert seconds < 30


GZIP_START = gzip.compress(b"")[:10]
NOTHING = b"\x00\x00\x00\xff\xff" * 1000  # blocks of deflate that hold no byte


@pytest.mark.parametrize(
    "say",
    [
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: x\r\n" * 100),
        endless(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + GZIP_START, NOTHING),
    ],
    ids=["heads", "trailers", "a body of nothing"],
)
def test_what_is_endless_beside_the_body_is_cut_too(say: Any) -> None:
    """Bytes that never become a body cost time and memory as well: those of the wire are counted."""
    error, seconds = failed(say, body_bytes=1 << 20, total_seconds=120)

    assert (error.kind, error.sent) == ("too_large", True)
    assert seconds < 30


def test_a_body_of_just_the_limit_is_an_answer() -> None:
    """The limit is the most that is allowed."""
    with speaking(answer(body=b"x" * 1000)) as server, client(body_bytes=1000) as asking:
        assert len(endpoint(asking, server).request("GET", "/").body) == 1000


def dripping(start: bytes, piece: bytes) -> Callable[[socket.socket, Asked], None]:
    """An answer of which a little comes now and then."""

    def say(wire: socket.socket, _: Asked) -> None:
        wire.sendall(start)
        while True:
            time.sleep(0.05)
            wire.sendall(piece)

    return say


DRIPS = (
    dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x"),
    dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    dripping(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
    dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    dripping(b"HTTP/1.1 20", b"0"),
)


def test_a_slow_drip_ends_at_the_total_deadline() -> None:
    """Each byte comes in time, the whole does not: in the body as in the head."""
    with ThreadPoolExecutor(len(DRIPS)) as threads:
        ended = list(threads.map(lambda say: failed(say, read_seconds=60, total_seconds=3), DRIPS))

    for error, seconds in ended:
        assert (error.kind, error.sent) == ("timeout", True)
        assert "within 3 s in all" in str(error)
        assert 2.9 < seconds < 30


def test_a_silent_server_is_left_after_the_read_timeout() -> None:
    """No byte within the time for one read."""
    error, seconds = failed(silent, read_seconds=0.2)

    assert (error.kind, error.sent) == ("timeout", True)
    assert "in time" in str(error)
    assert 0.1 < seconds < 30


def test_a_body_that_nobody_takes_ends_too() -> None:
    """A server that does not read what it is sent holds nobody longer than a silent one."""
    with socket.create_server(("127.0.0.1", 0)) as deaf, client(read_seconds=0.2) as asking:
        cloud = asking.endpoint(EndpointSettings("cloud", f"http://127.0.0.1:{deaf.getsockname()[1]}"))
        with pytest.raises(ConnectorError) as caught:
            cloud.request("PUT", "/", body=bytes(32 << 20))

    assert (caught.value.kind, caught.value.sent) == ("timeout", True)


def test_an_address_that_takes_no_connection_is_left_after_the_connect_timeout() -> None:
    """A listener whose queue is full answers a connect as a packet filter does: with nothing."""
    with full_queue() as server, client(connect_seconds=0.3, retries=0) as asking:
        cloud = endpoint(asking, server)
        start = time.monotonic()
        with pytest.raises(ConnectorError, match=r"no connection within 0\.3 s") as caught:
            cloud.request("GET", "/")

    assert (caught.value.kind, caught.value.sent) == ("timeout", False)
    assert 0.2 < time.monotonic() - start < 30


def test_a_refused_connection_is_told() -> None:
    """Nobody listens: `connect`, and certainly nothing was sent."""
    with refusing() as nobody, client(retries=0) as asking:
        cloud = endpoint(asking, nobody)
        with pytest.raises(ConnectorError, match="refused") as caught:
            cloud.request("PUT", "/", body={})

    assert (caught.value.kind, caught.value.sent) == ("connect", False)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "before a whole HTTP answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "before a whole HTTP answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n", "before a whole HTTP answer"),
        (b"SSH-2.0-OpenSSH_9.0\r\n", "before a whole HTTP answer"),
        (b"", "before a whole HTTP answer"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 200 + b"\r\n", "before a whole HTTP answer"),
        (b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 70000 + b"\r\n\r\n", "before a whole HTTP answer"),
        (answer(body=b"no gzip", Content_Encoding="gzip"), "cannot be decompressed"),
        (answer(body=gzip.compress(bytes(range(32, 90)), mtime=0)[:30], Content_Encoding="gzip"), "not JSON"),
    ],
)
def test_an_answer_that_is_not_whole_is_none(said: bytes, why: str) -> None:
    """Cut short or no HTTP at all: `protocol`, and the server may have done what was asked."""

    def say(wire: socket.socket, _: Asked) -> None:
        wire.sendall(said)
        wire.shutdown(2)

    with speaking(say) as server, client(retries=0) as asking:
        cloud = endpoint(asking, server)
        with pytest.raises(ConnectorError, match=why) as caught:
            cloud.request("GET", "/x").json()

    assert (caught.value.kind, caught.value.sent) == ("protocol", True)


def test_a_connection_that_failed_is_closed_at_once() -> None:
    """An answer whose head is refused keeps nothing open while its error is kept, and the error keeps nothing else."""
    with speaking(answer(Content_Length="5, 6")) as server, client(retries=0) as asking:
        cloud = endpoint(asking, server)
        with pytest.raises(ConnectorError) as caught:
            cloud.request("GET", "/")
        deadline = Deadline(30)
        while server.ended == 0 and deadline.left():
            time.sleep(0.01)

    assert server.ended == 1
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


NO_JSON = (
    *(b"<html>", b"", b"[" * 100_000, b"\xff\xfe\x00", b'{"a": "\xff"}', b'{"a": "K\xf6ln"}', b'{"a": 1} {"a": 1}'),
    *(
        b"NaN1",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 2}',
        b'[{"b": {"a": [], "\\u0061": [1]}}]',
    ),
)


@pytest.mark.parametrize("body", NO_JSON)
def test_what_is_not_json_is_told_without_the_text(body: bytes) -> None:
    """HTML, nothing, JSON without end, what has two meanings or none: the message has status, type and size."""
    with speaking(answer(body=body, Content_Type="text/html")) as server, client() as asking:
        reply = endpoint(asking, server).request("GET", "/x")
        with pytest.raises(ConnectorError, match=rf"/x: the answer 200 is not JSON \(text/html, {len(body)} bytes\)"):
            reply.json()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("way", ["request", "session"])
def test_a_redirect_is_an_answer(status: int, way: str) -> None:
    """A Location to elsewhere, or to the same server, is never followed."""
    with speaking(answer()) as elsewhere, client() as asking:
        location = f"http://127.0.0.1:{elsewhere.port}/stolen"
        for target in (location, "/other", "http://[broken", "http://169.254.169.254/latest"):
            with speaking(answer(status, Location=target)) as server:
                cloud = endpoint(asking, server)
                if way == "request":
                    assert cloud.request("GET", "/x").status == status
                else:
                    assert cloud.session().get(f"http://127.0.0.1:{server.port}/x").status_code == status
                assert [each.target for each in server.asked] == ["/x"]

        assert elsewhere.asked == []


def test_proxies_and_netrc_of_the_environment_are_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No request goes by a proxy, and none carries a password that somebody left in a file."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password hidden\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with speaking(answer(418)) as proxy, speaking(answer()) as server, client() as asking:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        cloud = endpoint(asking, server)

        assert cloud.request("GET", "/").status == 200
        assert cloud.session().get(f"http://127.0.0.1:{server.port}/").status_code == 200

        assert proxy.connections == 0
        assert ["authorization" in each.headers for each in server.asked] == [False, False]


def test_cookies_are_not_kept() -> None:
    """What one answer sets is not sent with the next request."""
    with speaking(answer(Set_Cookie="session=1")) as server, client() as asking:
        session = endpoint(asking, server).session()
        for _ in range(2):
            session.get(f"http://127.0.0.1:{server.port}/")

    assert ["cookie" in each.headers for each in server.asked] == [False, False]


@pytest.mark.parametrize("between", [b"", b" " * 20_000])
def test_what_was_not_asked_for_answers_nothing(between: bytes) -> None:
    """A second answer behind the first is not taken for that to the next question, whose asker may be another."""
    numbers = count(1)

    def say(wire: socket.socket, _: Asked) -> None:
        wire.sendall(answer(body=b"%d" % next(numbers)) + between + answer(body=b'"stolen"'))

    with speaking(say) as server, client() as asking:
        cloud = endpoint(asking, server)
        assert [cloud.request("GET", "/").json() for _ in range(4)] == [1, 2, 3, 4]


def test_connections_are_used_again() -> None:
    """Many requests in a row are one connection; one whose answer was cut is not used again."""
    with speaking([answer(), answer(), answer(body=b"x" * 2000), answer()]) as server:
        with client(body_bytes=1000) as asking:
            cloud = endpoint(asking, server)
            cloud.request("GET", "/")
            cloud.request("GET", "/")
            with pytest.raises(ConnectorError):
                cloud.request("GET", "/")
            cloud.request("GET", "/")

        assert server.connections == 2
