# SPDX-License-Identifier: Apache-2.0
"""What serves beside what: own copies, overlays, what is removed, pinned, rolled back; after a restart (DESIGN 7)."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from hpa_discovery.errors import StoreError
from hpa_discovery.packs.live.roots import FolderRoot
from packs.live.sites import Vendor, World, answers
from packs.live.two_vendors import ACME, BETA, OVERLAY, SPECS, acme, beta, codes, memory_of, noting, overlay, states


def test_own_copy_of_a_bundled_pack(site: World, root: Path) -> None:
    """A site's own copy takes the place of a bundled pack, and gives it back when it is gone."""
    keeper = site.started()
    bundled = keeper.live.recipe.digest
    own = Vendor(root / "own", name="onap.openstack", version="9.9.9", feature="pciePassthrough", key="own:key")
    own.write(level="generic")
    keeper.step()
    assert [part.version for part in keeper.live.recipe.parts if part.name == "onap.openstack"] == ["9.9.9"]
    again = site.started()
    assert again.live.digest == keeper.live.digest
    shutil.rmtree(root / "own")
    assert keeper.step()
    assert keeper.live.digest == bundled
    assert again.follow()
    assert again.live.digest == bundled


def test_an_overlay(site: World, root: Path) -> None:
    """An overlay changes its pack; changed, it changes it anew; gone, it leaves it as it was."""
    keeper = site.started()
    told = []
    for count in ("5", "6"):
        overlay(root, count)
        keeper.step()
        told += answers(keeper, SPECS)[:1]
    overlay(root).write_text("garbage", encoding="utf-8")
    keeper.step()
    told += answers(keeper, SPECS)[:1]
    overlay(root).unlink()
    keeper.step()
    assert [*told, *answers(keeper, SPECS)[:1]] == [
        "pciePassthrough x 5",
        "pciePassthrough x 6",
        "pciePassthrough x 6",
        ACME,
    ]


def test_an_overlay_for_a_pack_that_comes_later(site: World, root: Path) -> None:
    """An overlay waits for its pack, and serves when that is there."""
    shutil.rmtree(root / "acme")
    overlay(root)
    keeper = site.started()
    assert (states(keeper)["site"], codes(keeper, "site")) == ("held", ["overlay.pack"])
    acme(root).write()
    keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 5", BETA]
    assert (states(keeper)["site"], codes(keeper, "site")) == ("serving", [])


def test_a_pack_under_its_overlay(site: World, root: Path) -> None:
    """With a pack goes the overlay that is about it, and comes back with it."""
    overlay(root)
    keeper = site.started()
    shutil.rmtree(root / "acme")
    keeper.step()
    assert (answers(keeper, SPECS), states(keeper)) == ([BETA], {"beta.nic": "serving", "site": "held"})
    acme(root).write()
    keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 5", BETA]


def test_pack_and_overlay_change_together(site: World, root: Path) -> None:
    """A new version and the overlay for it serve together, though neither could alone; another's fault is its own."""
    overlay(root, version=">=1.0,<2.0")
    keeper = site.started()
    acme(root).write(version="2.0.0")
    keeper.step()
    assert [part.version for part in keeper.live.recipe.parts if part.name == "acme.nic"] == ["1.0.0"]
    assert "overlay.version" in codes(keeper, "acme.nic")
    overlay(root, "6", version=">=2.0,<3.0")
    (root / "other.overlay.yaml").write_text(OVERLAY.format(id="other", count="8", version=">=1.0"), encoding="utf-8")
    keeper.step()
    assert [part.version for part in keeper.live.recipe.parts if part.name == "acme.nic"] == ["2.0.0"]
    assert answers(keeper, SPECS) == ["pciePassthrough x 6", BETA]
    assert states(keeper) == {"acme.nic": "serving", "beta.nic": "serving", "site": "serving", "other": "held"}


