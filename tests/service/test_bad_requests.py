# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a request is told as a problem that says what and where."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from service.asking import JSON, Asking, told

# body, what the detail says
MALFORMED: list[tuple[bytes, str]] = [
    (b"", "it is not JSON: Expecting value at line 1 column 1"),
    (b'{"subject": {}', "line 1 column 15"),
    (b'{"subject": {}}}', "line 1 column 16"),
    (b'{"subject":\n {,}}', "line 2 column 3"),
    (b'{"subject": {}, "subject": {"id": 1}}', "the name 'subject' stands twice"),
    (b'{"subject": {"id": 1, "id": 2}}', "the name 'id' stands twice"),
    (b'{"subject": {"vcpus": NaN}}', "NaN is no JSON number"),
    (b'{"subject": {"vcpus": -Infinity}}', "-Infinity is no JSON number"),
    (b'{"subject": {"vcpus": ' + b"1" * 5000 + b"}}", "more than 4,300 digits"),
    (b"[" * 200_000, "nested too deeply"),
    (b'{"a":' * 200_000, "nested too deeply"),
    (b'{"subject": {"name": "\xff"}}', "it is not UTF-8: byte 23 is 0xff"),
    ('{"subject": {}}'.encode("utf-16"), "it is not UTF-8"),
    (b"\x1f\x8b\x08\x00", "it is not UTF-8"),
]
# body, the pointers of its faults
INVALID: list[tuple[Any, list[str]]] = [
    (None, [""]),
    ([], [""]),
    ("text", [""]),
    (True, [""]),
    (1.5, [""]),
    ({}, ["/subject"]),
    ({"subject": None, "subjects": None}, ["/subject", "/subjects"]),
    ({"subject": {}, "subjects": None}, ["/subjects"]),
    ({"subject": {}, "subjects": []}, ["/subject"]),
    ({"subject": []}, ["/subject"]),
    ({"subjects": {}}, ["/subjects"]),
    ({"subjects": [{}, 1, {}, None]}, ["/subjects/1", "/subjects/3"]),
    ({"subject": {}, "context": []}, ["/context"]),
    ({"subject": {}, "source": 1, "owner": {}, "region": False}, ["/source", "/owner", "/region"]),
    ({"subject": {}, "owner": "x" * 2001}, ["/owner"]),
    ({"subject": {}, "a/b~c": 1, "": 2}, ["/a~1b~0c", "/"]),
    ({"subject": {}, "\ud800": 1}, ["/?"]),
    ({"subject": {}, "rule": "r"}, ["/rule"]),
    ({"subjects": [{}] * 1001}, ["/subjects"]),
]


@pytest.mark.parametrize(("body", "detail"), MALFORMED)
def test_malformed(api: Asking, body: bytes, detail: str) -> None:
    """What is no JSON is 400, with the place where that is known."""
    assert detail in told(api.send(body), 400, "malformed")["detail"]


@pytest.mark.parametrize(("value", "pointers"), INVALID)
def test_invalid(api: Asking, value: Any, pointers: list[str]) -> None:
    """What does not fit the form is 422, with a JSON pointer for each fault."""
    problem = told(api.send(json.dumps(value).encode()), 422, "invalid")
    assert [fault["pointer"] for fault in problem["errors"]] == pointers
    assert all(fault["message"] for fault in problem["errors"])


def test_very_many_faults(api: Asking) -> None:
    """Of very many faults the first are told, so that a bad request costs little."""
    problem = told(api.post("/v1/discover", {str(number): 1 for number in range(50_000)}), 422, "invalid")
    assert (len(problem["errors"]), problem["detail"][:25]) == (20, "the request has 50000 fau")


