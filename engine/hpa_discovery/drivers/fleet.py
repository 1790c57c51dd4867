# SPDX-License-Identifier: Apache-2.0
"""All drivers in use: each is asked through the supervisor of its digest, if it is allowed here.

Two generations may use two versions of a driver side by side; `keep` ends those
that no generation uses any more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any, Protocol

from hpa_discovery.discovery.driven import DriverAnswer, no_answer
from hpa_discovery.drivers.faults import DriverFault
from hpa_discovery.drivers.folders import RECENT_SECONDS, delete_copies, keep_copy
from hpa_discovery.drivers.guarding import Fences, guard, spec_of
from hpa_discovery.drivers.isolation import fences
from hpa_discovery.drivers.starting import starter
from hpa_discovery.drivers.supervisor import PAUSES, DriverStatus, Pauses, Supervisor
from hpa_discovery.errors import DataError
from hpa_discovery.language.driver import Driver
from hpa_discovery.model import Observer

Key = tuple[str, str]
_UNUSABLE_SECONDS = 5.0  # a folder that cannot be copied is not read for each subject


class Allowances(Protocol):
    """Who may run: an operator allows the exact content of a driver's folder."""

    def allows(self, driver_id: str, digest: str) -> bool:
        """Whether what has this digest may run as this driver."""


class Fleet:
    """Asks drivers; what they do never reaches the caller as an exception."""

    def __init__(
        self,
        folder: Path,
        allowances: Allowances,
        observer: Observer,
        *,
        require_isolation: bool = False,
        standing: Callable[[], Fences] = fences,
        pauses: Pauses = PAUSES,
    ) -> None:
        self._folder = folder
        self._allowances = allowances
        self._observer = observer
        self._require_isolation = require_isolation
        self._standing = standing
        self._pauses = pauses
        self._supervisors: dict[Key, Supervisor] = {}
        self._unusable: dict[Key, tuple[float, DriverFault]] = {}
        self._lock = threading.Lock()
        self._making = threading.Lock()  # copying a driver takes its time, and holds nobody up who asks another

    def ask(self, driver: Driver, subject: Any, context: Any) -> DriverAnswer:
        """What the driver says of the subject, checked; its features unknown where it gives no answer."""
        try:
            return self._supervisor(driver).ask(subject, context)
        except DriverFault as fault:
            return no_answer(driver, fault.code, fault.message)

    def prepare(self, driver: Driver) -> None:
        """Start the driver, so that a swap to a generation that uses it need not wait. DriverFault."""
        self._supervisor(driver).prepare()

    def ready(self, drivers: Iterable[Driver]) -> None:
        """Start those of the drivers that are allowed. What keeps one from it is told to the observer."""
        for driver in drivers:
            try:
                self.prepare(driver)
            except DriverFault as fault:
                fields = {"driver": driver.id, "digest": driver.digest, "code": fault.code, "message": fault.message}
                self._observer.event("driver.not_ready", fields)

    def keep(self, drivers: Collection[Driver]) -> None:
        """End the drivers that are not among these."""
        wanted = {(driver.id, driver.digest) for driver in drivers}
        with self._lock:
            ended = [self._supervisors.pop(key) for key in list(self._supervisors) if key not in wanted]
            self._unusable = {key: found for key, found in self._unusable.items() if key in wanted}
        for supervisor in ended:
            supervisor.end()

    def forget(self, allowed: Collection[str], recent: float = RECENT_SECONDS) -> int:
        """Delete the copies of drivers that nobody runs here and whose digest is not allowed; how many."""
        with self._making:
            with self._lock:
                used = {digest for _, digest in self._supervisors}
            return delete_copies(self._folder, used.union(allowed), recent)

    def status(self) -> list[DriverStatus]:
        """How each driver in use is doing."""
        with self._lock:
            supervisors = [self._supervisors[key] for key in sorted(self._supervisors)]
        return [supervisor.status() for supervisor in supervisors]

    def _supervisor(self, driver: Driver) -> Supervisor:
        key = (driver.id, driver.digest)
        if not self._allowances.allows(*key):
            self._end(key)
            hint = f"hpa driver allow {driver.id} --digest {driver.digest}"
            raise DriverFault("driver.untrusted", f"is not allowed to run here; after a look at it: {hint}")
        return self._supervisors.get(key) or self._made(driver)

    def _made(self, driver: Driver) -> Supervisor:
        key = (driver.id, driver.digest)
        with self._making:
            supervisor = self._supervisors.get(key)
            if supervisor is not None:
                return supervisor
            until, fault = self._unusable.get(key, (0.0, None))
            if fault is not None and time.monotonic() < until:
                raise DriverFault(fault.code, fault.message)
            try:
                supervisor = self._new(driver)
            except DriverFault as error:
                self._unusable[key] = time.monotonic() + _UNUSABLE_SECONDS, error
                raise
            with self._lock:
                self._supervisors[key] = supervisor
            return supervisor

    def sweep(self) -> None:
        """End the drivers that are not allowed any more. Cheap: what is allowed is remembered for a moment."""
        for key in list(self._supervisors):
            if not self._allowances.allows(*key):
                self._end(key)

    def _end(self, key: Key) -> None:
        """End a driver that was allowed before."""
        with self._lock:
            supervisor = self._supervisors.pop(key, None)
        if supervisor is not None:
            supervisor.end()

    def _new(self, driver: Driver) -> Supervisor:
        standing = self._standing()
        if self._require_isolation and standing.missing:
            told = "; ".join(f"{name}: {why}" for name, why in standing.missing.items())
            raise DriverFault("driver.isolation", f"is not started without all fences, and some are missing ({told})")
        try:
            copy = keep_copy(Path(driver.folder), driver.digest, self._folder)
        except DataError as error:
            raise DriverFault("driver.untrusted", f"is not started: {error}") from None
        except OSError as error:
            raise DriverFault("driver.start", f"cannot be copied to {self._folder}: {error.strerror}") from None
        start = starter(guard(spec_of(driver, copy, standing)))
        return Supervisor(driver, start, self._observer, pauses=self._pauses)
