# SPDX-License-Identifier: Apache-2.0
"""A namespace belongs to whoever serves in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hpa_discovery.packs.live.roots import FolderRoot, wheel_root
from packs.live.sites import Vendor, World, answers, install_wheel, world


def test_namespace_of_a_broken_pack(tmp_path: Path) -> None:
    """While a pack cannot be read, another vendor's pack does not take its place, and the finding names both."""
    root = tmp_path / "root"
    owner = Vendor(root / "owner").write()
    keeper = world(tmp_path, root).started()
    (owner.folder / "pack.yaml").write_text("[", encoding="utf-8")
    thief = Vendor(root / "thief", version="9.0.0", count="666").write()
    keeper.step()
    assert answers(keeper, {"acme:nic": "x"}) == ["pciePassthrough x 1"]
    [status] = [one for one in keeper.status() if one.origin == str(thief.folder)]
    assert status.state == "held"
    assert str(owner.folder) in status.findings[0].message
    owner.write(count="2")
    keeper.step()
    assert answers(keeper, {"acme:nic": "x"}) == ["pciePassthrough x 2"]


def test_many_of_one_name(tmp_path: Path) -> None:
    """However many packs have one namespace, each finding names a few of them."""
    for number in range(12):
        Vendor(tmp_path / "root" / f"{number}").write()
    keeper = world(tmp_path, tmp_path / "root").started()
    messages = [one.findings[0].message for one in keeper.status() if one.name == "acme.nic"]
    assert len(messages) == 12
    assert all(message.endswith(" and 8 more") for message in messages)


def test_packs_in_folders_of_vendors(tmp_path: Path) -> None:
    """A vendor who makes a pack of the own folder hides no pack in the folders of others."""
    root = tmp_path / "root"
    Vendor(root / "first" / "nic", "first.nic", key="first:nic").write()
    other = Vendor(root / "second" / "nic", "second.nic", key="second:nic").write()
    keeper = world(tmp_path, root).started()
    (root / "first" / "pack.yaml").write_text("kind: Pack\n", encoding="utf-8")
    other.write(count="2")
    keeper.step()
    assert answers(keeper, {"second:nic": "x"}) == ["pciePassthrough x 2"]


def unmounted(root: Path) -> None:
    """The folder that was mounted there is away."""
    root.rename(root.parent / "away")
    root.mkdir()


OWNER_IS_AWAY: dict[str, Callable[[Vendor], object]] = {
    "its root is gone": lambda owner: owner.folder.parent.rename(owner.folder.parent.parent / "away"),
    "its root is not mounted": lambda owner: unmounted(owner.folder.parent),
    "its folder is empty": lambda owner: [file.unlink() for file in owner.folder.iterdir()],
    "its pack.yaml is being replaced": lambda owner: (owner.folder / "pack.yaml").rename(owner.folder / ".pack.new"),
}


@pytest.mark.parametrize("name", OWNER_IS_AWAY)
@pytest.mark.parametrize("restarted", [False, True])
def test_namespace_of_a_pack_that_is_away(tmp_path: Path, name: str, restarted: bool) -> None:
    """For as long as its accepted content serves, nobody takes its place, also after a restart; then it comes back."""
    first, second = tmp_path / "first", tmp_path / "second"
    owner = Vendor(first / "owner").write()
    Vendor(second / "other", "acme.other", key="acme:other").write()
    site = world(tmp_path, first, second)
    keeper = site.started()
    OWNER_IS_AWAY[name](owner)
    thief = Vendor(second / "thief", version="9.0.0", count="666").write()
    keeper = site.started() if restarted else keeper
    keeper.step()
    assert answers(keeper, {"acme:nic": "x"}) == ["pciePassthrough x 1"]
    [status] = [one for one in keeper.status() if one.origin == str(thief.folder)]
    assert (status.state, status.findings[0].code) == ("held", "pack.namespace")
    assert status.findings[0].message.endswith(f"is also that of {owner.folder}")
    owner.write(count="2")
    keeper.step()
    assert answers(keeper, {"acme:nic": "x"}) == ["pciePassthrough x 2"]


