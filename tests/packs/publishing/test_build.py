# SPDX-License-Identifier: Apache-2.0
"""`build_wheel`: what is in the wheel, that its bytes are the same every time, and what is not published."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from zipfile import ZipFile

import pytest
from packaging.metadata import Metadata
from packaging.tags import sys_tags
from packaging.utils import parse_wheel_filename
from packaging.version import Version

from hpa_discovery.drivers.folders import digest_of
from hpa_discovery.errors import DataError, PackError, UsageError
from hpa_discovery.language.budgets import Limits
from hpa_discovery.packs.load import load_pack
from hpa_discovery.packs.publishing.build import CasesFailed, build_wheel
from hpa_discovery.packs.publishing.contents import PublishedFile, contents_of
from hpa_discovery.packs.publishing.platforms import platform_of
from packs.publishing.pack_folders import add_driver, change, install, make_environment, make_pack, pip, site_of


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A new pack."""
    return make_pack(tmp_path)


def _members(wheel: Path) -> dict[str, bytes]:
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_name_and_what_is_in_it(pack: Path, tmp_path: Path) -> None:
    """The wheel has the pack's files, an empty __init__.py and its dist-info, and nothing that is hidden."""
    wheel = build_wheel(pack, tmp_path / "dist").path
    assert wheel.name == "onap_device_driver_acme_nic-0.1.0-py3-none-any.whl"
    members = _members(wheel)
    package, info = "onap_device_driver_acme_nic", "onap_device_driver_acme_nic-0.1.0.dist-info"
    names = ["LICENSE.md", "README.md", "__init__.py", "device.test.yaml", "device.yaml", "pack.yaml"]
    ours = [f"{info}/{name}" for name in ("METADATA", "WHEEL", "entry_points.txt", "RECORD")]
    assert list(members) == [*(f"{package}/{name}" for name in names), *ours]
    assert members[f"{package}/__init__.py"] == b""
    assert members[f"{info}/entry_points.txt"] == b"[hpa_discovery.packs]\nacme.nic = onap_device_driver_acme_nic\n"


def test_the_same_bytes_every_time(pack: Path, tmp_path: Path) -> None:
    """Dates, modes and the order of files on disk do not show in the wheel."""
    first = build_wheel(pack, tmp_path / "one").path.read_bytes()
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    for path in sorted(filter(Path.is_file, pack.iterdir()), reverse=True):
        copy = other / path.name
        copy.write_bytes(path.read_bytes())
        copy.chmod(0o600)
        os.utime(copy, (10**9, 10**9))
    wheel = build_wheel(other, tmp_path / "two").path
    assert wheel.read_bytes() == first
    with ZipFile(wheel) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_packaging_reads_it(pack: Path, tmp_path: Path) -> None:
    """The parsers of the `packaging` project accept the file name and the metadata."""
    people = '  maintainers:\n    - {name: "Ann, of Acme", email: ann@acme.example}\n    - {name: Bob}\n'
    change(pack, "  license: Apache-2.0\n", f"  license: Apache-2.0\n{people}")
    change(pack, "  description: What", '  description: "a\\nLicense: none" #')
    wheel = build_wheel(pack, tmp_path / "dist").path
    name, version, _, tags = parse_wheel_filename(wheel.name)
    assert (name, version) == ("onap-device-driver-acme-nic", Version("0.1.0"))
    assert tags & set(sys_tags())
    metadata = Metadata.from_email(_members(wheel)["onap_device_driver_acme_nic-0.1.0.dist-info/METADATA"])
    assert metadata.name == "onap-device-driver-acme-nic"
    assert metadata.summary == "a License: none"
    assert (metadata.license, metadata.maintainer) == ("Apache-2.0", "Bob")
    assert metadata.maintainer_email == '"Ann, of Acme" <ann@acme.example>'
    assert str(metadata.description).startswith("# acme.nic")


def test_pip_installs_it(pack: Path, tmp_path: Path) -> None:
    """With pip the wheel goes into a fresh environment, which is then sound, and all of it goes away again."""
    driver = add_driver(pack)
    wheel = build_wheel(pack, tmp_path / "dist").path
    python = make_environment(tmp_path / "env")
    install(python, wheel)
    root = site_of(python) / "onap_device_driver_acme_nic"
    assert "No broken requirements" in pip(python, "check")
    assert load_pack(root).ok
    assert digest_of(root / "drivers" / "asic") == digest_of(driver)
    pip(python, "uninstall", "--yes", "--quiet", "onap-device-driver-acme-nic")
    assert not root.exists()


def test_a_driver_comes_along_whole(pack: Path, tmp_path: Path) -> None:
    """All files of a driver's folder are in the wheel, hidden ones too, each as executable as it was."""
    driver = add_driver(pack)
    (driver / ".data").write_text("{}")
    (driver / "__pycache__").mkdir()
    (driver / "__pycache__" / "x.pyc").write_text("")
    with ZipFile(build_wheel(pack, tmp_path / "dist").path) as archive:
        modes = {info.filename: info.external_attr >> 16 for info in archive.infolist() if "/drivers/" in info.filename}
    below = "onap_device_driver_acme_nic/drivers/asic"
    assert modes == {f"{below}/.data": 0o100644, f"{below}/answer": 0o100755, f"{below}/driver.yaml": 0o100644}


