# SPDX-License-Identifier: Apache-2.0
"""What serves when the store, the disk or other hosts are in the way: what served before, and soon what is new."""

from __future__ import annotations

import errno
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hpa_discovery.discovery.driven import not_asked
from hpa_discovery.discovery.generation import Compiler
from hpa_discovery.errors import DataError, StoreError
from hpa_discovery.language.driver import Driver
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.live.check import check_pack
from hpa_discovery.packs.live.equipment import Surroundings, Tools
from hpa_discovery.packs.live.keeper import Keeper
from hpa_discovery.packs.live.roots import FixedRoot, FolderRoot
from hpa_discovery.packs.live.spool import Spool
from packs.live.memory_shelf import MemoryShelf
from packs.live.sites import Events, Vendor, World, answers, bundled_root, world

SPECS = {"acme:nic": "x", "beta:nic": "y"}
CALLS = ("active", "recipe", "content", "removed", "offer")


class Faulty(MemoryShelf):
    """A shelf of which the calls named in `failing` fail, before or after they are done."""

    def __init__(self) -> None:
        super().__init__()
        self.failing: set[str] = set()
        self.late = False
        self.called: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        """The method, failing when it is to."""
        found = super().__getattribute__(name)
        if name not in CALLS:
            return found
        self.called.append(name)

        def call(*args: Any, **kwargs: Any) -> Any:
            answer = found(*args, **kwargs) if name not in self.failing or self.late else None
            if name in self.failing:
                raise StoreError(f"{name} fails")
            return answer

        return call


class Full(Spool):
    """A spool on a disk that has no room for some packs."""

    full = False
    most = 0

    def pack(self, digest: str, archive: bytes) -> Path:
        """The folder of the pack."""
        if self.full and len(archive) > self.most:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().pack(digest, archive)


def vendors(root: Path) -> tuple[Vendor, Vendor]:
    """Two packs."""
    return Vendor(root / "acme").write(), Vendor(root / "beta", name="beta.nic", key="beta:nic", count="7").write()


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", CALLS)
def test_the_store_fails(tmp_path: Path, call: str, late: bool) -> None:
    """While a call of the store fails what served serves on, and the next step without that takes up what is new."""
    acme, beta = vendors(tmp_path / "packs")
    site = world(tmp_path, tmp_path / "packs")
    shelf = site.shelf = Faulty()
    keeper = site.started()
    acme.write(count="2")
    shutil.rmtree(beta.folder)
    if call in ("recipe", "content"):  # they are asked when another host, or a command, lets another generation serve
        shelf.pin(keeper.live.digest)
        shelf.unpin()
    shelf.failing, shelf.late = {call}, late
    before = keeper.live
    for _ in range(2):
        if call == "content":
            keeper.step()  # all that is needed is known here
            break
        with pytest.raises(StoreError, match=f"{call} fails"):
            keeper.step()
        assert keeper.live is before
        if late:
            break
    shelf.failing = set()
    keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 2"]
    assert keeper.live.active == shelf.active()


@pytest.mark.parametrize("call", ["active", "recipe", "content", "removed"])
def test_the_store_fails_at_the_start(tmp_path: Path, call: str) -> None:
    """A service that cannot read what was accepted does not start with something else."""
    vendors(tmp_path / "packs")
    site = world(tmp_path, tmp_path / "packs")
    shelf = site.shelf = Faulty()
    digest = site.started().live.digest
    shutil.rmtree(tmp_path / "spool")
    shelf.failing = {call}
    with pytest.raises(StoreError):
        site.started()
    shelf.failing = set()
    assert site.started().live.digest == digest


