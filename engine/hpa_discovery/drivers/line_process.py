# SPDX-License-Identifier: Apache-2.0
"""One running program that is spoken to in lines, each with a deadline and a bound."""

from __future__ import annotations

import os
import select
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal

from hpa_discovery.language.values import show

MOST_BYTES = 1024 * 1024  # of one line that it writes
TOLD_BYTES = 2048  # of stderr are kept for whoever asks what went wrong
_PIECE = 65536
_END_SECONDS = 2.0
_TICK = 0.005

FaultKind = Literal["timeout", "exit", "answer"]


class ProcessFault(Exception):
    """No line came, or none that can be used.

    `kind` is timeout, exit (it ended, or closed its output) or answer (what it wrote is none). Where it ended by
    itself, `exit_code` is its code as a shell tells it and `last_words` the last line of its stderr.
    """

    def __init__(self, kind: FaultKind, message: str, exit_code: int | None = None, last_words: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.exit_code = exit_code
        self.last_words = last_words


class LineProcess:
    """A started program. One thread may use it at a time; after a ProcessFault it is of no use and must be ended."""

    def __init__(self, command: Sequence[str], told_bytes: int = TOLD_BYTES) -> None:
        self._popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            close_fds=True,
            start_new_session=True,
            env={},
        )
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        assert self._popen.stderr is not None
        self._in, self._out, self._err = self._popen.stdin, self._popen.stdout, self._popen.stderr
        os.set_blocking(self._in.fileno(), False)
        os.set_blocking(self._out.fileno(), False)
        self._writable, self._readable = _watching(self._in, select.POLLOUT), _watching(self._out, select.POLLIN)
        self._rest = b""
        self._tail = b""
        self._below: list[int] = []
        self._told_bytes = told_bytes
        self._reader = threading.Thread(target=self._drain, name=f"stderr-{self._popen.pid}", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._popen.pid

    @property
    def over(self) -> bool:
        """Whether it ended by itself, or was ended."""
        return self._popen.poll() is not None

    @property
    def told(self) -> str:
        """The last of what it wrote to stderr."""
        return self._tail.decode("utf-8", "replace").strip()

    def send(self, line: bytes, deadline: float) -> None:
        """Write one line. ProcessFault: timeout, exit, or answer when it wrote without being asked."""
        if self._rest or self._readable.poll(0):
            self._refuse_unasked()
        rest = memoryview(line)
        while rest:
            if not self._writable.poll(_milliseconds(deadline)):
                raise ProcessFault("timeout", "did not take the request in time")
            try:
                rest = rest[os.write(self._in.fileno(), rest[:_PIECE]) :]
            except BlockingIOError:
                continue
            except OSError:
                raise self._ended() from None

    def receive(self, deadline: float) -> bytes:
        """Read one line, without its end. ProcessFault: timeout, exit or answer."""
        pieces, size = [self._rest], len(self._rest)
        while b"\n" not in pieces[-1]:
            if size > MOST_BYTES:
                raise ProcessFault("answer", f"wrote a line of more than {MOST_BYTES} bytes")
            if not self._readable.poll(_milliseconds(deadline)):
                raise ProcessFault("timeout", "gave no answer in time")
            piece = os.read(self._out.fileno(), _PIECE)
            if not piece:
                raise self._ended()
            pieces.append(piece)
            size += len(piece)
        line, _, self._rest = b"".join(pieces).partition(b"\n")
        return line

    def kill(self) -> None:
        """Let whoever uses it find out at once that it ended; `end` is still to be called."""
        self._below += _below(self._popen.pid)
        self._popen.kill()

    def end(self) -> None:
        """End it. Safe to call twice."""
        if self._popen.poll() is None:
            self.kill()
        self._popen.wait()
        _wait_for_orphans(self._below)
        for pipe in (self._in, self._out):
            pipe.close()
        self._reader.join(_END_SECONDS)

    def _refuse_unasked(self) -> None:
        unasked = self._rest or os.read(self._out.fileno(), _PIECE)
        if not unasked:
            raise self._ended()
        raise ProcessFault("answer", f"wrote without being asked: {excerpt(unasked)}")

    def _ended(self) -> ProcessFault:
        try:
            code = self._popen.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            return ProcessFault("exit", "closed its output")
        self._reader.join(_END_SECONDS)
        last = self.told.rpartition("\n")[2]
        # A guard tells of its driver's signal as a shell does; a negative code is of the process itself.
        code = 128 - code if code < 0 else code
        how = f"ended by signal {code - 128}" if code > 128 else f"ended with exit code {code}"
        return ProcessFault("exit", f"{how}: {last}" if last else how, code, last)

    def _drain(self) -> None:
        """Take in whatever it writes to stderr, or it would wait for ever; keep the end of it."""
        with self._err:
            while piece := os.read(self._err.fileno(), _PIECE):
                self._tail = (self._tail + piece)[-self._told_bytes :]


def _watching(pipe: IO[bytes], event: int) -> select.poll:
    """Tells when the pipe can be used, or is closed at its other end. select(2) knows 1,024 descriptors only."""
    watching = select.poll()
    watching.register(pipe, event)
    return watching


def _milliseconds(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0) * 1000


def _below(pid: int) -> list[int]:
    """The processes below this one, each before those below it."""
    found: list[int] = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # it ended
            for child in tasks.read_text("ascii").split():
                found += [int(child), *_below(int(child))]
    return found


def _wait_for_orphans(those: Sequence[int]) -> None:
    """What was below a process that was killed dies with it, and comes to us where no other init is: in a container."""
    end = time.monotonic() + _END_SECONDS
    for pid in those:
        with suppress(ChildProcessError):  # it came to another, as it does as a rule
            while not any(os.waitpid(pid, os.WNOHANG)) and time.monotonic() < end:
                time.sleep(_TICK)


def excerpt(line: bytes) -> str:
    """The beginning of what a program wrote, fit for a message."""
    return show(line[:80].decode("utf-8", "replace").strip())
