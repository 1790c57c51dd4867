# SPDX-License-Identifier: Apache-2.0
"""Packs that could not be loaded are not loaded again before something changes, and then soon."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from clocks import Clock
from hpa_discovery import Discovery, PackError, UsageError
from hpa_discovery.embedded import refusals
from hpa_discovery.embedded.refusals import AGAIN_SECONDS, Refusals
from hpa_discovery.packs.installed import Installed, InstalledPacks
from packs.publishing.pack_folders import add_driver, built, change, install, make_environment, make_pack, site_of

SOURCE = "openstack.flavor"
ERROR = PackError("loading packs: there are errors")


class Refused:
    """Refusals that have just kept an error, of one folder with one pack."""

    def __init__(self, tmp_path: Path) -> None:
        self.site, self.folder = tmp_path / "site", tmp_path / "packs"
        self.site.mkdir()
        self.folder.mkdir()
        self.pack = make_pack(self.folder)
        self.clock = Clock()
        self.refusals = Refusals([self.folder, tmp_path / "later"], InstalledPacks([self.site]), self.clock)
        self.later = tmp_path / "later"
        self.keep()

    def keep(self) -> None:
        """Fail to load what lies there, when it has lain there for a while."""
        time.sleep(refusals._GRAIN_NS / 1e9 * 1.5)
        self.refusals.keep(SOURCE, ERROR, self.refusals.look())

    def stands(self) -> bool:
        """Whether it would be raised again."""
        try:
            self.refusals.check(SOURCE)
        except PackError:
            return True
        return False


@pytest.fixture
def refused(tmp_path: Path) -> Refused:
    """A pack that could not be loaded."""
    return Refused(tmp_path)


def test_nothing_was_refused(refused: Refused) -> None:
    """Another source is not concerned."""
    refused.refusals.check("kubernetes.node")
    assert refused.stands()


def test_it_stands_while_nothing_changes(refused: Refused) -> None:
    """However often and however long; with the error as it was, and not with the frames of all who asked."""
    depths = []
    for _ in range(5):
        refused.clock.now += 0.6 * AGAIN_SECONDS
        with pytest.raises(PackError) as caught:
            refused.refusals.check(SOURCE)
        assert caught.value is ERROR
        depths.append(len(caught.traceback))
    assert len(set(depths)) == 1


CHANGES: dict[str, Callable[[Refused], object]] = {
    "a rule is mended": lambda at: change(at.pack, "kind: Rule", "kind: Rule  # mended", "device.yaml"),
    "a file comes": lambda at: (at.pack / "more.yaml").write_text("kind: Rule\n"),
    "a file goes": lambda at: (at.pack / "device.test.yaml").unlink(),
    "a driver comes": lambda at: add_driver(at.pack),
    "another pack comes": lambda at: make_pack(at.folder, "acme.two"),
    "the pack goes": lambda at: at.pack.rename(at.later),
    "an overlay comes": lambda at: (at.folder / "site.overlay.yaml").write_text("kind: Overlay\n"),
    "a folder comes that was not there": lambda at: at.later.mkdir(),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_ends_it(refused: Refused, name: str) -> None:
    """It is seen within a second, and looked for no more often."""
    CHANGES[name](refused)
    refused.clock.now += 0.9 * AGAIN_SECONDS
    assert refused.stands()
    refused.clock.now += 0.2 * AGAIN_SECONDS
    assert not refused.stands()
    assert not refused.stands()


def test_an_installed_wheel_ends_it(refused: Refused) -> None:
    """The namespace that was missing may have come; so does a file of a wheel that is mended in its place."""
    python = make_environment(refused.site / "env")
    site = site_of(python)
    refused.refusals = Refusals([refused.folder], InstalledPacks([site]), refused.clock)
    refused.keep()
    install(python, built(refused.site))
    refused.clock.now += AGAIN_SECONDS
    assert not refused.stands()
    refused.keep()
    assert refused.stands()
    change(site / "onap_device_driver_acme_nic", "kind: Rule", "kind: Rule  # mended", "device.yaml")
    refused.clock.now += AGAIN_SECONDS
    assert not refused.stands()


def test_a_wheel_with_another_fault_ends_it(refused: Refused) -> None:
    """Nothing of it can be read in either case."""
    info = refused.site / "acme-1.0.dist-info"
    info.mkdir()
    (info / "entry_points.txt").write_text("[hpa_discovery.packs]\nacme.nic = acme\n")
    refused.keep()
    (info / "METADATA").write_text("Name: acme\nVersion: 1.0\n")
    refused.clock.now += AGAIN_SECONDS
    assert not refused.stands()


def test_it_is_looked_at_once_a_second(refused: Refused) -> None:
    """However many flavors come."""

    class Counted(InstalledPacks):
        looks = 0

        def look(self) -> Installed:
            self.looks += 1
            return super().look()

    counted = Counted([refused.site])
    refused.refusals = Refusals([refused.folder], counted, refused.clock)
    refused.keep()
    for _ in range(30):
        refused.clock.now += 0.1 * AGAIN_SECONDS
        assert refused.stands()
    assert counted.looks in (3, 4)


def test_what_was_just_written_is_loaded_again(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have been written once more within the same tick of the file system's clock."""
    monkeypatch.setattr(refusals, "_GRAIN_NS", 60 * 10**9)  # a machine may stall between the two
    (refused.pack / "device.yaml").touch()
    refused.refusals.keep(SOURCE, ERROR, refused.refusals.look())
    assert refused.stands()
    refused.clock.now += AGAIN_SECONDS
    assert not refused.stands()


def test_a_discovery_loads_a_broken_pack_once(tmp_path: Path) -> None:
    """A thousand flavors are refused in less time than it takes to load the pack ten times; mended, it answers."""
    root = make_pack(tmp_path)
    change(root, "level: vendor", "level: none")
    time.sleep(0.2)
    discovery = Discovery(pack_path=[tmp_path])
    times = []
    for _ in range(1001):
        began = time.perf_counter()
        with pytest.raises(PackError, match="acme"):
            discovery.discover({})
        times.append(time.perf_counter() - began)
    assert sum(sorted(times[1:])[:-5]) < 10 * times[0]  # without those in which the machine stalled
    change(root, "level: none", "level: vendor")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            assert discovery.discover({"name": "x"}).unknown
            return
        except PackError:
            time.sleep(0.1)
    pytest.fail("it is still refused")


def test_wrong_usage_stands_too(tmp_path: Path) -> None:
    """A namespace that nobody has is looked up once; each source has errors of its own."""
    discovery = Discovery(["acme.nic"])
    for source, message in ((SOURCE, "unknown pack"), ("nova", "unknown source")) * 2:
        with pytest.raises(UsageError, match=message):
            discovery.discover({}, source=source)
