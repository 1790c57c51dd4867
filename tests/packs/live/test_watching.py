# SPDX-License-Identifier: Apache-2.0
"""Changes are seen while threads watch real files, whatever happens to the folders, and the threads live on."""

from __future__ import annotations

import gc
import os
import shutil
import statistics
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hpa_discovery.packs.live import watching
from hpa_discovery.packs.live.check import CheckResult, check_pack
from hpa_discovery.packs.live.roots import wheel_root
from packs.live.memory_shelf import MemoryShelf
from packs.live.sites import Vendor, World, answers, install_wheel, world
from packs.live.watched import SPECS, Watched, count, is_heard, until
from yardstick import slowness


@pytest.fixture
def vendor(tmp_path: Path) -> Vendor:
    """The vendor who writes."""
    return Vendor(tmp_path / "packs" / "acme").write()


@pytest.fixture
def watched(tmp_path: Path, vendor: Vendor) -> Iterator[Watched]:
    """A watched root with the vendor's pack."""
    found = Watched(world(tmp_path, vendor.folder.parent, tmp_path / "later"))
    yield found
    found.watcher.end()


def test_soon(watched: Watched, vendor: Vendor) -> None:
    """DESIGN 7: a change serves soon after the write; half of them within a quarter of a second here."""
    times = []
    for number in range(2, 12):
        vendor.write(count=str(number))
        slow = slowness()
        times.append(watched.wait(count(number)) / slow)
    assert statistics.median(times) < 0.25, times


def test_folders_are_replaced(watched: Watched, vendor: Vendor) -> None:
    """Changes are seen after the pack's folder was replaced, and after the root itself was, more than once."""
    for number, replaced in enumerate((vendor.folder, vendor.folder.parent) * 2, start=2):
        away = watched.site.folder / f"away{number}"
        replaced.rename(away)
        time.sleep(0.1)
        Vendor(vendor.folder).write(count=str(number))
        watched.wait(count(number))
        vendor.write(count=f"{number}0")
        watched.wait(count(number * 10))


def test_config_map(tmp_path: Path) -> None:
    """A mounted ConfigMap is changed by one rename of `..data`, and all of it serves at once."""
    mount = tmp_path / "mount"
    files = Vendor(tmp_path).files()
    mount.mkdir()

    def project(number: int) -> None:
        made = mount / f"..2026_{number}"
        Vendor(made).write(count=str(number))
        (mount / "..new").symlink_to(made.name)
        (mount / "..new").rename(mount / "..data")
        for name in files:
            if not (mount / name).is_symlink():
                (mount / name).symlink_to(f"..data/{name}")
        if number > 1:
            shutil.rmtree(mount / f"..2026_{number - 1}")

    project(1)
    found = Watched(world(tmp_path, mount))
    try:
        for number in range(2, 8):
            project(number)
            found.wait(count(number))
        assert "pack.held" not in {name for name, _ in found.site.events}
    finally:
        found.watcher.end()


def test_made_later(watched: Watched, tmp_path: Path) -> None:
    """A root that was not there at the start is found when it is made, and then watched."""
    Vendor(tmp_path / "later" / "beta", name="beta.nic", key="beta:nic").write()
    specs = {"beta:nic": "y"}
    until(lambda: answers(watched.keeper, specs) == ["pciePassthrough y 1"])
    until(lambda: is_heard(tmp_path / "later" / "beta"))
    watched.no_polling()
    Vendor(tmp_path / "later" / "beta", name="beta.nic", key="beta:nic").write(count="2")
    until(lambda: answers(watched.keeper, specs) == ["pciePassthrough y 2"])


