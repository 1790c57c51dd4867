# SPDX-License-Identifier: Apache-2.0
"""Whatever lies beside the packs in a watched folder, and however much, looking for packs stays quick."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hpa_discovery.packs.live import searching
from hpa_discovery.packs.live.roots import FolderRoot
from hpa_discovery.packs.live.searching import places_in
from packs.live.sites import World, answers, world
from packs.live.two_vendors import SPECS, acme, beta
from yardstick import measured


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test reaches soon."""
    monkeypatch.setattr(searching, "MOST_IN_ROOT", 100)
    monkeypatch.setattr(searching, "MOST_IN_FOLDER", 40)


def fill(folder: Path, count: int) -> None:
    """So many files."""
    folder.mkdir(exist_ok=True)
    for number in range(count):
        (folder / f"file{number}").touch()


@pytest.mark.usefixtures("few")
def test_a_folder_with_too_much(site: World, root: Path) -> None:
    """A folder that is no pack is not looked into, and told; packs beside it are, and change."""
    acme(root, "dump/acme2").write(name="acme.second", key="acme:second")
    keeper = site.started()
    specs = {**SPECS, "acme:second": "z"}
    before = answers(keeper, specs)
    fill(root / "dump", 40)
    acme(root).write(count="2")
    keeper.step()
    assert answers(keeper, specs) == ["pciePassthrough x 2", *before[1:]]
    [told] = keeper.findings()
    assert (told.code, told.severity, Path(told.file).absolute()) == ("limit.folder", "error", root / "dump")
    assert "more than 40 files" in told.message


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("folders", [0, 3], ids=["right in it", "in its folders"])
def test_a_root_with_too_much(tmp_path: Path, root: Path, folders: int) -> None:
    """It is not looked at, with root and limit in the reason; what serves from it goes on, and other roots change."""
    beta(tmp_path / "other").write(name="beta.other", key="beta:other")
    site = world(tmp_path, root, tmp_path / "other")
    keeper = site.started()
    specs = {**SPECS, "beta:other": "z"}
    before = answers(keeper, specs)
    for number in range(folders):
        fill(root / f"folder{number}", 39)
    if not folders:
        fill(root, 99)
    acme(root).write(count="2")
    beta(tmp_path / "other").write(name="beta.other", key="beta:other", count="8")
    keeper.step()
    assert answers(keeper, specs) == [*before[:2], "pciePassthrough z 8"]
    assert list(keeper.problems()) == [str(root)]
    assert f"{root}: more than 100 files and folders" in keeper.problems()[str(root)]


@pytest.mark.usefixtures("few")
def test_at_the_limits(root: Path) -> None:
    """At the limits all packs are found."""
    fill(root, 57)
    fill(root / "folder", 39)
    acme(root, "folder/third").write(name="acme.third")
    places = places_in(root)
    assert [pack.name for pack in places.packs] == ["acme", "beta", "third"]
    assert places.findings == []
    (root / "one more").touch()
    with pytest.raises(OSError, match="more than 100"):
        places_in(root)


@pytest.mark.usefixtures("few")
def test_a_pack_with_too_much(root: Path) -> None:
    """A root that is a pack has the limits of a pack, which are told as such."""
    fill(root / "acme", 200)
    assert places_in(root / "acme").packs == [root / "acme"]


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir], ids=["files", "folders"])
def test_as_many_as_may_be(root: Path, make: Callable[[Path], None]) -> None:
    """As many files or folders beside the packs as there may be are looked at in a moment."""
    for number in range(searching.MOST_IN_ROOT - 2):
        make(root / str(number))
    found, seconds = measured(lambda: places_in(root), 2)
    assert len(found.packs) == 2
    assert seconds < 2


def test_folders_to_listen_to(tmp_path: Path, root: Path) -> None:
    """Only those in which packs are looked for or that belong to packs, however deep or linked the others are."""
    outside = tmp_path / "outside" / "more"
    outside.mkdir(parents=True)
    (root / "link").symlink_to(outside.parent)
    (root / "acme" / "link").symlink_to(outside.parent)
    (root / "notes" / "/".join("a" * 300)).mkdir(parents=True)
    (root / "beta" / "/".join("b" * 300)).mkdir(parents=True)
    (root / "acme" / "drivers" / "card" / "bin").mkdir(parents=True)
    found = [str(folder.relative_to(root)) for folder in FolderRoot(root).folders()]
    assert found[:3] == [".", "acme", "beta"]
    assert found[-1] == "notes"
    assert {"acme", "acme/drivers", "acme/drivers/card/bin", "beta", "beta/b"} < set(found)
    assert not any("link" in folder for folder in found)
    assert len(found) < 20


def test_an_unreadable_link_in_a_folder(root: Path) -> None:
    """A loop of links beside a pack two folders down keeps nobody away."""
    acme(root, "folder/third").write(name="acme.third")
    (root / "folder" / "loop").symlink_to("loop")
    assert [pack.name for pack in places_in(root).packs] == ["acme", "beta", "third"]
