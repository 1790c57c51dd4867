# SPDX-License-Identifier: Apache-2.0
"""Wheel files of anybody: taken apart into a folder, or refused before anything is written."""

from __future__ import annotations

import random
import stat
import struct
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from hpa_discovery.drivers.folders import digest_of
from hpa_discovery.errors import DataError, UsageError
from hpa_discovery.language.budgets import Limits
from hpa_discovery.packs.load import load_pack
from hpa_discovery.packs.publishing.build import build_wheel
from hpa_discovery.packs.publishing.opening import open_pack
from hpa_discovery.packs.publishing.unpack import unpack_wheel
from packs.publishing.pack_folders import add_driver, built, install, make_environment, make_pack, site_of


def _wheel(path: Path, *members: tuple[str | ZipInfo, bytes]) -> Path:
    with ZipFile(path, "w") as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def _member(name: str, mode: int = stat.S_IFREG | 0o644) -> ZipInfo:
    info = ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def _renamed(name: bytes) -> bytes:
    """A wheel with one member whose name zipfile would not write."""
    stream = BytesIO()
    with ZipFile(stream, "w") as archive:
        archive.writestr("x" * len(name), b"data")
    return stream.getvalue().replace(b"x" * len(name), name)


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Path]:
    """A folder to unpack into; nothing is ever written beside it, nor in it when a wheel is refused."""
    folder = tmp_path / "around" / "target"
    folder.mkdir(parents=True)
    yield folder
    assert list((tmp_path / "around").iterdir()) == [folder]


@pytest.mark.parametrize(
    "name",
    [
        b"/etc/evil",
        b"../evil",
        b"a/../../evil",
        b"a/..",
        b"..",
        b"//host/evil",
        b"C:/evil",
        b"C:evil",
    ],
)
def test_names_that_lead_out(tmp_path: Path, target: Path, name: bytes) -> None:
    """Absolute names, those with `..` and those with a drive are refused, and nothing is written."""
    (tmp_path / "a.whl").write_bytes(_renamed(name))
    with pytest.raises(DataError, match="leads out of the wheel"):
        unpack_wheel(tmp_path / "a.whl", target)
    assert not list(target.iterdir())


@pytest.mark.parametrize("name", [b"a\\..\\evil", b"..\\evil", b"a\nb", b"a\x00../b", b"./", b"a\x1b[2Jb"])
def test_names_that_no_file_may_have(tmp_path: Path, target: Path, name: bytes) -> None:
    """Backslashes, control characters and names of nothing are refused."""
    (tmp_path / "a.whl").write_bytes(_renamed(name))
    with pytest.raises(DataError, match=r"has a name that no file of a wheel may have|leads out"):
        unpack_wheel(tmp_path / "a.whl", target)
    assert not list(target.iterdir())


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (stat.S_IFLNK, "is a link"),
        (stat.S_IFIFO, "is no regular file"),
        (stat.S_IFCHR, "is no regular file"),
        (stat.S_IFSOCK, "is no regular file"),
        (stat.S_IFDIR, "is no regular file"),
    ],
)
def test_members_that_are_no_files(tmp_path: Path, target: Path, kind: int, message: str) -> None:
    """Links and devices are refused, also those after files that are fine."""
    wheel = _wheel(tmp_path / "a.whl", ("first", b""), (_member("second", kind | 0o777), b"/etc/passwd"))
    with pytest.raises(DataError, match=message):
        unpack_wheel(wheel, target)
    assert not list(target.iterdir())


@pytest.mark.parametrize("limits", [Limits(wheel_files=1), Limits(wheel_bytes=199)])
def test_too_many_and_too_large(tmp_path: Path, target: Path, limits: Limits) -> None:
    """More members, or more bytes together, than a wheel may have are refused."""
    wheel = _wheel(tmp_path / "a.whl", ("one", b"x" * 100), ("two", b"x" * 100))
    with pytest.raises(DataError, match="a wheel may h"):
        unpack_wheel(wheel, target, limits=limits)
    assert not list(target.iterdir())
    unpack_wheel(wheel, target, limits=Limits(wheel_files=2, wheel_bytes=200))
    assert len(list(target.iterdir())) == 2


