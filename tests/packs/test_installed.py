# SPDX-License-Identifier: Apache-2.0
"""The packs of installed wheels: found while the process runs, never imported, and not upset by broken ones."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hpa_discovery.packs.installed import Installed, InstalledPacks, installed_packs
from hpa_discovery.packs.load import load_pack
from hpa_discovery.packs.site_folder import DistInfo
from packs.publishing.pack_folders import built, install, make_environment, pip, site_of

NAME = "onap-device-driver-acme-nic"
PACKAGE = "onap_device_driver_acme_nic"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a pack acme.nic."""
    return built(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """A site folder into which pip has installed the wheel."""
    python = make_environment(tmp_path_factory.mktemp("env") / "env")
    install(python, wheel)
    return site_of(python)


@pytest.fixture
def site(tmp_path: Path, prepared: Path) -> Path:
    """A copy of that folder."""
    return shutil.copytree(prepared, tmp_path / "site")


def _info(site: Path) -> Path:
    return site / f"{PACKAGE}-0.1.0.dist-info"


def _rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def _problem(found: Installed) -> str:
    assert found.packs == ()
    assert [problem.code for problem in found.problems] == ["wheel.unreadable"]
    return found.problems[0].message


def test_an_installed_pack_is_found(site: Path) -> None:
    """Namespace, version, wheel and folder are told, and the folder is a pack."""
    found = installed_packs([site])
    assert found.problems == ()
    (pack,) = found.packs
    assert (pack.namespace, pack.version, pack.distribution) == ("acme.nic", "0.1.0", NAME)
    assert pack.root == site / PACKAGE
    assert load_pack(pack.root).ok


def test_installed_and_removed_while_we_run(tmp_path: Path, wheel: Path) -> None:
    """What pip installs, updates and removes beside a running process is seen at the next look."""
    python = make_environment(tmp_path / "env")
    packs = InstalledPacks([site_of(python)])
    assert packs.look() == Installed()
    install(python, wheel)
    assert [pack.version for pack in packs.look().packs] == ["0.1.0"]
    install(python, built(tmp_path, version="0.2.0"))
    assert [pack.version for pack in packs.look().packs] == ["0.2.0"]
    pip(python, "uninstall", "--yes", "--quiet", NAME)
    assert packs.look() == Installed()


def test_nothing_is_imported(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package whose code would end the process is found all the same."""
    (site / PACKAGE / "__init__.py").write_text("raise SystemExit(1)\n")
    monkeypatch.syspath_prepend(str(site))
    assert [pack.namespace for pack in InstalledPacks().look().packs] == ["acme.nic"]
    assert PACKAGE not in sys.modules


def test_the_path_is_read_at_each_look(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without folders, those of sys.path count, as it is at the time; what is no folder there is passed over."""
    packs = InstalledPacks()
    monkeypatch.setattr(sys, "path", ["/nowhere", str(site.parent / "a.zip"), str(_info(site) / "RECORD")])
    assert packs.look() == Installed()
    monkeypatch.setattr(sys, "path", [str(site)])
    assert len(packs.look().packs) == 1


def test_the_first_on_the_path_hides_the_others(site: Path, tmp_path: Path) -> None:
    """Of one wheel in two site folders the first counts, as it does for Python; no namespace is there twice."""
    other = shutil.copytree(site, tmp_path / "other")
    found = installed_packs([other, site, other])
    assert [pack.root.parent for pack in found.packs] == [other]
    assert found.problems == ()


def test_two_wheels_with_one_namespace(site: Path) -> None:
    """Neither is used, and each is told with the name of the other."""
    shutil.copytree(site / PACKAGE, site / "other")
    info = shutil.copytree(_info(site), site / "other-2.0.dist-info")
    _rewrite(info / "METADATA", f"Name: {NAME}", "Name: other")
    _rewrite(info / "METADATA", "Version: 0.1.0", "Version: 2.0")
    _rewrite(info / "entry_points.txt", PACKAGE, "other")
    _rewrite(info / "RECORD", f"{PACKAGE}/", "other/")
    found = installed_packs([site])
    assert found.packs == ()
    assert [problem.code for problem in found.problems] == ["wheel.namespace"] * 2
    for problem in found.problems:
        assert f"{NAME} 0.1.0 and other 2.0; none of them is used" in problem.message
    assert found.doubtful == {"acme.nic"}
    assert {Path(problem.file).parent for problem in found.problems} == {site / PACKAGE, site / "other"}


def test_leftovers_of_pip_are_no_wheels(site: Path) -> None:
    """A dist-info folder that pip renamed in order to remove it does not count."""
    _info(site).rename(site / f"~{PACKAGE[1:]}-0.1.0.dist-info")
    assert installed_packs([site]) == Installed()


def no_record(site: Path) -> str:
    """There is no list of files."""
    (_info(site) / "RECORD").unlink()
    return "RECORD cannot be read"


def not_listed(site: Path) -> str:
    """The list does not have the pack, as that of an editable install."""
    (_info(site) / "RECORD").write_text(f"__editable__.pth,,\n{_info(site).name}/RECORD,,\n")
    return "RECORD does not list .*pack.yaml"


def half_there(site: Path) -> str:
    """A listed file is missing."""
    (site / PACKAGE / "device.yaml").unlink()
    return "device.yaml is listed in RECORD and not there"


def absolute(site: Path) -> str:
    """A listed file is absolute."""
    _rewrite(_info(site) / "RECORD", f"{PACKAGE}/device.yaml", "/etc/hostname")
    return "lists /etc/hostname, which leads out"


def dots(site: Path) -> str:
    """A listed file leads out by way of the package."""
    _rewrite(_info(site) / "RECORD", f"{PACKAGE}/device.yaml", f"{PACKAGE}/../../evil.yaml")
    return "evil.yaml, which leads out"


def dots_back(site: Path) -> str:
    """A listed file leads out and back."""
    _rewrite(_info(site) / "RECORD", f"{PACKAGE}/device.yaml", f"../{site.name}/{PACKAGE}/device.yaml")
    return "device.yaml, which leads out"


def link_out(site: Path) -> str:
    """A file is a link out of the site folder."""
    (site / PACKAGE / "device.yaml").unlink()
    (site / PACKAGE / "device.yaml").symlink_to("/etc/hostname")
    return "device.yaml is a link that leads out"


def folder_link_out(site: Path) -> str:
    """The package is a link out of the site folder."""
    (site / PACKAGE).rename(site.parent / "elsewhere")
    (site / PACKAGE).symlink_to(site.parent / "elsewhere")
    return "is a link that leads out"


def link_loop(site: Path) -> str:
    """A file is a link to itself."""
    (site / PACKAGE / "device.yaml").unlink()
    (site / PACKAGE / "device.yaml").symlink_to("device.yaml")
    return "device.yaml is listed in RECORD and not there"


def broken_entry_points(site: Path) -> str:
    """The entry points are no such file."""
    _rewrite(_info(site) / "entry_points.txt", "acme.nic =", "acme.nic")
    return "entry_points.txt cannot be understood"


def doubled_entry_points(site: Path) -> str:
    """One namespace stands there twice."""
    _rewrite(_info(site) / "entry_points.txt", "acme.nic =", "acme.nic = a\nacme.nic =")
    return "entry_points.txt cannot be understood"


def path_as_package(site: Path) -> str:
    """The entry point names a path and no package."""
    _rewrite(_info(site) / "entry_points.txt", PACKAGE, "../../etc")
    return "does not name a package"


def object_as_package(site: Path) -> str:
    """The entry point names an object."""
    _rewrite(_info(site) / "entry_points.txt", PACKAGE, f"{PACKAGE}:pack")
    return "does not name a package"


def no_metadata(site: Path) -> str:
    """There is no METADATA."""
    (_info(site) / "METADATA").unlink()
    return "METADATA cannot be read"


def nameless(site: Path) -> str:
    """METADATA does not say the name."""
    _rewrite(_info(site) / "METADATA", "Name:", "Nmae:")
    return "does not say the wheel's name and version"


def garbage(site: Path) -> str:
    """RECORD is garbage."""
    (_info(site) / "RECORD").write_bytes(b'"\xff\x00' * 99)
    return "RECORD"


def endless_record(site: Path) -> str:
    """RECORD has no end."""
    (_info(site) / "RECORD").write_bytes(b"a,,\n" * 2_000_000)
    return "RECORD is larger than"


def long_record(site: Path) -> str:
    """RECORD lists one file very often."""
    record = _info(site) / "RECORD"
    record.write_text(record.read_text("utf-8") + f"{PACKAGE}/device.yaml,,\n" * 10_000, "utf-8")
    return "RECORD lists 100[0-9]+ files; a wheel may have 6000"


def impossible_name(site: Path) -> str:
    """A listed file has a name that no file can have."""
    record = _info(site) / "RECORD"
    record.write_text(record.read_text("utf-8") + f"{PACKAGE}/\0,,\n", "utf-8")
    return "which no file can be called"


def long_entry_points(site: Path) -> str:
    """The entry points take long to be parsed."""
    points = _info(site) / "entry_points.txt"
    points.write_text(points.read_text("utf-8") + "".join(f"a{number} = a\n" for number in range(10_000)), "utf-8")
    return "entry_points.txt is larger than 65536 bytes"


def many_packs(site: Path) -> str:
    """The wheel says of itself that it holds many packs, each of which is its one folder."""
    points = _info(site) / "entry_points.txt"
    points.write_text(points.read_text("utf-8") + "".join(f"a{number} = {PACKAGE}\n" for number in range(99)), "utf-8")
    return "names 100 packs; a wheel may hold 16"


def pipe(site: Path) -> str:
    """RECORD is a pipe that nobody writes into."""
    (_info(site) / "RECORD").unlink()
    os.mkfifo(_info(site) / "RECORD")
    return "RECORD does not list"


def other_namespace(site: Path) -> str:
    """The pack says another namespace than its entry point."""
    _rewrite(_info(site) / "entry_points.txt", "acme.nic", "onap.openstack")
    return "says namespace onap.openstack, and pack.yaml says acme.nic"


SPOILERS: list[Callable[[Path], str]] = [
    long_record,
    impossible_name,
    long_entry_points,
    many_packs,
    pipe,
    no_record,
    not_listed,
    half_there,
    absolute,
    dots,
    dots_back,
    link_out,
    folder_link_out,
    link_loop,
    broken_entry_points,
    doubled_entry_points,
    path_as_package,
    object_as_package,
    no_metadata,
    nameless,
    garbage,
    endless_record,
    other_namespace,
]


@pytest.mark.parametrize("spoil", SPOILERS)
def test_a_broken_wheel_is_told(site: Path, spoil: Callable[[Path], str]) -> None:
    """A wheel that cannot be read or leads out of its folder gives no pack but a problem that says why."""
    message = spoil(site)
    assert re.search(message, _problem(installed_packs([site])))


def test_what_is_mended_is_found(site: Path) -> None:
    """A file that comes late, as while pip is at work, is seen though nothing else of the wheel changes."""
    packs = InstalledPacks([site])
    kept = (site / PACKAGE / "device.yaml").read_bytes()
    half_there(site)
    assert packs.look().packs == ()
    (site / PACKAGE / "device.yaml").write_bytes(kept)
    assert len(packs.look().packs) == 1


def test_a_wheel_that_is_changed_in_place_is_read_again(site: Path) -> None:
    """Installed again under the same version, a wheel may hold something else."""
    packs = InstalledPacks([site])
    assert len(packs.look().packs) == 1
    assert re.search(other_namespace(site), _problem(packs.look()))


def test_a_pack_that_goes_from_a_wheel_that_stays(site: Path) -> None:
    """A package that is removed by hand is told at the next look."""
    packs = InstalledPacks([site])
    assert len(packs.look().packs) == 1
    shutil.rmtree(site / PACKAGE)
    assert "is listed in RECORD and not there" in _problem(packs.look())
    assert packs.look().doubtful == {"acme.nic"}


def test_programs_of_a_wheel_lie_outside(site: Path) -> None:
    """A wheel may list a program that pip puts beside the site folder: it is not the pack's."""
    record = _info(site) / "RECORD"
    record.write_text(record.read_text("utf-8") + "../../../bin/acme,,\n")
    assert len(installed_packs([site]).packs) == 1


def test_compiled_files_need_not_be_there(site: Path) -> None:
    """Whoever removes what pip compiled, to make an image smaller, keeps the pack."""
    compiled = site / PACKAGE / "__pycache__"
    assert f"{PACKAGE}/__pycache__/" in (_info(site) / "RECORD").read_text("utf-8")
    shutil.rmtree(compiled)
    assert len(installed_packs([site]).packs) == 1


def test_a_broken_wheel_does_not_hide_others(site: Path) -> None:
    """Beside a wheel that cannot be read, the packs of others are found."""
    broken = site / "broken-1.0.dist-info"
    broken.mkdir()
    (broken / "entry_points.txt").write_text("[hpa_discovery.packs]\nbroken = broken\n")
    found = installed_packs([site])
    assert [pack.namespace for pack in found.packs] == ["acme.nic"]
    assert [Path(problem.file) for problem in found.problems] == [broken]


def test_looking_again_reads_nothing(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as nothing changes, no file of a wheel is opened again."""
    packs = InstalledPacks([site])
    first = packs.look()
    monkeypatch.setattr(DistInfo, "_read", None)
    assert packs.look() == first