def test_what_is_left_out_is_told(pack: Path, tmp_path: Path) -> None:
    """Files that are no part of a pack are not published, and their names are told."""
    (pack / "private.key").write_text("secret")
    (pack / "build").mkdir()
    (pack / "build" / "notes.txt").write_text("")
    (pack / "module.py").write_text("raise SystemExit\n")
    built = build_wheel(pack, tmp_path / "dist")
    assert built.left_out == ("build/notes.txt", "module.py", "private.key")
    assert not any("private" in name or name.endswith("module.py") for name in _members(built.path))


ByteOrder = Literal["little", "big"]
ELF = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9) + (2).to_bytes(2, "little")


@pytest.mark.parametrize(
    ("programs", "platform"),
    [
        ([62], "linux_x86_64"),
        ([183], "linux_aarch64"),
        ([62, 183], "linux_aarch64.linux_x86_64"),
    ],
)
def test_native_programs_name_the_platform(pack: Path, tmp_path: Path, programs: list[int], platform: str) -> None:
    """A wheel with ELF programs is for the machines that their headers name, whatever machine builds it."""
    driver = add_driver(pack)
    for machine in programs:
        (driver / f"answer-{machine}").write_bytes(ELF + machine.to_bytes(2, "little"))
    wheel = build_wheel(pack, tmp_path / "dist").path
    assert wheel.name == f"onap_device_driver_acme_nic-0.1.0-py3-none-{platform}.whl"
    assert {str(tag) for tag in parse_wheel_filename(wheel.name)[3]} == {
        f"py3-none-{one}" for one in platform.split(".")
    }
    about = _members(wheel)["onap_device_driver_acme_nic-0.1.0.dist-info/WHEEL"].decode()
    assert "Root-Is-Purelib: false" in about
    assert about.count("Tag: ") == len(programs)


@pytest.mark.parametrize(
    ("machine", "bits", "order", "platform"),
    [
        (21, 2, "little", "linux_ppc64le"),
        (21, 2, "big", "linux_ppc64"),
        (22, 2, "big", "linux_s390x"),
        (3, 1, "little", "linux_i686"),
        (40, 1, "little", "linux_armv7l"),
        (243, 2, "little", "linux_riscv64"),
    ],
)
def test_byte_order_and_bits_count(machine: int, bits: int, order: ByteOrder, platform: str) -> None:
    """A machine that can run in two ways is two platforms."""
    assert platform_of([_program(machine, bits, order)]) == platform


@pytest.mark.parametrize(("machine", "bits", "order"), [(62, 1, "little"), (183, 2, "big"), (22, 2, "little")])
def test_a_machine_used_in_a_way_that_no_tag_names(machine: int, bits: int, order: ByteOrder) -> None:
    """What looks like a known machine, with other bits or the other byte order, is refused with both."""
    with pytest.raises(DataError, match=f"ELF machine {machine} with {32 * bits} bits, {order}-endian; known are"):
        platform_of([_program(machine, bits, order)])


def _program(machine: int, bits: int, order: ByteOrder) -> PublishedFile:
    header = b"\x7fELF" + bytes([bits, 1 if order == "little" else 2, 1]) + bytes(9)
    return PublishedFile("answer", header + (2).to_bytes(2, order) + machine.to_bytes(2, order), executable=True)


def test_a_program_for_an_unknown_machine(pack: Path, tmp_path: Path) -> None:
    """A native program of a machine that no tag names is refused, and not published for all."""
    add_driver(pack, ELF + (4000).to_bytes(2, "little"))
    with pytest.raises(DataError, match="ELF machine 4000"):
        build_wheel(pack, tmp_path / "dist")


@pytest.mark.parametrize(
    ("version", "written"),
    [
        ("1.2.3", "1.2.3"),
        ("1.2.3-rc.1", "1.2.3rc1"),
        ("1.2.3-alpha", "1.2.3a0"),
        ("1.2.3-beta2+Site-7", "1.2.3b2+site.7"),
        ("1.2.3-dev.4", "1.2.3.dev4"),
        ("1.2.3+a.b-7", "1.2.3+a.b.7"),
    ],
)
def test_versions(pack: Path, tmp_path: Path, version: str, written: str) -> None:
    """Semantic versions become what pip orders in the same way, in the form that pip itself writes."""
    change(pack, "version: 0.1.0", f'version: "{version}"')
    wheel = build_wheel(pack, tmp_path / "dist").path
    assert wheel.name == f"onap_device_driver_acme_nic-{written}-py3-none-any.whl"
    assert str(Version(written)) == written


