# SPDX-License-Identifier: Apache-2.0
"""Programs that are spoken to in lines, and write and read as they like: deadlines, bounds, and their end."""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from hpa_discovery.drivers.line_process import MOST_BYTES, TOLD_BYTES, LineProcess, ProcessFault
from hpa_discovery.drivers.starting import start_process

MANY = 1100
CHILD_SUBREAPER = 36  # of prctl(2)
ECHO = "for line in sys.stdin.buffer: out(line)"


@contextmanager
def running(program: str, told_bytes: int = TOLD_BYTES) -> Iterator[LineProcess]:
    """A Python program that has `out` and `err` to write with."""
    head = "import os, sys, time\nout = lambda data: os.write(1, data)\nerr = lambda data: os.write(2, data)\n"
    process = LineProcess([sys.executable, "-I", "-S", "-c", head + program], told_bytes)
    try:
        yield process
    finally:
        process.end()


def soon(seconds: float = 60.0) -> float:
    """A deadline."""
    return time.monotonic() + seconds


def fault_of(process: LineProcess, line: bytes = b"x\n", seconds: float = 60.0) -> ProcessFault:
    """The fault with which a question ends."""
    try:
        process.send(line, soon(seconds))
        answer = process.receive(soon(seconds))
    except ProcessFault as fault:
        return fault
    pytest.fail(f"it answered {answer[:80]!r}")


def test_question_and_answer() -> None:
    """A line in, a line out, without its end, as often as one likes."""
    with running(ECHO) as process:
        for number in range(5):
            process.send(b"%d\n" % number, soon())
            assert process.receive(soon()) == b"%d" % number


def test_an_answer_in_pieces() -> None:
    """A slow writer is waited for while the time lasts."""
    slowly = "for piece in b'one line': out(bytes([piece])); time.sleep(0.01)"
    with running(f"sys.stdin.readline()\n{slowly}\nout(b'\\n')\ntime.sleep(600)") as process:
        process.send(b"x\n", soon())
        assert process.receive(soon()) == b"one line"


