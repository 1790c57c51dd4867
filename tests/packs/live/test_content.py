# SPDX-License-Identifier: Apache-2.0
"""A pack as one archive: equal packs give equal bytes, and only what was made here is unpacked."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import tracemalloc
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hpa_discovery.errors import DataError
from hpa_discovery.language.budgets import Limits
from hpa_discovery.packs.live import content as content_module
from hpa_discovery.packs.live.content import overlay_content, pack_content, unpack
from packs.live.sites import Vendor

DRIVER = "drivers/acme"
SWAPPING = """
import os, sys
file, folder = sys.argv[1:]
while True:
    for make in (lambda new: open(new, "w").close(), lambda new: os.symlink(folder + "/secret", new), os.mkfifo):
        make(folder + "/new")
        os.replace(folder + "/new", file)
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack with a driver that has a program and data."""
    vendor = Vendor(tmp_path / "acme").write()
    driver = vendor.folder / DRIVER
    (driver / "data").mkdir(parents=True)
    (driver / "driver.yaml").write_text("kind: Driver\n", encoding="utf-8")
    (driver / "run").write_bytes(b"#!/bin/sh\n")
    (driver / "run").chmod(0o755)
    (driver / "data" / "ids").write_bytes(bytes(range(256)))
    return vendor.folder


def _names(archive: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return tar.getnames()


def test_same_bytes(pack: Path, tmp_path: Path) -> None:
    """Equal packs give equal bytes, wherever they lie, whenever and in which order they were written."""
    copy = tmp_path / "elsewhere" / "copy"
    for path in sorted(pack.rglob("*"), reverse=True):
        if path.is_file():
            target = copy / path.relative_to(pack)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
            target.chmod(0o700 if os.access(path, os.X_OK) and path.name == "run" else 0o600)
            os.utime(target, (1, 1))
    assert pack_content(copy) == pack_content(pack)
    assert pack_content(pack).digest == sha256(pack_content(pack).archive).hexdigest()


def test_what_is_in_it(pack: Path) -> None:
    """In the archive are the YAML files and all of a driver, and nothing hidden or foreign."""
    for name in ("notes.txt", ".hidden.yaml", "~backup"):
        (pack / name).write_text("x", encoding="utf-8")
    assert _names(pack_content(pack).archive) == [
        "device.test.yaml",
        "device.yaml",
        f"{DRIVER}/data/ids",
        f"{DRIVER}/driver.yaml",
        f"{DRIVER}/run",
        "pack.yaml",
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda pack: (pack / "device.yaml").write_text("a: 2\n", encoding="utf-8"),
        lambda pack: (pack / "device.yaml").rename(pack / "other.yaml"),
        lambda pack: (pack / DRIVER / "run").chmod(0o644),
        lambda pack: (pack / DRIVER / "data" / "ids").write_bytes(b""),
        lambda pack: (pack / DRIVER / "data" / "ids").unlink(),
    ],
    ids=["text", "name", "executable bit", "data of a driver", "file of a driver"],
)
def test_change_shows(pack: Path, change: Callable[[Path], object]) -> None:
    """Whatever matters to what a pack answers changes its digest."""
    before = pack_content(pack)
    change(pack)
    after = pack_content(pack)
    assert (before.findings, after.findings) == ((), ())
    assert before.digest != after.digest


def test_unpacked_is_the_same(pack: Path, tmp_path: Path) -> None:
    """A pack that was unpacked is the same pack, with the same programs that may be executed."""
    content = pack_content(pack)
    unpack(content.archive, tmp_path / "made")
    assert pack_content(tmp_path / "made") == content
    assert os.access(tmp_path / "made" / DRIVER / "run", os.X_OK)
    assert not (tmp_path / "made" / "pack.yaml").stat().st_mode & 0o111


NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=()), min_size=1, max_size=12).filter(
    lambda name: not name.startswith(".")
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAMES, st.binary(max_size=40), max_size=5), st.randoms())
def test_any_names(tmp_path: Path, files: dict[str, bytes], seed: object) -> None:
    """Whatever names and bytes the files of a driver have, they come out of the archive as they went in."""
    root = tmp_path / str(abs(hash((str(sorted(files)), repr(seed)))))
    folder = root / "drivers" / "d"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "driver.yaml").write_bytes(b"")
    for name, data in files.items():
        try:
            (folder / os.fsdecode(name.encode("utf-8", "surrogateescape"))).write_bytes(data)
        except (OSError, UnicodeEncodeError):
            continue
    content = pack_content(root)
    assert content.findings == ()
    unpack(content.archive, root / "out")
    assert pack_content(root / "out").archive == content.archive


def test_link_inside(pack: Path) -> None:
    """A link that stays in the pack is read, as a ConfigMap needs it."""
    (pack / "..data").mkdir()
    (pack / "device.yaml").rename(pack / "..data" / "device.yaml")
    before = pack_content(pack)
    (pack / "device.yaml").symlink_to("..data/device.yaml")
    assert "device.yaml" not in _names(before.archive)
    assert "device.yaml" in _names(pack_content(pack).archive)


@pytest.mark.parametrize("name", ["extra.yaml", "device.yaml", f"{DRIVER}/extra"])
def test_link_outside(pack: Path, tmp_path: Path, name: str) -> None:
    """What a link outside leads to is not read, and the pack says so (DESIGN 7: real paths stay inside)."""
    secret = tmp_path / "secret"
    secret.write_text("the secret", encoding="utf-8")
    (pack / name).unlink(missing_ok=True)
    (pack / name).symlink_to(secret)
    content = pack_content(pack)
    assert [finding.severity for finding in content.findings] == ["error"]
    assert b"the secret" not in content.archive


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_no_plain_file(pack: Path, kind: str) -> None:
    """A pipe or a folder where a file should be keeps nobody waiting."""
    make = os.mkfifo if kind == "pipe" else os.mkdir
    make(pack / "extra.yaml")
    os.mkfifo(pack / DRIVER / "pipe")
    assert {finding.code for finding in pack_content(pack).findings} >= {"driver.folder"}


def test_missing(tmp_path: Path) -> None:
    """A folder that went away is a finding."""
    assert [finding.code for finding in pack_content(tmp_path / "gone").findings] == ["file.unreadable"]


def test_too_large(pack: Path) -> None:
    """A pack whose archive is larger than is taken has no archive."""
    content = pack_content(pack, Limits(archive_bytes=5000))
    assert ([finding.code for finding in content.findings], content.archive) == (["limit.pack"], b"")


def test_overlay() -> None:
    """An overlay is its own archive."""
    assert overlay_content(b"x").archive == b"x"
    assert overlay_content(b"x").digest == sha256(b"x").hexdigest()


def _tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, data in members:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return made.getvalue()


def _member(name: str, **said: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for key, value in said.items():
        setattr(info, key, value)
    return info


GOOD = _tar((_member("pack.yaml"), b"kind: Pack\n"))
BOMB = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": "0,0"}
REFUSED = {
    "absolute": _tar((_member("/etc/x.yaml"), b"")),
    "above": _tar((_member("a/../../x.yaml"), b"")),
    "above in a long name": _tar((_member("x", pax_headers={"path": "../x.yaml"}), b"")),
    "link": _tar((_member("x.yaml", type=tarfile.SYMTYPE, linkname="/etc/passwd"), b"")),
    "hard link": _tar((_member("x.yaml", type=tarfile.LNKTYPE, linkname="/etc/passwd"), b"")),
    "device": _tar((_member("x.yaml", type=tarfile.CHRTYPE, devmajor=1, devminor=3), b"")),
    "pipe": _tar((_member("x.yaml", type=tarfile.FIFOTYPE), b"")),
    "folder": _tar((_member("x", type=tarfile.DIRTYPE), b"")),
    "the folder itself": _tar((_member("."), b"")),
    "file as folder": _tar((_member("a"), b""), (_member("a/b"), b"")),
    "folder as file": _tar((_member("a/b"), b""), (_member("a"), b"")),
    "long name": _tar((_member("a" * 300), b"")),
    "no name": _tar((_member("x", pax_headers={"path": "a\0b"}), b"")),
    "sparse file": _tar((_member("x", pax_headers={**BOMB, "GNU.sparse.size": str(1 << 50)}), b"")),
    "longer than it is": _tar((_member("x", pax_headers={"size": str(1 << 50)}), b"")),
    "cut off": _tar((_member("x"), b"a" * 20_000))[:9_000],
    "compressed": b"\x1f\x8b\x08" + GOOD,
    "junk": bytes(range(256)) * 8,
    "nothing": b"",
}


@pytest.mark.parametrize("archive", REFUSED.values(), ids=REFUSED.keys())
def test_unpack_refuses(tmp_path: Path, archive: bytes) -> None:
    """What was not made here is refused, and nothing is written outside of the folder or without bound."""
    into = tmp_path / "in" / "into"
    into.mkdir(parents=True)
    with pytest.raises(DataError, match="unpacking a pack"):
        unpack(archive, into)
    assert {path for path in tmp_path.rglob("*") if into not in path.parents} == {into.parent, into}
    assert sum(path.stat().st_size for path in into.rglob("*")) < 100_000


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=3), st.integers(0, len(GOOD)), st.integers(0, 600))
def test_damaged(tmp_path: Path, junk: bytes, start: int, cut: int) -> None:
    """An archive with other bytes in it is unpacked or refused; nothing else happens."""
    archive = GOOD[:start] + junk + GOOD[start + cut :]
    try:
        unpack(archive, tmp_path / "into")
    except DataError:
        return
    finally:
        assert {path.name for path in tmp_path.iterdir()} <= {"into"}


def test_drivers_without_end(pack: Path) -> None:
    """Many drivers of the allowed size, written as nothing but holes, are not read to their end."""
    for number in range(20):
        driver = pack / f"drivers/holes{number}"
        driver.mkdir()
        (driver / "driver.yaml").write_text("kind: Driver\n", encoding="utf-8")
        (driver / "data").touch()
        os.truncate(driver / "data", 4_000_000)
    tracemalloc.start()
    content = pack_content(pack, Limits(archive_bytes=5_000_000))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [finding.code for finding in content.findings] == ["limit.pack"]
    assert content.archive == b""
    assert most < 20_000_000


def test_swapped_while_it_is_read(pack: Path, tmp_path: Path) -> None:
    """A file that is a link to a secret at one moment, and a pipe at another, is neither followed nor waited for."""
    (tmp_path / "secret").write_text("the secret", encoding="utf-8")
    with subprocess.Popen([sys.executable, "-c", SWAPPING, str(pack / DRIVER / "run"), str(tmp_path)]) as swapping:
        try:
            contents = [pack_content(pack) for _ in range(300)]
        finally:
            swapping.kill()
    assert not [content for content in contents if b"the secret" in content.archive]


def test_folder_swapped_while_it_is_read(pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver's folder that becomes a link out of the pack after the look is not read."""
    elsewhere = tmp_path / "state"
    elsewhere.mkdir()
    (elsewhere / "run").write_text("the secret", encoding="utf-8")

    def swapped(folder: Path) -> list[str]:
        if not (pack / DRIVER).is_symlink():
            (pack / DRIVER).rename(tmp_path / "away")
            (pack / DRIVER).symlink_to(elsewhere)
        return ["run"]

    monkeypatch.setattr(content_module, "names_of", swapped)
    content = pack_content(pack)
    assert [finding.code for finding in content.findings] == ["driver.folder"]
    assert b"the secret" not in content.archive


def test_folder_is_a_link(pack: Path, tmp_path: Path) -> None:
    """A driver's folder that is a link is read when it stays in the pack, as in a mounted ConfigMap."""
    (pack / "drivers").rename(pack / "..data")
    (pack / "drivers").symlink_to("..data")
    assert f"{DRIVER}/run" in _names(pack_content(pack).archive)
    (pack / "..data").rename(tmp_path / "elsewhere")
    (pack / "drivers").unlink()
    (pack / "drivers").symlink_to(tmp_path / "elsewhere")
    assert f"{DRIVER}/run" not in _names(pack_content(pack).archive)


def test_folders_without_end(pack: Path) -> None:
    """Folders in folders, deeper than anybody needs, are a finding."""
    at = os.open(pack / DRIVER, os.O_RDONLY)
    for _ in range(40):
        os.mkdir("d", dir_fd=at)
        below = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    [finding] = pack_content(pack).findings
    assert (finding.code, finding.message.partition("its folders")[2]) == ("driver.folder", " are more than 32 deep")
