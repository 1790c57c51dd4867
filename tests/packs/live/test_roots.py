# SPDX-License-Identifier: Apache-2.0
"""What is found in folders, ConfigMaps and site folders, whatever else lies there, and when it was taken away."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from hpa_discovery.packs.live import looking
from hpa_discovery.packs.live.content import pack_content
from hpa_discovery.packs.live.looking import MOST_ENTRIES, Found, Reader, stamp_of
from hpa_discovery.packs.live.roots import FolderRoot, Seen, wheel_root
from packs.live.sites import Vendor
from yardstick import measured

OLD_NS = looking._GRAIN_NS / 1e9 + 0.02  # seconds after which a file is known not to be written in the same moment


def found(seen: Seen) -> dict[str, str]:
    """The names of what was found, by where it lies below the root."""
    return {str(item.origin.relative_to(seen.root)): item.name for item in seen.found}


def codes(seen: Seen) -> list[str]:
    """What is wrong beside the packs."""
    return [finding.code for finding in seen.findings]


def vendor(folder: Path, name: str = "acme.nic") -> Path:
    """A pack."""
    return Vendor(folder, name=name).write().folder


def overlay(file: Path, name: str = "site") -> Path:
    """An overlay file."""
    file.write_text(f"kind: Overlay\nmetadata: {{id: {name}}}\n", encoding="utf-8")
    return file


def test_a_pack_is_the_root(tmp_path: Path) -> None:
    """A flat folder, such as a mounted ConfigMap, is one pack with its overlays."""
    vendor(tmp_path / "flat")
    overlay(tmp_path / "flat" / "site.overlay.yaml")
    assert found(FolderRoot(tmp_path / "flat").look()) == {".": "acme.nic", "site.overlay.yaml": "site"}


def test_a_folder_of_packs(tmp_path: Path) -> None:
    """Packs lie right below the root; what is hidden or no pack is not found."""
    for name in ("a", "b", ".c"):
        vendor(tmp_path / name, f"x.{name.strip('.')}")
    (tmp_path / "notes").mkdir()
    (tmp_path / "README.md").touch()
    overlay(tmp_path / "z.overlay.yaml", "z")
    overlay(tmp_path / ".hidden.overlay.yaml")
    seen = FolderRoot(tmp_path).look()
    assert (found(seen), seen.findings) == ({"a": "x.a", "b": "x.b", "z.overlay.yaml": "z"}, ())


def test_two_levels_down(tmp_path: Path) -> None:
    """Packs may lie one folder further down, as checkouts of several vendors do."""
    for name in ("one/a", "one/b", "two/c"):
        vendor(tmp_path / name, f"x.{name[-1]}")
    assert found(FolderRoot(tmp_path).look()) == {"one/a": "x.a", "one/b": "x.b", "two/c": "x.c"}


@pytest.mark.parametrize(
    "make",
    [
        lambda path: None,
        lambda path: path.write_text("", encoding="utf-8"),
        lambda path: path.symlink_to(path.name),
        os.mkfifo,
    ],
    ids=["missing", "a file", "a loop", "a pipe"],
)
def test_no_root(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """A root that is none has a problem, and has lost nothing."""
    make(tmp_path / "root")
    root = FolderRoot(tmp_path / "root")
    seen = root.look()
    assert (seen.found, bool(seen.problem)) == ((), True)
    assert not seen.has_lost("acme.nic", tmp_path / "root" / "acme")
    assert root.stamp() == root.stamp()


def test_empty_root(tmp_path: Path) -> None:
    """DESIGN 7: an empty root has no problem and has lost nothing; one that holds another pack has."""
    root = FolderRoot(tmp_path)
    assert (root.look().problem, root.look().has_lost("acme.nic", tmp_path / "acme")) == ("", False)
    vendor(tmp_path / "beta", "beta.nic")
    assert root.look().has_lost("acme.nic", tmp_path / "acme")
    assert not root.look().has_lost("beta.nic", tmp_path / "beta")


def test_links_out_of_the_root(tmp_path: Path) -> None:
    """DESIGN 7: real paths stay under the watched root; a link to a pack elsewhere is told and not read."""
    vendor(tmp_path / "elsewhere")
    root = tmp_path / "root"
    vendor(root / "good", "x.good")
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    (root / "site.overlay.yaml").symlink_to(overlay(tmp_path / "other.yaml"))
    seen = FolderRoot(root).look()
    assert found(seen) == {"good": "x.good", "site.overlay.yaml": ""}
    assert codes(seen) == ["file.outside"]
    assert [finding.code for item in seen.found for finding in item.content.findings] == ["file.outside"]


def test_links_inside_the_root(tmp_path: Path) -> None:
    """A link that stays under the root, as tools make it that swap versions, is followed; so is a root that is one."""
    vendor(tmp_path / "root" / ".versions" / "1")
    (tmp_path / "root" / "current").symlink_to(".versions/1")
    (tmp_path / "link").symlink_to("root")
    assert found(FolderRoot(tmp_path / "link").look()) == {"current": "acme.nic"}


def test_another_folder_cannot_be_read(tmp_path: Path) -> None:
    """A folder nobody may look into, such as lost+found, keeps no pack away."""
    root = tmp_path / "root"
    vendor(root / "acme")
    (root / "lost+found").mkdir(mode=0o000)
    (root / "zloop").symlink_to("zloop")
    code = "import sys; from pathlib import Path; from hpa_discovery.packs.live.roots import FolderRoot\n"
    code += "s = FolderRoot(Path(sys.argv[1])).look(); print(len(s.found), s.problem, *[f.code for f in s.findings])"
    env = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    # Root may look into every folder: without its capabilities it is a user like any other.
    plain = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*plain, sys.executable, "-c", code, root], capture_output=True, text=True, env=env, check=True
    )
    assert done.stdout.split() == ["1", "file.unreadable", "file.unreadable"]


def test_swap_of_a_config_map(tmp_path: Path) -> None:
    """The one rename with which Kubernetes swaps all files of a ConfigMap changes stamp and content."""
    mount = tmp_path / "mount"
    for number in ("1", "2"):
        Vendor(mount / f"..{number}").write(count=number)
    (mount / "..data").symlink_to("..1")
    for name in Vendor(mount).files():
        (mount / name).symlink_to(f"..data/{name}")
    root = FolderRoot(mount)
    before, stamp = root.look().found[0].content, root.stamp()
    (mount / "..new").symlink_to("..2")
    (mount / "..new").rename(mount / "..data")
    after = root.look().found[0].content
    assert root.stamp() != stamp
    assert (before.findings, after.findings, before.digest != after.digest) == ((), (), True)
    assert after.digest == pack_content(mount / "..2").digest


CHANGES: dict[str, Callable[[Path], object]] = {
    "written": lambda pack: (pack / "device.yaml").write_text("a: 1\n", encoding="utf-8"),
    "new": lambda pack: (pack / "new.yaml").touch(),
    "new and deeper": lambda pack: Vendor(pack / "more" / "below").write(),
    "deleted": lambda pack: (pack / "device.yaml").unlink(),
    "renamed": lambda pack: (pack / "device.yaml").rename(pack / "other.yaml"),
    "mode of a driver": lambda pack: (pack / "drivers/d/run").chmod(0o755),
    "deep in a driver": lambda pack: (pack / "drivers/d/1/2/3/4/5/6/7/8/deep").write_text("x", encoding="utf-8"),
    "hidden in a driver": lambda pack: (pack / "drivers/d/.hidden").touch(),
    "folder replaced": lambda pack: (pack.rename(pack.with_name(".old")), Vendor(pack).write(count="3")),
    "same size and time": lambda pack: _same_size(pack / "device.yaml"),
}


def _same_size(file: Path) -> None:
    info, text = file.stat(), file.read_text(encoding="utf-8")
    file.write_text(text.replace("A device", "B device"), encoding="utf-8")
    os.utime(file, ns=(info.st_atime_ns, info.st_mtime_ns))


@pytest.fixture
def driven(tmp_path: Path) -> Path:
    """A root with a pack that has a driver with files far below."""
    pack = vendor(tmp_path / "root" / "acme")
    deep = pack / "drivers/d/1/2/3/4/5/6/7/8"
    deep.mkdir(parents=True)
    for file in (deep / "deep", pack / "drivers/d/run", pack / "drivers/d/driver.yaml"):
        file.touch()
    return pack


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_every_change_is_stamped(driven: Path, change: Callable[[Path], object]) -> None:
    """Whatever changes what a pack is changes its stamp, and it is read again; nothing else is."""
    root = FolderRoot(driven.parent)
    root.look()
    time.sleep(OLD_NS)
    before, stamp = root.look().found[0].content.digest, root.stamp()
    assert root.stamp() == stamp
    assert root.look().found[0].content.archive == b""
    change(driven)
    assert root.stamp() != stamp
    assert root.look().found[0].content.digest != before


def test_written_twice_in_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written a moment ago is read again, since two writes may have one time."""
    monkeypatch.setattr(looking, "_GRAIN_NS", 3 * 10**9)
    reader, pack = Reader(), vendor(tmp_path / "acme")
    assert reader.read([pack])[0].content.archive
    assert reader.read([pack])[0].content.archive
    time.sleep(3.1)
    assert reader.read([pack])[0].content.archive
    known = reader.read([pack])[0]
    assert not known.content.archive
    assert known.read_again() == pack_content(pack)
    (pack / "device.yaml").unlink()
    with pytest.raises(OSError, match="was changed while it was read"):
        known.read_again()