def test_a_wheel_takes_the_place_of_a_folder_that_is_away(tmp_path: Path) -> None:
    """Who published the pack puts its folder away and installs the wheel; while the folder lies there, it is held."""
    packs, installed = tmp_path / "packs", tmp_path / "site-packages"
    owner = Vendor(packs / "owner").write()
    installed.mkdir()
    site = World(tmp_path, (FolderRoot(packs), wheel_root(installed)))
    keeper = site.started()
    (owner.folder / "pack.yaml").write_text("[", encoding="utf-8")
    install_wheel(installed, 2)
    keeper.step()
    assert answers(keeper, {"acme:nic": "x"}) == ["pciePassthrough x 1"]
    owner.folder.rename(tmp_path / "away")
    keeper.step()
    assert answers(keeper, {"acme:nic": "x"}) == ["pciePassthrough x 2"]
    Vendor(packs / "owner").write(count="3")
    keeper.step()
    assert answers(keeper, {"acme:nic": "x"}) == ["pciePassthrough x 2"]


def test_namespace_of_a_root_that_is_a_pack(tmp_path: Path) -> None:
    """A folder that is watched as a pack of its own keeps its namespace while it is gone."""
    owner = Vendor(tmp_path / "owner").write()
    keeper = world(tmp_path, owner.folder, tmp_path / "second").started()
    owner.folder.rename(tmp_path / "away")
    Vendor(tmp_path / "second" / "thief", count="666").write()
    keeper.step()
    assert answers(keeper, {"acme:nic": "x"}) == ["pciePassthrough x 1"]


def test_namespace_of_a_pack_that_was_taken_away(tmp_path: Path) -> None:
    """It is free: in a root that holds packs, a folder that is gone is gone. Who comes back later comes too late."""
    root = tmp_path / "root"
    owner = Vendor(root / "owner").write()
    keeper = world(tmp_path, root).started()
    owner.folder.rename(tmp_path / "elsewhere")
    heir = Vendor(root / "heir", count="2").write()
    keeper.step()
    assert answers(keeper, {"acme:nic": "x"}) == ["pciePassthrough x 2"]
    (tmp_path / "elsewhere").rename(owner.folder)
    keeper.step()
    assert answers(keeper, {"acme:nic": "x"}) == ["pciePassthrough x 2"]
    held = {one.origin for one in keeper.status() if one.state == "held"}
    assert held == {str(owner.folder)} != {str(heir.folder)}


def test_the_same_pack_elsewhere_is_no_other(tmp_path: Path) -> None:
    """Its content may be served from wherever it lies, so that roots can be moved one after the other."""
    first, second = tmp_path / "first", tmp_path / "second"
    Vendor(first / "owner").write()
    second.mkdir()
    keeper = world(tmp_path, first, second).started()
    unmounted(first)
    moved = Vendor(second / "owner").write()
    keeper.step()
    assert {one.name: one.origin for one in keeper.status()}["acme.nic"] == str(moved.folder)
    moved.write(count="2")
    keeper.step()
    assert answers(keeper, {"acme:nic": "x"}) == ["pciePassthrough x 2"]


def test_a_folder_that_holds_another_pack_now(tmp_path: Path) -> None:
    """What lay there before has given its namespace up."""
    root = tmp_path / "root"
    owner = Vendor(root / "owner").write()
    keeper = world(tmp_path, root).started()
    Vendor(owner.folder, "acme.card", key="acme:card").write()
    Vendor(root / "heir", count="2").write()
    keeper.step()
    assert answers(keeper, {"acme:nic": "x", "acme:card": "y"}) == ["pciePassthrough y 1", "pciePassthrough x 2"]


SITE = """apiVersion: hpa-discovery/v1
kind: Overlay
metadata: {id: thief/site}
target: {pack: acme.nic, version: ">=0"}
disable: [{rule: acme.nic/device, reason: ours is better}]
"""


@pytest.mark.parametrize(("place", "counts"), [(".", True), ("thief", False), ("thief/nic", False)])
def test_overlays_count_right_in_a_root(tmp_path: Path, place: str, counts: bool) -> None:
    """Who may write there changes every pack; who has a folder below it changes nothing but packs of its own."""
    root = tmp_path / "root"
    Vendor(root / "acme").write()
    Vendor(root / "thief" / "nic", "thief.nic", key="thief:nic").write()
    (root / place / "site.overlay.yaml").write_text(SITE, "utf-8")
    keeper = world(tmp_path, root).started()
    assert answers(keeper, {"acme:nic": "x"}) == ([] if counts else ["pciePassthrough x 1"])


def test_the_level_is_what_a_pack_says_of_itself(tmp_path: Path) -> None:
    """So a vendor's pack may answer in the place of another for the same instance, as docs/publish.md warns."""
    root = tmp_path / "root"
    Vendor(root / "acme").write()
    Vendor(root / "thief", "thief.nic", level="site", count="666").write()
    keeper = world(tmp_path, root).started()
    assert answers(keeper, {"acme:nic": "x"}) == ["pciePassthrough x 666"]
