# SPDX-License-Identifier: Apache-2.0
"""The line protocol: what is asked, and which lines are answers."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpa_discovery.drivers.faults import DriverFault
from hpa_discovery.drivers.line_process import excerpt
from hpa_discovery.drivers.protocol import Description, read_answer, read_description, request


def test_a_request_is_one_line_in_a_fixed_order() -> None:
    """Compact, op and id first, and ASCII only, so that a shell can read it and no text can break the line."""
    line = request(7, "discover", subject={"a": "x\ny\u2028ü"}, context={})
    assert line == b'{"op":"discover","id":7,"subject":{"a":"x\\ny\\u2028\\u00fc"},"context":{}}\n'
    assert request(0, "describe") == b'{"op":"describe","id":0}\n'


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (b"", "driver.answer", "no JSON: ''"),
        (b"ok", "driver.answer", "no JSON: 'ok'"),
        (b'{"id": 1} {}', "driver.answer", "no JSON"),
        (b"\xff\xfe", "driver.answer", "no JSON"),
        (b'{"id": 1, "capabilities": NaN}', "driver.answer", "no JSON"),
        (b"[" * 100_000, "driver.answer", "no JSON"),
        (b"[]", "driver.answer", "an answer is one JSON object a line"),
        (b"{}", "driver.answer", "answered request None; asked was request 1"),
        (b'{"id": 2}', "driver.answer", "answered request 2"),
        (b'{"id": "1"}', "driver.answer", "answered request '1'"),
        (b'{"id": true}', "driver.answer", "answered request true"),
        (b'{"id": 1, "error": {"code": "io", "message": "no card"}}', "driver.error", "the error 'io': no card"),
        (b'{"id": 1, "error": "no card"}', "driver.error", "no object: 'no card'"),
        (b'{"id": 1, "error": {}}', "driver.error", "the error '': "),
        (b'{"id": 1, "error": null}', "driver.error", "no object: None"),
    ],
    ids=lambda value: value[:12] if isinstance(value, bytes) else None,
)
def test_lines_that_are_no_answer(line: bytes, code: str, said: str) -> None:
    """Each is told with its beginning, and with what was asked."""
    with pytest.raises(DriverFault) as caught:
        read_answer(line, 1)
    assert caught.value.code == code
    assert said in caught.value.message


def test_an_error_is_told_on_one_line() -> None:
    """Its words reach logs and terminals, which must not obey them, and half a surrogate pair cannot be written."""
    message = "x\nforged\x1b[2J \ud800"
    with pytest.raises(DriverFault) as caught:
        read_answer(json.dumps({"id": 1, "error": {"code": "io", "message": message}}).encode(), 1)
    assert caught.value.message == str(caught.value) == r"answered the error 'io': x\nforged\x1b[2J \ud800"


def test_an_error_that_is_long_is_cut() -> None:
    """A driver cannot fill the operator's screen."""
    with pytest.raises(DriverFault) as caught:
        read_answer(json.dumps({"id": 1, "error": {"code": "x" * 9999, "message": "y" * 9999}}).encode(), 1)
    assert len(caught.value.message) < 700


@pytest.mark.parametrize(
    ("answer", "description"),
    [
        ({"name": "cards", "version": "1.2"}, Description("cards", "1.2")),
        ({}, Description("", "")),
        ({"name": "ca\nrds", "version": "1\x1b \ud800"}, Description(r"ca\nrds", r"1\x1b \ud800")),
        ({"name": "x" * 999, "version": ""}, Description("x" * 500, "")),
    ],
)
def test_descriptions(answer: dict[str, str], description: Description) -> None:
    """Name and version may be left out, and are cut."""
    assert read_description(answer) == description


@pytest.mark.parametrize("answer", [{"name": 1}, {"version": None}, {"name": ["cards"]}])
def test_descriptions_that_are_none(answer: dict[str, object]) -> None:
    """Both are texts."""
    with pytest.raises(DriverFault, match="no text"):
        read_description(answer)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_whatever_a_driver_writes(line: bytes) -> None:
    """Any bytes are an answer or a fault, and fit a message."""
    assert len(excerpt(line)) < 200
    with suppress(DriverFault):
        assert read_answer(line, 1)["id"] == 1
