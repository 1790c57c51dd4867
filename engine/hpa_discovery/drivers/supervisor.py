# SPDX-License-Identifier: Apache-2.0
"""Keeps the processes of one driver: starts them, asks them, starts them again later when they fail.

After a fault the process is ended; the next one is started not before a pause
that doubles with each fault in a row. After so many faults in a row the driver
is suspended for longer. Both are told as driver.suspended, at once and without
waiting: what a driver answers late is no answer.

A row counts incidents. What a question meets whose process was started before the last fault belongs to the same
incident, and so does an answer that is refused to a question from before it: many may have asked about the one
subject that a driver cannot stand. A process that ended while nobody asked it is replaced, and no fault.

A good answer ends a row, but not the account of the time that was lost to timeouts: who hangs for some subjects and
answers the others would hold up whoever asks about many.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from hpa_discovery.discovery.driven import DriverAnswer
from hpa_discovery.drivers.answers import check_answer
from hpa_discovery.drivers.asking import START_SECONDS, StartProcess, asked, described, started
from hpa_discovery.drivers.faults import DriverFault
from hpa_discovery.drivers.line_process import LineProcess
from hpa_discovery.drivers.protocol import Description
from hpa_discovery.language.driver import Driver
from hpa_discovery.model import Observer

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds after a fault: `first` doubles with each more in a row; `most` of them suspend it for `suspended`.

    So do `hung` seconds that were lost to timeouts, of which one is forgotten every ten seconds.
    """

    first: float = 0.1
    most: int = 5
    suspended: float = 60.0
    hung: float = 60.0

    def after(self, faults: int) -> float:
        """Seconds after so many faults in a row."""
        return self.suspended if faults >= self.most else self.first * 2 ** (faults - 1)


PAUSES = Pauses()
_FORGOTTEN = 0.1  # of each second


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


class _Begun(NamedTuple):
    """A process that said who it is, and when it was started."""

    process: LineProcess
    at: float


class Supervisor:
    """The processes of one driver, for any number of threads."""

    def __init__(
        self,
        driver: Driver,
        start: StartProcess,
        observer: Observer,
        clock: Clock = time.monotonic,
        pauses: Pauses = PAUSES,
    ) -> None:
        self.driver = driver
        self._start = start
        self._observer = observer
        self._clock = clock
        self._pauses = pauses
        self._free: list[_Begun] = []
        self._places = threading.BoundedSemaphore(driver.processes)
        self._lock = threading.Lock()
        self._faults = 0
        self._not_before = 0.0
        self._last_fault = ""
        self._last_incident = -math.inf
        self._hung = self._hung_at = self._hung_until = 0.0
        self._described = Description("", "")
        self._ended = False

    def ask(self, subject: Any, context: Any) -> DriverAnswer:
        """What the driver says, checked. DriverFault when it says nothing within its timeout, or what is refused."""
        at = self._clock()
        if not self._places.acquire(timeout=self.driver.timeout):
            raise DriverFault("driver.timeout", "was busy with other subjects all the time")
        try:
            answer = self._asked(subject, context, at + self.driver.timeout)
        finally:
            self._places.release()
        try:
            checked = check_answer(self.driver, answer)
        except DriverFault as fault:
            self._count(fault, since=at)
            raise
        with self._lock:
            self._faults = 0
        return checked

    def prepare(self) -> None:
        """Start and describe one process, so that the first subject need not wait. DriverFault."""
        with self._places:
            self._give_back(self._process())

    def status(self) -> DriverStatus:
        """How the driver is doing now."""
        with self._lock:
            described, free = self._described, bool(self._free)
            waiting = self._not_before > self._clock()
            suspended = waiting and self._over()
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
            )

    def end(self) -> None:
        """End all processes; who is being asked now is ended when it has answered."""
        with self._lock:
            self._ended = True
            free, self._free = self._free, []
        for begun in free:
            begun.process.end()

    def _asked(self, subject: Any, context: Any, deadline: float) -> dict[str, Any]:
        begun = self._process()
        deadline = max(deadline, self._clock() + self.driver.timeout / 2)  # starting it took some of the time
        try:
            answer = asked(begun.process, subject, context, deadline).read()
        except DriverFault as fault:
            if fault.code == "driver.error":  # an orderly answer: nothing is wrong with the process
                self._give_back(begun)
                raise
            begun.process.end()
            self._count(fault, since=begun.at)
            raise
        except BaseException:  # Ctrl-C: its answer, when it comes, must not be taken for one to the next question
            begun.process.end()
            raise
        self._give_back(begun)
        return answer

    def _process(self) -> _Begun:
        while (begun := self._taken()) is not None:
            if not begun.process.over:
                return begun
            begun.process.end()
        return self._started()

    def _taken(self) -> _Begun | None:
        """A free process; None when there is none and one may be started."""
        with self._lock:
            left = self._not_before - self._clock()
            suspended = left > 0 and self._over()
            if self._free and not suspended:
                return self._free.pop()
            if left > 0:
                hung = self._clock() < self._hung_until
                why = f"hung for {self._hung:.0f} s of late" if hung else f"failed {self._faults} times"
                raise DriverFault("driver.suspended", f"{why} ({self._last_fault}); the next try is in {left:.1f} s")
        return None

    def _started(self) -> _Begun:
        at = self._clock()
        process = None
        try:
            process = started(self._start)
            description = described(process, self._clock() + START_SECONDS)
        except DriverFault as fault:
            if process is not None:
                process.end()
            self._count(fault, since=at)
            raise
        with self._lock:
            self._described = description
        return _Begun(process, at)

    def _give_back(self, begun: _Begun) -> None:
        with self._lock:
            if not self._ended:
                self._free.append(begun)
                return
        begun.process.end()

    def _over(self) -> bool:
        """Whether it is suspended for as long as a pause lasts."""
        return self._faults >= self._pauses.most or self._clock() < self._hung_until

    def _pause(self, fault: DriverFault) -> float:
        """Seconds after this fault, which is counted already."""
        if fault.code == "driver.timeout":
            now = self._clock()
            self._hung = max(0.0, self._hung - (now - self._hung_at) * _FORGOTTEN) + self.driver.timeout
            self._hung_at = now
            if self._hung >= self._pauses.hung:
                self._hung_until = now + self._pauses.suspended
                return self._pauses.suspended
        return self._pauses.after(self._faults)

    def _count(self, fault: DriverFault, since: float) -> None:
        """One more fault in the row, unless it belongs to the last incident: `since` says when what failed began."""
        with self._lock:
            self._last_fault = fault.message
            if since >= self._last_incident:
                self._last_incident = self._clock()
                self._faults += 1
                self._not_before = self._last_incident + self._pause(fault)
            faults = self._faults
        fields = {"driver": self.driver.id, "code": fault.code, "message": fault.message, "faults": faults}
        self._observer.event("driver.fault", fields)
