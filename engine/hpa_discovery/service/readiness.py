# SPDX-License-Identifier: Apache-2.0
"""Whether requests can be sent here, as it was a second ago at most: anybody may ask, and a look takes its time.

The database is one for all hosts: if each of them were not ready without it, whoever
balances would send nothing to any of them, although they could answer. So a host that
lost it stays ready for as long as there is somebody whom it can still answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from hpa_discovery.errors import StoreError
from hpa_discovery.service.limits import STORE_THREADS
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.store import activations

_REMEMBERED_SECONDS = 1.0
PATIENCE_SECONDS = 0.5  # with the database; whoever balances waits for a second as a rule


@dataclass(frozen=True, slots=True)
class Standing:
    """`missing` is what is not there, of `generation` and `store`; `reasons` say why the service is not ready."""

    missing: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


class Readiness:
    """Looks at a started runtime. `knows_anybody` says whether some caller can be answered without the database."""

    def __init__(self, runtime: Runtime, knows_anybody: Callable[[], bool]) -> None:
        self._runtime = runtime
        self._knows_anybody = knows_anybody
        self._thread = ThreadPoolExecutor(STORE_THREADS.readiness, thread_name_prefix="readiness")
        self._reading: asyncio.Future[str] | None = None
        self._until = 0.0
        self._away = ""

    async def standing(self) -> Standing:
        """How it stands now. For the event loop."""
        if self._runtime.leaving:
            return Standing(reasons=("the service is being stopped",))
        if time.monotonic() >= self._until:
            self._away = await self._read_soon()
            self._until = time.monotonic() + _REMEMBERED_SECONDS
        missing, reasons = [], []
        if not self._runtime.keeper.serving:
            missing.append("generation")
            reasons.append("no generation serves")
        if fault := self._runtime.database_file.fault:
            missing.append("store")
            reasons.append(fault)
        elif self._away:
            missing.append("store")
            reasons += () if self._knows_anybody() else (self._away,)
        return Standing(tuple(missing), tuple(reasons))

    def end(self) -> None:
        """Let the thread end when it has read."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _read_soon(self) -> str:
        """Why the database cannot be read; "" when it can."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.get_running_loop().run_in_executor(self._thread, self._read)
        reading = self._reading  # whoever asks meanwhile may begin another
        done, _ = await asyncio.wait([reading], timeout=PATIENCE_SECONDS)
        return reading.result() if done else "the database does not answer"

    def _read(self) -> str:
        try:
            with self._runtime.store.read("seeing whether the store is there") as transaction:
                activations.active(transaction)
        except StoreError:  # whose text is not for everybody
            return "the database cannot be read"
        return ""
