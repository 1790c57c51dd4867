# SPDX-License-Identifier: Apache-2.0
"""The circuit breaker: when it opens, who is let through, and when it closes."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

import pytest

from connectors.speaking import Heard, answer, client, endpoint, silent, speaking, until
from hpa_discovery.connectors.breaker import Breaker
from hpa_discovery.errors import ConnectorError


class Clock:
    """A clock that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def made(observer: Heard | None = None) -> tuple[Breaker, Clock]:
    """A breaker of three failures and thirty seconds, with its clock."""
    clock = Clock()
    return Breaker("http://cloud.example:80", 3, 30.0, observer, clock), clock


def tried(breaker: Breaker, *failures: str | None) -> None:
    """Tries that end so."""
    for failure in failures:
        with breaker.watching() as verdict:
            verdict.failure = failure


def refused(breaker: Breaker, said: str) -> None:
    """The next try is not let through."""
    with pytest.raises(ConnectorError, match=said) as caught:
        tried(breaker, "")
    assert (caught.value.kind, caught.value.sent) == ("open", False)


def test_it_opens_after_failures_in_a_row() -> None:
    """An answer in between begins the count again; what nobody can tell counts for nothing."""
    breaker, _ = made()

    tried(breaker, "no", "no", "", "no", None, "no")
    assert breaker.state == "closed"

    tried(breaker, "connection refused")
    assert breaker.state == "open"
    refused(breaker, r"failed 3 times in a row \(connection refused\); it is asked once in 30 s")


def test_while_it_is_open_all_are_told_the_same() -> None:
    """Now and later, and whoever asked for what: an alarm that says otherwise at each try would be told each time."""
    said = set()
    with speaking([answer(503)] * 2) as server, client(breaker_failures=2, breaker_seconds=3600, retries=0) as asking:
        cloud = endpoint(asking, server)
        for path in ("/a", "/b"):
            cloud.request("GET", path)
        for _ in range(3):
            with pytest.raises(ConnectorError) as caught:
                cloud.request("GET", "/c")
            said.add(str(caught.value))
    [one] = said
    assert one.endswith("/c: it failed 2 times in a row (it answered 503); it is asked once in 3600 s")


def test_it_lets_one_through_after_the_pause_and_closes() -> None:
    """One answer from the server is enough."""
    breaker, clock = made()
    tried(breaker, "no", "no", "no")

    clock.now += 30
    assert breaker.state == "half-open"
    tried(breaker, "")

    assert breaker.state == "closed"
    tried(breaker, "no", "no")
    assert breaker.state == "closed"


def test_a_failed_trial_begins_the_pause_again() -> None:
    """A server that is still away is left alone for as long as before."""
    breaker, clock = made()
    tried(breaker, "no", "no", "no")
    clock.now += 30

    tried(breaker, "still away")

    assert breaker.state == "open"
    refused(breaker, r"failed 3 times in a row \(still away\)")


@pytest.mark.parametrize("end", ["", "no", None])
def test_only_one_is_let_through_at_a_time(end: str | None) -> None:
    """While one tries, the others are refused; a trial that nobody can judge makes room for the next."""
    breaker, clock = made()
    tried(breaker, "no", "no", "no")
    clock.now += 30

    with breaker.watching() as verdict:
        refused(breaker, "it is asked once in 30 s")
        verdict.failure = end

    assert breaker.state == {"": "closed", "no": "open", None: "half-open"}[end]


def test_a_trial_that_raises_makes_room_for_the_next() -> None:
    """Ctrl-C in a trial does not leave the breaker half open for ever."""
    breaker, clock = made()
    tried(breaker, "no", "no", "no")
    clock.now += 30

    with pytest.raises(KeyboardInterrupt), breaker.watching():
        raise KeyboardInterrupt

    tried(breaker, "")
    assert breaker.state == "closed"


def test_tries_from_before_it_opened_change_nothing() -> None:
    """An answer that was long under way does not close it, and a failure does not lengthen the pause."""
    breaker, clock = made()
    with breaker.watching() as early, breaker.watching() as late:
        tried(breaker, "no", "no", "no")
        clock.now += 29
        early.failure, late.failure = "", "no"

    assert breaker.state == "open"
    clock.now += 1
    assert breaker.state == "half-open"


