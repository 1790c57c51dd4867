# SPDX-License-Identifier: Apache-2.0
"""Starts driver processes from one thread, which lives as long as this process.

The kernel ends a driver's guard with the thread that started it (prctl(2), PR_SET_PDEATHSIG), and
threads that serve requests come and go.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from hpa_discovery.drivers.line_process import TOLD_BYTES, LineProcess


def start_process(command: Sequence[str], told_bytes: int = TOLD_BYTES) -> LineProcess:
    """The process, started; `told_bytes` of the end of its stderr are kept. OSError when it cannot be started."""
    return _starter(os.getpid()).submit(LineProcess, command, told_bytes).result()


def starter(command: Sequence[str], told_bytes: int = TOLD_BYTES) -> Callable[[], LineProcess]:
    """How processes with this command are started."""
    return lambda: start_process(command, told_bytes)


@cache
def _starter(pid: int) -> ThreadPoolExecutor:
    """One a process: a fork copies no threads."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"driver-starter-{pid}")