def test_a_defect_at_the_start(tmp_path: Path) -> None:
    """What was accepted serves though looking at the packs of today fails as nobody foresaw; else it is not hidden."""

    class Odd(FolderRoot):
        def look(self) -> Any:
            raise KeyError("nobody foresaw it")

    vendors(tmp_path / "packs")
    site = world(tmp_path, tmp_path / "packs")
    site.started()
    site.roots = (Odd(tmp_path / "packs"),)
    assert answers(site.started(), SPECS) == ["pciePassthrough x 1", "pciePassthrough y 7"]
    [told] = site.events.named("packs.defect")
    assert "KeyError: 'nobody foresaw it'" in told["message"]
    site.shelf = MemoryShelf()
    with pytest.raises(KeyError):
        site.started()


def keeper_with(site: World, spool: Spool, drivers: Any = None) -> Keeper:
    """A keeper of this world with another spool."""
    compiler = Compiler(load_contracts(), ask=not_asked)
    tools = Tools(site.shelf, spool, site.check, compiler, drivers or Recorded(), site.events)
    return Keeper(Surroundings(site.roots, bundled_root(), site.engine), tools)


class Recorded:
    """Drivers that only take note."""

    def __init__(self) -> None:
        self.started: list[Driver] = []
        self.kept: list[Driver] = []

    def ready(self, drivers: Any) -> None:
        """They would be started."""
        self.started += drivers

    def sweep(self) -> None:
        """None was revoked."""

    def keep(self, drivers: Any) -> None:
        """All others would be ended."""
        self.kept = list(drivers)


def test_disk_full(tmp_path: Path) -> None:
    """A full disk keeps a large pack out and no other; with room again it serves, and a start is possible meanwhile."""
    acme, beta = vendors(tmp_path / "packs")
    site = world(tmp_path, tmp_path / "packs")
    spool = Full(tmp_path / "spool")
    keeper = keeper_with(site, spool)
    keeper.start()
    (acme.folder / "more.yaml").write_text("# " + "x" * 200_000, encoding="utf-8")
    acme.write(count="2")
    beta.write(count="8")
    spool.full, spool.most = True, 100_000
    for _ in range(2):
        with pytest.raises(OSError, match="No space left"):
            keeper.step()
        assert answers(keeper, SPECS) == ["pciePassthrough x 1", "pciePassthrough y 8"]
    again = keeper_with(site, spool)
    again.start()
    assert answers(again, SPECS) == ["pciePassthrough x 1", "pciePassthrough y 8"]
    assert "No space left" in site.events.named("packs.failed")[0]["message"]
    (acme.folder / "more.yaml").unlink()
    keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 2", "pciePassthrough y 8"]


def test_disk_full_and_garbage(tmp_path: Path) -> None:
    """A pack whose pack.yaml cannot be read any more serves on, though nothing new could be noted of it."""
    acme, _ = vendors(tmp_path / "packs")
    spool = Full(tmp_path / "spool")
    keeper = keeper_with(world(tmp_path, tmp_path / "packs"), spool)
    keeper.start()
    spool.full = True
    (acme.folder / "pack.yaml").write_text("", encoding="utf-8")
    with pytest.raises(OSError, match="No space left"):
        keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 1", "pciePassthrough y 7"]


def test_other_bundled_packs(tmp_path: Path) -> None:
    """Bundled packs serve as they are and as they are enabled now; a command, which has no roots, changes neither."""
    acme, beta = vendors(tmp_path / "bundled")
    text = (beta.folder / "pack.yaml").read_text(encoding="utf-8")
    (beta.folder / "pack.yaml").write_text(text.replace("activation: default", "activation: optional"))
    (tmp_path / "packs").mkdir()
    site = world(tmp_path, tmp_path / "packs")

    def says(enabled: set[str], *, roots: bool = True) -> list[str]:
        bundled = FixedRoot(tmp_path / "bundled", [acme.folder, beta.folder])
        tools = Tools(site.shelf, Spool(tmp_path / "s"), check_pack, Compiler(load_contracts()), Recorded(), Events())
        keeper = Keeper(Surroundings(site.roots if roots else (), bundled, "1", frozenset(enabled)), tools)
        keeper.start()
        return [answer[-3:] for answer in answers(keeper, SPECS)]

    assert says(set()) == ["x 1"]
    assert says({"beta.nic"}) == ["x 1", "y 7"]
    assert says(set(), roots=False) == ["x 1", "y 7"]
    assert says(set()) == ["x 1"]
    acme.write(count="2")
    assert says(set(), roots=False) == ["x 1"]
    assert says(set()) == ["x 2"]


