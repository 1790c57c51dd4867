# SPDX-License-Identifier: Apache-2.0
"""Whatever fails while folders are watched ends no thread, is told, and costs little."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import ClassVar

import pytest

from hpa_discovery.errors import StoreError
from hpa_discovery.model import Active
from hpa_discovery.packs.live.roots import FolderRoot, RootStamp, Seen
from hpa_discovery.packs.live.shelf import Recipe
from hpa_discovery.packs.live.watching import POLL_SECONDS, Watcher
from packs.live.memory_shelf import MemoryShelf
from packs.live.sites import Vendor, World, answers, world
from packs.live.watched import SPECS, Watched, count, until


class Moody(MemoryShelf):
    """A shelf that cannot be reached now and then."""

    gone = False
    defect = False

    def active(self) -> Active:
        """What serves now."""
        if self.gone:
            raise StoreError("the store is not there")
        if self.defect:
            raise KeyError("nobody foresaw it")
        return super().active()


@pytest.fixture
def vendor(tmp_path: Path) -> Vendor:
    """The vendor who writes."""
    return Vendor(tmp_path / "packs" / "acme").write()


def test_errors_end_nothing(tmp_path: Path, vendor: Vendor) -> None:
    """A store that cannot be reached is told once, and what changed meanwhile serves when it is back."""
    site = world(tmp_path, vendor.folder.parent)
    shelf = site.shelf = Moody()
    found = Watched(site)
    try:
        until(lambda: found.watcher._looks == 1)
        time.sleep(2.5)  # that look is over
        shelf.gone = True
        vendor.write(count="2")
        until(lambda: bool(found.watcher.problems))
        time.sleep(2.5)
        assert found.watcher.alive
        assert answers(found.keeper, SPECS) == count(1)
        assert len(site.events.named("packs.not_followed")) == 1
        assert site.events.named("packs.failed") == []
        why = "the store is not there"
        assert found.watcher.problems == {"following other hosts and commands": why}
        shelf.gone = False
        found.wait(count(2))
        until(lambda: not found.watcher.problems)
    finally:
        found.watcher.end()


def test_defects_end_nothing(tmp_path: Path, vendor: Vendor) -> None:
    """An exception nobody foresaw is told once with its traceback, and what changed meanwhile serves without it."""
    site = world(tmp_path, vendor.folder.parent)
    shelf = site.shelf = Moody()
    found = Watched(site)
    try:
        until(lambda: found.watcher._looks == 1)
        time.sleep(2.5)  # that look is over
        shelf.defect = True
        vendor.write(count="2")
        until(lambda: bool(found.watcher.problems))
        time.sleep(2.5)
        assert found.watcher.alive
        assert answers(found.keeper, SPECS) == count(1)
        [told] = site.events.named("packs.defect")
        assert [told["doing"]] == [*found.watcher.problems]
        assert "KeyError: 'nobody foresaw it'" in told["message"]
        assert "test_watching_faults.py" in told["traceback"]
        shelf.defect = False
        vendor.write(count="3")
        found.wait(count(3))
        until(lambda: not found.watcher.problems)
    finally:
        found.watcher.end()


def test_a_defect_is_tried_again_ever_more_rarely(tmp_path: Path, vendor: Vendor) -> None:
    """So that it costs little, and the log stays short; another one is told too."""
    site = world(tmp_path, vendor.folder.parent)
    watcher = Watcher(site.started(), site.roots, site.events)  # not started
    tries: list[float] = []

    def fail() -> None:
        tries.append(time.monotonic())
        raise ZeroDivisionError(str(len(tries) // 3))

    pauses = [watcher._did("packs.failed", fail) for _ in range(9)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert len(site.events.named("packs.defect")) == 4
    assert watcher._did("packs.failed", lambda: None) == 0
    assert watcher._did("packs.failed", fail) == 1


def test_a_root_with_a_defect(tmp_path: Path, vendor: Vendor) -> None:
    """Comparing stamps and listening for changes end no thread either."""

    class Odd(FolderRoot):
        odd = False

        def stamp(self) -> RootStamp:
            if Odd.odd:
                raise RecursionError
            return super().stamp()

    site = world(tmp_path)
    site.roots = (Odd(vendor.folder.parent),)
    found = Watched(site)
    try:
        Odd.odd = True
        vendor.write(count="2")
        until(lambda: site.events.named("packs.defect"))
        Odd.odd = False
        assert found.watcher.alive
        vendor.write(count="3")
        found.wait(count(3))
    finally:
        found.watcher.end()


def test_large_folders_are_compared_more_rarely(tmp_path: Path, vendor: Vendor) -> None:
    """Where comparing takes long it is done so much more rarely that it takes few percent of the time."""
    stamped: list[float] = []

    class Large(FolderRoot):
        def stamp(self) -> RootStamp:
            began = time.monotonic()
            time.sleep(0.3)
            stamped.append(began)
            return super().stamp()

    site = world(tmp_path)
    site.roots = (Large(vendor.folder.parent),)
    found = Watched(site)
    try:
        until(lambda: len(stamped) >= 3)  # once at the start, and twice until the first look found nothing to move
        found.watcher._changed = 0.0
        before = len(stamped)
        time.sleep(POLL_SECONDS * 4)
        assert len(stamped) - before <= 2
        vendor.write(count="2")
        found.wait(count(2))
    finally:
        found.watcher.end()


def test_the_system_does_not_tell_of_changes(tmp_path: Path, vendor: Vendor) -> None:
    """It is told once, and changes are found by comparing stamps."""

    class Unheard(FolderRoot):
        def folders(self) -> list[Path]:
            return [self.path, self.path / ("x" * 300)]  # which no system can listen to

    site = world(tmp_path)
    site.roots = (Unheard(vendor.folder.parent),)
    found = Watched(site)
    try:
        for number in (2, 3):
            vendor.write(count=str(number))
            found.wait(count(number))
        [told] = site.events.named("packs.unwatched")
        assert f"listening for changes in {vendor.folder.parent}: " in told["message"]
    finally:
        found.watcher.end()


def test_the_system_does_not_tell_of_changes_in_several_folders(tmp_path: Path, vendor: Vendor) -> None:
    """Each is told once, however often both are tried again."""
    site = world(tmp_path, vendor.folder.parent)
    watcher = Watcher(site.started(), site.roots, site.events)  # not started

    def fail(root: str) -> None:
        raise OSError(f"listening for changes in {root}")

    for _ in range(3):
        for root in ("first", "second"):
            watcher._did("packs.unwatched", partial(fail, root), root)
    told = [fields["message"] for fields in site.events.named("packs.unwatched")]
    assert told == ["listening for changes in first", "listening for changes in second"]


class Counted(MemoryShelf):
    """A shelf that counts how often it is read."""

    reads = 0

    def recipe(self, generation: str) -> Recipe:
        """What the generation is made of."""
        self.reads += 1
        return super().recipe(generation)


class CountedRoot(FolderRoot):
    """A folder that counts how often its files are looked at."""

    looks: ClassVar[list[str]] = []

    def look(self) -> Seen:
        """What lies there."""
        self.looks.append("look")
        return super().look()

    def stamp(self) -> RootStamp:
        """Of the files."""
        self.looks.append("stamp")
        return super().stamp()


def test_packs_change_on_a_host_of_the_version_before(tmp_path: Path, vendor: Vendor) -> None:
    """It says once which version made what serves, and costs two small reads a second, until its own serves again."""
    site = world(tmp_path, vendor.folder.parent)
    shelf = site.shelf = Counted()
    site.roots = (CountedRoot(vendor.folder.parent),)
    found = Watched(site)
    try:
        own = found.keeper.live.digest
        World(tmp_path / "new", site.roots, shelf, engine="2.0.0").started()
        until(lambda: bool(found.watcher.problems))
        vendor.write(count="2")
        time.sleep(3)
        CountedRoot.looks.clear()
        began, shelf.reads = time.monotonic(), 0
        time.sleep(3.2)
        until(lambda: shelf.reads >= 2)
        assert answers(found.keeper, SPECS) == count(1)
        assert site.events.named("packs.failed") == []
        [told] = site.events.named("packs.not_followed")
        assert told["message"].endswith("serves now; the engine 2.0.0 made it, and here is 1.0.0")
        assert set(found.watcher.problems.values()) == {told["message"]}
        assert CountedRoot.looks == []
        assert shelf.reads <= 2 + 2 * (time.monotonic() - began)
        shelf.pin(own)
        shelf.unpin()
        found.wait(count(2))
        until(lambda: not found.watcher.problems)
    finally:
        found.watcher.end()