def test_operators_hear_of_it_once() -> None:
    """Opened and closed are told, with why; nothing in between is."""
    heard = Heard()
    breaker, clock = made(heard)

    tried(breaker, "no", "no", "connection refused")
    clock.now += 30
    tried(breaker, "still away")
    clock.now += 30
    tried(breaker, "", "", "no")

    origin = "http://cloud.example:80"
    opened = {"origin": origin, "failures": 3, "message": "connection refused", "seconds": 30.0}
    assert heard.events == [("connector.opened", opened), ("connector.closed", {"origin": origin})]


@pytest.mark.parametrize(
    ("say", "opens"),
    [
        (answer(502), True),
        (answer(503), True),
        (answer(504), True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: bad", True),
        (silent, True),
        (answer(500), False),
        (answer(429), False),
        *((answer(status), False) for status in (301, 400, 401, 403, 404, 409, 412)),
        (answer(body=b"x" * 2000), False),
    ],
)
def test_what_counts_as_a_failure(say: Any, opens: bool) -> None:
    """A server that answers for itself is there, whatever it says; no answer, or one from a gateway, is a failure."""
    limits = {"breaker_failures": 3, "read_seconds": 0.1 if opens else 60, "body_bytes": 1000}
    with speaking(say) as server, client(**limits) as asking:
        cloud = endpoint(asking, server)
        for _ in range(3):
            outcome(cloud)
        assert cloud.breaker == ("open" if opens else "closed")
        until(lambda: len(server.asked) == 3)
        before = server.connections, len(server.asked)
        if opens:
            with pytest.raises(ConnectorError, match="in a row") as caught:
                cloud.request("PUT", "/", body={})
            assert caught.value.kind == "open"
            assert (server.connections, len(server.asked)) == before


def outcome(cloud: Any) -> None:
    """One request, whatever comes of it."""
    with contextlib.suppress(ConnectorError):
        cloud.request("PUT", "/", body={})


def test_it_closes_when_the_server_is_back() -> None:
    """Away, refused, tried, there again: over real sockets."""
    heard = Heard()
    limits = {"breaker_failures": 2, "breaker_seconds": 2.5, "retries": 0}
    with speaking([answer(503), answer(503), answer()]) as server, client(observer=heard, **limits) as asking:
        cloud = endpoint(asking, server)
        assert [cloud.request("GET", "/").status for _ in range(2)] == [503, 503]
        with pytest.raises(ConnectorError, match="503"):
            cloud.request("GET", "/")
        while cloud.breaker == "open":
            time.sleep(0.01)
        assert cloud.request("GET", "/").status == 200
        assert cloud.breaker == "closed"

    assert [name for name, _ in heard.events] == ["connector.opened", "connector.closed"]


def test_an_egress_refusal_is_no_failure_of_the_server() -> None:
    """What our own rules refuse says nothing about the other side."""
    with speaking(answer()) as server, client(rules=("cloud=10.0.0.0/8",), breaker_failures=1) as asking:
        cloud = endpoint(asking, server)
        for _ in range(2):
            with pytest.raises(ConnectorError) as caught:
                cloud.request("GET", "/")
            assert caught.value.kind == "egress"


def test_threads_may_share_it() -> None:
    """Of many that fail at once exactly one opening is told."""
    heard = Heard()
    breaker, _ = made(heard)

    def fail() -> None:
        for _ in range(200):
            try:
                tried(breaker, "no")
            except ConnectorError:
                return

    threads = [threading.Thread(target=fail) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert [name for name, _ in heard.events] == ["connector.opened"]


def test_a_request_that_opens_it_tells_its_own_failure() -> None:
    """When the tries of one GET open the breaker, its caller hears what failed, and nobody is asked any more."""
    with speaking(answer(503, b"busy")) as server, client(breaker_failures=2, retries=5) as asking:
        assert endpoint(asking, server).request("GET", "/").body == b"busy"

    assert len(server.asked) == 2
