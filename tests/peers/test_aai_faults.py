# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with the double of A&AI on demand, and what its journal then says was done."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any

import pytest

from peers.aai.asking import Asking
from peers.aai.journal import needless
from peers.aai.running import Aai
from peers.cached_venv import PeerError

if TYPE_CHECKING:
    from collections.abc import Iterator

REGION = "cloud-infrastructure/cloud-regions/cloud-region/o/r"
TENANT = f"{REGION}/tenants/tenant/t"
BODY = {"tenant-name": "n"}
CUT = (ConnectionError, http.client.RemoteDisconnected, http.client.BadStatusLine, ssl.SSLError)


@pytest.fixture(scope="module")
def server() -> Iterator[Aai]:
    """An A&AI for the tests of this file."""
    with Aai() as aai:
        yield aai


@pytest.fixture
def aai(server: Aai) -> Aai:
    """The same with one region, no faults and an empty journal."""
    server.control.heal()
    server.control.empty()
    server.control.load([(REGION, {"cloud-region-version": "q"})])
    server.control.forget()
    return server


@pytest.fixture
def client(aai: Aai) -> Iterator[Asking]:
    """A client of it."""
    with Asking(aai) as client:
        yield client


def written(aai: Aai) -> list[tuple[str, str, int]]:
    """What took effect: method, URI, status."""
    return [(write["method"], write["uri"], write["status"]) for write in aai.control.writes()]


def test_down_for_three_requests(aai: Aai, client: Asking) -> None:
    """Connections end before TLS, then all is well again."""
    aai.control.fail("down", times=3)

    for _ in range(3):
        with pytest.raises(CUT):
            client.get(REGION)
    assert client.get(REGION).status == 200


def test_down_for_connections_that_stand(aai: Aai, client: Asking) -> None:
    """A client with a pool notices as well."""
    assert client.get(REGION).status == 200
    aai.control.fail("down", times=1)

    with pytest.raises(CUT):
        client.get(REGION)
    assert client.get(REGION).status == 200


def test_connections_refused(aai: Aai, client: Asking) -> None:
    """Until the port is opened again; what A&AI knew is still there, and nothing of it was counted."""
    assert client.get(REGION).status == 200
    aai.control.refuse()

    with pytest.raises(CUT):
        client.get(REGION)
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            client.put(TENANT, BODY)
    aai.control.listen()
    assert client.get(REGION).status == 200
    assert aai.control.counts() == {"GET": 2}


def test_slow(aai: Aai, client: Asking) -> None:
    """The answer comes late, and it is the right one."""
    aai.control.fail("slow", seconds=0.3, times=1)

    began = time.monotonic()
    assert client.get(REGION).status == 200
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize("kind", ["drop", "reset_before", "reset_after"])
def test_no_answer(aai: Aai, client: Asking, kind: str) -> None:
    """A write whose connection breaks was done or not: only the journal, and the next read, can tell."""
    aai.control.fail(kind, method="PUT", times=1)

    with pytest.raises(CUT):
        client.put(TENANT, BODY)

    done = kind == "reset_after"
    assert written(aai) == ([("PUT", TENANT, 201)] if done else [])
    assert client.get(TENANT).status == (200 if done else 404)
    assert aai.control.journal()["requests"][0]["status"] == 0


@pytest.mark.parametrize(("kind", "ends"), [("reset_before", ConnectionResetError), ("drop", None)])
def test_a_reset_is_no_polite_end(kind: str, ends: type[OSError] | None) -> None:
    """Seen on plain TCP: a client's TLS may take the one for the other."""
    with Aai(tls=False) as aai, socket.create_connection(("127.0.0.1", aai.port)) as connection:
        aai.control.fail(kind)
        connection.sendall(b"GET /aai/v28/x HTTP/1.1\r\nHost: x\r\n\r\n")
        if ends is None:
            assert connection.recv(100) == b""
        else:
            with pytest.raises(ends):
                connection.recv(100)


@pytest.mark.parametrize(("status", "wait"), [(429, "7"), (503, "1"), (503, ""), (500, "")])
def test_a_status_in_place_of_the_answer(aai: Aai, client: Asking, status: int, wait: str) -> None:
    """A gateway before A&AI answers, with Retry-After or without; nothing was done."""
    aai.control.fail("status", status=status, retry_after=wait, times=1)

    answer = client.exchange("PUT", TENANT, BODY)[0]

    assert (answer.status, answer.headers.get("Retry-After", "")) == (status, wait)
    assert written(aai) == []


