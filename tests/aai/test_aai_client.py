# SPDX-License-Identifier: Apache-2.0
"""How A&AI is asked, and what its answers mean."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from aai.wishes import PLACE, REGION, capability, client, flavor, http_client
from connectors.speaking import answer, speaking
from hpa_discovery.aai.client import AaiAccess, AaiClient, Operation
from hpa_discovery.aai.flavor_object import write_flavor
from hpa_discovery.aai.resource_urls import resource_urls
from hpa_discovery.connectors.client import basic
from hpa_discovery.connectors.reply import MOST_JSON
from hpa_discovery.errors import AaiRefused, ConnectorError, DataError, EgressError
from peers.aai.asking import Asking
from yardstick import measured

if TYPE_CHECKING:
    from hpa_discovery.connectors.client import HttpClient
    from peers.aai.running import Aai

FLAVOR = PLACE.flavor("f")
PUT = Operation("put", FLAVOR, {"flavor-name": "n", "flavor-selflink": "s"})


def settings(port: int) -> AaiAccess:
    """Of a server that says what the test wants."""
    return AaiAccess(f"http://127.0.0.1:{port}", "me", "s3cret-of-mine")


def test_each_request_says_who_asks() -> None:
    """X-FromAppId, a new X-TransactionId each time, Basic authentication, and the version in the path."""
    with speaking(answer(200, b"{}")) as server, http_client() as http:
        asking = AaiClient(http, settings(server.port))
        asking.get("/a")
        asking.get("/b", {"depth": "all"})

    [first, second] = server.asked
    assert (first.target, second.target) == ("/aai/v30/a", "/aai/v30/b?depth=all")
    assert first.headers["x-fromappid"] == "hpa-discovery"
    assert first.headers["authorization"].startswith("Basic ")
    ids = [UUID(each.headers["x-transactionid"]) for each in (first, second)]
    assert ids[0] != ids[1]


@pytest.mark.parametrize("version", [13, 31, 0, -1])
def test_versions_that_are_not_supported(http: HttpClient, version: int) -> None:
    """Are refused with those that are."""
    with pytest.raises(DataError, match=f"v{version} is not supported; allowed are v14 to v30"):
        AaiClient(http, AaiAccess("https://a", "u", "p", version=version))


REFUSALS: list[tuple[Operation, int, str, str]] = [
    (Operation("put", FLAVOR, {"flavor-selflink": "s"}), 400, "SVC3000", "ERR.5.2.3000"),
    (Operation("put", PLACE.capability("none", "c"), {"hpa-feature": "f"}), 404, "SVC3001", "ERR.5.4.6114"),
    (Operation("put", FLAVOR, {**PUT.body, "resource-version": "1"}), 412, "SVC3000", "ERR.5.4.6135"),
    (Operation("delete", PLACE.flavor("there"), {}, ""), 412, "SVC3000", "ERR.5.4.6130"),
    (Operation("delete", PLACE.flavor("there"), {}, "1"), 412, "SVC3000", "ERR.5.4.6131"),
    (Operation("patch", PLACE.flavor("none"), {"flavor-name": "n"}), 404, "SVC3001", "ERR.5.4.6114"),
]


@pytest.mark.parametrize(("operation", "status", "message_id", "code"), REFUSALS)
def test_a_refusal_tells_what_aai_told(
    aai: Aai, http: HttpClient, operation: Operation, status: int, message_id: str, code: str
) -> None:
    """Its status, message id and code, and the transaction by which its log can be searched."""
    aai.control.load([(f"{REGION}/flavors/flavor/there", PUT.body)])

    with pytest.raises(AaiRefused, match="X-TransactionId") as caught:
        client(aai, http).write(operation)

    refused = caught.value
    assert (refused.status, refused.message_id, refused.code) == (status, message_id, code)
    assert (refused.number, refused.operation) == (code[-4:], None)


@pytest.mark.parametrize(("operation", "status", "_", "code"), REFUSALS)
def test_a_refused_bulk_call_tells_the_operation(
    aai: Aai, http: HttpClient, operation: Operation, status: int, _: str, code: str
) -> None:
    """With its own status and code; nothing of the call is done."""
    aai.control.load([(f"{REGION}/flavors/flavor/there", PUT.body)])

    with pytest.raises(AaiRefused, match="operation 1: ") as caught:
        client(aai, http).bulk([Operation("put", PLACE.flavor("first"), PUT.body), operation])

    refused = caught.value
    assert (refused.status, refused.code, refused.operation) == (status, code, 1)
    assert aai.control.writes() == []


@pytest.mark.parametrize("in_bulk", [False, True])
@pytest.mark.parametrize("action", ["put", "patch", "delete"])
def test_a_write_that_is_done(aai: Aai, http: HttpClient, action: Any, in_bulk: bool) -> None:
    """Alone and in a bulk call."""
    asking = client(aai, http)
    asking.write(PUT)
    version = asking.get(FLAVOR)[0]["resource-version"]
    bodies: dict[str, dict[str, Any]] = {
        "put": {**PUT.body, "flavor-name": "other", "resource-version": version},
        "patch": {"flavor-name": "other"},
        "delete": {},
    }
    operation = Operation(action, FLAVOR, bodies[action], version)

    asking.bulk([operation]) if in_bulk else asking.write(operation)

    tree = aai.control.tree(f"{REGION}/flavors/flavor/f")
    assert (tree or {}).get("flavor-name") == (None if action == "delete" else "other")


ANSWERS: list[tuple[int, bytes, str]] = [
    (201, b"", "done"),
    (200, b"", "done"),
    (200, b"<html>", "unsure"),
    (202, b"", "unsure"),
    (204, b"", "unsure"),
    (500, b"<html>", "unsure"),
    (502, b"", "unsure"),
    (503, b'{"error": "gateway"}', "unsure"),
    (504, b"[" * 5000, "unsure"),
    (301, b"", "refused"),
    (400, b"<html>", "refused"),
    (401, b"", "refused"),
    (403, b"{}", "refused"),
    (404, b"[]", "refused"),
    (500, b'{"requestError": {"serviceException": {}}}', "refused"),
    (504, b'{"requestError": {"serviceException": {"variables": ["PUT", "/", "late", "ERR.5.4.7406"]}}}', "unsure"),
    (500, b'{"requestError": {"serviceException": {"variables": ["PUT", "/", "late", "ERR.5.4.7406"]}}}', "unsure"),
    (400, b'{"requestError": {"serviceException": {"variables": [null, 7], "messageId": 3}}}', "refused"),
    (400, b'{"requestError": {"policyException": {"messageId": "POL1", "text": "no"}}}', "refused"),
    (400, b'{"requestError": []}', "refused"),
    (400, b'{"requestError": {}}', "refused"),
    (400, b'{"requestError": {"serviceException": {"variables": 7}}}', "refused"),
    (400, b'{"requestError": {"serviceException": {"variables": {"a": 1}, "text": ["b"]}}}', "refused"),
    (412, b'{"requestError": {"serviceException": {"text": "\xff"}}}', "refused"),
    (201, b'{"a": NaN}', "unsure"),
    (201, b'{"a": 1', "unsure"),
]


def meaning_of(status: int, body: bytes) -> tuple[str, int]:
    """What a write says that gets this answer, and its status or whether it may have been done."""
    with speaking(answer(status, body)) as server, http_client() as http:
        try:
            AaiClient(http, settings(server.port)).write(PUT)
        except AaiRefused as refused:
            return "refused", refused.status
        except ConnectorError as error:
            return "unsure", error.sent
    return "done", status


@pytest.mark.parametrize(("status", "body", "meaning"), ANSWERS)
def test_what_an_answer_means(status: int, body: bytes, meaning: str) -> None:
    """Only A&AI itself, or a status that means so, says that nothing was done; and not where A&AI itself gave up."""
    assert meaning_of(status, body) == (meaning, True if meaning == "unsure" else status)


def test_a_refusal_is_told_in_few_words() -> None:
    """However much A&AI says, in whichever member, it does not fill messages and takes no time."""
    much = "Operation 1 with action " * 100_000
    said = {"messageId": "M" * 100_000, "text": much, "variables": [much, much, much, "ERR." + "1." * 100_000]}
    body = json.dumps({"requestError": {"serviceException": said}}).encode()

    def refused() -> AaiRefused:
        with speaking(answer(400, body)) as server, http_client() as http, pytest.raises(AaiRefused) as caught:
            AaiClient(http, settings(server.port)).write(PUT)
        return caught.value

    refusal, seconds = measured(refused, 2)

    assert seconds < 2
    assert len(str(refusal)) < 2000
    assert max(len(each) for each in (refusal.message_id, refusal.code, refusal.text)) <= 600


def test_a_refusal_can_be_written_down() -> None:
    """Half a character, which JSON can hold and no database, is replaced."""
    said = {"messageId": "\udfff", "text": "no \ud800", "variables": []}
    told = answer(412, json.dumps({"requestError": {"e": said}}).encode())
    with speaking(told) as server, http_client() as http, pytest.raises(AaiRefused) as caught:
        AaiClient(http, settings(server.port)).write(PUT)

    assert (caught.value.message_id, caught.value.text) == ("?", "no ?")
    assert str(caught.value).encode()


@pytest.mark.parametrize("told", [b"", b"[]", b"{}", b'{"operation-responses": [{}]}', b"<html>"])
def test_a_bulk_call_without_an_answer_to_each(told: bytes) -> None:
    """May have been done."""
    with speaking(answer(201, told)) as server, http_client() as http:
        asking = AaiClient(http, settings(server.port))
        with pytest.raises(ConnectorError) as caught:
            asking.bulk([PUT, PUT])

    assert caught.value.sent


BULK_ANSWERS: list[tuple[Any, bool]] = [
    ({"response-status-code": 200}, True),
    ({"response-status-code": 201}, True),
    ({"response-status-code": 204, "response-body": None}, True),
    ({"response-status-code": 202}, False),
    ({"response-status-code": 400, "response-body": {"requestError": {}}}, False),
    ({"response-status-code": 412}, False),
    ({"response-status-code": "201"}, False),
    ({"response-status-code": True}, False),
    ({"response-status-code": [201]}, False),
    ({}, False),
    (None, False),
    ([], False),
]


@pytest.mark.parametrize(("told", "done"), BULK_ANSWERS)
def test_what_a_bulk_call_answers_to_one_operation(told: Any, done: bool) -> None:
    """One that is not said to be done leaves it open what became of the call."""
    body = json.dumps({"operation-responses": [{"response-status-code": 201}, told]}).encode()
    with speaking(answer(201, body)) as server, http_client() as http:
        asking = AaiClient(http, settings(server.port))
        if done:
            asking.bulk([PUT, PUT])
        else:
            with pytest.raises(ConnectorError, match="operation 1") as caught:
                asking.bulk([PUT, PUT])
            assert caught.value.sent


def test_a_resource_version_is_quoted() -> None:
    """Whatever it holds, it stays one parameter of the query."""
    said = Operation("delete", FLAVOR, {}, "1&depth=all#/?").as_json()

    assert said["uri"] == f"{FLAVOR}?resource-version=1%26depth%3Dall%23%2F%3F"


def test_a_redirect_is_not_followed() -> None:
    """The password goes nowhere else."""
    with speaking(answer(200)) as elsewhere, http_client() as http:
        there = f"http://127.0.0.1:{elsewhere.port}/"
        with speaking(answer(307, Location=there)) as server, pytest.raises(AaiRefused, match="redirects are not"):
            AaiClient(http, settings(server.port)).get("/a")

    assert elsewhere.asked == []


def test_an_aai_outside_the_network_rules(http: HttpClient) -> None:
    """Is not asked."""
    with pytest.raises(EgressError, match="--egress aai="):
        AaiClient(http, AaiAccess("https://192.0.2.1:8443", "u", "p")).get("/a")


def test_secrets_are_told_to_nobody(aai: Aai, http: HttpClient) -> None:
    """Not in a repr, not in a message."""
    given = AaiAccess(aai.url, "me", "s3cret-of-mine", aai.ca)

    with pytest.raises(AaiRefused) as caught:
        AaiClient(http, given).get("/cloud-infrastructure/cloud-regions")

    assert caught.value.number == "3300"
    assert "s3cret" not in f"{given!r} {caught.value} {caught.value!r} {vars(caught.value)}"


@pytest.mark.parametrize("status", [400, 500, 503])
def test_an_aai_that_repeats_what_it_was_sent(status: int) -> None:
    """What it says is told to viewers, so the password is taken out, as it came and as it was sent."""
    sent = basic("me", "s3cret-of-mine")["Authorization"]
    said = {"messageId": "s3cret-of-mine", "text": f"no: {sent}", "variables": ["s3cret-of-mine", "", sent]}
    body = json.dumps({"requestError": {"serviceException": said}}).encode()
    with speaking(answer(status, body)) as server, http_client() as http, pytest.raises(AaiRefused) as caught:
        AaiClient(http, settings(server.port)).write(PUT)

    told = f"{caught.value} {vars(caught.value)}"
    assert "Basic ***" in told
    assert not any(secret in told for secret in ("s3cret", sent.removeprefix("Basic ")))


@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_that_is_too_large_to_parse(status: int) -> None:
    """Empty lists take many times their size in memory: nobody looks at them, nor for what A&AI refuses."""
    with speaking(answer(status, b"[" + b"[]," * (MOST_JSON // 3) + b"[]]")) as server, http_client() as http:
        asking = AaiClient(http, settings(server.port))
        for ask in (lambda: asking.get("/a"), lambda: asking.write(PUT)):
            with pytest.raises(ConnectorError, match=f"more than {MOST_JSON} bytes") as caught:
                ask()
            assert (caught.value.kind, caught.value.sent) == ("too_large", True)


NOVA: dict[str, Any] = {
    "id": "7",
    "name": "onap.x",
    "vcpus": 2,
    "ram": 4096,
    "disk": 0,
    "OS-FLV-EXT-DATA:ephemeral": 5,
    "swap": 512,
    "os-flavor-access:is_public": True,
    "OS-FLV-DISABLED:disabled": False,
    "links": [{"rel": "bookmark", "href": "b"}, {"rel": "self", "href": "https://nova/flavors/7"}],
}
WRITTEN = {
    "flavor-id": "7",
    "flavor-name": "onap.x",
    "flavor-selflink": "https://nova/flavors/7",
    "flavor-vcpus": 2,
    "flavor-ram": 4096,
    "flavor-disk": 0,
    "flavor-ephemeral": 5,
    "flavor-swap": "512",
    "flavor-is-public": True,
    "flavor-disabled": False,
}


def test_a_flavor_of_nova_becomes_one_of_aai(aai: Aai, http: HttpClient) -> None:
    """With the types that A&AI wants: it gives back what it was given."""
    assert write_flavor(NOVA) == WRITTEN
    asking = client(aai, http)

    asking.write(Operation("put", PLACE.flavor("7"), write_flavor(NOVA)))

    told, _ = asking.get(PLACE.flavor("7"))
    assert {name: told[name] for name in WRITTEN} == WRITTEN


@pytest.mark.parametrize(
    ("changes", "gone", "changed"),
    [
        ({"swap": ""}, (), {"flavor-swap": "0"}),
        ({"swap": 0}, (), {"flavor-swap": "0"}),
        ({"swap": None}, ("flavor-swap",), {}),
        ({"vcpus": "many", "ram": True, "disk": 2**31}, ("flavor-vcpus", "flavor-ram", "flavor-disk"), {}),
        ({"os-flavor-access:is_public": "yes"}, ("flavor-is-public",), {}),
        ({"links": None}, (), {"flavor-selflink": "/flavors/7"}),
        ({"links": ["x", {"rel": "self"}]}, (), {"flavor-selflink": "/flavors/7"}),
    ],
)
def test_what_is_not_right_is_left_out(changes: dict[str, Any], gone: tuple[str, ...], changed: dict[str, Any]) -> None:
    """A&AI would drop it in silence."""
    expected = {name: value for name, value in {**WRITTEN, **changed}.items() if name not in gone}

    assert write_flavor({**NOVA, **changes}) == expected


def test_resource_urls_lead_to_where_an_apply_writes(aai: Aai, http: HttpClient) -> None:
    """For programs that write A&AI themselves."""
    one = flavor("m1 tiny")
    [told] = resource_urls(PLACE, one.id, [each.content for each in one.capabilities], 28)
    asking = client(aai, http)
    asking.write(Operation("put", PLACE.flavor(one.id), one.properties))

    with Asking(aai) as other:
        assert other.put(told["resource-url"], told["hpa-capability"]).status == 201

    expected = f"/flavors/flavor/m1%20tiny/hpa-capabilities/hpa-capability/{capability('m1 tiny').id}"
    assert told["resource-url"] == f"/aai/v28{REGION}{expected}"
    assert json.loads(json.dumps(told))["hpa-capability"] == one.capabilities[0].content