def test_a_bomb(tmp_path: Path, target: Path) -> None:
    """A small file that unpacks to more than a wheel may hold is refused by what it says of its size."""
    bomb = tmp_path / "a.whl"
    with ZipFile(bomb, "w", ZIP_DEFLATED) as archive, archive.open("zeros", "w") as member:
        for _ in range(129):
            member.write(bytes(1024 * 1024))
    assert bomb.stat().st_size < 200_000
    with pytest.raises(DataError, match="a wheel may hold 134217728"):
        unpack_wheel(bomb, target)
    assert not list(target.iterdir())


def test_a_bomb_that_lies(tmp_path: Path, target: Path) -> None:
    """A member that unpacks to more than it says is cut off and refused."""
    with ZipFile(tmp_path / "a.whl", "w", ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(1_000_000))
    data = (tmp_path / "a.whl").read_bytes()
    (tmp_path / "a.whl").write_bytes(data.replace(struct.pack("<L", 1_000_000), struct.pack("<L", 10)))
    with pytest.raises(DataError, match="reading the wheel"):
        unpack_wheel(tmp_path / "a.whl", target)
    assert sum(path.stat().st_size for path in target.iterdir()) <= 10


def test_a_large_file_is_not_opened(tmp_path: Path, target: Path) -> None:
    """A file that is larger than any wheel is refused unread."""
    with (tmp_path / "a.whl").open("wb") as file:
        file.truncate(10**10)
    with pytest.raises(DataError, match="it is larger than"):
        unpack_wheel(tmp_path / "a.whl", target)


def test_one_name_twice(tmp_path: Path, target: Path) -> None:
    """Two members of one name are refused: each reader would see another file."""
    (tmp_path / "a.whl").write_bytes(_wheel(tmp_path / "b.whl", ("a", b""), ("b", b"")).read_bytes())
    data = (tmp_path / "a.whl").read_bytes().replace(b"b", b"a")
    (tmp_path / "a.whl").write_bytes(data)
    with pytest.raises(DataError, match="is there twice"):
        unpack_wheel(tmp_path / "a.whl", target)


def test_a_file_in_the_place_of_a_folder(tmp_path: Path, target: Path) -> None:
    """A file and a folder of one name are refused."""
    with pytest.raises(DataError):
        unpack_wheel(_wheel(tmp_path / "a.whl", ("a", b""), ("a/b", b"")), target)


def test_packed_otherwise(tmp_path: Path, target: Path) -> None:
    """What no builder of wheels makes is refused: other ways to pack, and encryption."""
    with ZipFile(tmp_path / "a.whl", "w", ZIP_BZIP2) as archive:
        archive.writestr("a", b"data")
    with pytest.raises(DataError, match="packed in a way"):
        unpack_wheel(tmp_path / "a.whl", target)


@pytest.mark.parametrize("data", [b"", b"PK", b"\x00" * 1000, b"PK\x05\x06" + b"\xff" * 18])
def test_no_zip_file(tmp_path: Path, target: Path, data: bytes) -> None:
    """What is no zip file is said to be none."""
    (tmp_path / "a.whl").write_bytes(data)
    with pytest.raises(DataError, match="reading the wheel"):
        unpack_wheel(tmp_path / "a.whl", target)


def test_every_cut_is_refused(tmp_path: Path) -> None:
    """A wheel that was cut off anywhere gives an error, and nothing else."""
    whole = built(tmp_path).read_bytes()
    for length in range(0, len(whole), 997):
        (tmp_path / "cut.whl").write_bytes(whole[:length])
        with pytest.raises(DataError), open_pack(str(tmp_path / "cut.whl"), "testing"):
            pass