@pytest.mark.parametrize("kind", ["status", "html"])
def test_a_gateway_that_gave_up(aai: Aai, client: Asking, kind: str) -> None:
    """It answers for an A&AI that did what was asked."""
    aai.control.fail(kind, status=504, done=True, times=1)

    answer = client.exchange("PUT", TENANT, BODY)[0]

    assert answer.status in {502, 504}
    assert written(aai) == [("PUT", TENANT, 201)]


def test_an_aai_that_gave_up(aai: Aai, client: Asking) -> None:
    """It says so in its own form, and its work is done all the same."""
    aai.control.fail("gave_up", times=1)

    answer, body = client.exchange("PUT", TENANT, BODY)

    said = json.loads(body)["requestError"]["serviceException"]["variables"]
    assert (answer.status, said[3]) == (504, "ERR.5.4.7406")
    assert client.get(TENANT).status == 200


@pytest.mark.parametrize("done", [False, True])
def test_a_client_that_gave_up(aai: Aai, client: Asking, done: bool) -> None:
    """A write whose client went away is done all the same: by now, or only later."""
    aai.control.fail("slow", method="PUT", seconds=300, done=done, times=1)
    with Asking(aai, timeout=2.5) as hasty, pytest.raises(TimeoutError):
        hasty.put(TENANT, BODY)

    assert (client.get(TENANT).status == 200) is done
    aai.control.settle()
    assert written(aai) == [("PUT", TENANT, 201)]


def test_html(aai: Aai, client: Asking) -> None:
    """A page of a gateway, where JSON was wanted."""
    aai.control.fail("html", times=1)

    answer = client.exchange("GET", REGION)[0]

    assert (answer.status, answer.headers["Content-Type"]) == (502, "text/html")
    assert client.get(REGION).status == 200


def test_truncated_json(aai: Aai, client: Asking) -> None:
    """The half of an answer that claims to be all of it."""
    aai.control.fail("truncated", times=1)

    with pytest.raises(json.JSONDecodeError):
        client.get(REGION)


def test_wrong_content_length(aai: Aai, client: Asking) -> None:
    """The connection ends before as much came as was announced; the write was done all the same."""
    aai.control.fail("wrong_length", times=2)

    with pytest.raises(http.client.IncompleteRead):
        client.get(REGION)
    with pytest.raises(http.client.IncompleteRead):
        client.put(TENANT, BODY)
    assert written(aai) == [("PUT", TENANT, 201)]


def test_poison(aai: Aai, client: Asking) -> None:
    """Each operation on one URI is refused, alone as in a bulk call, which is rolled back; others work."""
    aai.control.fail("poison", path="tenant/t", code=3000)

    assert client.put(TENANT, BODY).status == 400
    other = f"/{REGION}/tenants/tenant/other"
    reply = client.bulk(("put", other, BODY), ("put", f"/{TENANT}", BODY))

    assert reply.status == 400
    assert "Operation 1 with action (PUT)" in reply.error
    assert written(aai) == []
    assert client.bulk(("put", other, BODY)).status == 201


def test_poison_of_a_server_that_breaks(aai: Aai, client: Asking) -> None:
    """Without a code it is an internal error: 500."""
    aai.control.fail("poison", path=TENANT)

    assert (client.put(TENANT, BODY).status, client.put(f"{TENANT}2", BODY).status) == (500, 500)
    assert client.put(f"{REGION}/tenants/tenant/u", BODY).status == 201


def test_a_conflict_for_ever(aai: Aai, client: Asking) -> None:
    """412, as often as the client reads again and tries again."""
    aai.control.load([(TENANT, BODY)])
    aai.control.fail("conflict", path=TENANT)

    for _ in range(3):
        assert client.put(TENANT, {"tenant-name": "m", "resource-version": client.version_of(TENANT)}).status == 412
    aai.control.heal()
    assert client.put(TENANT, {"tenant-name": "m", "resource-version": client.version_of(TENANT)}).status == 200


