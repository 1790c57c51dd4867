# SPDX-License-Identifier: Apache-2.0
"""A namespace belongs to whoever serves in it."""

from __future__ import annotations

from pathlib import Path

from packs.live.sites import Vendor, answers, world


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
