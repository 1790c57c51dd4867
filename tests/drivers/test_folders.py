# SPDX-License-Identifier: Apache-2.0
"""The digest of a driver's folder, and the copy that runs."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from hpa_discovery.drivers import folders
from hpa_discovery.drivers.folders import delete_copies, digest_of, keep_copy
from hpa_discovery.errors import DataError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A driver's folder."""
    made = tmp_path / "qat"
    (made / "data").mkdir(parents=True)
    (made / "driver.yaml").write_text("kind: Driver\n")
    (made / "data" / "devices.json").write_text("{}")
    (made / "qat").write_text("#!/bin/sh\n")
    (made / "qat").chmod(0o755)
    return made


def change_content(folder: Path) -> None:
    """Another content."""
    (folder / "data" / "devices.json").write_text("{ }")


def change_name(folder: Path) -> None:
    """Another name."""
    (folder / "data" / "devices.json").rename(folder / "data" / "cards.json")


def add_file(folder: Path) -> None:
    """One file more, even one that is empty and hidden."""
    (folder / ".hidden").write_text("")


def let_execute(folder: Path) -> None:
    """A file that may be executed now."""
    (folder / "data" / "devices.json").chmod(0o755)


@pytest.mark.parametrize("change", [change_content, change_name, add_file, let_execute], ids=lambda each: each.__name__)
def test_a_change_changes_the_digest(folder: Path, change: object) -> None:
    """Whatever could change what the driver does changes its digest."""
    before = digest_of(folder)
    change(folder)  # type: ignore[operator]  # a case is a function
    assert digest_of(folder) != before


def test_what_does_not_count(folder: Path) -> None:
    """Times, other permissions, empty folders and Python's caches change nothing."""
    before = digest_of(folder)
    os.utime(folder / "driver.yaml", (1, 1))
    (folder / "driver.yaml").chmod(0o600)
    (folder / "empty").mkdir()
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert digest_of(folder) == before


def link(folder: Path) -> None:
    """A link, even to a file beside it."""
    (folder / "other").symlink_to("driver.yaml")


def linked_folder(folder: Path) -> None:
    """A link to a folder."""
    (folder / "other").symlink_to("data")


def pipe(folder: Path) -> None:
    """A pipe, which would be waited for."""
    os.mkfifo(folder / "other")


@pytest.mark.parametrize("put", [link, linked_folder, pipe], ids=lambda each: each.__name__)
def test_what_no_driver_may_hold(folder: Path, put: object) -> None:
    """Only regular files: what a link leads to could change after the driver was allowed."""
    put(folder)  # type: ignore[operator]  # a case is a function
    with pytest.raises(DataError, match="other is a link or no regular file"):
        digest_of(folder)


def test_many_files(folder: Path) -> None:
    """As many as a driver may have are read, and none of one more."""
    missing = folders.MOST_FILES - len(folders.names_of(folder))
    for number in range(missing):
        (folder / f"{number}.txt").touch()
    assert digest_of(folder)
    (folder / "more.txt").touch()
    with pytest.raises(DataError, match="more than 2000 files"):
        digest_of(folder)


def test_large_files(folder: Path) -> None:
    """What is larger than a driver may be is not read."""
    with (folder / "data" / "large").open("wb") as stream:
        stream.truncate(folders.MOST_BYTES + 1)
    with pytest.raises(DataError, match="bytes"):
        digest_of(folder)


def test_path_that_no_copy_could_have(tmp_path: Path) -> None:
    """A path of more than 1,024 bytes is refused with its beginning: below the copies it would be too long."""
    deep = tmp_path.joinpath(*["a" * 250] * 4)
    deep.mkdir(parents=True)
    (deep / ("b" * 20)).touch()
    assert len(folders.digest_of(tmp_path)) == 64
    (deep / ("b" * 21)).touch()
    with pytest.raises(DataError, match="has more than 1024 bytes"):
        folders.digest_of(tmp_path)


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    """What cannot be read is said with its name."""
    with pytest.raises(DataError, match="gone"):
        digest_of(tmp_path / "gone")


def test_the_copy(folder: Path, tmp_path: Path) -> None:
    """The copy has the digest, may be read by the driver's user and written by nobody, and is made once."""
    keep, digest = tmp_path / "keep", digest_of(folder)
    copy = keep_copy(folder, digest, keep)
    made = copy.stat().st_ino

    assert copy == keep / digest
    assert digest_of(copy) == digest
    assert stat.S_IMODE(keep.stat().st_mode) == 0o711
    assert stat.S_IMODE((copy / "qat").stat().st_mode) == 0o555
    assert stat.S_IMODE((copy / "data" / "devices.json").stat().st_mode) == 0o444
    assert keep_copy(folder, digest, keep).stat().st_ino == made
    assert [path.name for path in keep.iterdir()] == [digest]