def test_removed_by_command(site: World, root: Path) -> None:
    """DESIGN 7: a pack that was removed by command stays out, over restarts, until its content changes."""
    keeper = site.started()
    served = keeper.live.units["pack", "acme.nic"].part
    assert keeper.remove("acme.nic", "admin") == (served,)
    assert site.shelf.removed() == {("acme.nic", served.digest)}
    assert keeper.remove("acme.nic", "admin") == ()
    for same in (keeper, site.started()):
        assert not same.step()
        assert answers(same, SPECS) == [BETA]
        assert states(same) == {"acme.nic": "removed", "beta.nic": "serving"}
    acme(root).write(count="2")
    keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 2", BETA]
    acme(root).write()
    keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 2", BETA]


def test_removed_while_pinned(site: World) -> None:
    """What is removed serves again with an earlier generation that is pinned, from which nothing can be removed."""
    keeper = site.started()
    shelf, first = memory_of(site), keeper.live.digest
    keeper.remove("acme.nic", "admin")
    shelf.pin(first)
    keeper.follow()
    assert keeper.remove("beta.nic", "admin") == ()
    keeper.step()
    assert answers(keeper, SPECS) == [ACME, BETA]
    shelf.unpin()
    keeper.step()
    assert answers(keeper, SPECS) == [BETA]


def test_bundled_packs_are_not_removed(site: World) -> None:
    """What came with the engine cannot be removed by command."""
    keeper = site.started()
    assert keeper.remove("onap.openstack", "admin") == ()
    assert any(pack.namespace == "onap.openstack" for pack in keeper.live.generation.packs)


def test_pinned(site: World, root: Path) -> None:
    """DESIGN 7: while a generation is pinned, new content waits, over a restart too, and serves when it is unpinned."""
    keeper = site.started()
    first = keeper.live.digest
    memory_of(site).pin(first)
    keeper.step()
    acme(root).write(count="2")
    keeper.step()
    for pinned in (keeper, site.started()):
        assert (answers(pinned, SPECS), pinned.live.digest) == ([ACME, BETA], first)
        assert states(pinned)["acme.nic"] == "waiting"
    memory_of(site).unpin()
    keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 2", BETA]


def test_rolled_back(site: World, root: Path) -> None:
    """DESIGN 7: rollback pins an earlier generation; unpinned, what lies in the folders serves again."""
    keeper = site.started()
    first = keeper.live.digest
    acme(root).write(count="2")
    keeper.step()
    second = keeper.live.digest
    memory_of(site).pin(first)
    assert keeper.follow()
    keeper.step()
    assert (keeper.live.digest, answers(keeper, SPECS)) == (first, [ACME, BETA])
    shutil.rmtree(root / "beta")
    keeper.step()
    assert keeper.live.digest == first
    beta(root).write()
    memory_of(site).unpin()
    assert keeper.follow()
    keeper.step()
    assert (keeper.live.digest, answers(keeper, SPECS)) == (second, ["pciePassthrough x 2", BETA])


def test_restart(site: World, root: Path) -> None:
    """DESIGN 7: a restart with a broken folder serves what was accepted, without checking it again."""
    keeper = site.started()
    checked: list[Path] = []
    site.check = noting(site, checked)
    again = site.started()
    assert (again.live.digest, again.live.active, checked) == (keeper.live.digest, keeper.live.active, [])
    (root / "acme" / "device.yaml").write_text("{", encoding="utf-8")
    shutil.rmtree(site.folder / "spool")
    again = site.started()
    assert (again.live.digest, answers(again, SPECS), len(checked)) == (keeper.live.digest, [ACME, BETA], 1)


def test_restart_with_another_engine(site: World, root: Path) -> None:
    """Another engine checks anew what was accepted, leaves out what it refuses, and pins what was pinned."""
    first = site.started().live
    memory_of(site).pin(first.digest)
    shutil.rmtree(root)
    site.engine = "2.0.0"
    check = site.check
    site.check = lambda place: check(place if "beta.nic" in (place / "pack.yaml").read_text() else place / "gone")
    keeper = site.started()
    assert keeper.live.recipe.engine == "2.0.0"
    assert (answers(keeper, SPECS), keeper.live.active.pinned) == ([BETA], True)
    assert site.events.named("engine.changed") == [{"from": "1.0.0", "to": "2.0.0"}]


