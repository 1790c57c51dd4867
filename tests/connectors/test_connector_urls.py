# SPDX-License-Identifier: Apache-2.0
"""What may be registered and asked: URLs, paths below them, and the origins that a session goes to."""

from __future__ import annotations

import pytest
import requests

from connectors.speaking import answer, client, endpoint, speaking
from hpa_discovery.connectors.client import EndpointSettings, basic
from hpa_discovery.errors import ConnectorError, EgressError


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://cloud.example", "'ftp'.*http and https"),
        ("file:///etc/passwd", "'file'"),
        ("cloud.example", "scheme"),
        ("//cloud.example/", "scheme"),
        ("http://", "host"),
        ("http:///path", "host"),
        ("http://user:password@cloud.example", "user name.*apart from the URL"),
        ("http://user@cloud.example", "user name"),
        ("http://cloud.example?x=1", "query"),
        ("http://cloud.example/#x", "fragment"),
        ("http://cloud.example/?", "query"),
        ("http://cloud.example:99999", "cannot be read"),
        ("http://cloud.example:x", "cannot be read"),
        ("http://[::1", "cannot be read"),
        ("http://[fe80::1%25eth0]/", "host"),
        ("http://k\u00f6ln.example", "ASCII"),
        ("http://a b.example", "host"),
        ("http://cloud.example/a/../b", "'..'"),
        ("http://cloud.example//b", "one slash"),
        ("http://cloud.example\\@other.example/", "user name"),
        ("\x01http://cloud.example", "printed"),
        ("ht\ttp://cloud.example", "printed"),
        ("http://clo\nud.example", "printed"),
    ],
)
def test_a_url_that_cannot_be_registered(url: str, said: str) -> None:
    """The reason is told; a password in the URL is not."""
    with client() as asking, pytest.raises(ConnectorError, match=said) as caught:
        asking.endpoint(EndpointSettings("cloud", url))

    assert caught.value.kind == "protocol"
    assert "password" not in str(caught.value)


@pytest.mark.parametrize(
    "path",
    [
        *("x", "//x", "http://elsewhere.example/", "@elsewhere.example/", ":1/", "/\\elsewhere.example"),
        *("/a/../b", "/..", "/a/.", "/a%2F..%2Fb", "/%2e%2e/b", "/a\\..\\b"),
        *("/a?b", "/a#b", "/a b", "/a\r\nHost: b"),
    ],
)
def test_a_path_stays_below_the_registered_url(path: str) -> None:
    """What could mean another origin or a place above is refused before anything is connected."""
    with speaking(answer()) as server, client() as asking:
        cloud = endpoint(asking, server)
        with pytest.raises(ConnectorError, match="path") as caught:
            cloud.request("GET", path)

        assert (caught.value.kind, caught.value.sent) == ("protocol", False)
        assert server.connections == 0


def test_paths_queries_and_bodies_arrive_as_given() -> None:
    """Quoted characters stay quoted; a body is JSON, bytes as they are, or none; headers of the call win."""
    with speaking(answer()) as server, client() as asking:
        settings = EndpointSettings("cloud", f"http://LocalHost:{server.port}/aai/v14/", headers={"X-FromAppId": "hpa"})
        cloud = asking.endpoint(settings)
        cloud.request("get", "/flavors/a%2Fb%20c~", query={"depth": "all", "q": "a&b /"})
        cloud.request("PUT", "/x", body={"a": "\u00fc"})
        cloud.request("POST", "/x", body=b"raw", headers={"content-type": "text/plain", "x-fromappid": "other"})

    got = server.asked
    assert got[0].line == "GET /aai/v14/flavors/a%2Fb%20c~?depth=all&q=a%26b+%2F HTTP/1.1"
    assert got[0].headers["host"] == f"localhost:{server.port}"
    assert (got[0].headers["accept"], got[0].headers["user-agent"]) == ("application/json", "hpa-discovery")
    assert "content-type" not in got[0].headers
    assert (got[1].headers["content-type"], got[1].body) == ("application/json", b'{"a": "\\u00fc"}')
    assert (got[2].headers["content-type"], got[2].body) == ("text/plain", b"raw")
    assert [each.headers["x-fromappid"] for each in got] == ["hpa", "hpa", "other"]


def test_basic_authentication() -> None:
    """The example of RFC 7617, and a password that is not ASCII in UTF-8."""
    assert basic("Aladdin", "open sesame") == {"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}
    assert basic("test", "123\u00a3") == {"Authorization": "Basic dGVzdDoxMjPCow=="}


def test_a_session_goes_to_other_origins_by_the_same_rules() -> None:
    """What the rules of the kind allow is reached, another port is refused, and our own headers stay at home."""
    with speaking(answer()) as keystone, speaking(answer()) as nova, speaking(answer()) as database:
        rules = tuple(f"cloud=127.0.0.1:{each.port}" for each in (keystone, nova))
        with client(rules=rules) as asking:
            session = endpoint(asking, keystone, headers={"Authorization": "for Keystone only"}).session()

            assert session.get(f"http://127.0.0.1:{nova.port}/v2.1").status_code == 200
            with pytest.raises(EgressError, match=str(database.port)):
                session.get(f"http://127.0.0.1:{database.port}/")

        assert (keystone.connections, database.connections) == (0, 0)
        assert "authorization" not in nova.asked[0].headers


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://user:password@127.0.0.1/", "http://127.0.0.1/a/%2e%2e/b"])
def test_a_session_takes_no_other_urls(url: str) -> None:
    """A catalog gives URLs too, and they are held to the same form."""
    with speaking(answer()) as server, client() as asking:
        session = endpoint(asking, server).session()
        with pytest.raises((ConnectorError, requests.exceptions.InvalidSchema)) as caught:
            session.get(url.replace("127.0.0.1", f"127.0.0.1:{server.port}"))

        assert "password" not in str(caught.value)
        assert server.connections == 0


def test_a_session_sends_no_streams() -> None:
    """A body that cannot be sent again, or has no length, is refused."""
    with speaking(answer()) as server, client() as asking:
        session = endpoint(asking, server).session()
        with pytest.raises(ConnectorError, match="read while it is sent"):
            session.post(f"http://127.0.0.1:{server.port}/", data=iter([b"a"]))
