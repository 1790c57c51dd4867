# SPDX-License-Identifier: Apache-2.0
"""Keeps the processes of one driver: starts them, asks them, starts them again later when they fail.

After a fault the process is ended; the next one is started not before a pause
that doubles with each fault in a row. After so many faults in a row the driver
is suspended for longer. Both are told as driver.suspended, at once and without
waiting: what a driver answers late is no answer.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hpa_discovery.drivers.faults import DriverFault
from hpa_discovery.drivers.process import DriverProcess
from hpa_discovery.drivers.protocol import Description, read_answer, read_description, request
from hpa_discovery.drivers.starting import start_process
from hpa_discovery.language.driver import Driver
from hpa_discovery.model import Observer

START_SECONDS = 10.0  # a Python driver imports what it needs before it answers for the first time
_ID_BITS = 48  # of a request's number: no driver can answer ahead a question that it was not asked
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 30.0  # seconds
_SUSPENDED_AFTER, _SUSPENDED_SECONDS = 5, 60.0

Start = Callable[[], DriverProcess]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class DriverStatus:
    """How a driver is doing. `state` is ready, idle (nothing started yet), waiting (after a fault) or suspended."""

    id: str
    digest: str
    state: str
    faults: int
    last_fault: str
    name: str
    version: str
    told: str


class Supervisor:
    """The processes of one driver, for any number of threads."""

    def __init__(self, driver: Driver, start: Start, observer: Observer, clock: Clock = time.monotonic) -> None:
        self.driver = driver
        self._start = start
        self._observer = observer
        self._clock = clock
        self._free: list[DriverProcess] = []
        self._places = threading.BoundedSemaphore(driver.processes)
        self._lock = threading.Lock()
        self._faults = 0
        self._not_before = 0.0
        self._last_fault = ""
        self._told = ""
        self._described = Description("", "")
        self._ended = False

    def ask(self, subject: Any, context: Any) -> dict[str, Any]:
        """The driver's answer, not yet checked; who checks it says accepted or refused.

        DriverFault when there is none within the driver's timeout.
        """
        deadline = self._clock() + self.driver.timeout
        if not self._places.acquire(timeout=self.driver.timeout):
            raise DriverFault("driver.timeout", "was busy with other subjects all the time")
        try:
            return self._asked(subject, context, deadline)
        finally:
            self._places.release()

    def prepare(self) -> None:
        """Start and describe one process, so that the first subject need not wait. DriverFault."""
        with self._places:
            self._give_back(self._process())

    def status(self) -> DriverStatus:
        """How the driver is doing now."""
        with self._lock:
            described, free = self._described, bool(self._free)
            waiting = self._not_before > self._clock()
            suspended = waiting and self._faults >= _SUSPENDED_AFTER
            state = (
                "suspended" if suspended else "waiting" if waiting else "ready" if free or described.name else "idle"
            )
            return DriverStatus(
                self.driver.id,
                self.driver.digest,
                state,
                self._faults,
                self._last_fault,
                described.name,
                described.version,
                self._told,
            )

    def end(self) -> None:
        """End all processes; who is being asked now is ended when it has answered."""
        with self._lock:
            self._ended = True
            processes, self._free = self._free, []
        for process in processes:
            process.end()

    def accepted(self) -> None:
        """Forget the faults before an answer that holds."""
        with self._lock:
            self._faults = 0

    def refused(self, fault: DriverFault) -> None:
        """Count an answer that was refused as a fault of the driver."""
        self._count(fault, "")

    def _asked(self, subject: Any, context: Any, deadline: float) -> dict[str, Any]:
        process = self._process()
        deadline = max(deadline, self._clock() + self.driver.timeout / 2)  # starting it took some of the time
        number = secrets.randbits(_ID_BITS)
        try:
            process.send(request(number, "discover", subject=subject, context=context), deadline)
            answer = read_answer(process.receive(deadline), number)
        except DriverFault as fault:
            if fault.code == "driver.error":  # an orderly answer: nothing is wrong with the process
                self._give_back(process)
                raise
            self._fail(process, fault)
            raise
        except BaseException:  # Ctrl-C: its answer, when it comes, must not be taken for one to the next question
            process.end()
            raise
        self._give_back(process)
        return answer

    def _process(self) -> DriverProcess:
        with self._lock:
            left = self._not_before - self._clock()
            suspended = left > 0 and self._faults >= _SUSPENDED_AFTER
            if self._free and not suspended:
                return self._free.pop()
            if left > 0:
                raise DriverFault(
                    "driver.suspended",
                    f"failed {self._faults} times ({self._last_fault}); the next try is in {left:.1f} s",
                )
        return self._started()

    def _started(self) -> DriverProcess:
        try:
            process = self._start()
        except OSError as error:
            fault = DriverFault("driver.start", f"cannot be started: {error.strerror}")
            self._count(fault, "")
            raise fault from None
        try:
            deadline = self._clock() + START_SECONDS
            process.send(request(0, "describe"), deadline)
            description = read_description(read_answer(process.receive(deadline), 0))
        except DriverFault as fault:
            self._fail(process, fault)
            raise
        with self._lock:
            self._described = description
        return process

    def _give_back(self, process: DriverProcess) -> None:
        with self._lock:
            if not self._ended:
                self._free.append(process)
                return
        process.end()

    def _fail(self, process: DriverProcess, fault: DriverFault) -> None:
        process.end()
        self._count(fault, process.told)

    def _count(self, fault: DriverFault, told: str) -> None:
        with self._lock:
            self._faults += 1
            pause = min(_FIRST_PAUSE * 2 ** (self._faults - 1), _LONGEST_PAUSE)
            if self._faults >= _SUSPENDED_AFTER:
                pause = _SUSPENDED_SECONDS
            self._not_before = self._clock() + pause
            self._last_fault = fault.message
            self._told = told or self._told
            faults = self._faults
        fields = {"driver": self.driver.id, "code": fault.code, "message": fault.message, "faults": faults}
        self._observer.event("driver.fault", fields)


def starter(command: Sequence[str]) -> Start:
    """How DriverProcesses with this command are started."""
    return lambda: start_process(command)
