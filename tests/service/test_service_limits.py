# SPDX-License-Identifier: Apache-2.0
"""What is too much, too large or too slow is refused with what to do, and the rest goes on."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from hpa_discovery.discovery.generation import Generation
from hpa_discovery.packs.live.state import Live
from hpa_discovery.service.limits import ServiceLimits
from hpa_discovery.service.runtime import Runtime
from service.asking import FLAVOR, Asking, asking, told

SMALL = ServiceLimits(body_bytes=2000, body_seconds=2.5, subjects=3, explained=2)
FITS = json.dumps({"subject": FLAVOR}).encode()


@pytest.fixture(scope="module")
def small(shared_runtime: Runtime) -> Iterator[Asking]:
    """A client of an app with small limits."""
    with asking(shared_runtime, SMALL) as client:
        yield client


def padded(size: int) -> bytes:
    """A body of exactly so many bytes."""
    head, tail = b'{"subject": {"name": "', b'"}}'
    return head + b"x" * (size - len(head) - len(tail)) + tail


class Connection:
    """One request, sent as the test says: an ASGI server of its own."""

    def __init__(self, client: Asking, *parts: bytes, length: int | None = None, wait: float = 0) -> None:
        self.client = client
        self.parts = list(parts)
        self.wait = wait
        self.taken = 0
        self.sent: list[Any] = []
        given = [] if length is None else [(b"content-length", str(length).encode())]
        token = f"Bearer {client.texts['viewer']}".encode()
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/discover",
            "query_string": b"",
            "headers": [(b"authorization", token), (b"content-type", b"application/json"), *given],
            "client": ("192.0.2.1", 1),
        }

    async def receive(self) -> dict[str, Any]:
        """The next part; silence, or the end of the connection, after the last one."""
        if not self.parts:
            await asyncio.sleep(self.wait)
            return {"type": "http.disconnect"}
        self.taken += 1
        part = self.parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(self.parts or self.wait)}

    async def send(self, message: Any) -> None:
        """Keep what is answered."""
        self.sent.append(message)

    def ask(self) -> dict[str, Any]:
        """Status, headers and problem of the answer; nothing when there is none."""
        self.client.portal.call(self.client.app, self.scope, self.receive, self.send)
        if not self.sent:
            return {}
        headers = {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}
        return {"headers": headers, **json.loads(b"".join(part["body"] for part in self.sent[1:]))}


@pytest.mark.parametrize(("size", "status"), [(2000, 200), (2001, 413)])
def test_size_of_a_body(small: Asking, size: int, status: int) -> None:
    """A body of the largest size is read, one of a byte more is not."""
    assert small.send(padded(size)).status_code == status


@pytest.mark.parametrize(("items", "status"), [(50, 200), (51, 413)])
def test_values_in_a_body(shared_runtime: Runtime, items: int, status: int) -> None:
    """So many values are read and no more, wherever they stand: they take the room, not the text."""
    body = json.dumps({"subject": {}, "context": {"x": (",[{" * items)[: items - 4]}}).encode()
    with asking(shared_runtime, ServiceLimits(values=50)) as client:
        answer = client.send(body)
        assert answer.status_code == status
        assert status == 200 or f"{items} commas" in told(answer, 413, "too-large")["detail"]


def test_why_something_changes_is_short(shared_runtime: Runtime) -> None:
    """The body of a change has no subjects: a large one is refused before it is read."""
    path = f"/v1/generations/{shared_runtime.live.digest}/activate"
    with asking(shared_runtime, ServiceLimits(inline_bytes=100)) as client:
        answer = client.send(b'{"reason": "' + b"x" * 100 + b'"}', path, role="operator")
    assert "100 bytes" in told(answer, 413, "too-large")["detail"]


def test_a_length_is_believed_before_the_body_is_read(small: Asking) -> None:
    """413 is told by the header alone; the connection stays where the rest is short enough to be discarded."""
    for length, closes in ((2001, False), (8000, False), (8001, True), (10**14, True), (10**30, True)):
        connection = Connection(small, b"x", length=length)
        answer = connection.ask()
        assert (answer["status"], connection.taken) == (413, 0)
        assert ("connection" in answer["headers"]) == closes


def test_a_body_without_a_length_is_cut_off(small: Asking) -> None:
    """Chunks are read up to the limit and no further, whatever is said of their length."""
    for length in (None, 10):
        connection = Connection(small, *[b"x" * 100] * 1000, length=length)
        assert connection.ask()["status"] == 413
        assert connection.taken == 21


def test_a_slow_body(small: Asking) -> None:
    """A body that does not come in time is 408."""
    connection = Connection(small, b'{"subject":', wait=10)
    assert connection.ask()["status"] == 408
    assert connection.sent[0]["headers"].count((b"connection", b"close")) == 1


def test_a_caller_who_goes_away(small: Asking) -> None:
    """Nobody is answered; it is counted as 499, which is no status of ours."""
    assert Connection(small, b'{"subject":', b"", wait=0.01).ask() == {}
    assert b'hpa_http_requests_total{method="POST",route="/v1/discover",status="499"} 1.0' in small.metrics.text()


def test_subjects(small: Asking) -> None:
    """So many subjects are answered in one request, and fewer explained."""
    for path, most in (("/v1/discover", 3), ("/v1/explain", 2)):
        assert small.post(path, {"subjects": [{}] * most}).status_code == 200
        problem = told(small.post(path, {"subjects": [{}] * (most + 1)}), 422, "invalid")
        assert str(most) in problem["errors"][0]["message"]


def test_memory_of_all_bodies(shared_runtime: Runtime) -> None:
    """Bodies that would not fit into memory together are told to come back; memory is free again afterwards."""
    with asking(shared_runtime, ServiceLimits(buffered_bytes=1500)) as client:
        for _ in range(3):
            answer = client.send(padded(1501))
            told(answer, 503, "busy")
            assert answer.headers["retry-after"] == "1"
            assert client.send(padded(1500)).status_code == 200


def test_requests_at_once(shared_runtime: Runtime) -> None:
    """More requests at once than allowed are told to come back; health is answered all the same."""
    with asking(shared_runtime, ServiceLimits(in_flight=2)) as client, _held(client, 2):
        told(client.send(FITS), 503, "busy")
        assert client.ask("GET", "/healthz", token=None).status_code == 200
    with asking(shared_runtime, ServiceLimits(in_flight=2)) as client:
        assert [client.send(FITS).status_code for _ in range(4)] == [200] * 4


@contextmanager
def _held(client: Asking, count: int) -> Iterator[None]:
    """So many requests whose bodies do not come while the block runs."""
    connections = [Connection(client, b"{", wait=1000) for _ in range(count)]
    started = [asyncio.Event() for _ in connections]

    async def hold(connection: Connection, reached: asyncio.Event) -> None:
        async def receive() -> dict[str, Any]:
            reached.set()
            return await connection.receive()

        await client.app(connection.scope, receive, connection.send)

    tasks = [client.portal.start_task_soon(hold, *pair) for pair in zip(connections, started, strict=True)]
    for event in started:
        client.portal.call(event.wait)
    yield
    for task in tasks:
        task.cancel()


def test_time_of_an_answer(shared_runtime: Runtime) -> None:
    """Subjects that take too long together are refused as a whole."""
    with asking(shared_runtime, ServiceLimits(answer_seconds=-1)) as client:
        assert "send fewer" in told(client.send(FITS), 503, "busy")["detail"]


class Stopped(Runtime):
    """A runtime that serves the same for ever."""

    def __init__(self, runtime: Runtime, live: Live) -> None:
        self.__dict__ |= vars(runtime)
        self._serves = live

    @property
    def live(self) -> Live:
        """What was given."""
        return self._serves


class Slow(Generation):
    """A generation that answers large questions when it may."""

    __slots__ = ("may",)

    def __init__(self, of: Generation) -> None:
        super().__init__(of.packs, of.sources)
        self.may = threading.Event()

    def see(self, source: str, context: Any) -> Any:
        """Wait when a thread asks."""
        if threading.current_thread().name.startswith("answers"):
            assert self.may.wait(120)
        return super().see(source, context)


def test_waiting_for_a_thread(shared_runtime: Runtime) -> None:
    """Large requests wait for a thread up to a number; the service answers small ones meanwhile."""
    slow = Slow(shared_runtime.live.generation)
    runtime = Stopped(shared_runtime, replace(shared_runtime.live, generation=slow))
    with asking(runtime, ServiceLimits(evaluators=1, waiting=1, inline_subjects=1)) as client:
        large = json.dumps({"subjects": [FLAVOR, FLAVOR]}).encode()
        assert client.send(FITS).status_code == 200

        async def together() -> list[int]:
            connections = [Connection(client, large) for _ in range(5)]
            tasks = [asyncio.create_task(client.app(each.scope, each.receive, each.send)) for each in connections]
            while sum(bool(each.sent) for each in connections) < 3:
                await asyncio.sleep(0.001)
            small = Connection(client, FITS)
            await client.app(small.scope, small.receive, small.send)
            assert small.sent[0]["status"] == 200
            slow.may.set()
            await asyncio.gather(*tasks)
            return sorted(each.sent[0]["status"] for each in connections)

        assert client.portal.call(together) == [200, 200, 503, 503, 503]
        assert client.send(large).status_code == 200
