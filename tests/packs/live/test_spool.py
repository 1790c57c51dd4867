# SPDX-License-Identifier: Apache-2.0
"""Unpacked archives on disk: one folder for each digest, whole or not there."""

from __future__ import annotations

import errno
import resource
import stat
from hashlib import sha256
from pathlib import Path
from threading import Barrier, Thread

import pytest

from hpa_discovery.errors import DataError
from hpa_discovery.packs.live.content import Content, overlay_content, pack_content
from hpa_discovery.packs.live.spool import Spool
from packs.live.sites import Vendor, world


@pytest.fixture
def content(tmp_path: Path) -> Content:
    """A pack."""
    return pack_content(Vendor(tmp_path / "acme").write().folder)


def test_only_for_its_owner(tmp_path: Path, content: Content) -> None:
    """Nobody else may look into the spool."""
    place = Spool(tmp_path / "state" / "spool").pack(content.digest, content.archive)
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert pack_content(place) == content


def test_once(tmp_path: Path, content: Content) -> None:
    """What is there is not written again, by this process or the next."""
    first = Spool(tmp_path / "spool")
    place = first.pack(content.digest, content.archive)
    made = (place / "pack.yaml").stat()
    assert first.pack(content.digest, b"") == place
    assert Spool(tmp_path / "spool").pack(content.digest, b"") == place
    assert (place / "pack.yaml").stat() == made


def test_damaged_on_disk(tmp_path: Path, content: Content) -> None:
    """What lost some of its content since an earlier process wrote it is unpacked again."""
    overlay = overlay_content(b"kind: Overlay\n")
    for spool in (Spool(tmp_path / "spool"), Spool(tmp_path / "spool")):
        place = spool.pack(content.digest, content.archive)
        file = spool.overlay(overlay.digest, overlay.archive)
        assert (pack_content(place), file.read_bytes()) == (content, overlay.archive)
        (place / "device.yaml").write_bytes(b"")
        file.write_bytes(b"")


def test_folder_taken_away(tmp_path: Path, content: Content) -> None:
    """A folder that somebody deleted is made again."""
    spool = Spool(tmp_path / "spool")
    place = spool.pack(content.digest, content.archive)
    (place / "pack.yaml").unlink()
    place.rename(tmp_path / "away")
    assert pack_content(spool.pack(content.digest, content.archive)) == content


def test_other_digest(tmp_path: Path, content: Content) -> None:
    """An archive that does not have its digest is refused and leaves nothing."""
    spool = Spool(tmp_path / "spool")
    with pytest.raises(DataError, match="digest"):
        spool.pack("0" * 64, content.archive)
    with pytest.raises(DataError, match="digest"):
        spool.overlay("0" * 64, b"kind: Overlay\n")
    assert not (tmp_path / "spool").exists()


def test_junk(tmp_path: Path) -> None:
    """An archive that is none leaves nothing behind."""
    with pytest.raises(DataError, match="unpacking a pack"):
        Spool(tmp_path / "spool").pack(sha256(b"junk").hexdigest(), b"junk")
    assert list((tmp_path / "spool").iterdir()) == []


def test_two_at_once(tmp_path: Path, content: Content) -> None:
    """Processes that unpack one pack at the same time all get the whole of it."""
    spools = [Spool(tmp_path / "spool") for _ in range(8)]
    for _ in range(20):
        barrier, places = Barrier(len(spools)), []

        def unpack(spool: Spool, barrier: Barrier = barrier, places: list[Path] = places) -> None:
            barrier.wait()
            places.append(spool.pack(content.digest, content.archive))

        threads = [Thread(target=unpack, args=(spool,)) for spool in spools]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(places) == len(spools)
        assert pack_content(places[0]) == content
        assert [entry.name for entry in (tmp_path / "spool").iterdir()] == [content.digest]
        Spool(tmp_path / "spool").keep([])


def test_keep(tmp_path: Path, content: Content) -> None:
    """What nobody uses is deleted, with what an earlier process left half made."""
    spool = Spool(tmp_path / "spool")
    place = spool.pack(content.digest, content.archive)
    other = spool.overlay(overlay_content(b"x").digest, b"x")
    (tmp_path / "spool" / ".new-abc").mkdir()
    spool.keep([content.digest])
    assert (place.is_dir(), other.exists(), len(list((tmp_path / "spool").iterdir()))) == (True, False, 1)
    assert spool.overlay(overlay_content(b"x").digest, b"x").read_bytes() == b"x"


def test_keep_for_a_while(tmp_path: Path, content: Content) -> None:
    """What many earlier processes left is deleted bit by bit."""
    spool = Spool(tmp_path / "spool")
    place = spool.pack(content.digest, content.archive)
    for number in range(100):
        (tmp_path / "spool" / f"stale{number}").mkdir()
    assert not spool.keep([content.digest], patience=0)
    assert len(list((tmp_path / "spool").iterdir())) > 90
    assert spool.keep([content.digest], patience=60)
    assert list((tmp_path / "spool").iterdir()) == [place]


def test_a_start_with_much_to_delete(tmp_path: Path) -> None:
    """It does not wait for it; the thread that follows others deletes all of it soon."""
    Vendor(tmp_path / "packs" / "acme").write()
    stale = tmp_path / "spool"
    for number in range(3000):
        (stale / f"stale{number}").mkdir(parents=True)
        (stale / f"stale{number}" / "pack.yaml").touch()
    keeper = world(tmp_path, tmp_path / "packs").started()
    left = len(list(stale.iterdir()))
    assert left > 300
    for _ in range(1000):
        keeper.tidy()
        if len(list(stale.iterdir())) == 1:
            break
    assert [entry.name for entry in stale.iterdir()] == [keeper.live.units["pack", "acme.nic"].part.digest]


def test_keep_nothing(tmp_path: Path) -> None:
    """A spool that was never used has nothing to delete."""
    Spool(tmp_path / "spool").keep([])
    assert not (tmp_path / "spool").exists()


def test_no_room(tmp_path: Path, content: Content) -> None:
    """The message says what was being done and where, which the system's own does not when a disk is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        with pytest.raises(OSError, match=f"unpacking a pack in {tmp_path / 'spool'}: File too large") as caught:
            Spool(tmp_path / "spool").pack(content.digest, content.archive)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.errno == errno.EFBIG


def test_nowhere_to_write(tmp_path: Path, content: Content) -> None:
    """Where nothing can be written, OSError says so: it is nothing that is wrong with the pack."""
    (tmp_path / "spool").write_text("", encoding="utf-8")
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the number says it
        Spool(tmp_path / "spool").pack(content.digest, content.archive)
    assert caught.value.errno in (errno.ENOTDIR, errno.EEXIST)