def test_changed_while_it_is_read(tmp_path: Path) -> None:
    """A pack that changes between the look and the check is left to the next step, and keeps what serves."""
    acme, _ = vendors(tmp_path / "packs")
    site = world(tmp_path, tmp_path / "packs")
    keeper = site.started()
    seen = site.roots[0].look
    acme.write(count="2")
    time.sleep(0.15)
    seen()

    class Moving(FolderRoot):
        def look(self) -> Any:
            found = seen()
            acme.write(count="3")
            return found

    site.roots = (Moving(site.roots[0].path),)
    moving = site.started()
    assert answers(moving, SPECS)[0] == "pciePassthrough x 1"
    assert "changed while it was read" in site.events.named("packs.failed")[0]["message"]
    keeper.step()
    assert answers(keeper, SPECS)[0] == "pciePassthrough x 3"


class Choosy(Spool):
    """A spool that cannot lay out what mentions a word."""

    def pack(self, digest: str, archive: bytes) -> Path:
        """The folder of the pack, or what `unpack` says of an archive that makes no folder."""
        if b"unlayable" in archive:
            raise DataError("unpacking a pack: it is not an archive that was made here (File name too long)")
        return super().pack(digest, archive)


def test_a_pack_that_cannot_be_laid_out_holds_up_no_other(tmp_path: Path) -> None:
    """It is held with the reason, at the start and while it runs, and the packs of others are taken up."""
    acme, beta = vendors(tmp_path / "packs")
    acme.write(count="unlayable")
    site = world(tmp_path, tmp_path / "packs")
    keeper = keeper_with(site, Choosy(tmp_path / "spool"))
    keeper.start()
    assert [answer[-3:] for answer in answers(keeper, SPECS)] == ["y 7"]
    beta.write(version="1.1.0", count="8")
    assert keeper.step()
    assert [answer[-3:] for answer in answers(keeper, SPECS)] == ["y 8"]
    (held,) = (status for status in keeper.status() if status.state == "held")
    assert (held.name, [finding.code for finding in held.findings]) == ("acme.nic", ["check.ended"])
    assert "File name too long" in held.findings[0].message
    acme.write(count="2")
    assert keeper.step()
    assert [answer[-3:] for answer in answers(keeper, SPECS)] == ["x 2", "y 8"]


def test_a_pack_that_changed_where_it_was_checked(tmp_path: Path) -> None:
    """It is not stored under the digest that it had, but held until it is another; other packs serve meanwhile."""
    acme, beta = vendors(tmp_path / "packs")
    site = world(tmp_path, tmp_path / "packs")
    check = site.check

    def spoil(root: Path) -> Any:
        result = check(root)
        if 'count: {default: "1"' in (root / "pack.yaml").read_text("utf-8"):
            (root / "pack.yaml").write_bytes((root / "pack.yaml").read_bytes() + b"# more\n")
        return result

    site.check = spoil
    keeper = site.started()
    assert answers(keeper, SPECS) == ["pciePassthrough y 7"]
    (held,) = (status for status in keeper.status() if status.state == "held")
    assert held.name == "acme.nic"
    assert "were changed since they were read" in held.findings[0].message
    beta.write(count="8")
    assert keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough y 8"]
    acme.write(count="2")
    assert keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 2", "pciePassthrough y 8"]


