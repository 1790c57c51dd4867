# SPDX-License-Identifier: Apache-2.0
"""One issue by itself: what its log line and its fields hold, and what of it is left out."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from hpa_discovery.embedded.issues import Issues
from onap.onap_inputs import PASSWORD, data, flavor, viminfo

Told = list[tuple[str, str, dict[str, Any]]]
WHOSE = {"flavor": flavor()["id"], "name": "onap.upf", "owner": "CloudOwner", "region": "RegionOne"}


@pytest.fixture
def told() -> Told:
    """What was called back."""
    return []


@pytest.fixture(autouse=True)
def _all_levels(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "hpa_discovery.onap")


def issues(told: Told, asked: Any = None) -> Issues:
    """Issues of one call, remembered."""
    return Issues(lambda *issue: told.append(issue), asked)


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Level and text of each log line."""
    return [(record.levelname, record.getMessage()) for record in caplog.records]


def test_of_whom_it_is(told: Told, caplog: pytest.LogCaptureFixture) -> None:
    """The log line ends with it; where nothing is known, there is nothing to end with."""
    issues(told, data()).tell("error", "acme.code", "it failed", rule="acme/r")
    issues(told).tell("error", "acme.code", "it failed")
    assert told == [
        ("acme.code", "it failed", {"level": "error", **WHOSE, "rule": "acme/r"}),
        ("acme.code", "it failed", {"level": "error"}),
    ]
    whose = ", ".join(f"{name} {value}" for name, value in WHOSE.items())
    assert lines(caplog) == [("ERROR", f"acme.code: it failed ({whose})"), ("ERROR", "acme.code: it failed")]


@pytest.mark.parametrize(("level", "known", "logged"), [("info", False, "INFO"), ("warning", True, "DEBUG")])
def test_levels(told: Told, caplog: pytest.LogCaptureFixture, level: Any, known: bool, logged: str) -> None:
    """What is known from an earlier line is not told loudly again; the callback hears its level all the same."""
    issues(told).tell(level, "acme.code", "it", known=known)
    assert lines(caplog) == [(logged, "acme.code: it")]
    assert told[0][2] == {"level": level}


def test_what_a_flavor_says_is_cut_and_on_one_line(told: Told, caplog: pytest.LogCaptureFixture) -> None:
    """Names to 100 characters, messages to 2,000; ids may be numbers; what is neither text nor number is not told."""
    strange = data(flavor={"id": 7, "name": "x\n" * 100}, viminfo={"cloud_owner": ["o"], "vimId": 3})
    issues(told, strange).tell("error", "acme.code", "a\tb" + "y" * 3000)
    [(_, message, fields)] = told
    assert fields == {"level": "error", "flavor": "7", "name": "x\n" * 50, "owner": "", "region": ""}
    assert message == ("a\\tb" + "y" * 3000)[:2000]
    assert caplog.records[0].getMessage().endswith("(flavor 7, name " + "x\\n" * 50 + ", owner , region )")


def test_a_fault_says_where(told: Told, caplog: pytest.LogCaptureFixture) -> None:
    """The innermost place, by its file's name; whose it is and the traceback without secrets come along."""

    def inner() -> None:
        raise LookupError(f"no {PASSWORD}")

    try:
        inner()
    except LookupError as error:
        line = error.__traceback__.tb_next.tb_lineno  # type: ignore[union-attr]  # an error that was raised has frames
        issues(told, data()).fault(error)
    assert told == [("onap.fault", f"unexpected LookupError in test_issues.py:{line}", {"level": "error", **WHOSE})]
    assert "LookupError: no ***" in caplog.text
    assert PASSWORD not in caplog.text


class Unreadable(dict[str, Any]):
    """An object that raises when somebody looks for secrets in it."""

    def items(self) -> Any:
        """No."""
        raise ValueError("no items")


def test_a_fault_of_what_cannot_be_read(told: Told, caplog: pytest.LogCaptureFixture) -> None:
    """Where nobody knows what is secret, the traceback stays away; what is known of the flavor is told."""
    asked = data(viminfo=Unreadable(viminfo()))
    with pytest.raises(ValueError, match="no items"):
        issues(told, asked).tell("error", "acme.code", "it")
    issues(told, asked).fault(KeyError(PASSWORD).with_traceback(_traceback()))
    [(code, _, fields)] = told
    assert (code, fields) == ("onap.fault", {"level": "error", **WHOSE})
    assert PASSWORD not in caplog.text
    assert "Traceback" not in caplog.text


def _traceback() -> Any:
    try:
        raise KeyError
    except KeyError as error:
        return error.__traceback__
