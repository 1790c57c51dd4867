# SPDX-License-Identifier: Apache-2.0
"""A driver's process is started, says who it is, and is asked; what goes wrong with it becomes a DriverFault."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hpa_discovery.drivers.faults import DriverFault
from hpa_discovery.drivers.fence import EXIT_COMMAND, EXIT_FENCE
from hpa_discovery.drivers.line_process import FaultKind, LineProcess, ProcessFault
from hpa_discovery.drivers.protocol import Description, read_answer, read_description, request

START_SECONDS = 10.0  # a Python driver imports what it needs before it answers for the first time
_ID_BITS = 48  # of a request's number: no driver can answer ahead a question that it was not asked
_NOT_STARTED = {EXIT_FENCE: "driver.isolation", EXIT_COMMAND: "driver.start"}  # the guard's own exit codes
_CODES: dict[FaultKind, str] = {"timeout": "driver.timeout", "exit": "driver.exit", "answer": "driver.answer"}

StartProcess = Callable[[], LineProcess]


@dataclass(frozen=True, slots=True)
class Reply:
    """The line that answers the request `number`, as it was written."""

    number: int
    line: bytes

    def read(self) -> dict[str, Any]:
        """The answer in it. DriverFault driver.answer or driver.error."""
        return read_answer(self.line, self.number)


def started(start: StartProcess) -> LineProcess:
    """A process of the driver. DriverFault driver.start."""
    try:
        return start()
    except OSError as error:
        raise DriverFault("driver.start", f"cannot be started: {error.strerror}") from None


def described(process: LineProcess, deadline: float) -> Description:
    """What the driver says of itself. DriverFault; the process is of no use after one."""
    return read_description(_said(process, 0, request(0, "describe"), deadline).read())


def asked(process: LineProcess, subject: Any, context: Any, deadline: float) -> Reply:
    """What the driver writes about a subject. DriverFault; the process is of no use after one."""
    number = secrets.randbits(_ID_BITS)
    return _said(process, number, request(number, "discover", subject=subject, context=context), deadline)


def _said(process: LineProcess, number: int, line: bytes, deadline: float) -> Reply:
    try:
        process.send(line, deadline)
        return Reply(number, process.receive(deadline))
    except ProcessFault as fault:
        if fault.exit_code in _NOT_STARTED:
            raise DriverFault(_NOT_STARTED[fault.exit_code], f"was not started: {fault.last_words}") from None
        raise DriverFault(_CODES[fault.kind], fault.message) from None
