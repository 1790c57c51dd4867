# SPDX-License-Identifier: Apache-2.0
"""The work for regions, beside the HTTP API: due steps are looked for and done by a few threads of this host."""

from __future__ import annotations

import socket

from hpa_discovery.errors import StoreError
from hpa_discovery.service.limits import STANDBYS, WORKERS
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.work.executor import ThreadExecutor
from hpa_discovery.work.following import Following
from hpa_discovery.work.pack_alarms import PackAlarms
from hpa_discovery.work.steps import do_due
from hpa_discovery.work.ticker import Ticker


class Working:
    """Works from `start` to `end` for a started runtime."""

    def __init__(self, runtime: Runtime) -> None:
        """StoreError when the keys of the credentials cannot be used."""
        self._workplace = workplace = runtime.workplace
        following = Following(runtime.store, workplace.serves)
        self._rejected = PackAlarms(runtime.store, workplace.alarms, runtime.keeper.status, socket.gethostname())
        executor = ThreadExecutor(lambda due: do_due(workplace, due), WORKERS, STANDBYS)
        self._ticker = Ticker(runtime.store, executor, runtime.observer, [following.turn, self._rejected.turn])

    def start(self) -> None:
        """Begin."""
        self._ticker.start()

    def end(self, seconds: float) -> None:
        """Begin nothing more, and wait so long for what is under way; the rest is left to its lease."""
        self._ticker.end(seconds)
        self._workplace.left.set()
        try:
            self._rejected.end()
        except StoreError as error:
            self._workplace.observer.event("work.unread", {"message": str(error)})
