# SPDX-License-Identifier: Apache-2.0
"""What serves when the folders of vendors change: good, bad, half of it, gone, renamed, doubled (DESIGN 7)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hpa_discovery.packs.live.keeper import Keeper
from hpa_discovery.packs.live.roots import FolderRoot
from hpa_discovery.packs.live.shelf import MemoryShelf
from packs.live.sites import Vendor, World, answers, world

SPECS = {"acme:nic": "x", "beta:nic": "y"}
ACME, BETA = "pciePassthrough x 1", "pciePassthrough y 7"
OVERLAY = """apiVersion: hpa-discovery/v1
kind: Overlay
metadata: {{id: {id}}}
target: {{pack: acme.nic, version: "{version}"}}
params: {{count: "{count}"}}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A watched folder with two packs."""
    beta(tmp_path / "packs").write()
    acme(tmp_path / "packs").write()
    return tmp_path / "packs"


@pytest.fixture
def site(tmp_path: Path, root: Path) -> World:
    """What keepers work with."""
    return world(tmp_path, root)


def acme(root: Path, folder: str = "acme") -> Vendor:
    """The pack that is changed."""
    return Vendor(root / folder)


def beta(root: Path) -> Vendor:
    """The pack that is left alone."""
    return Vendor(root / "beta", name="beta.nic", key="beta:nic", count="7")


def overlay(root: Path, count: str = "5", version: str = ">=1.0", name: str = "site") -> Path:
    """An overlay that sets acme's count."""
    file = root / f"{name}.overlay.yaml"
    file.write_text(OVERLAY.format(id=name, count=count, version=version), encoding="utf-8")
    return file


def states(keeper: Keeper) -> dict[str, str]:
    """State of each pack and overlay by name; of the bundled packs, nothing."""
    return {one.name: one.state for one in keeper.status() if not one.name.startswith("onap.")}


def codes(keeper: Keeper, name: str) -> list[str]:
    """The codes of what is said of a pack or overlay."""
    return [finding.code for one in keeper.status() if one.name == name for finding in one.findings]


def test_first_start(site: World) -> None:
    """What lies in the roots serves beside the bundled packs."""
    keeper = site.started()
    assert answers(keeper, SPECS) == [ACME, BETA]
    assert {part.name for part in keeper.live.recipe.parts} == {"acme.nic", "beta.nic", "onap.openstack"} | {
        name for _, name in keeper.live.units
    }
    assert states(keeper) == {"acme.nic": "serving", "beta.nic": "serving"}


def test_a_change_serves(site: World, root: Path) -> None:
    """New content serves after one step, as a new generation."""
    keeper = site.started()
    before = keeper.live
    acme(root).write(count="2")
    assert keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 2", BETA]
    assert keeper.live.active.sequence == before.active.sequence + 1
    assert answers_of(before) == ["1", "7"]


def answers_of(live: object) -> list[str]:
    """What a generation says that somebody still holds."""
    outcome = live.generation.evaluate("openstack.flavor", {"id": "1", "name": "f", "extra_specs": SPECS})  # type: ignore[attr-defined]
    return [found.attributes[0].value for found in outcome.capabilities if found.feature == "pciePassthrough"]


def test_nothing_changed(site: World, root: Path) -> None:
    """Files that are written again with the same content make no new generation, and nothing is checked again."""
    checked: list[Path] = []
    site.check = _noting(site, checked)
    keeper = site.started()
    live, before = keeper.live, len(checked)
    acme(root).write()
    assert not keeper.step()
    assert (keeper.live is live, len(checked)) == (True, before)


def _noting(site: World, checked: list[Path]) -> Callable[[Path], object]:
    check = site.check
    return lambda place: (checked.append(place), check(place))[1]


def _deep_driver(pack: Path) -> None:
    (pack / "drivers/d" / "/".join("a" * 500)).mkdir(parents=True)
    (pack / "drivers/d/driver.yaml").touch()


