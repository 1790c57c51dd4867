# SPDX-License-Identifier: Apache-2.0
"""One driver, tried: started with all fences that stand here, asked, and looked at from outside.

Nobody needs to have allowed it: the trial is the vendor's own, of a copy that goes when it ends. After a
fault a new process is started for the next question, without the pauses of a supervisor.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hpa_discovery.discovery.driven import DriverAnswer
from hpa_discovery.drivers.answers import check_answer
from hpa_discovery.drivers.asking import START_SECONDS, asked, described, started
from hpa_discovery.drivers.faults import DriverFault
from hpa_discovery.drivers.folders import keep_copy
from hpa_discovery.drivers.guarding import Fences, guard, spec_of
from hpa_discovery.drivers.isolation import fences
from hpa_discovery.drivers.line_process import LineProcess
from hpa_discovery.drivers.protocol import Description
from hpa_discovery.drivers.starting import starter
from hpa_discovery.language.driver import Driver

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
        self._process: LineProcess | None = None
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
            reply = asked(process, subject, context, start + self.driver.timeout)
            line, seconds = reply.line, time.monotonic() - start
            return Tried(line, check_answer(self.driver, reply.read()), None, seconds)
        except DriverFault as fault:
            seconds = time.monotonic() - start
            if fault.code not in ("driver.error", "driver.refused"):  # those are orderly answers
                self._end()
            return Tried(line, None, fault, seconds)

    def _running(self) -> LineProcess:
        if self._process is None:
            self._process = started(starter(guard(spec_of(self.driver, self._copy, self.fences)), _TOLD))
            start = time.monotonic()
            try:
                self.description = described(self._process, start + START_SECONDS)
            except DriverFault:
                self._end()
                raise
            self.start_seconds = time.monotonic() - start
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.end()
            self.told = "\n".join(filter(None, (self.told, self._process.told)))
            self._process = None