def test_two_engines_at_a_time(site: World, root: Path) -> None:
    """While hosts are upgraded one by one, those with the old engine serve on what they had, and say so."""
    old = site.started()
    serving = old.live
    site.engine = "2.0.0"
    new = site.started()
    with pytest.raises(StoreError, match=r"serves now; the engine 2.0.0 made it, and here is 1.0.0"):
        old.follow()
    assert (old.live, new.live.digest != serving.digest) == (serving, True)
    assert answers(new, SPECS) == answers(old, SPECS)


def test_restart_with_own_copy_and_another_engine(site: World, root: Path) -> None:
    """A site's own copy of a bundled pack is its own for another engine, too."""
    Vendor(root / "own", name="onap.openstack", version="9.9.9", key="own:key").write(level="generic")
    site.started()
    (root / "own" / "pack.yaml").write_text("{", encoding="utf-8")
    site.engine = "2.0.0"
    keeper = site.started()
    assert [part.version for part in keeper.live.recipe.parts if part.name == "onap.openstack"] == ["9.9.9"]


def test_damaged_store(site: World, root: Path) -> None:
    """A pack that lost its content in the store is left out, and the others serve."""
    digest = site.started().live.units["pack", "acme.nic"].part.digest
    shutil.rmtree(site.folder / "spool")
    shutil.rmtree(root)
    memory_of(site)._contents[digest] = b"junk"
    keeper = site.started()
    assert answers(keeper, SPECS) == [BETA]
    assert [fields["name"] for fields in site.events.named("pack.damaged")] == ["acme.nic"]


def test_bundled_packs_that_are_enabled(site: World) -> None:
    """An optional pack that is enabled serves from the next start on, and no longer when it is not."""
    plain = site.started().live.digest
    keeper = site.keeper(frozenset({"onap.openstack-compat"}))
    keeper.start()
    names = {pack.namespace for pack in keeper.live.generation.packs}
    held = {one.name: one for one in keeper.status() if one.state == "held"}
    assert ("onap.openstack-compat" in names) != ("onap.openstack-compat" in held)
    assert site.started().live.digest == plain


def test_tidying(site: World, root: Path) -> None:
    """Of 60 changes, good and bad, only what serves is left on disk, and what somebody still answers from."""
    keeper = site.started()
    held = keeper.live
    for number in range(30):
        acme(root).write(count=str(number))
        keeper.step()
        acme(root).write(count=str(number), expected="no")
        keeper.step()
    spool = site.folder / "spool"
    serving = {unit.part.digest for unit in (*keeper.live.units.values(), *held.units.values()) if not unit.ours}
    assert {entry.name for entry in spool.iterdir()} == serving
    del held
    keeper.tidy()
    serving = {unit.part.digest for unit in keeper.live.units.values() if not unit.ours}
    assert {entry.name for entry in spool.iterdir()} == serving


def test_tidied_by_another_process(site: World, root: Path) -> None:
    """What a command on the same host deletes from the spool is made again when it is needed."""
    keeper = site.started()
    memory_of(site).pin(keeper.live.digest)
    acme(root).write(count="2")
    keeper.step()
    site.roots, roots = (), site.roots
    site.started()
    site.roots = roots
    shutil.rmtree(site.folder / "spool")
    memory_of(site).unpin()
    keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 2", BETA]


def test_without_roots(site: World, tmp_path: Path) -> None:
    """A keeper without roots, as a command has, changes nothing by itself."""
    live = site.started().live
    other = replace(site, roots=(FolderRoot(tmp_path / "nowhere"),)).started()
    assert other.live.digest == live.digest
    assert replace(site, roots=()).started().live.digest == live.digest
    assert site.shelf.active() == live.active