BROKEN: dict[str, Callable[[Path], object]] = {
    "no YAML": lambda pack: (pack / "device.yaml").write_text("{", encoding="utf-8"),
    "not even text": lambda pack: (pack / "device.yaml").write_bytes(os.urandom(4000)),
    "a failing test": lambda pack: acme(pack.parent).write(count="9", expected="8"),
    "a rule without tests": lambda pack: (pack / "device.test.yaml").unlink(),
    "half of its files": lambda pack: (pack / "device.yaml").unlink(),
    "half of a file": lambda pack: os.truncate(pack / "pack.yaml", 90),
    "an empty pack.yaml": lambda pack: os.truncate(pack / "pack.yaml", 0),
    "no pack.yaml": lambda pack: (pack / "pack.yaml").unlink(),
    "a link outside": lambda pack: (pack / "more.yaml").symlink_to("/etc/passwd"),
    "a loop of links": lambda pack: (pack / "more.yaml").symlink_to("more.yaml"),
    "a pipe": lambda pack: os.mkfifo(pack / "more.yaml"),
    "too many files": lambda pack: [(pack / f"r{number}.yaml").touch() for number in range(2001)],
    "a file too large": lambda pack: (pack / "more.yaml").write_bytes(b"# " + b"x" * 1024 * 1024),
    "emptied": lambda pack: [path.unlink() for path in pack.iterdir()],
    "folders without end": _deep_driver,
}


@pytest.mark.parametrize("break_", BROKEN.values(), ids=BROKEN.keys())
def test_bad_content(site: World, root: Path, break_: Callable[[Path], object]) -> None:
    """DESIGN 7: a pack that fails keeps its last good version, the others move on, and mended it serves again."""
    keeper = site.started()
    break_(root / "acme")
    beta(root).write(count="8")
    assert keeper.step()
    assert answers(keeper, SPECS) == [ACME, "pciePassthrough y 8"]
    assert keeper.step() is False
    shutil.rmtree(root / "acme")
    acme(root).write(count="3")
    assert keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 3", "pciePassthrough y 8"]
    assert states(keeper) == {"acme.nic": "serving", "beta.nic": "serving"}


def test_status_of_bad_content(site: World, root: Path) -> None:
    """DESIGN 7: status says why, with the place as the vendor knows it, and that changes are told once."""
    keeper = site.started()
    acme(root).write(count="9", expected="8")
    keeper.step()
    keeper.step()
    held = next(one for one in keeper.status() if one.name == "acme.nic")
    assert (held.state, [finding.code for finding in held.findings]) == ("held", ["test.failed"])
    assert Path(held.findings[0].file).absolute() == root / "acme" / "device.test.yaml"
    assert held.findings[0].line
    assert held.serving is not None
    assert held.serving.digest != held.offered
    assert [fields["name"] for fields in site.events.named("pack.held")] == ["acme.nic"]
    acme(root).write()
    keeper.step()
    assert [fields["name"] for fields in site.events.named("pack.serving")] == ["acme.nic"]
    assert codes(keeper, "acme.nic") == []


def test_since(site: World, root: Path) -> None:
    """A state is told with the time it began, for bundled packs too."""
    keeper = site.started()
    before = {one.name: one.since for one in keeper.status()}
    keeper.step()
    acme(root).write(count="9", expected="8")
    keeper.step()
    after = {one.name: one.since for one in keeper.status()}
    assert {name for name in after if after[name] != before[name]} == {"acme.nic"}


def test_bad_content_that_is_partly_what_serves(site: World, root: Path) -> None:
    """An unreadable file beside what serves is told, though all that could be read serves."""
    keeper = site.started()
    (root / "acme" / "more.yaml").symlink_to("/etc/passwd")
    keeper.step()
    assert (states(keeper)["acme.nic"], codes(keeper, "acme.nic")) == ("held", ["file.outside"])


