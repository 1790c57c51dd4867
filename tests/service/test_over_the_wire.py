# SPDX-License-Identifier: Apache-2.0
"""`hpa serve` as who asks it over a connection meets it."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from packs.live.sites import Vendor
from service.asking import FLAVOR, JSON
from service.role_tokens import ForRoles, for_roles
from service.runtimes import until

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one vendor's pack."""
    made = tmp_path_factory.mktemp("wire")
    Vendor(made / "packs" / "acme").write()
    return made


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[ForRoles]:
    """A service in a process of its own."""
    with for_roles(folder) as served:
        yield served


def asked(connection: http.client.HTTPConnection, service: ForRoles, body: Any, **headers: str) -> tuple[int, Any]:
    """Status and JSON of an answer on this connection."""
    connection.request("POST", "/v1/discover", body, {**JSON, **service.auth(), **headers})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_one_connection_for_many_requests(service: ForRoles) -> None:
    """A connection is kept through answers and problems alike."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port)
    connection.connect()
    opened, good = connection.sock, json.dumps({"subject": FLAVOR})
    for body, status in ((good, 200), ("{", 400), (good, 200), ("[]", 422), (iter([good.encode()]), 200), (good, 200)):
        assert asked(connection, service, body)[0] == status
        assert connection.sock is opened
    connection.close()


def test_a_batch_of_the_largest_size(service: ForRoles) -> None:
    """16 MiB of subjects are read and answered; one byte more is 413, which the caller gets to see."""
    subject = {**FLAVOR, "description": "x" * 16_000}
    text = json.dumps({"subjects": [subject] * 1000}).encode()
    body = text + b" " * (16 * MIB - len(text))
    assert len(body) == 16 * MIB
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    status, answer = asked(connection, service, body)
    assert (status, len(answer["outcomes"])) == (200, 1000)
    status, answer = asked(connection, service, body + b" ")
    assert (status, answer["type"]) == (413, "urn:hpa-discovery:problem:too-large")
    assert asked(connection, service, b'{"subject": {}}')[0] == 200
    connection.close()


def test_413_comes_before_the_body(service: ForRoles) -> None:
    """Who says how much will come is answered at once."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as connection:
        head = ["POST /v1/discover HTTP/1.1", "Host: x", "Content-Type: application/json", f"Content-Length: {10**9}"]
        head.append(f"Authorization: Bearer {service.tokens['viewer']}")
        connection.sendall(("\r\n".join(head) + "\r\n\r\n").encode())
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer.lower()


def test_no_token_and_a_large_body(service: ForRoles) -> None:
    """Nothing of a body is read for who is nobody."""
    answer = httpx.post(f"{service.url}/v1/discover", content=b"x" * MIB, headers=JSON, timeout=60)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def test_threads_of_clients(service: ForRoles) -> None:
    """Many clients at once each get the answers to their own questions."""
    wrong: list[object] = []

    def ask(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
        for turn in range(30):
            name = f"{number}-{turn}"
            flavor = {**FLAVOR, "id": name, "extra_specs": {"acme:nic": name}}
            status, answer = asked(connection, service, json.dumps({"subjects": [flavor] * (1 + turn)}))
            found = {row["subject"]["id"] for row in answer.get("outcomes", [])}
            if status != 200 or found != {name} or len(answer["outcomes"]) != 1 + turn:
                wrong.append((status, answer))
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_log_of_the_process(service: ForRoles) -> None:
    """Each request is one line of JSON; no line holds a token."""
    headers = {**service.auth("admin"), "X-Request-ID": "in-the-log"}
    httpx.get(f"{service.url}/v1/sources", headers=headers, timeout=60)
    log = service.daemon.err
    # It is written after the answer.
    until(lambda: any(line.get("request_id") == "in-the-log" for line in service.daemon.lines()))
    text, lines = log.read_text(encoding="utf-8"), service.daemon.lines()
    (line,) = [line for line in lines if line.get("request_id") == "in-the-log"]
    assert (line["logger"], line["route"], line["status"], line["token"]) == ("hpa.access", "/v1/sources", 200, "admin")
    assert not any(token in text for token in service.tokens.values())
    assert not any(line["level"] in {"error", "critical"} for line in lines)