@pytest.mark.parametrize("build", ["a--b", "-a", "a-", "a.-b", "--"])
def test_a_build_that_pip_has_not(pack: Path, tmp_path: Path, build: str) -> None:
    """Semantic versions may have dashes anywhere in their build; pip refuses such a wheel, so none is built."""
    change(pack, "version: 0.1.0", f'version: "0.1.0+{build}"')
    with pytest.raises(DataError, match=rf"the build {build} of version 0\.1\.0\+{build} has no counterpart for pip"):
        build_wheel(pack, tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


def test_a_version_that_pip_has_not(pack: Path, tmp_path: Path) -> None:
    """A pre-release for which pip has no word is refused with those it has."""
    change(pack, "version: 0.1.0", "version: 0.1.0-SNAPSHOT")
    with pytest.raises(DataError, match="alpha, beta, rc or dev"):
        build_wheel(pack, tmp_path / "dist")


def test_lint_errors_refuse(pack: Path, tmp_path: Path) -> None:
    """A pack with lint errors gets no wheel, and the findings are told."""
    change(pack, "kind: Rule", "kind: Rull", "device.yaml")
    with pytest.raises(PackError, match="has errors, so nothing is made") as caught:
        build_wheel(pack, tmp_path / "dist")
    assert caught.value.findings
    assert not (tmp_path / "dist").exists()


def test_failing_cases_refuse(pack: Path, tmp_path: Path) -> None:
    """A pack whose cases fail gets no wheel, and the cases are told."""
    change(pack, "architecture: generic", "architecture: other", "device.yaml")
    with pytest.raises(CasesFailed, match=r"1 of 3 cases of acme\.nic fail") as caught:
        build_wheel(pack, tmp_path / "dist")
    assert [result.name for result in caught.value.results] == ["there"]


def test_which_pack(tmp_path: Path) -> None:
    """One pack below the folder is meant; of several one has to be named."""
    make_pack(tmp_path / "packs", "acme.one")
    assert build_wheel(tmp_path / "packs", tmp_path / "dist").path.name.startswith("onap_device_driver_acme_one-")
    make_pack(tmp_path / "packs", "acme.two")
    with pytest.raises(UsageError, match="there are 2 packs"):
        build_wheel(tmp_path / "packs", tmp_path / "dist")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no pack at"):
        build_wheel(tmp_path / "empty", tmp_path / "dist")


def link_of_yaml(pack: Path) -> None:
    """A rule that is a link out of the pack."""
    (pack.parent / "outside.yaml").write_text("a: 1\n")
    (pack / "more.yaml").symlink_to(pack.parent / "outside.yaml")


def link_of_text(pack: Path) -> None:
    """A license text that is a link out of the pack."""
    (pack / "NOTICE").symlink_to("/etc/hostname")


def link_in_driver(pack: Path) -> None:
    """A driver with a link, even to a file of its own."""
    (add_driver(pack) / "other").symlink_to("answer")


def fifo_in_driver(pack: Path) -> None:
    """A driver with what is no regular file."""
    os.mkfifo(add_driver(pack) / "pipe")


def device_as_text(pack: Path) -> None:
    """A README that is a device."""
    (pack / "README.md").unlink()
    os.mkfifo(pack / "README.md")


def backslash(pack: Path) -> None:
    """A name that is another one on another system."""
    (add_driver(pack) / "..\\evil").write_text("")


def control_character(pack: Path) -> None:
    """A name that would be two lines of RECORD."""
    (add_driver(pack) / "a\nb").write_text("")


def no_text(pack: Path) -> None:
    """A name that is not UTF-8."""
    (add_driver(pack) / os.fsdecode(b"a\xff")).write_text("")


@pytest.mark.parametrize(
    "spoil",
    [
        link_of_yaml,
        link_of_text,
        link_in_driver,
        fifo_in_driver,
        device_as_text,
        backslash,
        control_character,
        no_text,
    ],
)
def test_what_no_wheel_may_hold(pack: Path, tmp_path: Path, spoil: object) -> None:
    """Links that lead out, files that are none and names that mean different things are refused."""
    assert callable(spoil)
    spoil(pack)
    with pytest.raises(DataError):
        build_wheel(pack, tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize("limits", [Limits(wheel_files=4), Limits(wheel_bytes=500), Limits(wheel_name_chars=8)])
def test_too_much(pack: Path, limits: Limits) -> None:
    """More or larger files than a wheel may have, and longer names, are refused."""
    with pytest.raises(DataError, match="publishing the pack"):
        contents_of(pack, limits=limits)


def test_a_wheel_that_is_there_is_replaced_whole(pack: Path, tmp_path: Path) -> None:
    """Building again leaves one wheel and no other file."""
    for _ in range(2):
        build_wheel(pack, tmp_path / "dist")
    assert len(list((tmp_path / "dist").iterdir())) == 1


def test_it_cannot_be_written(pack: Path, tmp_path: Path) -> None:
    """A folder that cannot be made is told, with why."""
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"cannot write .*file"):
        build_wheel(pack, tmp_path / "file" / "dist")