def test_folder_gone(site: World, root: Path) -> None:
    """DESIGN 7: a pack is removed when its own folder is gone while its root holds packs."""
    keeper = site.started()
    shutil.rmtree(root / "acme")
    assert keeper.step()
    assert answers(keeper, SPECS) == [BETA]
    assert states(keeper) == {"beta.nic": "serving"}


@pytest.mark.parametrize(
    "break_",
    [
        lambda root: [shutil.rmtree(pack) for pack in root.iterdir()],
        shutil.rmtree,
        lambda root: root.rename(root.parent / "away"),
        lambda root: (root.rename(root.parent / "away"), root.write_text("", encoding="utf-8")),
        lambda root: (root.rename(root.parent / "away"), root.symlink_to(root)),
        lambda root: (root.rename(root.parent / "away"), root.mkdir(), (root / "lost+found").mkdir()),
    ],
    ids=["emptied", "missing", "unmounted", "a file", "a loop", "another file system"],
)
def test_root_gone(site: World, root: Path, break_: Callable[[Path], object]) -> None:
    """DESIGN 7: an empty or missing root keeps all, over a restart too."""
    keeper = site.started()
    break_(root)
    assert not keeper.step()
    assert answers(keeper, SPECS) == [ACME, BETA]
    assert set(states(keeper).values()) == {"missing"}
    again = site.started()
    assert (answers(again, SPECS), again.live.digest) == ([ACME, BETA], keeper.live.digest)
    if root.is_symlink() or root.is_file():
        root.unlink()
    acme(root).write(count="2")
    beta(root).write()
    assert again.step()
    assert (answers(again, SPECS), again.problems()) == (["pciePassthrough x 2", BETA], {})


def test_root_cannot_be_looked_at(site: World, root: Path) -> None:
    """A root that is not there is told."""
    keeper = site.started()
    assert keeper.problems() == {}
    shutil.rmtree(root)
    keeper.step()
    assert list(keeper.problems()) == [str(root)]


def test_nested_roots(tmp_path: Path) -> None:
    """A pack is of the root nearest to it: that one missing keeps it, whatever is in a root above."""
    beta(tmp_path / "packs").write()
    acme(tmp_path / "packs" / "mounted").write()
    site = world(tmp_path, tmp_path / "packs", tmp_path / "packs" / "mounted")
    keeper = site.started()
    shutil.rmtree(tmp_path / "packs" / "mounted")
    assert not keeper.step()
    assert answers(keeper, SPECS) == [ACME, BETA]


def test_folder_renamed(site: World, root: Path) -> None:
    """A folder that gets another name still holds its pack, which serves on, may change and may go."""
    keeper = site.started()
    (root / "acme").rename(root / "zeta")
    keeper.step()
    assert answers(keeper, SPECS) == [ACME, BETA]
    assert [one.origin for one in keeper.status() if one.name == "acme.nic"] == [str(root / "zeta")]
    acme(root, "zeta").write(count="2")
    keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 2", BETA]
    acme(root).write(count="3")
    keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 2", BETA]
    shutil.rmtree(root / "acme")
    shutil.rmtree(root / "zeta")
    keeper.step()
    assert answers(keeper, SPECS) == [BETA]


def test_renamed_and_doubled(site: World, root: Path) -> None:
    """A folder that got another name goes on when there is a folder with the old name again."""
    keeper = site.started()
    (root / "acme").rename(root / "zeta")
    keeper.step()
    acme(root).write(count="3")
    keeper.step()
    assert answers(keeper, SPECS) == [ACME, BETA]
    assert {one.origin: one.state for one in keeper.status() if one.name == "acme.nic"} == {
        str(root / "acme"): "held",
        str(root / "zeta"): "serving",
    }


def test_an_older_sequence(site: World, root: Path) -> None:
    """What a store says that is behind, such as a replica, is not followed."""
    keeper = site.started()
    before = keeper.live
    acme(root).write(count="2")
    keeper.step()
    _shelf(site)._active = before.active
    assert not keeper.follow()
    assert answers(keeper, SPECS) == ["pciePassthrough x 2", BETA]


