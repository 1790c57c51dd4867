# SPDX-License-Identifier: Apache-2.0
"""What is tried again, when, and what never is."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

from connectors.speaking import QUICK, Asked, answer, client, endpoint, refusing, speaking, until
from hpa_discovery.errors import ConnectorError

if TYPE_CHECKING:
    import socket


class Pauses:
    """Counts the pauses instead of waiting."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> bool:
        """Note it."""
        self.seconds.append(seconds)
        return False


def hanging_up(wire: socket.socket, _: Asked) -> None:
    """Break off once the request has come."""
    wire.shutdown(2)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_get_is_tried_again(status: int) -> None:
    """What passes by itself is asked for again, after pauses."""
    pauses = Pauses()
    with speaking([answer(status), answer(status), answer()]) as server, client(pause=pauses) as asking:
        assert endpoint(asking, server).request("GET", "/").status == 200

    assert len(server.asked) == 3
    assert len(pauses.seconds) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 500, 501])
def test_an_answer_that_will_not_change_is_not_asked_for_again(status: int) -> None:
    """Any other status is the answer."""
    with speaking(answer(status)) as server, client() as asking:
        assert endpoint(asking, server).request("GET", "/").status == status

    assert len(server.asked) == 1


def test_after_the_last_try_the_answer_is_given() -> None:
    """A server that stays busy is told as it said it."""
    with speaking(answer(503, b"busy")) as server, client(pause=Pauses()) as asking:
        assert endpoint(asking, server).request("GET", "/").body == b"busy"

    assert len(server.asked) == 3


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_connection_that_breaks_is_tried_again(method: str) -> None:
    """A GET whose connection ends before the answer is sent once more."""
    broken: list[Asked] = []

    def once(wire: socket.socket, asked: Asked) -> None:
        broken.append(asked)
        if len(broken) == 1:
            wire.shutdown(2)
        else:
            wire.sendall(answer(body=b""))

    with speaking(once) as server, client() as asking:
        assert endpoint(asking, server).request(method, "/").status == 200

    assert len(broken) == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("say", [answer(503, Retry_After="0"), answer(429), hanging_up])
def test_what_changes_something_is_sent_once(method: str, say: Any) -> None:
    """Neither a busy server nor a broken connection makes a change go out twice, and the error says that it did go."""
    with speaking(say) as server, client(pause=Pauses()) as asking:
        cloud = endpoint(asking, server)
        if callable(say):
            with pytest.raises(ConnectorError) as caught:
                cloud.request(method, "/", body={})
            assert (caught.value.kind, caught.value.sent) == ("protocol", True)
        else:
            assert cloud.request(method, "/", body={}).status in {429, 503}

    assert len(server.asked) == 1


@pytest.mark.parametrize(("method", "tries"), [("GET", 3), ("PUT", 1), ("POST", 1), ("DELETE", 1)])
def test_a_refused_connection(method: str, tries: int) -> None:
    """Only a GET is tried again; the others hear that certainly nothing was sent."""
    pauses = Pauses()
    with refusing() as nobody, client(pause=pauses) as asking:
        cloud = endpoint(asking, nobody)
        with pytest.raises(ConnectorError, match="refused") as caught:
            cloud.request(method, "/")

    assert (caught.value.kind, caught.value.sent) == ("connect", False)
    assert len(pauses.seconds) == tries - 1


def test_a_put_on_a_connection_that_was_closed_meanwhile() -> None:
    """A kept connection that the server has closed is noticed before anything is sent on it."""

    def closing(wire: socket.socket, _: Asked) -> None:
        wire.sendall(answer())
        wire.shutdown(2)

    with speaking(closing) as server, client() as asking:
        cloud = endpoint(asking, server)
        for number in range(5):
            assert cloud.request("PUT", "/", body={}).status == 200
            until(lambda before=number: server.ended > before)  # type: ignore[misc]  # mypy cannot type a lambda with a default

    assert len(server.asked) == 5


def test_pauses_are_random_and_grow() -> None:
    """No two clients come back at the same moment; the n-th pause is at most first * 2**(n-1)."""
    pauses = Pauses()
    with speaking(answer(503)) as server, client(pause=pauses, retries=3, breaker_failures=1000) as asking:
        for _ in range(40):
            endpoint(asking, server).request("GET", "/")

    by_number = [pauses.seconds[number::3] for number in range(3)]
    for number, seconds in enumerate(by_number):
        most = QUICK.first_pause_seconds * 2**number
        assert max(seconds) <= most
        assert max(seconds) > most / 2 > min(seconds)
        assert len(set(seconds)) > 30


@pytest.mark.parametrize(
    ("said", "waited"),
    [("7", 7.0), (" 30 ", 30.0), ("0", 0.0), ("soon", 0.0), ("-5", 0.0), ("1" * 400, None), ("31", None)],
)
def test_retry_after_is_honoured_up_to_the_bound(said: str, waited: float | None) -> None:
    """The server's wish is waited for; a longer one than the bound ends the tries with the server's answer."""
    pauses = Pauses()
    with speaking([answer(503, Retry_After=said), answer()]) as server, client(pause=pauses) as asking:
        status = endpoint(asking, server).request("GET", "/").status

    assert status == (503 if waited is None else 200)
    assert [pytest.approx(waited, abs=0.02)] * (waited is not None) == pauses.seconds


def test_retry_after_may_be_a_date() -> None:
    """The other form of RFC 9110."""
    pauses = Pauses()
    later = formatdate(time.time() + 20, usegmt=True)
    with speaking([answer(429, Retry_After=later), answer()]) as server, client(pause=pauses) as asking:
        assert endpoint(asking, server).request("GET", "/").status == 200

    assert 5 < pauses.seconds[0] <= 20


def test_the_deadline_is_for_all_tries() -> None:
    """A pause that would end after the time for the whole request is not begun."""
    pauses = Pauses()
    with speaking(answer(503, Retry_After="5")) as server, client(pause=pauses, total_seconds=3) as asking:
        assert endpoint(asking, server).request("GET", "/").status == 503

    assert pauses.seconds == []


def test_closing_the_client_ends_a_pause() -> None:
    """Who waits for the next try gives up when the client is closed."""
    with speaking(answer(503)) as server, client(pause=lambda _: True) as asking:
        assert endpoint(asking, server).request("GET", "/").status == 503

    assert len(server.asked) == 1
