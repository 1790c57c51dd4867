# SPDX-License-Identifier: Apache-2.0
"""kill -9 in the middle of a write: the store is readable, whole, and has all that was committed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpa_discovery.store import activations, content, generations
from hpa_discovery.store.opening import open_store

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store

WRITER = Path(__file__).parent / "activating.py"
KILLS = 50 if os.environ.get("HPA_PROVE") else 4


def killed_after(seconds: float, name: str, folder: Path, database: str) -> int:
    """The last sequence number that a writer told before it was killed; it writes all the time."""
    command = [sys.executable, str(WRITER), str(folder), database, name]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    told = [int(writer.stdout.readline())]
    time.sleep(seconds)
    writer.kill()
    told += [int(line) for line in writer.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    writer.wait()
    writer.stdout.close()
    return told[-1]


def check(store: Store, at_least: int) -> None:
    """All that serves and all that the history names can be read, and nothing that was told is missing."""
    with store.read("checking") as transaction:
        active = activations.active(transaction)
        history = activations.history(transaction, limit=100_000)
        assert active.sequence in {at_least, at_least + 1}  # the kill may come between commit and print
        assert active.generation is not None
        assert [each.sequence for each in history] == list(range(active.sequence, 0, -1))
        assert history[0].generation == active.generation
        for told in history[:20]:
            assert told.generation is not None
            found = generations.find(transaction, told.generation)
            assert found is not None
            [part] = found.parts
            assert content.get(transaction, part.digest).startswith(f"{part.name} {part.version[4:]} ".encode())
        if not store.shared:
            assert transaction.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_a_killed_writer_leaves_a_whole_store(database: str, tmp_path: Path, events: Any) -> None:
    """However often it happens; the next writer goes on where the last one was."""
    folder = tmp_path / "state"
    moments = random.Random(KILLS)
    for kill in range(KILLS):
        told = killed_after(moments.uniform(0, 0.3), f"writer{kill}", folder, database)
        store = open_store(folder, events, database)
        # PostgreSQL may still be at the last commit of a client that is gone: hold until it is done.
        with store.write("waiting") as transaction:
            activations.active(transaction, hold=True)
        check(store, told)
        store.close()