def test_folder_renamed_and_changed(site: World, root: Path) -> None:
    """A folder that gets another name and other content at once holds the new version of its pack."""
    keeper = site.started()
    (root / "acme").rename(root / "zeta")
    acme(root, "zeta").write(count="2")
    keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 2", BETA]


def test_folder_renamed_and_broken(site: World, root: Path) -> None:
    """Its last good version serves on when a folder is renamed and broken at once."""
    keeper = site.started()
    (root / "acme").rename(root / "zeta")
    acme(root, "zeta").write(expected="8")
    keeper.step()
    assert answers(keeper, SPECS) == [ACME, BETA]


def test_another_pack_in_its_place(site: World, root: Path) -> None:
    """A pack whose namespace was changed in place takes the place of the old one, once it is good."""
    keeper = site.started()
    replace(acme(root), name="acme.card").write(expected="8")
    keeper.step()
    assert answers(keeper, SPECS) == [ACME, BETA]
    replace(acme(root), name="acme.card").write()
    keeper.step()
    assert answers(keeper, SPECS) == [ACME, BETA]
    assert states(keeper) == {"acme.card": "serving", "beta.nic": "serving"}


def test_two_folders_with_one_namespace(site: World, root: Path) -> None:
    """Of two folders with one namespace the one that serves goes on, whichever is written; the other is told why."""
    keeper = site.started()
    for folder in ("aaaa", "zeta"):
        acme(root, folder).write(count="2")
        keeper.step()
        assert answers(keeper, SPECS) == [ACME, BETA]
        held = {one.origin: [item.code for item in one.findings] for one in keeper.status() if one.state == "held"}
        assert held == {str(root / folder): ["pack.namespace"]}
        acme(root, folder).write(count="4")
        keeper.step()
        assert answers(keeper, SPECS) == [ACME, BETA]
        acme(root).write(count="1", level="generic")
        keeper.step()
        acme(root).write()
        keeper.step()
        shutil.rmtree(root / folder)
        keeper.step()
        assert states(keeper) == {"acme.nic": "serving", "beta.nic": "serving"}


def test_the_other_folder_takes_over(site: World, root: Path) -> None:
    """When of two folders with one namespace the one that serves goes, the other serves."""
    keeper = site.started()
    acme(root, "zeta").write(count="2")
    keeper.step()
    shutil.rmtree(root / "acme")
    keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 2", BETA]


def test_two_folders_at_the_start(site: World, root: Path) -> None:
    """Of two folders with one namespace none is used when none serves yet: which is meant nobody can tell."""
    acme(root, "zeta").write(count="2")
    keeper = site.started()
    assert answers(keeper, SPECS) == [BETA]
    assert codes(keeper, "acme.nic") == ["pack.namespace", "pack.namespace"]
    shutil.rmtree(root / "zeta")
    keeper.step()
    assert answers(keeper, SPECS) == [ACME, BETA]


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
    shelf = site.shelf
    assert isinstance(shelf, MemoryShelf)
    digest = keeper.live.units["pack", "acme.nic"].part.digest
    shelf.remove("acme.nic", digest)
    assert keeper.remove("acme.nic", "by hand")
    assert not keeper.remove("acme.nic", "by hand")
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
    """A pack that is removed while a generation is pinned goes when that is unpinned."""
    keeper = site.started()
    shelf = _shelf(site)
    shelf.pin(keeper.live.digest)
    keeper.follow()
    shelf.remove("acme.nic", keeper.live.units["pack", "acme.nic"].part.digest)
    keeper.remove("acme.nic", "by hand")
    keeper.step()
    assert answers(keeper, SPECS) == [ACME, BETA]
    shelf.unpin()
    keeper.step()
    assert answers(keeper, SPECS) == [BETA]


def test_bundled_packs_are_not_removed(site: World) -> None:
    """What came with the engine cannot be removed by command."""
    keeper = site.started()
    assert not keeper.remove("onap.openstack", "by hand")
    assert any(pack.namespace == "onap.openstack" for pack in keeper.live.generation.packs)


