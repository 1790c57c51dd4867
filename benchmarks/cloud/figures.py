# SPDX-License-Identifier: Apache-2.0
"""How a figure is taken: the things to compare in turn, round after round, and the median of each."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping

Work = Callable[[], object]


def medians(works: Mapping[str, Work], rounds: int = 15) -> dict[str, float]:
    """Seconds a call, the median of `rounds`; one call of each first, to warm up."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    gc.collect()
    gc.freeze()  # else each collection walks all the rules, and leaves the caches cold for what is timed
    gc.disable()
    try:
        for _ in range(rounds):
            for name, work in works.items():
                gc.collect()
                start = time.perf_counter()
                work()
                times[name].append(time.perf_counter() - start)
    finally:
        gc.enable()
        gc.unfreeze()
    return {name: statistics.median(found) for name, found in times.items()}


def verdict(what: str, figure: float, target: float, *, at_least: bool) -> str:
    """One line: the figure beside what was promised."""
    good = figure >= target if at_least else figure <= target
    word = "at least" if at_least else "at most"
    return f"{'ok  ' if good else 'MISS'} {what}: {figure:.2f} ({word} {target:g})"
