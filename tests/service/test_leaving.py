# SPDX-License-Identifier: Apache-2.0
"""A service that is stopped while clients ask: whoever was let in is answered."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cli.running import hpa
from connectors.speaking import answer, silent, speaking
from service.certificates import make_pair
from service.daemon import PATIENCE, QUESTION, running
from service.runtimes import until
from service.test_serve import half_a_request
from work.hostile_cloud import CREDENTIAL

CLIENTS = 8
GRACE = 10  # seconds
TIMES = 15 if os.environ.get("HPA_PROVE") else 2


@dataclass
class Client:
    """Asks without a pause until nobody listens, over a connection for as long as the service keeps it."""

    connect: Callable[[], http.client.HTTPConnection]
    headers: dict[str, str]
    answers: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Ask; whatever ends a connection that was let in, other than an answer, is a fault."""
        while True:
            try:
                connection = self.connect()
            except ConnectionRefusedError:
                return
            except OSError as error:
                self.faults.append(f"connecting: {error!r}")
                return
            self._ask_on(connection)

    def _ask_on(self, connection: http.client.HTTPConnection) -> None:
        try:
            told_to_go = False
            while not told_to_go:
                connection.request("POST", "/v1/discover", QUESTION, self.headers)
                answer = connection.getresponse()
                answer.read()
                self.answers[answer.status] += 1
                told_to_go = answer.will_close
        except (OSError, http.client.HTTPException) as error:
            self.faults.append(f"asking: {error!r}")
        finally:
            connection.close()


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("_turn", range(TIMES))
def test_whoever_was_let_in_is_answered(_turn: int, encrypted: bool, tmp_path: Path) -> None:
    """Clients that ask while the service is stopped lose no connection, and those that come later are refused."""
    pair = make_pair(tmp_path) if encrypted else None
    options, context = (pair.options, pair.trusting()) if pair else ((), None)
    with running(tmp_path / "state", *options) as daemon:
        headers = {"Authorization": f"Bearer {daemon.token}", "Content-Type": "application/json"}
        kinds = (headers, {**headers, "Connection": "close"})  # half of them keep their connection
        clients = [Client(lambda: daemon.connect(context), kinds[number % 2]) for number in range(CLIENTS)]
        threads = [threading.Thread(target=client.run) for client in clients]
        for thread in threads:
            thread.start()
        until(lambda: all(client.answers or client.faults for client in clients))
        daemon.signal(signal.SIGTERM)
        code = daemon.ended()
        for thread in threads:
            thread.join()

    assert [client.faults for client in clients] == [[]] * CLIENTS
    assert {status for client in clients for status in client.answers} == {200}
    assert code == 0


def test_whoever_balances_sees_it_leave(tmp_path: Path) -> None:
    """While a service that was told to stop still answers, it says that it is not ready."""
    with running(tmp_path / "state") as daemon:
        connection = daemon.connect()
        daemon.signal(signal.SIGTERM)
        until(lambda: daemon.events("service.stopping"))
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        told = json.loads(answer.read())
        connection.close()
        code = daemon.ended()

    assert (answer.status, told["detail"]) == (503, "the service is being stopped")
    assert answer.will_close
    assert code == 0


def test_a_head_that_had_begun_is_answered(tmp_path: Path) -> None:
    """Whoever was in the middle of the request line gets an answer, which says that it is the last one."""
    with running(tmp_path / "state") as daemon:
        connection = daemon.connect()
        connection.sock.sendall(b"GET /heal")
        time.sleep(1)  # it is read before the signal comes
        daemon.signal(signal.SIGTERM)
        time.sleep(1)
        connection.sock.sendall(b"thz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = connection.sock.recv(65536)
        connection.close()
        code = daemon.ended(within=30)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close\r\n" in answer
    assert code == 0


def test_grace_is_for_requests_and_steps_together(tmp_path: Path) -> None:
    """A region whose cloud says nothing keeps it no longer than a request does, and no other is begun meanwhile."""
    state, credential = tmp_path / "state", tmp_path / "cloud.json"
    credential.write_text(json.dumps(CREDENTIAL), "utf-8")
    with speaking(silent) as cloud, speaking(answer(500)) as later:
        with running(state, "--grace", str(GRACE), "--egress", "cloud=127.0.0.0/8:1-65535") as daemon:
            coordinates = {"auth_url": f"http://127.0.0.1:{cloud.port}/v3"}
            body = {"owner": "acme", "region": "One", "coordinates": coordinates, "credential": CREDENTIAL}
            assert daemon.ask("POST", "/v1/regions", json.dumps(body).encode())[0] == 201
            until(lambda: cloud.asked)
            with half_a_request(daemon):
                daemon.signal(signal.SIGTERM)
                until(lambda: daemon.events("service.stopping"))
                begun = time.monotonic()
                where = ("--auth-url", f"http://127.0.0.1:{later.port}/v3", "--credential", str(credential))
                assert hpa("region", "add", "acme/Two", *where, "--state-dir", str(state)).code == 0
                assert daemon.ended() == 0
        assert time.monotonic() - begun < 2 * GRACE
        assert later.asked == []


def test_whoever_cannot_be_answered_in_time_is_told(tmp_path: Path) -> None:
    """At the end of grace it is a problem like others, and no fault of ours in the log."""
    with running(tmp_path / "state", "--grace", "1") as daemon, half_a_request(daemon) as sock:
        daemon.signal(signal.SIGTERM)
        sock.settimeout(PATIENCE)
        with sock.makefile("rb") as told:
            head, _, body = told.read().partition(b"\r\n\r\n")
        assert daemon.ended() == 0
    assert head.startswith(b"HTTP/1.1 503 ")
    assert json.loads(body)["detail"].startswith("the service was stopped before")
    assert [line for line in daemon.lines() if "exception" in line] == []
    assert [line["status"] for line in daemon.events("POST /v1/discover 503")] == [503]
