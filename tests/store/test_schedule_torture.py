# SPDX-License-Identifier: Apache-2.0
"""Many threads do everything to a few regions at once: nobody waits for ever, and no region is in two hands."""

from __future__ import annotations

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from hpa_discovery.errors import StoreError
from hpa_discovery.store import listings, regions, schedule
from hpa_discovery.store.schedule import KINDS, Claim
from store.filling import keys
from store.listed import FIRST, seen
from store.regional import MINUTE, NEVER_WAIT, added

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store

# Claims that each thread brings to an end.
ENOUGH = 60 if os.environ.get("HPA_PROVE") else 10
SECONDS = 120.0
THREADS = 6
BUSY = "SELECT region, count(*) FROM step WHERE lease_until > {now} GROUP BY region HAVING count(*) > 1"


class Hand:
    """One thread: what it does next is left to chance."""

    def __init__(self, store: Store, ids: list[int], seed: int) -> None:
        self.store = store
        self.ids = ids
        self.chance = random.Random(seed)
        self.ended: list[tuple[int, str, int]] = []

    def run(self, until: float) -> list[tuple[int, str, int]]:
        """Work until it has ended enough, at the latest until then; what it ended."""
        while len(self.ended) < ENOUGH and time.monotonic() < until:
            self.chance.choices([self.work, self.ask, self.change], [8, 2, 1])[0]()
        return self.ended

    def work(self) -> None:
        """Claim what is due and end it, in one of the ways there are."""
        with self.store.read("looking") as transaction:
            found = schedule.due(transaction)
        if not found:
            self.ask()
            return
        each = self.chance.choice(found)
        lease = self.chance.choice([MINUTE, timedelta(milliseconds=1)])
        with self.store.write("claiming") as transaction:
            claim = schedule.claim(transaction, each.region, each.kind, "hand", lease)
        if claim is not None:
            time.sleep(self.chance.uniform(0, 0.005))
            self.end(claim)

    def end(self, claim: Claim) -> None:
        """Write the results of a claim, if they may be written."""
        way = self.chance.choice(["finish", "finish", "fail", "lost"])
        with self.store.write("ending") as transaction:
            if way == "lost":
                return
            if way == "finish" and claim.kind == "discover":
                shown = [seen(name) for name in "abc" if self.chance.random() < 0.7]
                if listings.record_listing(transaction, claim, listings.make_rows(shown), generation=FIRST) is None:
                    return
                schedule.soon(transaction, [claim.region], "publish", NEVER_WAIT)
            ends: dict[str, Any] = {
                "finish": lambda: schedule.finish(transaction, claim, MINUTE),
                "fail": lambda: schedule.fail(transaction, claim, "x"),
            }
            kept = ends[way]()
        if kept:
            self.ended.append((claim.region, claim.kind, claim.fence))

    def ask(self) -> None:
        """Make all regions due, as each host does after a new generation."""
        with self.store.write("asking") as transaction:
            schedule.soon(transaction, self.ids, self.chance.choice(KINDS), timedelta(milliseconds=20))

    def change(self) -> None:
        """Change a region, which takes it out of whose hands it is in."""
        with self.store.write("changing") as transaction:
            region = regions.find(transaction, self.chance.choice(self.ids))
        assert region is not None
        try:
            with self.store.write("changing") as transaction:
                regions.change(transaction, keys(), replace(region, enabled=self.chance.random() < 0.8), {})
        except StoreError as error:
            assert "by now; read it again" in str(error)  # noqa: PT017 - another thread may be quicker


def test_everything_at_once(store: Store) -> None:
    """No error, no claim that ended twice, and at no moment two steps of one region in hand."""
    ids = [added(store, f"acme/{number}").id for number in range(3)]
    clock = "statement_timestamp()" if store.shared else "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
    until = time.monotonic() + SECONDS
    with ThreadPoolExecutor(THREADS) as threads:
        hands = [threads.submit(Hand(store, ids, seed).run, until) for seed in range(THREADS)]
        while not all(hand.done() for hand in hands):
            with store.read("watching") as transaction:
                assert transaction.execute(text(BUSY.format(now=clock).replace(":", r"\:"))).all() == []
            time.sleep(0.01)
    ended = [each for hand in hands for each in hand.result()]
    assert len(ended) == len(set(ended))
    assert len(ended) == THREADS * ENOUGH
