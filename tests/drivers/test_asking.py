# SPDX-License-Identifier: Apache-2.0
"""One process of a driver, started, described and asked, and what its faults are called."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hpa_discovery.drivers.asking import Reply, asked, described, started
from hpa_discovery.drivers.faults import DriverFault
from hpa_discovery.drivers.line_process import LineProcess
from hpa_discovery.drivers.protocol import Description

DRIVER = """
for line in sys.stdin:
    request = json.loads(line)
    answer = {"id": request["id"], "name": request["op"], "capabilities": [request.get("subject")]}
    print(json.dumps(answer), flush=True)
"""


@contextmanager
def running(program: str) -> Iterator[LineProcess]:
    """A Python program that speaks as it likes."""
    process = LineProcess([sys.executable, "-I", "-S", "-c", f"import json, os, sys, time\n{program}"])
    try:
        yield process
    finally:
        process.end()


def soon(seconds: float = 60.0) -> float:
    """A deadline."""
    return time.monotonic() + seconds


def test_described_and_asked() -> None:
    """The line is kept as it was written; each question has a number that cannot be guessed."""
    with running(DRIVER) as process:
        assert described(process, soon()) == Description("describe", "")
        replies = [asked(process, {"n": n}, {}, soon()) for n in range(3)]
    assert [reply.read()["capabilities"] for reply in replies] == [[{"n": n}] for n in range(3)]
    assert [json.loads(reply.line)["id"] for reply in replies] == [reply.number for reply in replies]
    assert len({reply.number for reply in replies}) == 3
    assert max(reply.number for reply in replies) > 2**32


def test_the_answer_to_another_question() -> None:
    """A line with another number is no answer."""
    with pytest.raises(DriverFault) as caught:
        Reply(7, b'{"id": 8, "capabilities": []}').read()
    assert caught.value.code == "driver.answer"


@pytest.mark.parametrize(
    ("program", "code", "message"),
    [
        ("sys.exit('no card')", "driver.exit", "ended with exit code 1: no card"),
        ("sys.exit('\\x1b[2Jno card')", "driver.exit", r"ended with exit code 1: \x1b[2Jno card"),
        ("sys.stderr.write('no landlock'); sys.exit(71)", "driver.isolation", "was not started: no landlock"),
        ("sys.stderr.write('no such file'); sys.exit(72)", "driver.start", "was not started: no such file"),
        ("time.sleep(600)", "driver.timeout", "gave no answer in time"),
        ("sys.stdin.readline(); print('{', flush=True); time.sleep(600)", "driver.answer", "no JSON: '{'"),
    ],
)
def test_faults_have_the_names_of_drivers(program: str, code: str, message: str) -> None:
    """Two exit codes are the guard's own: the driver was not started at all."""
    with running(program) as process, pytest.raises(DriverFault) as caught:
        described(process, soon(1 if code == "driver.timeout" else 60))
    assert caught.value.code == code
    assert message in caught.value.message


def test_what_cannot_be_started() -> None:
    """The reason of the system is told."""

    def start() -> LineProcess:
        raise OSError(12, "Cannot allocate memory")

    with pytest.raises(DriverFault, match="cannot be started: Cannot allocate memory") as caught:
        started(start)
    assert caught.value.code == "driver.start"
