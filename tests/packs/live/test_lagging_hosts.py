# SPDX-License-Identifier: Apache-2.0
"""Hosts of one deployment whose folders change at different moments, as nodes get a ConfigMap one after the other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hpa_discovery.packs.live.keeper import Keeper
from packs.live.memory_shelf import MemoryShelf
from packs.live.sites import Vendor, World, answers, world

FLAVOR = {"acme:nic": "x"}


class Host:
    """A host with a folder of its own, and the vendor's pack in it."""

    def __init__(self, folder: Path, shelf: MemoryShelf, packs: Path) -> None:
        # Hosts know the folder by one name; here a link that each turns to its own before it looks.
        self._link, self._own = packs, folder / "packs"
        self.vendor = Vendor(self._own / "acme").write()
        Vendor(self._own / "other", name="other.nic", key="other:nic").write()
        made = world(folder, packs)
        self.world = World(folder, made.roots, shelf)
        self.keeper: Keeper | None = None

    def step(self) -> list[str]:
        """Let the host look, starting it the first time; the counts that it answers then."""
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(self._own, target_is_directory=True)
        if self.keeper is None:
            self.keeper = self.world.started()
        else:
            self.keeper.step()
        return [line.rpartition(" ")[2] for line in answers(self.keeper, FLAVOR)]

    def state(self, name: str = "acme.nic") -> tuple[str, list[str]]:
        """How the pack stands here."""
        assert self.keeper is not None
        status = next(each for each in self.keeper.status() if each.name == name)
        return status.state, [finding.code for finding in status.findings]


@pytest.fixture
def hosts(tmp_path: Path) -> tuple[Host, Host]:
    """Two hosts that serve count 1."""
    shelf = MemoryShelf()
    made = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        made.append(Host(tmp_path / name, shelf, tmp_path / "packs"))
    first, second = made
    assert (first.step(), second.step()) == (["1"], ["1"])
    return first, second


def test_a_lagging_host_leads_nobody_back(hosts: tuple[Host, Host]) -> None:
    """The first host is at 3 when the folder of the second gets to 2: it says so, and 3 goes on serving everywhere."""
    first, second = hosts
    for count in ("2", "3"):
        first.vendor.write(count=count)
        assert first.step() == [count]
    second.vendor.write(count="2")
    assert second.step() == ["3"]
    assert second.state() == ("held", ["pack.older"])
    assert first.step() == ["3"]
    second.vendor.write(count="3")
    assert second.step() == ["3"]
    assert second.state() == ("serving", [])


def test_what_is_new_comes_from_any_host(hosts: tuple[Host, Host]) -> None:
    """Content that the deployment never had is taken up, also from a host whose folder missed what was between."""
    first, second = hosts
    first.vendor.write(count="2")
    first.step()
    second.vendor.write(count="4")
    assert (second.step(), first.step()) == (["4"], ["4"])


def test_going_back_on_purpose_is_taken_up(hosts: tuple[Host, Host]) -> None:
    """A vendor who writes the earlier content again, where the newer one lay before, is followed."""
    first, second = hosts
    for count in ("2", "1"):
        first.vendor.write(count=count)
        second.vendor.write(count=count)
        assert (first.step(), second.step()) == ([count], [count])


def test_going_back_over_a_slip_is_taken_up(hosts: tuple[Host, Host]) -> None:
    """Also where something bad lay in between."""
    first, _ = hosts
    first.vendor.write(count="2")
    assert first.step() == ["2"]
    (first.vendor.folder / "device.yaml").write_text("[", encoding="utf-8")
    assert first.step() == ["2"]
    first.vendor.write(count="1")
    assert first.step() == ["1"]


def test_after_a_rollback_the_folder_is_taken_up_again(hosts: tuple[Host, Host]) -> None:
    """What was rolled back from serves again after the pin, although the deployment knows it."""
    first, second = hosts
    assert first.keeper is not None
    before = first.keeper.live.digest
    first.vendor.write(count="2")
    second.vendor.write(count="2")
    assert (first.step(), second.step()) == (["2"], ["2"])
    shelf = first.world.shelf
    assert isinstance(shelf, MemoryShelf)
    shelf.pin(before)
    assert (first.step(), second.step()) == (["1"], ["1"])
    shelf.unpin()
    assert (first.step(), second.step()) == (["2"], ["2"])


def test_a_pack_that_a_host_does_not_have_yet_stays(hosts: tuple[Host, Host]) -> None:
    """What another host took up is not taken away because the folder here does not hold it yet."""
    first, second = hosts
    Vendor(first.vendor.folder.parent / "new", name="new.nic", key="acme:nic", count="9").write()
    assert sorted(first.step()) == []  # both answer for x now, and differ
    assert sorted(second.step()) == []
    assert second.state("new.nic") == ("missing", [])
    assert sorted(first.step()) == []
    # Taken away where it was, it goes.
    shutil.rmtree(first.vendor.folder.parent / "new")
    assert (first.step(), second.step()) == (["1"], ["1"])


def test_a_pack_that_went_while_nobody_looked_goes(hosts: tuple[Host, Host]) -> None:
    """A host that starts takes what is not in its folder for taken away."""
    first, _ = hosts
    shutil.rmtree(first.vendor.folder)
    first.keeper = None
    assert first.step() == []