def test_a_changed_byte_is_noticed(tmp_path: Path, target: Path) -> None:
    """A file whose content is not that of its checksum is refused."""
    wheel = _wheel(tmp_path / "a.whl", ("a", b"contents"))
    wheel.write_bytes(wheel.read_bytes().replace(b"contents", b"c0ntents"))
    with pytest.raises(DataError, match="no zip file that can be read"):
        unpack_wheel(wheel, target)


def test_a_wheel_is_a_pack(tmp_path: Path) -> None:
    """A built wheel is opened as the pack that it was made of, programs as programs, and nothing is left behind."""
    wheel = built(tmp_path)
    with open_pack(str(wheel), "testing") as opened:
        assert opened.origin == "wheel"
        assert load_pack(opened.root, tests=True).ok
        root = opened.root
    assert not root.exists()


def test_programs_stay_programs(tmp_path: Path, target: Path) -> None:
    """Who may execute a file is kept, and nothing else of its mode."""
    wheel = _wheel(
        tmp_path / "a.whl", (_member("a", stat.S_IFREG | 0o4777), b""), (_member("b", stat.S_IFREG | 0o666), b"")
    )
    unpack_wheel(wheel, target)
    assert [stat.S_IMODE((target / name).stat().st_mode) for name in "ab"] == [0o755, 0o644]


def test_folders_and_names_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pack is opened by its folder, and by the namespace or the wheel's name of one that is bundled or installed."""
    with open_pack(str(make_pack(tmp_path / "packs")), "testing") as opened:
        assert (opened.origin, opened.root.name) == ("folder", "acme.nic")
    with open_pack("onap.openstack", "testing") as opened:
        assert (opened.origin, load_pack(opened.root).ok) == ("bundled", True)
    python = make_environment(tmp_path / "env")
    install(python, built(tmp_path))
    monkeypatch.syspath_prepend(str(site_of(python)))
    for name in ("acme.nic", "onap-device-driver-acme-nic"):
        with open_pack(name, "testing") as opened:
            assert (opened.origin, opened.root.parent) == ("installed", site_of(python))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("onap.opnstack", "did you mean onap.openstack?"),
        ("nothing", "no folder, no wheel file and no pack that is installed or bundled; known are"),
        ("onap-device-driver-x", "is not installed"),
    ],
)
def test_nothing_is_meant(given: str, message: str) -> None:
    """What means no pack is wrong usage, with what is known."""
    with pytest.raises(UsageError) as caught, open_pack(given, "testing"):
        pass
    assert message in str(caught.value)


def test_a_wheel_without_a_pack(tmp_path: Path) -> None:
    """A wheel of something else is said to name no pack."""
    wheel = _wheel(tmp_path / "a.whl", ("a/__init__.py", b""))
    with pytest.raises(DataError, match="it names 0 packs"), open_pack(str(wheel), "testing"):
        pass


def test_a_wheel_that_does_not_hold_what_it_lists(tmp_path: Path) -> None:
    """A wheel whose pack is missing is told so by the names inside it."""
    info = "a-1.dist-info"
    texts = {
        "entry_points.txt": "[hpa_discovery.packs]\nacme.nic = a\n",
        "METADATA": "Name: a\nVersion: 1\n\n",
        "RECORD": "a/pack.yaml,,\n",
    }
    wheel = _wheel(tmp_path / "a.whl", *((f"{info}/{name}", text.encode()) for name, text in texts.items()))
    with (
        pytest.raises(DataError, match=r"a\.whl: .*a/pack\.yaml is listed in RECORD and not there"),
        open_pack(str(wheel), "testing"),
    ):
        pass


