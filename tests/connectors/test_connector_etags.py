# SPDX-License-Identifier: Apache-2.0
"""Answers kept with their ETag: for whom, for which question, and how many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.speaking import Asked, answer, client, endpoint, speaking

if TYPE_CHECKING:
    import socket

TOKEN = {"X-Auth-Token": "one"}


class Versioned:
    """A server whose answer has an ETag, and which knows it again."""

    def __init__(self, body: bytes = b'{"flavors": []}', etag: str = '"1"', **headers: str) -> None:
        self.body = body
        self.etag = etag
        self.headers = headers

    def __call__(self, wire: socket.socket, asked: Asked) -> None:
        """304 to its own ETag, else the body."""
        if self.etag and asked.headers.get("if-none-match") == self.etag:
            wire.sendall(answer(304, b"", ETag=self.etag, X_Again="yes"))
        else:
            wire.sendall(answer(200, self.body, ETag=self.etag, Content_Type="application/json", **self.headers))


def conditions(say: Any, *questions: dict[str, Any], **limits: Any) -> list[str | None]:
    """The If-None-Match of each question, asked in turn, whose answers are all the whole body."""
    with speaking(say) as server, client(**limits) as asking:
        cloud = endpoint(asking, server)
        for each in questions:
            reply = cloud.request("GET", **({"path": "/flavors"} | each))
            assert (reply.status, reply.body) == (200, say.body)
    return [asked.headers.get("if-none-match") for asked in server.asked]


def test_an_unchanged_answer_is_not_sent_again() -> None:
    """A 304 gives the body kept, with the headers as they are now."""
    with speaking(Versioned()) as server, client() as asking:
        cloud = endpoint(asking, server)
        first, second = cloud.request("GET", "/flavors"), cloud.request("GET", "/flavors")

    assert (second.status, second.json()) == (200, {"flavors": []})
    assert (first.headers.get("X-Again"), second.headers["X-Again"]) == (None, "yes")
    assert second.headers["Content-Length"] == first.headers["Content-Length"]
    assert server.asked[1].headers["if-none-match"] == '"1"'


def test_a_changed_answer_takes_the_place_of_the_old() -> None:
    """The next question is asked with the new ETag."""
    said = Versioned()
    with speaking(said) as server, client() as asking:
        cloud = endpoint(asking, server)
        cloud.request("GET", "/x")
        said.body, said.etag = b'{"new": 1}', '"2"'

        assert [cloud.request("GET", "/x").body for _ in range(2)] == [said.body] * 2
    assert [asked.headers.get("if-none-match") for asked in server.asked] == [None, '"1"', '"2"']


def test_another_credential_never_gets_it() -> None:
    """Each token has answers of its own, and so has each password; none is sent another's ETag."""
    questions = [TOKEN, {"X-Auth-Token": "two"}, {"Authorization": "Basic b25lOm9uZQ=="}, {}, TOKEN]

    assert conditions(Versioned(), *({"headers": each} for each in questions)) == [None, None, None, None, '"1"']


def test_another_question_never_gets_it() -> None:
    """Path and query are part of the question."""
    questions = [{}, {"query": {"page": "2"}}, {"path": "/other"}, {"query": {"page": "2"}}]

    assert conditions(Versioned(), *questions) == [None, None, None, '"1"']


def test_what_the_server_varies_by_is_part_of_the_question() -> None:
    """Nova answers by microversion and says so; a request id does not matter."""
    said = Versioned(Vary="OpenStack-API-Version, X-Other")
    new, old = {"OpenStack-API-Version": "compute 2.86"}, {"OpenStack-API-Version": "compute 2.1"}
    numbered = [
        {"headers": each | {"X-TransactionId": str(number)}} for number, each in enumerate([new, new, old, old])
    ]

    assert conditions(said, *numbered) == [None, '"1"', None, '"1"']


def test_what_may_not_be_kept_is_not() -> None:
    """no-store, Vary: *, no ETag at all or one that HTTP does not allow, and bodies beyond the bound."""
    unlasting = Versioned(Cache_Control="private, no-store"), Versioned(Vary="*")
    for said in (*unlasting, *(Versioned(etag=each) for each in ("", "1", '"', "*", '"a" , "b"', '"a\0"', 'w/"1"'))):
        assert conditions(said, {}, {}) == [None, None]
    assert conditions(Versioned(etag='W/"1"'), {}, {}) == [None, 'W/"1"']
    assert conditions(Versioned(b'"' + b"x" * 5000 + b'"'), {}, {}, etag_bytes=4000) == [None, None]


def test_long_heads_count_as_much_as_bodies() -> None:
    """A server cannot fill the memory with headers of small answers."""
    said = Versioned(X_Long="x" * 3000)

    assert conditions(said, {}, {"path": "/other"}, {}, etag_bytes=6000) == [None, None, None]
    assert conditions(said, {}, {"path": "/other"}, {}, etag_bytes=12000) == [None, None, '"1"']


def test_the_least_used_is_dropped() -> None:
    """All that is kept together is bounded; what is asked for often stays."""
    body = b'"' + b"x" * 1000 + b'"'
    paths = ["/a", "/b", "/a", "/c", "/a", "/b"]

    assert conditions(Versioned(body), *({"path": each} for each in paths), etag_bytes=4200) == [
        None,
        None,
        '"1"',
        None,
        '"1"',
        None,
    ]


def test_an_answer_that_took_the_place_of_another_counts_once() -> None:
    """However often it changes, there is room for the others."""
    tags = iter(range(9))
    body = b'"' + b"x" * 1000 + b'"'

    def changing(wire: socket.socket, asked: Asked) -> None:
        tag = next(tags) if asked.target == "/changes" else "same"
        wire.sendall(answer(body=body, ETag=f'"{tag}"'))

    with speaking(changing) as server, client(etag_bytes=6000) as asking:
        cloud = endpoint(asking, server)
        for path in ("/stays", *["/changes"] * 8, "/stays"):
            cloud.request("GET", path)
    assert server.asked[-1].headers["if-none-match"] == '"same"'


def test_other_methods_and_the_callers_own_conditions_are_left_alone() -> None:
    """A 304 to a condition of the caller's is the caller's, and a PUT carries none."""
    with speaking(Versioned()) as server, client() as asking:
        cloud = endpoint(asking, server)
        cloud.request("GET", "/x")

        assert cloud.request("GET", "/x", headers={"if-none-match": '"1"'}).status == 304
        cloud.request("PUT", "/x", body={})
        cloud.request("GET", "/x", headers={"Range": "bytes=0-1"})
    assert [asked.headers.get("if-none-match") for asked in server.asked[2:]] == [None, None]


def test_a_session_has_it_too() -> None:
    """Whoever uses requests sees a 200 with the body."""
    with speaking(Versioned()) as server, client() as asking:
        session = endpoint(asking, server).session()
        url = f"http://127.0.0.1:{server.port}/flavors"

        assert [session.get(url, headers=TOKEN).json() for _ in range(2)] == [{"flavors": []}] * 2
    assert server.asked[1].headers["if-none-match"] == '"1"'