def test_bundled_packs_replaced_under_a_service(tmp_path: Path) -> None:
    """What was never stored and is not as it was read does not begin to serve; the next start takes what is there."""
    acme, beta = vendors(tmp_path / "bundled")
    (tmp_path / "packs").mkdir()
    site = world(tmp_path, tmp_path / "packs")

    def keeper() -> Keeper:
        bundled = FixedRoot(tmp_path / "bundled", [acme.folder, beta.folder])
        tools = Tools(site.shelf, Spool(tmp_path / "s"), check_pack, Compiler(load_contracts()), Recorded(), Events())
        return Keeper(Surroundings(site.roots, bundled, "1"), tools)

    replaced = keeper()
    acme.write(count="2")
    with pytest.raises(DataError, match=r"storing pack acme\.nic: its files were changed since they were read"):
        replaced.start()
    after = keeper()
    after.start()
    assert answers(after, SPECS) == ["pciePassthrough x 2", "pciePassthrough y 7"]


DRIVER = """apiVersion: hpa-discovery/v1
kind: Driver
metadata: {id: acme.nic/card, title: A card}
spec:
  source: openstack.flavor
  reads: ['flavor.extra_specs."acme:card"']
  features: [pciePassthrough]
  command: [./run]
"""


def test_drivers(tmp_path: Path) -> None:
    """DESIGN 6 and 7: a driver is started before its generation serves and ended after the last that uses it."""
    acme, _ = vendors(tmp_path / "packs")
    folder = acme.folder / "drivers" / "card"
    folder.mkdir(parents=True)
    (folder / "driver.yaml").write_text(DRIVER, encoding="utf-8")
    (folder / "run").write_text("#!/bin/sh\n", encoding="utf-8")
    (folder / "run").chmod(0o755)
    text = (acme.folder / "pack.yaml").read_text(encoding="utf-8")
    listed = text.replace("[openstack.flavor]}", "[openstack.flavor], drivers: [acme.nic/card]}")
    (acme.folder / "pack.yaml").write_text(listed, encoding="utf-8")
    site, drivers = world(tmp_path, tmp_path / "packs"), Recorded()
    keeper = keeper_with(site, Spool(tmp_path / "spool"), drivers)
    first = keeper.start()
    assert [status.findings for status in keeper.status() if status.name == "acme.nic"] == [()]
    assert [(driver.id, Path(driver.folder).exists()) for driver in drivers.started] == [("acme.nic/card", True)]
    assert [part.name for part in first.recipe.parts if part.kind == "driver"] == ["acme.nic/card"]
    (folder / "run").write_text("#!/bin/sh\nexit\n", encoding="utf-8")
    keeper.step()
    assert len({driver.digest for driver in drivers.started}) == len(drivers.started) == 2
    assert len(drivers.kept) == 2
    del first
    keeper.tidy()
    assert [driver.digest for driver in drivers.kept] == [drivers.started[1].digest]


def test_a_hanging_check_keeps_nobody_from_following(tmp_path: Path) -> None:
    """While a pack is checked for long, what a command activates serves at once."""
    acme, beta = vendors(tmp_path / "packs")
    site = world(tmp_path, tmp_path / "packs")
    shelf = site.shelf
    assert isinstance(shelf, MemoryShelf)
    keeper = site.started()
    first = keeper.live.digest
    beta.write(count="8")
    keeper.step()
    busy, done = threading.Event(), threading.Event()
    hanging: Callable[[Path], Any] = lambda root: (busy.set(), done.wait(120), check_pack(root))[2]  # noqa: E731 - a check in one line
    keeper._intake._tools = Tools(
        shelf, Spool(tmp_path / "spool"), hanging, Compiler(load_contracts()), Recorded(), Events()
    )
    acme.write(count="2")
    thread = threading.Thread(target=keeper.step)
    thread.start()
    assert busy.wait(60)
    shelf.pin(first)
    assert keeper.follow()
    assert keeper.live.digest == first
    assert keeper.remove("nobody", "admin") == ()
    keeper.tidy()
    done.set()
    thread.join()
    assert keeper.live.digest == first
    shelf.unpin()
    keeper.step()
    assert answers(keeper, SPECS) == ["pciePassthrough x 2", "pciePassthrough y 8"]
