# SPDX-License-Identifier: Apache-2.0
"""What work costs, counted in seconds of one certain machine: a bound on work is none on the machine that runs it.

The same plain Python work, the yard, is measured in the same process just
before and just after: on a machine that is slower, or whose processor others
share, both take longer, and what the work costs in yards stays.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

YARD = 0.015  # seconds of processor time that the yard took where the limits were set, with nothing beside it


def measured(work: Callable[[], T], most: float, tries: int = 8) -> tuple[T, float]:
    """What `work` gave, and the seconds of processor time it would have cost there.

    The best of `tries`, for a neighbour comes and goes; the first that is under `most` is enough.
    """
    best = float("inf")
    for _ in range(tries):
        before = _seconds(_yard)
        start = time.process_time()
        result = work()
        took = time.process_time() - start
        best = min(best, YARD * took / ((before + _seconds(_yard)) / 2))
        if best < most:
            break
    return result, best


def slowness() -> float:
    """How many times longer work takes here and now, waiting for a processor included, than there; never below 1."""
    start = time.monotonic()
    _yard()
    return max(1.0, (time.monotonic() - start) / YARD)


def peak() -> int:
    """Kilobytes that this program had in memory at most; getrusage tells no less than whoever started it had."""
    return int(Path("/proc/self/status").read_text("ascii").partition("VmHWM:")[2].split()[0])


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _yard() -> None:
    """Half of it in the interpreter and half in the libraries written in C, as most work here is."""
    for number in range(120):
        words = {f"word{each}": [each, str(each * number)] for each in range(150)}
        text = json.dumps(dict(sorted(words.items(), key=lambda item: item[1][1])))
        found = json.loads(text)
        assert sum(len(value[1]) for value in found.values()) >= len(words)
