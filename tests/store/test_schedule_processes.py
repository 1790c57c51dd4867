# SPDX-License-Identifier: Apache-2.0
"""Three processes and forty regions, one process killed: every step is done, none by two at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpa_discovery.store import schedule
from hpa_discovery.store.opening import open_store
from store.regional import added

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hpa_discovery.store.database import Store

STEPPING = Path(__file__).parent / "stepping.py"
ITEMS = 40
LEASE_S = 4.0
WORK_S = 0.05


@dataclass(frozen=True, slots=True)
class Line:
    """What a process said."""

    word: str
    region: int
    fence: int
    at: float
    kept: bool


class Worker:
    """One process and what it has said so far."""

    def __init__(self, folder: Path, database: str, name: str, work: float) -> None:
        command = [sys.executable, str(STEPPING), str(folder), database, name, str(LEASE_S), str(work)]
        path = {"PYTHONPATH": os.pathsep.join(sys.path)}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **path}, text=True)
        self.lines: list[Line] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):
                word, region, fence, at, kept = line.split()
                self.lines.append(Line(word, int(region), int(fence), float(at), kept == "1"))

    def kill(self) -> list[Line]:
        """End it as the kernel does; all that it said."""
        self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.lines


def until(condition: Any, seconds: float = 120) -> None:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def undone(store: Store, regions: list[int]) -> list[int]:
    """The regions whose discovery has not been done yet."""
    with store.read("looking") as transaction:
        found = {region: schedule.steps(transaction, region)[0] for region in regions}
    return [region for region, step in found.items() if step.last_ok_at is None]


def done(said: Iterable[Line]) -> set[int]:
    """The regions whose end was kept."""
    return {line.region for line in said if line.word == "end" and line.kept}


def test_a_killed_process_costs_one_lease(database: str, tmp_path: Path, events: Any) -> None:
    """What it had begun is taken by another after its lease and not before; no two ever hold one region."""
    folder = tmp_path / "state"
    store = open_store(folder, events, database)
    ids = [added(store, f"acme/{number}").id for number in range(ITEMS)]
    # The one that is killed works for longer than the others need for all the rest.
    victim = Worker(folder, database, "victim", 600)
    until(lambda: victim.lines)
    others = [Worker(folder, database, f"worker{number}", WORK_S) for number in range(2)]
    try:
        until(lambda: any(other.lines for other in others))
        lost = victim.kill()
        # They say so after it is kept: whoever is killed between the two would have done it in silence.
        until(lambda: done(line for other in others for line in [*other.lines]) == set(ids))
    finally:
        said = [line for worker in others for line in worker.kill()]
    assert undone(store, ids) == []
    [orphan] = [line for line in lost if line.word == "begin"]
    check_no_overlap(said)
    [retaken] = [line for line in said if line.region == orphan.region and line.word == "begin"]
    assert retaken.fence == orphan.fence + 1
    assert LEASE_S - 0.05 <= retaken.at - orphan.at < LEASE_S + 30
    store.close()


def check_no_overlap(said: list[Line]) -> None:
    """Of one region one run ends before the next begins."""
    runs = defaultdict(list)
    for line in sorted(said, key=lambda line: (line.at, line.word)):
        runs[line.region].append(line)
    for lines in runs.values():
        assert [line.word for line in lines] == ["begin", "end"] * (len(lines) // 2)
        assert [line.fence for line in lines[::2]] == [line.fence for line in lines[1::2]]
        assert len({line.fence for line in lines}) == len(lines) // 2
