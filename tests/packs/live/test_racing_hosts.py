# SPDX-License-Identifier: Apache-2.0
"""Hosts on one shelf that change what serves at the same time: nobody goes back, and all end with the newest."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from hpa_discovery.errors import StoreError
from hpa_discovery.model import Active
from hpa_discovery.packs.live.check import check_pack
from hpa_discovery.packs.live.keeper import Keeper
from packs.live.memory_shelf import MemoryShelf
from packs.live.sites import Vendor, answers, world
from packs.live.watched import until

SPECS = {"acme:nic": "x", "beta:nic": "y"}


def vendors(root: Path) -> tuple[Vendor, Vendor]:
    """Two packs."""
    return Vendor(root / "acme").write(), Vendor(root / "beta", name="beta.nic", key="beta:nic", count="7").write()


def run(keeper: Keeper, stop: threading.Event, book: list[int | str]) -> None:
    """What a service does all day; the sequences that served, or what went wrong."""
    while not stop.is_set():
        try:
            keeper.step()
            keeper.follow()
        except StoreError as error:  # the other host was quicker all the time: the next step may do it
            if "something else was activated" not in str(error):
                book.append(str(error))
        book.append(keeper.live.active.sequence)


def test_two_hosts(tmp_path: Path) -> None:
    """Over 50 activations by two hosts at once none goes back to an older sequence, and both end with the newest."""
    acme, beta = vendors(tmp_path / "packs")
    sites = [world(tmp_path / str(number), tmp_path / "packs") for number in range(2)]
    shelf = sites[1].shelf = sites[0].shelf
    assert isinstance(shelf, MemoryShelf)
    keepers, heard, stop = [site.started() for site in sites], [list[int | str](), list[int | str]()], threading.Event()
    threads = [threading.Thread(target=run, args=(keepers[host], stop, heard[host])) for host in range(2)]
    for thread in threads:
        thread.start()
    chance, end, number = random.Random(5), time.monotonic() + 120, 0
    while shelf.active().sequence < 50 and time.monotonic() < end:
        number += 1
        chance.choice((acme, beta)).write(count=str(number))
        time.sleep(0.02)
        if number % 7 == 0:
            shelf.pin(chance.choice(shelf.recipes()).digest)
            time.sleep(0.02)
            shelf.unpin()
    acme.write(count="1000")
    until(lambda: all(answers(keeper, SPECS)[:1] == ["pciePassthrough x 1000"] for keeper in keepers))
    # Whole rounds of both in which nothing changed: so nothing will any more.
    until(lambda: all(book[-3:] == [shelf.active().sequence] * 3 for book in heard))
    stop.set()
    for thread in threads:
        thread.join()
    assert shelf.active().sequence >= 50
    for book in heard:
        assert book == sorted(book)
    assert {keeper.live.active.sequence for keeper in keepers} == {shelf.active().sequence}
    assert {answers(keeper, SPECS)[0] for keeper in keepers} == {"pciePassthrough x 1000"}


def test_another_host_was_quicker_with_newer_content(tmp_path: Path) -> None:
    """A host that read an older version just before a newer one was activated does not bring the older one back."""
    acme, _ = vendors(tmp_path / "packs")
    site = world(tmp_path, tmp_path / "packs")
    other = world(tmp_path / "other", tmp_path / "packs")
    other.shelf = site.shelf
    quick, slow = other.started(), None

    def check(root: Path) -> Any:
        if slow is not None and '"2"' in (root / "pack.yaml").read_text(encoding="utf-8"):
            acme.write(count="3")
            quick.step()
            assert slow.follow()  # as the thread that follows others does while a pack is checked
        return check_pack(root)

    site.check = check
    slow = site.started()
    acme.write(count="2")
    slow.step()
    assert answers(slow, SPECS)[0] == "pciePassthrough x 3"
    assert slow.live.digest == quick.live.digest
    assert site.shelf.active().sequence == 2


def test_other_hosts_are_always_quicker(tmp_path: Path) -> None:
    """A host that is never quick enough says so, and serves what the others activated."""
    acme, _ = vendors(tmp_path / "packs")
    site = world(tmp_path, tmp_path / "packs")

    class Busy(MemoryShelf):
        busy = False

        def offer(self, *args: Any, **kwargs: Any) -> Active | None:
            if self.busy:
                self.pin(str(self.active().generation))
                self.unpin()
            return super().offer(*args, **kwargs)

    shelf = site.shelf = Busy()
    keeper = site.started()
    shelf.busy = True
    acme.write(count="2")
    with pytest.raises(StoreError, match="something else was activated"):
        keeper.step()
    assert answers(keeper, SPECS)[0] == "pciePassthrough x 1"
    shelf.busy = False
    keeper.step()
    assert answers(keeper, SPECS)[0] == "pciePassthrough x 2"
