# SPDX-License-Identifier: Apache-2.0
"""What serves when the folders of vendors change: good, bad, half of it, gone, renamed, doubled (DESIGN 7)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from packs.live.sites import World, answers, world
from packs.live.two_vendors import ACME, BETA, SPECS, acme, beta, codes, memory_of, noting, states


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
    outcome = live.generation.evaluate("openstack.flavor", {"id": "1", "name": "f", "extra_specs": SPECS})  # type: ignore[attr-defined]  # something serves by now
    return [found.attributes[0].value for found in outcome.capabilities if found.feature == "pciePassthrough"]


def test_nothing_changed(site: World, root: Path) -> None:
    """Files that are written again with the same content make no new generation, and nothing is checked again."""
    checked: list[Path] = []
    site.check = noting(site, checked)
    keeper = site.started()
    live, before = keeper.live, len(checked)
    acme(root).write()
    assert not keeper.step()
    assert (keeper.live is live, len(checked)) == (True, before)


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
    memory_of(site)._active = before.active
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
