# SPDX-License-Identifier: Apache-2.0
"""The host of Python drivers: one class, JSON lines in and out, and nothing that a vendor prints among them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hpa_discovery.drivers import host
from hpa_discovery.drivers.host import serve

CARD = {"feature": "pciePassthrough", "version": "v1", "architecture": "x", "attributes": {"a": {"value": 1}}}
MODULE = f"""
import os, sys, subprocess
CARD = {CARD!r}

class Quiet:
    def discover(self, subject, context):
        return [CARD]

class Loud(Quiet):
    name, version = "loud", 2
    def __init__(self):
        print("beginning")
        os.write(1, b"raw\\n")
    def discover(self, subject, context):
        print("thinking")
        sys.stdout.write("no newline")
        sys.__stdout__.write("no newline")
        subprocess.run(["echo", "a child"])
        return [CARD]

class Broken:
    def __init__(self):
        raise OSError("no bus")

class Onap:
    def get_hpa_capabilities(self, data):
        return []
"""


def lines(*requests: dict[str, Any]) -> bytes:
    """Requests as they come."""
    return b"".join(json.dumps(each).encode() + b"\n" for each in requests)


DESCRIBE = {"op": "describe", "id": 0}
DISCOVER = {"op": "discover", "id": 5, "subject": {}, "context": {}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A driver's folder."""
    (tmp_path / "cards.py").write_text(MODULE)
    return tmp_path


def hosted(folder: Path, *arguments: str, requests: bytes = lines(DESCRIBE, DISCOVER)) -> tuple[int, list[Any], str]:
    """The exit code, the answers and stderr of a host."""
    engine = Path(host.__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "hpa_discovery.drivers.host", "--folder", str(folder), *arguments],
        input=requests,
        capture_output=True,
        env={"PYTHONPATH": str(engine), "PATH": "/usr/bin:/bin"},
        timeout=60,
        check=False,
    )
    return ran.returncode, [json.loads(line) for line in ran.stdout.splitlines()], ran.stderr.decode()


def test_a_class_is_enough(folder: Path) -> None:
    """Without a name it is that of the class; the host ends with its input."""
    code, answers, told = hosted(folder, "cards:Quiet")
    assert (code, told) == (0, "")
    assert answers == [{"id": 0, "name": "Quiet", "version": ""}, {"id": 5, "capabilities": [CARD]}]


def test_what_is_printed_goes_to_stderr(folder: Path) -> None:
    """By print, by the file descriptor, by a child: none of it stands among the answers."""
    code, answers, told = hosted(folder, "cards:Loud")
    assert code == 0
    assert answers == [{"id": 0, "name": "loud", "version": "2"}, {"id": 5, "capabilities": [CARD]}]
    for part in ("beginning", "raw", "thinking", "no newline", "a child"):
        assert part in told


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("other:Quiet", "No module named 'other'"),
        ("cards:Other", "has no attribute 'Other'"),
        ("cards:Broken", "no bus"),
        ("cards:Onap", "has no attribute 'discover'"),
    ],
)
def test_a_class_that_cannot_be_used(folder: Path, name: str, said: str) -> None:
    """The last line of stderr says why, which is what the operator is shown; nothing is answered."""
    code, answers, told = hosted(folder, name)
    assert code != 0
    assert answers == []
    assert said in told.strip().splitlines()[-1]


def test_its_own_folder_comes_first(folder: Path) -> None:
    """A module beside it is found before one that is installed."""
    (folder / "click.py").write_text(MODULE.replace("Quiet", "Own"))
    assert hosted(folder, "click:Own")[1][0]["name"] == "Own"


def served(discover: Any, *requests: dict[str, Any]) -> list[Any]:
    """The answers of an object."""
    out = io.BytesIO()
    serve(object(), discover, io.BytesIO(lines(*requests)), out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("found", "answer"),
    [
        ([CARD], {"capabilities": [CARD]}),
        ((CARD,), {"capabilities": [CARD]}),
        (iter([CARD]), {"capabilities": [CARD]}),
        ([], {"capabilities": []}),
        (None, {"capabilities": []}),
        ({"capabilities": [], "diagnostics": []}, {"capabilities": [], "diagnostics": []}),
    ],
)
def test_what_discover_may_return(found: Any, answer: dict[str, Any]) -> None:
    """A list, anything to go through, nothing, or the whole answer."""
    assert served(lambda subject, context: found, DISCOVER) == [{"id": 5, **answer}]


def test_subject_and_context_are_handed_over() -> None:
    """As they came."""
    seen: list[Any] = []
    served(lambda *values: seen.append(values), {"op": "discover", "id": 1, "subject": {"a": 1}, "context": {"b": 2}})
    assert seen == [({"a": 1}, {"b": 2})]


@pytest.mark.parametrize(
    ("raised", "code", "message"),
    [(ValueError("no card in slot 7"), "ValueError", "no card in slot 7"), (KeyError("a"), "KeyError", "'a'")],
)
def test_exceptions_are_answers(raised: Exception, code: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What the vendor's code raises is an error answer with a traceback on stderr; the next question is answered."""

    def discover(subject: Any, context: Any) -> Any:
        if subject:
            raise raised
        return [CARD]

    bad = {**DISCOVER, "subject": {"a": 1}}
    assert served(discover, bad, DISCOVER) == [
        {"id": 5, "error": {"code": code, "message": message}},
        {"id": 5, "capabilities": [CARD]},
    ]
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([object], "TypeError"),
        ({"capabilities": {object}}, "TypeError"),
        ([{**CARD, "attributes": {"a": {"value": float("nan")}}}], "ValueError"),
        ({"capabilities": [float("inf")]}, "ValueError"),
        (7, "TypeError"),
        ("abc", "TypeError"),
        (b"abc", "TypeError"),
        ({1, 2}, "TypeError"),
    ],
    ids=repr,
)
def test_what_is_no_answer(found: Any, code: str) -> None:
    """What JSON does not have, and what is neither a list nor an object, is the driver's error; the host goes on."""
    (answer, after) = served(
        lambda subject, context: found if subject else [], {**DISCOVER, "subject": {"a": 1}}, DISCOVER
    )
    assert (answer["id"], answer["error"]["code"]) == (5, code)
    assert after == {"id": 5, "capabilities": []}


def test_a_type_that_is_no_answer_is_named() -> None:
    """Whoever writes the driver reads what may be returned."""
    (answer,) = served(lambda subject, context: "abc", DISCOVER)
    assert answer["error"]["message"] == "discover returned a str; a list of capabilities or an object is needed"


def test_the_id_is_that_of_the_request() -> None:
    """Whatever the driver puts into its object, the answer is one to this question."""
    found = {"id": 99, "capabilities": []}
    assert served(lambda subject, context: found, DISCOVER) == [{"id": 5, "capabilities": []}]
    assert found["id"] == 99


def test_an_unknown_op() -> None:
    """It is answered, so that a newer service may ask."""
    (answer,) = served(lambda subject, context: [], {"op": "measure", "id": 3})
    assert answer["error"] == {"code": "op", "message": "unknown op 'measure'; known are describe, discover"}