def test_links_in_circles(tmp_path: Path) -> None:
    """Links that lead in circles make no stamp long."""
    pack = vendor(tmp_path / "acme")
    for number in range(30):
        (pack / f"loop{number}").symlink_to(".")
        (pack / "drivers" / f"d{number}").mkdir(parents=True)
        (pack / "drivers" / f"d{number}" / "up").symlink_to("../..")
    _, seconds = measured(FolderRoot(tmp_path).look, 2)
    assert len(list(stamp_of(pack))) < 200
    assert seconds < 2


class Swapping(Reader):
    """Somebody puts a link in the place of a folder after it was found and before it is read."""

    swapped: tuple[Path, Path] | None = None

    def read(self, places: Iterable[Path], within: Path | None = None) -> tuple[Found, ...]:
        """What is there by then."""
        places = list(places)
        if self.swapped is not None:
            folder, target = self.swapped
            folder.rename(folder.with_name(".away"))
            folder.symlink_to(target)
        return super().read(places, within)


def test_a_folder_is_swapped_for_a_link(tmp_path: Path) -> None:
    """What lies out of the watched folder is not read, and the link is told by the next look; a link inside is read."""
    secret = vendor(tmp_path / "elsewhere", "secret.pack")
    root = tmp_path / "root"
    vendor(root / "beta", "beta.nic")
    pack = vendor(root / "acme")
    reader = Swapping()
    watched = FolderRoot(root, reader)
    reader.swapped = (pack, secret)
    assert found(watched.look()) == {"beta": "beta.nic"}
    reader.swapped = None
    pack.unlink()
    (root / ".away").rename(pack)
    reader.swapped = (pack, pack)
    assert found(watched.look()) == {"beta": "beta.nic"}  # a loop
    reader.swapped = None
    pack.unlink()
    pack.symlink_to(secret)
    seen = watched.look()
    assert (found(seen), codes(seen)) == ({"beta": "beta.nic"}, ["file.outside"])
    assert not seen.has_lost("acme.nic", pack)
    pack.unlink()
    pack.symlink_to(".away")
    assert found(watched.look()) == {"acme": "acme.nic", "beta": "beta.nic"}


