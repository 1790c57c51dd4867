# SPDX-License-Identifier: Apache-2.0
"""How many requests are under way at once, and what a client is when it is shared, closed or forked."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from connectors.speaking import Asked, answer, client, endpoint, speaking
from hpa_discovery.connectors.attempt import Deadline
from hpa_discovery.errors import ConnectorError

if TYPE_CHECKING:
    import socket

    from hpa_discovery.connectors.client import Endpoint


class Counting:
    """A server that notes how many requests it had at once."""

    def __init__(self, seconds: float = 0.05) -> None:
        self.most = 0
        self._now = 0
        self._seconds = seconds
        self._lock = threading.Lock()

    def __call__(self, wire: socket.socket, _: Asked) -> None:
        """Take some time."""
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(self._seconds)
        with self._lock:
            self._now -= 1
        wire.sendall(answer())


def ask_at_once(number: int, *clouds: Endpoint) -> list[int]:
    """So many requests from as many threads, taking turns among the clouds."""
    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(lambda n: clouds[n % len(clouds)].request("GET", "/").status, range(number)))


def test_one_system_is_asked_so_often_at_once() -> None:
    """The others wait for a place, and get it."""
    counting = Counting()
    with speaking(counting) as server, client(at_once_each=3) as asking:
        assert ask_at_once(12, endpoint(asking, server)) == [200] * 12

    assert counting.most == 3
    assert server.connections <= 3


def test_all_systems_are_asked_so_often_at_once() -> None:
    """The limit over all holds where the limit of each would allow more."""
    counting = Counting()
    with speaking(counting) as one, speaking(counting) as two, client(at_once=4, at_once_each=3) as asking:
        assert ask_at_once(12, endpoint(asking, one), endpoint(asking, two)) == [200] * 12

    assert counting.most == 4


def test_a_full_system_takes_no_places_from_others() -> None:
    """Who waits for one system holds no place of those that all share."""
    begun, go = threading.Event(), threading.Event()

    def stuck(wire: socket.socket, _: Asked) -> None:
        begun.set()
        go.wait(60)
        wire.sendall(answer())

    with speaking(stuck) as slow, speaking(answer()) as quick, client(at_once=2, at_once_each=1) as asking:
        busy, free = endpoint(asking, slow), endpoint(asking, quick)
        with ThreadPoolExecutor(4) as threads:
            waiting = [threads.submit(busy.request, "GET", "/") for _ in range(4)]
            assert begun.wait(30)
            time.sleep(0.1)  # the others wait by now; later they would be no proof, and no fault
            answered = free.request("GET", "/").status, go.is_set()
            go.set()
            assert answered == (200, False)
            assert [each.result().status for each in waiting] == [200] * 4


def test_no_place_in_time_is_busy() -> None:
    """Who gets no place before the deadline hears which limit it was; nothing was sent."""
    with speaking(answer()) as server, client(at_once_each=1, total_seconds=2) as asking:
        cloud = endpoint(asking, server)
        with cloud._channel()._slots.taken(Deadline(30)):
            with pytest.raises(ConnectorError, match=r"PUT http://.*all 1 places for requests to http://") as caught:
                cloud.request("PUT", "/", body={})
            assert server.connections == 0
        assert cloud.request("PUT", "/", body={}).status == 200

    assert (caught.value.kind, caught.value.sent) == ("busy", False)


def test_a_closed_client_refuses() -> None:
    """close() closes the kept connections, and later requests are refused."""
    with speaking(answer()) as server:
        asking = client()
        cloud = endpoint(asking, server)
        cloud.request("GET", "/")
        assert server.ended == 0
        under_way = cloud._channel()  # whoever still has it keeps no connection open
        asking.close()

        deadline = Deadline(30)
        while server.ended == 0 and deadline.left():
            time.sleep(0.01)
        assert server.ended == 1
        assert under_way.breaker.state == "closed"
        for ask in (lambda: cloud.request("GET", "/"), lambda: endpoint(asking, server)):
            with pytest.raises(ConnectorError, match="closed") as caught:
                ask()
            assert caught.value.kind == "busy"


# From 3.12 on, Python warns that a fork copies locks of other threads; the child here ends at once.
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_client_is_not_used_after_a_fork() -> None:
    """A child that inherited it would write into its parent's connections; it is told to make its own."""
    with speaking(answer()) as server, client() as asking:
        cloud = endpoint(asking, server)
        cloud.request("GET", "/")
        child = os.fork()
        if child == 0:
            try:
                cloud.request("GET", "/")
            except RuntimeError as error:
                os._exit(7 if "after a fork" in str(error) else 1)
            finally:
                os._exit(2)
        _, status = os.waitpid(child, 0)

        assert os.waitstatus_to_exitcode(status) == 7
        assert cloud.request("GET", "/").status == 200


def test_little_used_channels_are_dropped() -> None:
    """Only so many origins are remembered; one that was dropped is simply made again."""
    with speaking(answer()) as one, speaking(answer()) as two, client(channels=1) as asking:
        first, second = endpoint(asking, one), endpoint(asking, two)

        assert [each.request("GET", "/").status for each in (first, second, first, second)] == [200] * 4
        assert len(asking._channels) == 1
        assert (one.connections, two.connections) == (2, 2)
