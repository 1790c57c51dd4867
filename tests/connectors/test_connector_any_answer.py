# SPDX-License-Identifier: Apache-2.0
"""Whatever a server says, the caller gets an answer or a ConnectorError, and the client goes on."""

from __future__ import annotations

import contextlib
import gzip
import os
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.speaking import Asked, answer, client, endpoint, speaking
from hpa_discovery.errors import ConnectorError

if TYPE_CHECKING:
    import socket

STARTS = (
    *(
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.0 204\r\n",
        b"HTTP/1.1 304 Not\r\n",
        b"HTTP/1.1 100 Go\r\n\r\n",
        b"HTTP/9 999 \r\n",
    ),
    *(b"HTTP/1.1 302 There\r\n", b"HTTP/1.1 -1 No\r\n", b"HTTP/1.1 2000000000 Much\r\n", b"HTTP/1.1\r\n", b"\r\n\r\n"),
)
NAMES = (
    *(b"Content-Length", b"Transfer-Encoding", b"Content-Encoding", b"Connection", b"Location", b"ETag", b"Vary"),
    *(b"Retry-After", b"Set-Cookie", b"Content-Type", b"", b"X \xff", b"Date"),
)
VALUES = (
    *(b"0", b"5", b"-1", b"1e9", b"5, 6", b"9" * 5000, b"\xb2", b"chunked", b"gzip, chunked", b"gzip", b"deflate"),
    *(b"gzip, gzip, gzip, gzip, gzip, gzip", b"br", b"zstd", b"identity", b"http://[", b"*", b'"1"', b"close", b""),
    *(b"text/html; charset=\xff", b"application/json; charset=none"),
)
BODIES = (
    *(b"{}", b"5\r\nhello\r\n0\r\n\r\n", b"-5\r\nhello", b"ffffffffffffffff\r\nx", b"0\r\nTrailer: x\r\n\r\n"),
    *(b"5;x\r\n", gzip.compress(b"{}"), gzip.compress(b"{}")[:12], b"\x78\x9c", b""),
)


@st.composite
def said(draw: st.DrawFn) -> bytes:
    """Something that is more or less an answer."""
    headers = draw(
        st.lists(
            st.tuples(st.sampled_from(NAMES), st.one_of(st.sampled_from(VALUES), st.binary(max_size=20))), max_size=4
        )
    )
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    body = draw(st.one_of(st.sampled_from(BODIES), st.binary(max_size=200)))
    return draw(st.sampled_from(STARTS)) + lines + draw(st.sampled_from([b"\r\n", b""])) + body


@settings(
    max_examples=3000 if os.environ.get("HPA_PROVE") else 120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(text=st.one_of(said(), st.binary(max_size=300)), method=st.sampled_from(["GET", "PUT"]))
@example(text=b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\nab", method="GET")
def test_any_bytes_are_an_answer_or_a_connector_error(text: bytes, method: str) -> None:
    """No exception of a library comes out, and the next request is answered as if nothing had been."""

    def say(wire: socket.socket, asked: Asked) -> None:
        if asked.target == "/after":
            wire.sendall(answer())
        else:
            wire.sendall(text)
            wire.shutdown(2)

    with speaking(say) as server, client(read_seconds=10, body_bytes=100_000, breaker_failures=7) as asking:
        cloud = endpoint(asking, server)
        for _ in range(2):  # the second time with the ETag of the first, where there is one
            with contextlib.suppress(ConnectorError):
                cloud.request(method, "/x", body=None if method == "GET" else {}).json()
        assert cloud.request("GET", "/after").status == 200
