# SPDX-License-Identifier: Apache-2.0
"""Which generations are used, while others come and go."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from hpa_discovery.model import Active
from hpa_discovery.packs.live.equipment import Tools
from hpa_discovery.packs.live.spool import Spool
from hpa_discovery.packs.live.state import Live
from hpa_discovery.packs.live.uses import Uses
from packs.live.sites import NoDrivers

NEVER = datetime(2026, 1, 1, tzinfo=UTC)


def uses(tmp_path: Path) -> Uses:
    """Uses that has only drivers and a spool to work with, which is all it takes."""
    none = cast(Any, None)
    return Uses(Tools(none, Spool(tmp_path), none, none, NoDrivers(), none), deletes=True)


def live(sequence: int) -> Live:
    """What serves, as far as it matters here."""
    return Live(Active(sequence, None, False, NEVER), cast(Any, None), cast(Any, None), {}, NEVER)


def test_generations_come_while_they_are_gone_through(tmp_path: Path) -> None:
    """One thread swaps generations as fast as it can, while another asks whether there is something to tidy up."""
    watched, ended, failed, told = uses(tmp_path), threading.Event(), [], set()

    def swap() -> None:
        kept = []
        while not ended.is_set():
            kept = [*kept[-200:], live(len(kept))]
            watched.add(kept[-1])

    swapping = threading.Thread(target=swap)
    swapping.start()
    until = time.monotonic() + 1.5
    while time.monotonic() < until and not failed:
        try:
            told.add(watched.changed)
        except RuntimeError as error:
            failed.append(error)
    ended.set()
    swapping.join()
    assert failed == []
    assert True in told
