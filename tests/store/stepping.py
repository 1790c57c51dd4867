# SPDX-License-Identifier: Apache-2.0
"""A process that does due steps until it is killed: STATE_DIR DATABASE NAME LEASE_S WORK_S.

It prints "begin REGION FENCE" and "end REGION FENCE KEPT", both with the database's time, each after its commit.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from hpa_discovery.store import schedule
from hpa_discovery.store.clock import read_clock
from hpa_discovery.store.opening import open_store
from store.activating import Silent


def main(folder: str, database: str, name: str, lease: str, work: str) -> None:
    """Claim, work, finish."""
    store = open_store(Path(folder), Silent(), database)
    while True:
        with store.read("looking") as transaction:
            found = list(schedule.due(transaction))
        random.shuffle(found)
        for each in found:
            with store.write("claiming") as transaction:
                claim = schedule.claim(transaction, each.region, each.kind, name, timedelta(seconds=float(lease)))
                at = read_clock(transaction)
            if claim is None:
                continue
            _tell("begin", claim.region, claim.fence, at)
            time.sleep(float(work))
            with store.write("finishing") as transaction:
                at = read_clock(transaction)
                kept = schedule.finish(transaction, claim, None)
            _tell("end", claim.region, claim.fence, at, kept)
        time.sleep(0.02)


def _tell(word: str, region: int, fence: int, at: datetime, kept: bool = True) -> None:
    print(word, region, fence, at.timestamp(), int(kept), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