def _in_data(wheel: Path, folder: str, extra: str = "") -> Path:
    """The wheel with its package in a folder below `.data`, as setuptools makes those for one platform."""
    package, data = "onap_device_driver_acme_nic", f"onap_device_driver_acme_nic-0.1.0.data/{folder}"
    members = []
    with ZipFile(wheel) as archive:
        for name in archive.namelist():
            moved = f"{data}/{name}" if name.startswith(f"{package}/") else name
            text = archive.read(name).replace(f"{package}/".encode(), f"{data}/{package}/".encode())
            members.append((moved, text if name.endswith("RECORD") else archive.read(name)))
    return _wheel(wheel.parent / f"{folder}.whl", *members, *([(extra, b"")] if extra else []))


@pytest.mark.parametrize("folder", ["purelib", "platlib"])
def test_a_package_below_data(tmp_path: Path, folder: str) -> None:
    """A wheel whose package an installer would move is read as if it were installed."""
    wheel = _in_data(built(tmp_path), folder)
    with open_pack(str(wheel), "testing") as opened:
        assert load_pack(opened.root, tests=True).ok


def test_a_package_in_two_places(tmp_path: Path) -> None:
    """A wheel that has a package both there and where it would be moved to is refused."""
    wheel = _in_data(built(tmp_path), "purelib", "onap_device_driver_acme_nic/x.yaml")
    with pytest.raises(DataError, match="in two places"), open_pack(str(wheel), "testing"):
        pass


def test_drivers_of_a_wheel_keep_their_digest(tmp_path: Path) -> None:
    """The driver in a wheel has the digest of its folder, so it can be allowed before it is installed."""
    root = make_pack(tmp_path / "packs")
    driver = add_driver(root)
    with open_pack(str(build_wheel(root, tmp_path / "dist").path), "testing") as opened:
        assert digest_of(opened.root / "drivers" / "asic") == digest_of(driver)


def test_damaged_wheels_are_refused_or_right(tmp_path: Path) -> None:
    """Whatever bytes of a wheel are changed, it is refused with a message, or what is read is as it was."""
    whole = built(tmp_path).read_bytes()
    chance = random.Random(7)
    told: list[str] = []
    for number in range(300):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            # Most of what can go wrong stands in the lists at the end.
            data[-chance.randint(1, 1500 if number % 2 else len(data))] = chance.randrange(256)
        (tmp_path / "damaged.whl").write_bytes(data)
        try:
            with open_pack(str(tmp_path / "damaged.whl"), "testing") as opened:
                assert (opened.root / "pack.yaml").is_file()
        except DataError as error:
            told.append(str(error))
    assert len(told) > 100
    assert all("damaged.whl" in message for message in told)


def test_each_byte_of_a_wheel_may_be_wrong(tmp_path: Path) -> None:
    """Whichever byte of a small wheel is another one, names that are no UTF-8 too, it is unpacked or refused."""
    whole = _wheel(tmp_path / "a.whl", ("a/pack.yaml", b"x" * 9), ("a/\u00e4.yaml", b"y")).read_bytes()
    told: list[str] = []
    for number, byte in enumerate((0x00, 0x80, 0xFF)):
        for place in range(len(whole)):
            (tmp_path / "b.whl").write_bytes(whole[:place] + bytes([byte]) + whole[place + 1 :])
            try:
                unpack_wheel(tmp_path / "b.whl", tmp_path / f"{number}-{place}")
            except DataError as error:
                told.append(str(error))
    assert len(told) > 100
    assert all(message.startswith(f"reading the wheel {tmp_path / 'b.whl'}: ") for message in told)


@pytest.mark.parametrize("name", ["a.data/purelib", "a-1.dist-info/RECORD/x"])
def test_files_and_folders_in_each_others_place(tmp_path: Path, name: str) -> None:
    """A wheel with a file where an installer needs a folder, or a folder where it needs a file, is refused."""
    wheel = _wheel(tmp_path / "a.whl", (name, b""))
    with pytest.raises(DataError, match="cannot be put in its place"), open_pack(str(wheel), "testing"):
        pass
