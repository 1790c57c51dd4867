# SPDX-License-Identifier: Apache-2.0
"""What is told of a request: nothing of it that only the other side should know."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Any

import pytest
import requests
import urllib3

from connectors.speaking import Asked, Heard, answer, client, endpoint, silent, speaking
from hpa_discovery.connectors.client import EndpointSettings, basic
from hpa_discovery.connectors.redaction import shown
from hpa_discovery.errors import ConnectorError

if TYPE_CHECKING:
    import socket

SECRETS = ("s3cret-user", "s3cret-password", "s3cret-token", "s3cret-query", "czNjcmV0", "s3cret-body", "s3cret-answer")
HEADERS = basic("s3cret-user", "s3cret-password") | {"X-Auth-Token": "s3cret-token"}

QUERY, BODY = {"password": "s3cret-query"}, {"a": "s3cret-body"}


def hanging_up(wire: socket.socket, _: Asked) -> None:
    """Break off once the request has come."""
    wire.shutdown(2)


SAID = answer(503, b"s3cret-answer", X_Subject_Token="s3cret-token")  # noqa: S106 - the point of the test


@pytest.mark.parametrize(
    "say",
    [
        SAID,
        hanging_up,
        silent,
        b"s3cret-answer\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbroken header s3cret-token\r\nContent-Length: 0\r\n\r\n",
        answer(body=b"s3cret-answer"),
        answer(body=b"s3cret-answer", Content_Encoding="gzip"),
        answer(302, Location="http://s3cret-user:s3cret-password@elsewhere.example/?s3cret-query"),
    ],
)
@pytest.mark.parametrize("way", ["request", "session"])
def test_nothing_secret_is_told(say: Any, way: str, caplog: pytest.LogCaptureFixture) -> None:
    """Messages, tracebacks, reprs, events and logs at every level are free of credentials, queries and bodies."""
    caplog.set_level(logging.DEBUG)
    heard = Heard()
    told: list[str] = []
    limits: dict[str, Any] = {"read_seconds": 1.0, "breaker_failures": 2}
    with speaking(say) as server, client(observer=heard, **limits) as asking:
        cloud = endpoint(asking, server, headers=HEADERS, ca="")
        told += [repr(cloud), str(cloud), repr(asking)]
        for method in ("GET", "PUT", "GET"):
            try:
                if way == "request":
                    reply = cloud.request(method, "/x", query=QUERY, body=BODY)
                    told.append(repr(reply))
                    reply.json()
                else:
                    url = f"http://127.0.0.1:{server.port}/x"
                    cloud.session().request(method, url, params=QUERY, headers=HEADERS, json=BODY)
            except ConnectorError as error:
                told += [str(error), repr(error), *traceback.format_exception(error)]
    told += [repr(heard.events), caplog.text]

    assert server.asked[0].headers["x-auth-token"] == "s3cret-token"
    assert [secret for secret in SECRETS if secret in "\n".join(told)] == []


def test_settings_do_not_show_what_they_hold() -> None:
    """Neither the headers nor the CA are in the repr."""
    assert "s3cret" not in repr(EndpointSettings("cloud", "https://cloud.example", ca="s3cret", headers=HEADERS))


@pytest.mark.parametrize("token", ["s3cret-token\r\nX: y", " s3cret-token", "s3cret-token\u20ac"])
def test_a_header_that_http_does_not_allow_is_not_repeated(token: str) -> None:
    """A line break in a token would be another header: refused, and the token is not told."""
    with speaking(answer()) as server, client(breaker_failures=1) as asking:
        cloud = endpoint(asking, server)
        with pytest.raises(ConnectorError, match="what HTTP does not allow") as caught:
            cloud.request("GET", "/", headers={"X-Auth-Token": token})

        assert (caught.value.kind, caught.value.sent) == ("protocol", False)
        assert "s3cret" not in "".join(traceback.format_exception(caught.value))
        assert server.asked == []
        assert cloud.breaker == "closed"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://user:password@cloud.example:5000/v3?token=1#x", "https://cloud.example:5000/v3"),
        ("https://a@b@cloud.example/", "https://cloud.example/"),
        ("http://[::1/", "a URL that cannot be read"),
    ],
)
def test_urls_are_shown_without_user_and_query(url: str, expected: str) -> None:
    """Scheme, host, port and path may be told."""
    assert shown(url) == expected


def test_others_requests_are_logged_as_before(caplog: pytest.LogCaptureFixture) -> None:
    """Only our own requests are kept out of urllib3's log: the program around us may want its own."""
    caplog.set_level(logging.DEBUG, "urllib3")
    with speaking(answer()) as server, client() as asking:
        endpoint(asking, server).request("GET", "/ours")
        assert "/ours" not in caplog.text
        with urllib3.PoolManager() as pools, requests.Session():
            pools.request("GET", f"http://127.0.0.1:{server.port}/theirs")

    assert "/theirs" in caplog.text