def test_nothing_outside_is_read(tmp_path: Path) -> None:
    """Neither files nor drivers of a pack whose folder leads out of where it was found, whatever came before."""
    outside = vendor(tmp_path / "outside")
    driver = outside / "drivers" / "card"
    driver.mkdir(parents=True)
    (driver / "driver.yaml").write_text("kind: Driver\n", encoding="utf-8")
    root = tmp_path / "root"
    root.mkdir()
    (root / "acme").symlink_to(outside)
    content = pack_content(root / "acme", within=root)
    assert content.archive == pack_content(tmp_path / "nothing").archive
    assert {finding.code for finding in content.findings} == {"file.outside"}
    assert pack_content(root / "acme").findings == ()


def test_garbage_without_end(tmp_path: Path) -> None:
    """A pack folder with more files than a pack may have by far is not read, and told; others are."""
    pack, _ = vendor(tmp_path / "acme"), vendor(tmp_path / "beta", "beta.nic")
    for number in range(MOST_ENTRIES):
        (pack / f"junk{number}").touch()
    seen = FolderRoot(tmp_path).look()
    told = {item.name: [finding.code for finding in item.content.findings] for item in seen.found}
    assert told == {"acme.nic": ["limit.pack"], "beta.nic": []}
    assert len(list(stamp_of(pack))) == MOST_ENTRIES + 1


