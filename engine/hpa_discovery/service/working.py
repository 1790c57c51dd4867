# SPDX-License-Identifier: Apache-2.0
"""The work for regions, beside the HTTP API: due steps are looked for and done by a few threads of this host."""

from __future__ import annotations

import socket
import time

from hpa_discovery.errors import StoreError
from hpa_discovery.service.limits import STANDBYS, WORKERS
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.work.executor import ThreadExecutor
from hpa_discovery.work.following import Following
from hpa_discovery.work.pack_alarms import PackAlarms
from hpa_discovery.work.steps import do_due
from hpa_discovery.work.ticker import Ticker


class Working:
    """Works from `start` to `leave` for a started runtime; what is under way then may go on until `end`."""

    def __init__(self, runtime: Runtime) -> None:
        """StoreError when the keys of the credentials cannot be used."""
        self._workplace = workplace = runtime.workplace
        following = Following(runtime.store, workplace.serves)
        self._rejected = PackAlarms(runtime.store, workplace.alarms, runtime.keeper.status, socket.gethostname())
        executor = ThreadExecutor(lambda due: do_due(workplace, due), WORKERS, STANDBYS)
        self._ticker = Ticker(runtime.store, executor, runtime.observer, [following.turn, self._rejected.turn])
        self._left_at: float | None = None

    def start(self) -> None:
        """Begin."""
        self._ticker.start()

    def leave(self) -> None:
        """Begin nothing more."""
        self._left_at = time.monotonic()
        self._ticker.leave()

    def end(self, seconds: float) -> None:
        """Wait for what is under way until so long after `leave`, or from now on; the rest is left to its lease."""
        gone = 0.0 if self._left_at is None else time.monotonic() - self._left_at
        self._ticker.end(max(0.0, seconds - gone))
        self._workplace.left.set()
        try:
            self._rejected.end()
        except StoreError as error:
            self._workplace.observer.event("work.unread", {"message": str(error)})
