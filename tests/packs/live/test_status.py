# SPDX-License-Identifier: Apache-2.0
"""What people are told of a pack that does not serve as it lies there: its name, the reason, and no false alarm."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpa_discovery.packs.live.keeper import Keeper
from packs.live.memory_shelf import MemoryShelf
from packs.live.sites import Vendor, World, world


@pytest.fixture
def vendor(tmp_path: Path) -> Vendor:
    """The folder of acme.nic."""
    return Vendor(tmp_path / "packs" / "acme").write()


@pytest.fixture
def site(tmp_path: Path, vendor: Vendor) -> World:
    """What keepers work with."""
    return world(tmp_path, vendor.folder.parent)


def told(keeper: Keeper) -> list[tuple[str, str, list[str]]]:
    """Name, state and codes of all that is not bundled."""
    return [
        (one.name, one.state, [finding.code for finding in one.findings])
        for one in keeper.status()
        if not one.name.startswith("onap.")
    ]


def test_a_pack_file_that_cannot_be_read_is_held_by_the_name_that_serves(site: World, vendor: Vendor) -> None:
    """DESIGN 7: status says why. Not that the pack is missing, beside something without a name that is held."""
    keeper = site.started()
    with (vendor.folder / "pack.yaml").open("a", encoding="utf-8") as file:
        file.write("nonsense: [\n")
    keeper.step()
    assert told(keeper) == [("acme.nic", "held", ["yaml.syntax"])]
    [event] = site.events.named("pack.held")
    assert (event["name"], "yaml.syntax" in event["findings"]) == ("acme.nic", True)
    assert site.events.named("pack.missing") == []
    vendor.write()
    keeper.step()
    assert told(keeper) == [("acme.nic", "serving", [])]


def test_a_new_pack_file_that_cannot_be_read_is_held_without_a_name(site: World, vendor: Vendor) -> None:
    """Nothing of it serves, so there is only the folder to call it by."""
    keeper = site.started()
    other = vendor.folder.parent / "other"
    other.mkdir()
    (other / "pack.yaml").write_text("nonsense: [\n", encoding="utf-8")
    keeper.step()
    assert told(keeper) == [("", "held", ["yaml.syntax"]), ("acme.nic", "serving", [])]


def test_what_waited_is_not_held_between_unpinning_and_the_next_step(site: World, vendor: Vendor) -> None:
    """DESIGN 7: an alarm is raised for what failed, not for what serves a moment later."""
    keeper = site.started()
    assert isinstance(site.shelf, MemoryShelf)
    site.shelf.pin(keeper.live.digest)
    keeper.follow()
    vendor.write(count="2")
    keeper.step()
    site.shelf.unpin()
    keeper.follow()
    assert told(keeper) == [("acme.nic", "waiting", [])]
    keeper.step()
    assert told(keeper) == [("acme.nic", "serving", [])]
    assert site.events.named("pack.held") == []


def test_what_is_removed_by_command_is_not_held_before_the_next_step(site: World) -> None:
    """As above: another process removed it, and this one follows before it looks at the folders."""
    keeper = site.started()
    keeper.remove("acme.nic", "admin")
    assert [(name, state) for name, state, _ in told(keeper)] == [("acme.nic", "waiting")]
    assert site.events.named("pack.held") == []