def _shelf(site: World) -> MemoryShelf:
    assert isinstance(site.shelf, MemoryShelf)
    return site.shelf


def test_pinned(site: World, root: Path) -> None:
    """DESIGN 7: while a generation is pinned, new content waits, over a restart too, and serves when it is unpinned."""
    keeper = site.started()
    first = keeper.live.digest
    _shelf(site).pin(first)
    keeper.step()
    acme(root).write(count="2")
    keeper.step()
    for pinned in (keeper, site.started()):
        assert (answers(pinned, SPECS), pinned.live.digest) == ([ACME, BETA], first)
        assert states(pinned)["acme.nic"] == "waiting"
    _shelf(site).unpin()
    keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 2", BETA]


def test_rolled_back(site: World, root: Path) -> None:
    """DESIGN 7: rollback pins an earlier generation; unpinned, what lies in the folders serves again."""
    keeper = site.started()
    first = keeper.live.digest
    acme(root).write(count="2")
    keeper.step()
    second = keeper.live.digest
    _shelf(site).pin(first)
    assert keeper.follow()
    keeper.step()
    assert (keeper.live.digest, answers(keeper, SPECS)) == (first, [ACME, BETA])
    shutil.rmtree(root / "beta")
    keeper.step()
    assert keeper.live.digest == first
    beta(root).write()
    _shelf(site).unpin()
    assert keeper.follow()
    keeper.step()
    assert (keeper.live.digest, answers(keeper, SPECS)) == (second, ["pciePassthrough x 2", BETA])


def test_restart(site: World, root: Path) -> None:
    """DESIGN 7: a restart with a broken folder serves what was accepted, without checking it again."""
    keeper = site.started()
    checked: list[Path] = []
    site.check = _noting(site, checked)
    again = site.started()
    assert (again.live.digest, again.live.active, checked) == (keeper.live.digest, keeper.live.active, [])
    (root / "acme" / "device.yaml").write_text("{", encoding="utf-8")
    shutil.rmtree(site.folder / "spool")
    again = site.started()
    assert (again.live.digest, answers(again, SPECS), len(checked)) == (keeper.live.digest, [ACME, BETA], 1)


def test_restart_with_another_engine(site: World, root: Path) -> None:
    """Another engine checks anew what was accepted, leaves out what it refuses, and pins what was pinned."""
    first = site.started().live
    _shelf(site).pin(first.digest)
    shutil.rmtree(root)
    site.engine = "2.0.0"
    check = site.check
    site.check = lambda place: check(place if "beta.nic" in (place / "pack.yaml").read_text() else place / "gone")
    keeper = site.started()
    assert keeper.live.recipe.engine == "2.0.0"
    assert (answers(keeper, SPECS), keeper.live.active.pinned) == ([BETA], True)
    assert site.events.named("engine.changed") == [{"from": "1.0.0", "to": "2.0.0"}]


def test_two_engines_at_a_time(site: World, root: Path) -> None:
    """While hosts are upgraded one by one, those with the old engine serve on what they had."""
    old = site.started()
    serving = old.live
    site.engine = "2.0.0"
    new = site.started()
    assert not old.follow()
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
    _shelf(site)._contents[digest] = b"junk"
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
    _shelf(site).pin(keeper.live.digest)
    acme(root).write(count="2")
    keeper.step()
    site.roots, roots = (), site.roots
    site.started()
    site.roots = roots
    shutil.rmtree(site.folder / "spool")
    _shelf(site).unpin()
    keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 2", BETA]


def test_without_roots(site: World, tmp_path: Path) -> None:
    """A keeper without roots, as a command has, changes nothing by itself."""
    live = site.started().live
    other = replace(site, roots=(FolderRoot(tmp_path / "nowhere"),)).started()
    assert other.live.digest == live.digest
    assert replace(site, roots=()).started().live.digest == live.digest
    assert site.shelf.active() == live.active
