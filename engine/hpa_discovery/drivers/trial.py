# SPDX-License-Identifier: Apache-2.0
"""One driver, tried: started with all fences that stand here, asked, and looked at from outside.

Nobody needs to have allowed it: the trial is the vendor's own, of a copy that goes when it ends. After a
fault a new process is started for the next question, without the pauses of a supervisor.
"""

from __future__ import annotations

import secrets
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hpa_discovery.discovery.driven import DriverAnswer
from hpa_discovery.drivers.answers import check_answer
from hpa_discovery.drivers.faults import DriverFault
from hpa_discovery.drivers.folders import keep_copy
from hpa_discovery.drivers.isolation import Fences, fences, guard, spec_of
from hpa_discovery.drivers.process import DriverProcess
from hpa_discovery.drivers.protocol import Description, read_answer, read_description, request
from hpa_discovery.drivers.starting import start_process
from hpa_discovery.drivers.supervisor import START_SECONDS
from hpa_discovery.language.driver import Driver

_ID_BITS = 48
_TOLD = 65536  # bytes of stderr: here somebody wants to read them


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one question: the line as it was written, and the checked answer or what is wrong."""

    line: bytes
    answer: DriverAnswer | None
    fault: DriverFault | None
    seconds: float


class Trial:
    """A driver being tried, until the block ends.

    `fences` are those it runs in, `description` what it says of itself, `start_seconds` how long its last start
    took, `told` the end of what its processes wrote to stderr, complete when the block has ended.
    """

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.fences: Fences = fences()
        self.description = Description("", "")
        self.start_seconds = 0.0
        self.told = ""
        self._process: DriverProcess | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="hpa-driver-")

    def __enter__(self) -> Self:
        """Copy the driver. DataError when its folder changed since it was read."""
        try:
            kept = Path(self._folder.name)
            kept.chmod(0o711)  # the driver may run as another user
            self._copy = keep_copy(Path(self.driver.folder), self.driver.digest, kept)
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._end()
        self._folder.cleanup()

    def ask(self, subject: Any, context: Any) -> Tried:
        """The driver's answer to one subject, whatever it is."""
        line, start = b"", time.monotonic()
        try:
            process = self._running()
            start = time.monotonic()
            number, deadline = secrets.randbits(_ID_BITS), start + self.driver.timeout
            process.send(request(number, "discover", subject=subject, context=context), deadline)
            line = process.receive(deadline)
            seconds = time.monotonic() - start
            return Tried(line, check_answer(self.driver, read_answer(line, number)), None, seconds)
        except DriverFault as fault:
            seconds = time.monotonic() - start
            if fault.code not in ("driver.error", "driver.refused"):  # those are orderly answers
                self._end()
            return Tried(line, None, fault, seconds)

    def _running(self) -> DriverProcess:
        if self._process is None:
            self._process = self._start()
            try:
                self._describe(self._process)
            except DriverFault:
                self._end()
                raise
        return self._process

    def _start(self) -> DriverProcess:
        try:
            return start_process(guard(spec_of(self.driver, self._copy, self.fences)), _TOLD)
        except OSError as error:
            raise DriverFault("driver.start", f"cannot be started: {error.strerror}") from None

    def _describe(self, process: DriverProcess) -> None:
        start = time.monotonic()
        deadline = start + START_SECONDS
        process.send(request(0, "describe"), deadline)
        self.description = read_description(read_answer(process.receive(deadline), 0))
        self.start_seconds = time.monotonic() - start

    def _end(self) -> None:
        if self._process is not None:
            self._process.end()
            self.told = "\n".join(filter(None, (self.told, self._process.told)))
            self._process = None