def test_a_copy_that_was_tampered_with(folder: Path, tmp_path: Path) -> None:
    """A copy without its digest is made anew."""
    keep, digest = tmp_path / "keep", digest_of(folder)
    copy = keep_copy(folder, digest, keep)
    (copy / "qat").chmod(0o755)
    (copy / "qat").write_text("#!/bin/sh\nevil\n")

    assert digest_of(keep_copy(folder, digest, keep)) == digest


def test_a_copy_that_many_make_at_once(folder: Path, tmp_path: Path) -> None:
    """The first one stays: to replace it would take the files from under a driver that was started from it."""
    digest, together = digest_of(folder), Barrier(8)

    def make(keep: Path) -> int:
        together.wait()
        return keep_copy(folder, digest, keep).stat().st_ino

    with ThreadPoolExecutor(8) as pool:
        for number in range(20):
            keep = tmp_path / f"keep{number}"
            assert set(pool.map(make, [keep] * 8)) == {(keep / digest).stat().st_ino}
            assert [path.name for path in keep.iterdir()] == [digest]


def test_a_copy_that_holds_what_no_driver_may(folder: Path, tmp_path: Path) -> None:
    """A copy with a link in it is no copy, and is made anew."""
    keep, digest = tmp_path / "keep", digest_of(folder)
    copy = keep_copy(folder, digest, keep)
    (copy / "link").symlink_to("/etc/passwd")
    assert digest_of(keep_copy(folder, digest, keep)) == digest


def test_a_folder_that_was_changed(folder: Path, tmp_path: Path) -> None:
    """Nothing is kept of a folder that is not what was read."""
    digest = digest_of(folder)
    change_content(folder)
    with pytest.raises(DataError, match="changed after it was read"):
        keep_copy(folder, digest, tmp_path / "keep")
    assert list((tmp_path / "keep").iterdir()) == []


@pytest.fixture
def kept(folder: Path, tmp_path: Path) -> Path:
    """A folder of copies: of two drivers, one that broke off, and what is somebody else's."""
    keep = tmp_path / "keep"
    keep_copy(folder, digest_of(folder), keep)
    add_file(folder)
    keep_copy(folder, digest_of(folder), keep)
    (keep / ".new-x7").mkdir()
    (keep / "notes").mkdir()
    (keep / ("c" * 64)).write_text("no folder")
    (keep / ("d" * 64)).symlink_to(folder)
    return keep


def test_copies_that_nobody_wants_are_deleted(kept: Path, folder: Path) -> None:
    """What is wanted stays, and so does all that is no copy, whatever it is called."""
    wanted = digest_of(folder)
    assert delete_copies(kept, {wanted}, recent=-60) == 2
    assert {path.name for path in kept.iterdir()} == {wanted, "notes", "c" * 64, "d" * 64}
    assert digest_of(kept / wanted) == wanted
    assert delete_copies(kept, {wanted}, recent=-60) == 0
    assert delete_copies(kept / "gone", ()) == 0


def test_copies_that_just_came_are_not_deleted(kept: Path) -> None:
    """They are made before the driver is allowed."""
    before = set(kept.iterdir())
    assert delete_copies(kept, ()) == 0
    assert set(kept.iterdir()) == before


class Swapping:
    """A listing of a folder after which one of its files is swapped."""

    def __init__(self, swap: Callable[[Path], None]) -> None:
        self._swap = swap
        self._list = folders.names_of

    def __call__(self, folder: Path) -> list[str]:
        """The names; then the swap."""
        names = self._list(folder)
        self._swap(folder)
        return names


def swap_for_pipe(folder: Path) -> None:
    """A pipe that nobody writes into."""
    (folder / "qat").unlink()
    os.mkfifo(folder / "qat")


def swap_for_link(folder: Path) -> None:
    """A link to a file elsewhere."""
    (folder / "qat").unlink()
    (folder / "qat").symlink_to(folder.parent / "secret")


def swap_for_linked_folder(folder: Path) -> None:
    """A link to a folder elsewhere, with a file of the same name."""
    (folder / "data").rename(folder.parent / "away")
    (folder / "data").symlink_to(folder.parent / "away")


def swap_for_growth(folder: Path) -> None:
    """More than was seen in it."""
    os.truncate(folder / "qat", folders.MOST_BYTES + 1)


@pytest.mark.parametrize(
    "swap",
    [swap_for_pipe, swap_for_link, swap_for_linked_folder, swap_for_growth],
    ids=lambda each: each.__name__,
)
def test_swapped_between_look_and_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, swap: Callable[[Path], None]
) -> None:
    """What takes a file's place after the look is not read, and waited for by nobody."""
    digest = digest_of(folder)
    monkeypatch.setattr(folders, "names_of", Swapping(swap))
    with pytest.raises(DataError, match=r"changed meanwhile|more than"):
        keep_copy(folder, digest, folder.parent / "keep")