def test_implied_delete_refused(aai: Aai, client: Asking) -> None:
    """403 for a client, although it may."""
    aai.control.fail("implied", path=TENANT, times=1)

    assert client.put(TENANT, BODY).status == 403
    assert client.put(TENANT, BODY).status == 201


def test_a_wish_spares_the_first_and_ends(aai: Aai, client: Asking) -> None:
    """`skip` and `times` choose which requests are hit, `method` and `path` which count at all."""
    aai.control.fail("status", method="GET", path="cloud-region/", skip=1, times=2)

    found = [client.exchange("GET", REGION)[0].status for _ in range(4)]

    assert found == [200, 503, 503, 200]
    assert client.exchange("GET", "cloud-infrastructure/cloud-regions")[0].status == 200


def test_wishes_are_told_and_taken_back(aai: Aai, client: Asking) -> None:
    """Each has a number; a kind that is none is refused."""
    number = aai.control.fail("conflict", path="a", times=5)
    aai.control.fail("conflict", path="b")

    assert {(each["path"], each["left"]) for each in aai.control.faults().values()} == {("a", 5), ("b", None)}
    aai.control.heal(number)
    assert [each["path"] for each in aai.control.faults().values()] == ["b"]
    with pytest.raises(PeerError, match="'fire' is no fault"):
        aai.control.fail("fire")


def test_the_journal_has_what_took_effect(aai: Aai, client: Asking) -> None:
    """Each operation with its content, its call and its client; refused ones are not there."""
    client.put(TENANT, BODY)
    client.put(TENANT, BODY)
    again: dict[str, Any] = BODY | {"resource-version": client.version_of(TENANT)}
    client.bulk(("put", f"/{TENANT}", again), ("put", f"/{REGION}/tenants/tenant/u", BODY))

    writes = aai.control.writes()

    assert [(w["method"], w["uri"].lstrip("/"), w["content"], w["status"], w["changed"]) for w in writes] == [
        ("PUT", TENANT, BODY, 201, True),
        ("PUT", TENANT, again, 200, False),
        ("PUT", f"{REGION}/tenants/tenant/u", BODY, 201, True),
    ]
    assert writes[0]["call"] != writes[1]["call"] == writes[2]["call"]
    assert {(write["app"], write["transaction"]) for write in writes} == {("test", "of-a-test")}


def test_what_was_written_twice_is_found(aai: Aai, client: Asking) -> None:
    """PUTs without effect, and the same thing again after it was deleted; changes and other things are none."""

    def put(path: str, **body: str) -> None:
        found = client.get(path)
        version = {"resource-version": found.body["resource-version"]} if found.status == 200 else {}
        assert client.put(path, body | version).status in {200, 201}

    put(TENANT, **BODY)
    put(TENANT, **{"tenant-name": "m"})
    client.delete(TENANT, client.version_of(TENANT))
    put(TENANT, **BODY)
    assert needless(aai.control.writes()) == []

    put(TENANT, **BODY)
    client.delete(TENANT, client.version_of(TENANT))
    put(TENANT, **BODY)
    assert needless(aai.control.writes()) == [
        f"PUT {TENANT} changed nothing",
        f"PUT {TENANT} brought back what was deleted",
    ]


def test_requests_are_counted(aai: Aai, client: Asking) -> None:
    """By method, bulk calls apart, and with their targets; what the control channel does is not counted."""
    client.get(REGION, depth="all")
    client.put(TENANT, BODY)
    client.put(TENANT, BODY)
    client.bulk(("put", f"/{TENANT}1", BODY), ("put", f"/{TENANT}2", BODY))
    assert aai.control.tree(REGION) is not None
    assert aai.control.tree(f"{REGION}/tenants/tenant/none") is None

    assert aai.control.counts() == {"GET": 1, "PUT": 2, "bulk": 1, "writes": 3}
    found = [(each["method"], each["target"], each["status"]) for each in aai.control.journal()["requests"]]
    assert found[0] == ("GET", f"/aai/v28/{REGION}?depth=all", 200)
    assert found[2:] == [("PUT", f"/aai/v28/{TENANT}", 412), ("bulk", "/aai/v28/bulk/single-transaction", 201)]
    aai.control.forget()
    assert aai.control.counts() == {}