@pytest.fixture
def many_open_files() -> Iterator[None]:
    """More descriptors are in use than select(2) can be asked about."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * MANY:
        pytest.skip(f"no more than {hard} files may be open")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * MANY), hard))
    try:
        with ExitStack() as files:
            for _ in range(MANY):
                files.enter_context(Path(os.devnull).open("rb"))
            yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_open_files")
def test_beside_many_open_files() -> None:
    """A service with many connections asks its drivers as ever."""
    large = b"x" * (1024 * 1024) + b"\n"
    with running("for line in sys.stdin.buffer: out(b'%d\\n' % len(line))") as process:
        process.send(large, soon())
        assert process.receive(soon()) == b"%d" % len(large)
    with running("time.sleep(600)") as process:
        assert fault_of(process, seconds=0.1).kind == "timeout"


def test_half_an_answer_is_none() -> None:
    """The deadline is for the whole line, however often a piece of it comes."""
    with running("sys.stdin.readline()\nfor _ in range(2000): out(b'x'); time.sleep(0.02)") as process:
        before = time.monotonic()
        fault = fault_of(process, seconds=0.3)
        assert (fault.kind, fault.message) == ("timeout", "gave no answer in time")
        assert time.monotonic() - before < 20


def test_the_bound_of_a_line() -> None:
    """A line of the most bytes is taken, a longer one is refused before it ends."""
    with running(f"sys.stdin.readline()\nout(b'x' * {MOST_BYTES} + b'\\n')\ntime.sleep(600)") as process:
        process.send(b"x\n", soon())
        assert len(process.receive(soon())) == MOST_BYTES
    with running("sys.stdin.readline()\nwhile True: out(b'x' * 65536)") as process:
        fault = fault_of(process)
        assert fault.kind == "answer"
        assert f"more than {MOST_BYTES} bytes" in fault.message


def test_a_large_question() -> None:
    """More than a pipe holds goes through while the driver reads, and ends in time where it does not."""
    large = b"x" * (2 * 1024 * 1024) + b"\n"
    with running("for line in sys.stdin.buffer: out(b'%d\\n' % len(line))") as process:
        process.send(large, soon())
        assert process.receive(soon()) == b"%d" % len(large)
    with running("time.sleep(600)") as process:
        fault = fault_of(process, large, 0.3)
        assert (fault.kind, fault.message) == ("timeout", "did not take the request in time")


@pytest.mark.parametrize(
    "program", ["out(b'ready\\n')\ntime.sleep(600)", "sys.stdin.readline()\nout(b'a\\nb\\n')\ntime.sleep(600)"]
)
def test_lines_that_nobody_asked_for(program: str) -> None:
    """What lies there before the question is no answer to it."""
    with running(program) as process:
        if "stdin" in program:
            process.send(b"x\n", soon())
            assert process.receive(soon()) == b"a"
        else:
            assert select.select([process._out], [], [], 60)[0]
        with pytest.raises(ProcessFault, match=r"wrote without being asked: '(ready|b)'") as caught:
            process.send(b"x\n", soon())
        assert caught.value.kind == "answer"


@pytest.mark.parametrize(
    ("last", "message"),
    [
        ("sys.exit(0)", "ended with exit code 0"),
        ("err(b'first\\nno card\\n'); sys.exit(3)", "ended with exit code 3: no card"),
        ("os.kill(os.getpid(), 11)", "ended by signal 11"),
        ("sys.exit(137)", "ended by signal 9"),  # as the guard tells of its driver
    ],
)
def test_how_it_ended(last: str, message: str) -> None:
    """The exit code or signal, and the last line of stderr; while it is asked and before."""
    with running(f"sys.stdin.readline()\n{last}") as process:
        fault = fault_of(process)
        assert (fault.kind, fault.message) == ("exit", message)
        assert message.endswith(fault.last_words)
    with running(last) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        fault = fault_of(process)
        assert (fault.kind, fault.message) == ("exit", message)


def test_closed_output() -> None:
    """A driver that goes on without its output can answer nothing."""
    with running("sys.stdin.readline()\nos.close(1)\ntime.sleep(600)") as process:
        fault = fault_of(process)
        assert (fault.kind, fault.message) == ("exit", "closed its output")


def test_stderr_is_kept_by_its_end() -> None:
    """The last bytes, whatever they are, and as many as were asked for."""
    program = "err(b'x' * 300000 + b' \\xff last words\\n')\n" + ECHO
    for most in (TOLD_BYTES, 100):
        with running(program, most) as process:
            process.send(b"x\n", soon())
            process.receive(soon())
            process.end()
            assert process.told.endswith("\ufffd last words")
            assert len(process.told) <= most


def test_its_end() -> None:
    """It may be ended twice, has no environment of ours, and its process is gone."""
    with running("out(repr(sorted(os.environ)).encode() + b'\\n')\ntime.sleep(600)") as process:
        assert b"PATH" not in process.receive(soon())
        process.end()
        process.end()
        assert not Path(f"/proc/{process.pid}").exists()


def test_it_does_not_end_with_a_thread() -> None:
    """Threads come and go; what they started stays until this process ends."""
    die_with_parent = "import ctypes, os, sys\nctypes.CDLL(None).prctl(1, 9)\n"
    echo = "for line in sys.stdin.buffer: os.write(1, line)"
    made: list[LineProcess] = []

    def start() -> None:
        made.append(start_process([sys.executable, "-I", "-c", die_with_parent + echo]))
        made[0].send(b"x\n", soon())
        made[0].receive(soon())

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    (process,) = made
    try:
        for _ in range(3):
            time.sleep(0.1)
            process.send(b"x\n", soon())
            assert process.receive(soon()) == b"x"
    finally:
        process.end()


def test_it_has_a_session_of_its_own() -> None:
    """Ctrl-C in the terminal is for us alone."""
    with running(ECHO) as process:
        assert os.getsid(process.pid) == process.pid != os.getsid(0)
        assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


@pytest.mark.parametrize("killed", [False, True], ids=["ended", "killed before"])
def test_nothing_is_left_of_what_was_below_it(killed: bool) -> None:
    """Where orphans come to us, as to the first process of a container, none of them stays as a zombie."""
    prctl = ctypes.CDLL(None).prctl
    below = (
        "import ctypes\nif not os.fork(): ctypes.CDLL(None).prctl(1, 9); out(b'%d\\n' % os.getpid())\ntime.sleep(600)"
    )
    assert prctl(CHILD_SUBREAPER, 1) == 0
    try:
        with running(below) as process:
            orphan = int(process.receive(soon()))
            if killed:
                process.kill()
        with pytest.raises(ProcessLookupError):
            os.kill(orphan, 0)
    finally:
        prctl(CHILD_SUBREAPER, 0)