def test_a_byte_order_mark_is_no_fault(api: Asking) -> None:
    """Some editors write one."""
    assert api.send(b'\xef\xbb\xbf{"subject": {}}').status_code == 200


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        ({"Content-Type": "text/plain"}, "'text/plain'"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "must be application/json"),
        ({"Content-Type": ""}, "of no type"),
        ({"Content-Type": "application/json; charset=latin-1"}, "UTF-8"),
        ({**JSON, "Content-Encoding": "gzip"}, "Content-Encoding 'gzip'"),
    ],
)
def test_media_types(api: Asking, headers: dict[str, str], detail: str) -> None:
    """Only plain JSON is taken."""
    assert detail in told(api.send(b'{"subject": {}}', headers=headers), 415, "media-type")["detail"]


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", 'application/json;charset="UTF-8"', "Application/JSON"]
)
def test_usual_media_types(api: Asking, kind: str) -> None:
    """JSON may say that it is UTF-8."""
    assert api.send(b'{"subject": {}}', headers={"Content-Type": kind}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/", "/v1/discover/", "/v2/discover", "/docs", "/redoc", "/v1/generations/abc"]
)
def test_unknown_paths(api: Asking, path: str) -> None:
    """A path that is not there is 404."""
    assert told(api.ask("GET", path), 404, "not-found")["instance"] == path


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/v1/discover", {"POST"}),
        ("PUT", "/v1/packs", {"GET"}),
        ("POST", "/healthz", {"GET"}),
        ("OPTIONS", "/v1/discover", {"POST"}),
        ("FOO", "/v1/packs", {"GET"}),
        ("PUT", "/v1/packs/x", {"GET", "DELETE"}),
        ("GET", "/v1/generations/pin", {"DELETE"}),
        ("GET", "/v1/generations/" + "0" * 64 + "/activate", {"POST"}),
    ],
)
def test_methods(api: Asking, method: str, path: str, allow: set[str]) -> None:
    """A method that a path does not have is 405, and Allow says which it has."""
    answer = api.ask(method, path)
    told(answer, 405, "method")
    assert set(answer.headers["allow"].split(", ")) == allow


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/v1/packs?limit=1", ["limit"]),
        ("/v1/findings?limt=1&sort=x", ["limt", "sort"]),
        ("/v1/findings?limit=1&limit=2", ["limit"]),
        ("/v1/findings?limit=0", ["limit"]),
        ("/v1/findings?limit=x&severity=fatal", ["severity", "limit"]),
        ("/v1/generations?before=-1", ["before"]),
        ("/v1/generations?before=" + "9" * 30, ["before"]),
        ("/healthz?x", ["x"]),
    ],
)
def test_parameters(api: Asking, path: str, parameters: list[str]) -> None:
    """Parameters that are unknown, repeated or out of range are told by name."""
    answer = api.ask("GET", path)
    assert [fault["parameter"] for fault in told(answer, 422, "invalid")["errors"]] == parameters


def test_query_of_discover(api: Asking) -> None:
    """The routes that take the short way look at their query, too."""
    problem = told(api.send(b'{"subject": {}}', path="/v1/discover?dry-run=1"), 422, "invalid")
    assert problem["errors"] == [{"parameter": "dry-run", "message": "there is no such parameter; the route has none"}]


@pytest.mark.parametrize("said", ["a", "req-1.2:3_4/5+6=7@8", "0" * 100])
def test_request_id_is_taken(api: Asking, said: str) -> None:
    """A sane X-Request-ID comes back."""
    assert api.ask("GET", "/healthz", headers={"X-Request-ID": said}).headers["x-request-id"] == said


@pytest.mark.parametrize("said", ["", "-x", "a b", 'a"b', "a\u00e9", "0" * 101])
def test_request_id_is_made(api: Asking, said: str) -> None:
    """What could confuse a log is replaced."""
    answer = api.ask("GET", "/nowhere", headers={"X-Request-ID": said.encode()})
    assert re.fullmatch("[0-9a-f]{24}", told(answer, 404, "not-found")["request_id"])


def test_instance_is_a_uri(api: Asking) -> None:
    """Whatever a path holds, `instance` is a URI reference."""
    problem = told(api.ask("GET", "/v1/packs/a%20b%22%3C%C3%A9%0A"), 404, "not-found")
    assert problem["instance"] == "/v1/packs/a%20b%22%3C%C3%A9%0A"


def test_answers_are_not_kept_or_guessed(api: Asking) -> None:
    """Nobody between may keep an answer or guess another type for it."""
    for path in ("/v1/packs", "/nowhere", "/healthz"):
        headers = api.ask("GET", path).headers
        assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
