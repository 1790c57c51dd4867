# SPDX-License-Identifier: Apache-2.0
"""All work of one process, started and ended together."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from hpa_discovery.work.executor import THREADS, ThreadExecutor
from hpa_discovery.work.following import Following
from hpa_discovery.work.pack_alarms import PackAlarms
from hpa_discovery.work.steps import do_due
from hpa_discovery.work.ticker import EVERY_SECONDS, Ticker

if TYPE_CHECKING:
    from hpa_discovery.work.pack_alarms import Status
    from hpa_discovery.work.workplace import Workplace


class Crew:
    """Threads that do the steps of all regions, beside those of other processes and hosts.

    `statuses` tells how each pack of this host stands (Keeper.status).
    """

    def __init__(
        self,
        workplace: Workplace,
        statuses: Callable[[], Iterable[Status]],
        threads: int = THREADS,
        every: float = EVERY_SECONDS,
    ) -> None:
        self._workplace = workplace
        executor = ThreadExecutor(lambda due: do_due(workplace, due), threads)
        following = Following(workplace.store, workplace.serves)
        rejected = PackAlarms(workplace.store, workplace.alarms, statuses, socket.gethostname())
        turns = (following.turn, rejected.turn)
        self._ticker = Ticker(workplace.store, executor, workplace.observer, turns, every)

    def start(self) -> None:
        """Begin, when something serves."""
        self._ticker.start()

    def end(self, seconds: float) -> bool:
        """Begin nothing more and wait so long for steps under way; whether they ended.

        Those that did not are another process's as soon as their leases are over; nothing of them is kept.
        """
        ended = self._ticker.end(seconds)
        self._workplace.left.set()
        return ended
