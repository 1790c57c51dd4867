# SPDX-License-Identifier: Apache-2.0
"""Whoever gives a wrong folder, or loses a mount, is told so once, and again when it changes."""

from __future__ import annotations

import shutil
from pathlib import Path

from hpa_discovery.packs.live.root_states import RootState
from hpa_discovery.packs.live.roots import wheel_root
from packs.live.sites import World, world
from packs.live.two_vendors import acme, beta, overlay


def told(site: World) -> list[tuple[str, dict[str, object]]]:
    """What was told of roots since this was asked last."""
    found = [(name, fields) for name, fields in site.events if name.startswith("root.")]
    site.events.clear()
    return found


def test_what_a_folder_holds_is_told(tmp_path: Path) -> None:
    """Missing, empty, filled, broken and gone: each once, with the folder, and nothing while it stays as it is."""
    root = tmp_path / "packs"
    site = world(tmp_path, root)
    keeper = site.started()
    [(name, fields)] = told(site)
    assert (name, fields["root"]) == ("root.unreadable", str(root))
    assert "No such file or directory" in str(fields["message"])
    root.mkdir()
    keeper.step()
    assert told(site) == [("root.empty", {"root": str(root)})]
    acme(root).write()
    beta(root).write()
    overlay(root)
    keeper.step()
    assert told(site) == [("root.read", {"root": str(root), "packs": 2, "overlays": 1})]
    acme(root).write(count="9", expected="8")
    keeper.step()
    shutil.rmtree(root / "beta")
    keeper.step()
    assert told(site) == []
    assert keeper.roots() == (RootState(root, 1, 1),)
    shutil.rmtree(root)
    for _ in range(2):
        keeper.step()
    assert [name for name, _ in told(site)] == ["root.unreadable"]
    root.write_text("", encoding="utf-8")
    keeper.step()
    [(name, fields)] = told(site)
    assert (name, "Not a directory" in str(fields["message"])) == ("root.unreadable", True)


def test_each_of_several(tmp_path: Path) -> None:
    """A folder that is as it was is not told again with another one."""
    acme(tmp_path / "one").write()
    site = world(tmp_path, tmp_path / "one", tmp_path / "two")
    keeper = site.started()
    assert [name for name, _ in told(site)] == ["root.read", "root.unreadable"]
    (tmp_path / "two").mkdir()
    keeper.step()
    assert told(site) == [("root.empty", {"root": str(tmp_path / "two")})]


def test_site_folders_are_no_news(tmp_path: Path) -> None:
    """Most hold no packs at all, and installers are at work in them now and then."""
    (tmp_path / "site-packages" / "~ld").mkdir(parents=True)
    site = World(tmp_path, (wheel_root(tmp_path / "site-packages"),))
    keeper = site.started()
    assert keeper.problems()
    assert (told(site), keeper.roots()) == ([], ())