def test_folders_without_end(tmp_path: Path) -> None:
    """Folders in folders down to what the system can name are a finding."""
    pack = vendor(tmp_path / "acme")
    deep = str(pack / "drivers" / "d")
    os.makedirs(deep)  # noqa: PTH103 - paths too long for pathlib's calls
    (Path(deep) / "driver.yaml").touch()
    while len(deep) < 3900:
        deep += "/a"
        os.mkdir(deep)  # noqa: PTH102 - paths too long for pathlib's calls
    seen = FolderRoot(tmp_path).look()
    assert {finding.code for finding in seen.found[0].content.findings} == {"driver.folder"}
    while deep.endswith("/a"):  # shutil and pytest would not get down there
        os.rmdir(deep)  # noqa: PTH106 - paths too long for pathlib's calls
        deep = deep[:-2]


def test_gone_while_looked_at(tmp_path: Path) -> None:
    """A place that goes away between the listing and the reading was not there."""
    assert Reader().read([tmp_path / "gone", tmp_path / "gone.overlay.yaml"]) == ()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site folder with a pack's wheel and another."""
    folder = tmp_path / "site-packages"
    vendor(folder / "acme_nic")
    info = folder / "acme_nic-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme_nic\nVersion: 1.0\n\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[hpa_discovery.packs]\nacme.nic = acme_nic\n", encoding="utf-8")
    names = [f"acme_nic/{path.name},,\n" for path in (folder / "acme_nic").iterdir()]
    (info / "RECORD").write_text("".join(names), encoding="utf-8")
    (folder / "other").mkdir()
    return folder


def test_wheel(site: Path) -> None:
    """The pack of an installed wheel is found; uninstalled, it was taken away."""
    root = wheel_root(site)
    stamp = root.stamp()
    assert found(root.look()) == {"acme_nic": "acme.nic"}
    assert not root.look().has_lost("acme.nic", site / "acme_nic")
    shutil.rmtree(site / "acme_nic-1.0.dist-info")
    for file in (site / "acme_nic").iterdir():
        file.unlink()
    assert root.look().has_lost("acme.nic", site / "acme_nic")
    assert root.stamp() != stamp


def test_wheel_is_upgraded(site: Path) -> None:
    """While pip has put the old version aside, nothing is taken away; what a killed pip left does not count."""
    root = wheel_root(site)
    (site / "acme_nic").rename(site / "~cme_nic")
    (site / "acme_nic-1.0.dist-info").rename(site / "~cme_nic-1.0.dist-info")
    assert (root.look().found, root.look().has_lost("acme.nic", site / "acme_nic")) == ((), False)
    stamp = root.stamp()
    shutil.rmtree(site / "~cme_nic")
    shutil.rmtree(site / "~cme_nic-1.0.dist-info")
    assert root.stamp() != stamp
    assert root.look().has_lost("acme.nic", site / "acme_nic")


def test_wheel_is_broken(site: Path) -> None:
    """A wheel that is there and cannot be used has not lost its pack."""
    (site / "acme_nic-1.0.dist-info" / "RECORD").unlink()
    shutil.rmtree(site / "acme_nic")
    seen = wheel_root(site).look()
    assert (codes(seen), seen.has_lost("acme.nic", site / "acme_nic")) == (["wheel.unreadable"], False)


def test_site_folder_is_gone(site: Path) -> None:
    """DESIGN 7: a missing root keeps all; a site folder, too."""
    root = wheel_root(site)
    stamp = root.stamp()
    shutil.rmtree(site)
    assert (bool(root.look().problem), root.look().has_lost("acme.nic", site / "acme_nic")) == (True, False)
    assert root.stamp() != stamp