def test_slow_writer(watched: Watched, vendor: Vendor) -> None:
    """While a pack is written file by file, what was accepted goes on; then all of the new one serves."""
    texts = vendor.files(count="5", version="2.0.0")
    seen = set()
    for name in ("pack.yaml", "device.yaml", "device.test.yaml"):
        for part in (texts[name][: len(texts[name]) // 2], texts[name]):
            (vendor.folder / name).write_text(part, encoding="utf-8")
            time.sleep(0.15)
            seen.add(tuple(answers(watched.keeper, SPECS)))
    watched.wait(count(5))
    assert seen <= {tuple(count(1)), tuple(count(5))}


def test_files_that_never_rest(watched: Watched, vendor: Vendor, tmp_path: Path) -> None:
    """A file that changes all the time keeps no other from being taken up."""
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(0.005):
            (vendor.folder / "more.yaml").write_text(str(time.monotonic()), encoding="utf-8")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        Vendor(vendor.folder.parent / "beta", name="beta.nic", key="beta:nic").write()
        until(lambda: answers(watched.keeper, {"beta:nic": "y"}) == ["pciePassthrough y 1"])
    finally:
        stop.set()
        writer.join()
    (vendor.folder / "more.yaml").unlink()
    vendor.write(count="3")
    watched.wait(count(3))


def test_a_new_folder_of_a_driver(watched: Watched, vendor: Vendor) -> None:
    """A change in a folder that was made after the service began to listen is heard, and not found by comparing."""
    vendor.write(count="2")
    watched.wait(count(2))
    until(lambda: is_heard(vendor.folder))
    deep = vendor.folder / "drivers" / "d" / "deep"
    deep.mkdir(parents=True)
    until(lambda: is_heard(deep))
    for number in range(3):
        watched.no_polling()
        looks = watched.watcher._looks
        (deep / "file").write_text(str(number), encoding="utf-8")
        until(lambda before=looks: watched.watcher._looks > before)  # type: ignore[misc]  # mypy cannot type a lambda with a default
        time.sleep(0.2)


class Slow:
    """A check that takes until `done` once it is `slow`."""

    def __init__(self) -> None:
        self.slow = False
        self.busy, self.done = threading.Event(), threading.Event()

    def __call__(self, root: Path) -> CheckResult:
        """What is found, in the end."""
        if self.slow:
            self.busy.set()
            self.done.wait(120)
        return check_pack(root)


def test_other_hosts(tmp_path: Path, vendor: Vendor) -> None:
    """What another host activates serves here, also while a pack is being checked here for long."""
    site = world(tmp_path, vendor.folder.parent)
    site.check = check = Slow()
    watched = Watched(site)
    try:
        follows_while_it_checks(watched, vendor, check)
    finally:
        check.done.set()
        watched.watcher.end()


def follows_while_it_checks(watched: Watched, vendor: Vendor, check: Slow) -> None:
    """It serves what another host pinned before its own check is over, and its own afterwards."""
    other = watched.site.keeper()
    first = watched.keeper.live
    vendor.write(count="2")
    watched.wait(count(2))
    other.start()
    shelf = watched.site.shelf
    assert isinstance(shelf, MemoryShelf)
    check.slow = True
    vendor.write(count="3")
    assert check.busy.wait(60)
    shelf.pin(first.digest)
    until(lambda: watched.keeper.live.digest == first.digest)
    check.done.set()
    shelf.unpin()
    watched.wait(count(3))


def test_unpinned(watched: Watched, vendor: Vendor) -> None:
    """DESIGN 7: what waited while a generation was pinned serves soon after it is unpinned by whoever."""
    shelf = watched.site.shelf
    assert isinstance(shelf, MemoryShelf)
    shelf.pin(watched.keeper.live.digest)
    until(lambda: watched.keeper.live.active.pinned)
    vendor.write(count="2")
    until(lambda: "waiting" in {status.state for status in watched.keeper.status()})
    time.sleep(0.5)
    watched.no_polling()
    shelf.unpin()
    watched.wait(count(2))


def test_ends_at_once(tmp_path: Path, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end is quick, in the middle of changes too, waits for no comparing, and leaves no thread."""
    monkeypatch.setattr(watching, "POLL_SECONDS", 120.0)
    others = set(threading.enumerate())
    watched = Watched(world(tmp_path, vendor.folder.parent))
    for _ in range(3):
        vendor.write(count="2")
    began = time.monotonic()
    watched.watcher.end()
    assert time.monotonic() - began < 30
    assert not watched.watcher.alive
    left = [thread.name for thread in threading.enumerate() if thread not in others]
    assert [name for name in left if name.startswith("packs")] == []
    watched.watcher.end()


def test_wheels(tmp_path: Path) -> None:
    """A wheel that is installed, changed and uninstalled beside the watcher is seen."""
    site_packages = tmp_path / "site-packages"
    site_packages.mkdir()
    site = World(tmp_path, (wheel_root(site_packages),))
    found = Watched(site)
    try:
        for number in (1, 2):
            install_wheel(site_packages, number)
            found.wait(count(number))
        shutil.rmtree(site_packages / "acme_nic-1.dist-info")
        shutil.rmtree(site_packages / "acme_nic")
        found.wait([])
    finally:
        found.watcher.end()


def least(held: Callable[[], tuple[int, int]]) -> tuple[int, int]:
    """What is held over a while: threads that look at folders open one now and then."""
    seen = []
    for _ in range(50):
        seen.append(held())
        time.sleep(0.01)
    return min(seen)


def test_no_leaks(watched: Watched, vendor: Vendor) -> None:
    """After many changes there are no more open files, threads or spooled packs than after the first."""
    vendor.write(count="1000")
    watched.wait(count(1000))
    early = weakref.ref(watched.keeper.live)

    def held() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), threading.active_count()  # noqa: PTH208 - descriptors, not files

    before = least(held)
    for number in range(60 if not os.environ.get("HPA_PROVE") else 200):
        vendor.write(count=str(number), expected="no" if number % 3 == 1 else str(number))
        time.sleep(0.01)
    vendor.write(count="1001")
    watched.wait(count(1001))
    # What other tests left may end meanwhile.
    until(lambda: all(now <= then for now, then in zip(least(held), before, strict=True)))
    spool = watched.site.folder / "spool"
    until(lambda: len(list(spool.iterdir())) == 1)
    gc.collect()
    assert (early(), watched.keeper.live.active.sequence > 1) == (None, True)
