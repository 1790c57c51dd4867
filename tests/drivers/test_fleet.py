# SPDX-License-Identifier: Apache-2.0
"""Drivers side by side: which are kept, which end, what is told of them, and from which threads they are asked."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from drivers.fleets import VENDOR, Asked, Everything, Notes, driver, fleet_of
from hpa_discovery.drivers.faults import DriverFault
from hpa_discovery.drivers.fleet import Fleet
from hpa_discovery.drivers.folders import digest_of
from hpa_discovery.language.driver import Driver


class Listed:
    """Allows what is in a set."""

    def __init__(self, *drivers: Driver) -> None:
        self.keys = {(each.id, each.digest) for each in drivers}

    def allows(self, driver_id: str, digest: str) -> bool:
        """Whether it is in the set."""
        return (driver_id, digest) in self.keys


def version(folder: Path, number: int) -> Driver:
    """The vendor's driver in another version, in a folder of its own."""
    made = folder / f"v{number}"
    made.mkdir()
    (made / "vendor.py").write_text((VENDOR / "vendor.py").read_text() + f"# {number}\n")
    return driver(made, digest=digest_of(made))


def running(fleet: Fleet) -> list[str]:
    """The digests of the drivers in use."""
    return sorted(status.digest for status in fleet.status())


def test_two_versions_side_by_side(tmp_path: Path) -> None:
    """Each digest has its own process; keep ends those that no generation uses, and no other."""
    old, new = version(tmp_path, 1), version(tmp_path, 2)
    with fleet_of(tmp_path / "drivers", old) as asked:
        fleet = asked.fleet
        for each in (old, new, old):
            assert fleet.ask(each, {}, {}).capabilities
        assert running(fleet) == sorted([old.digest, new.digest])
        fleet.keep([new])
        assert running(fleet) == [new.digest]
        assert fleet.ask(new, {}, {}).capabilities
        assert fleet.ask(old, {}, {}).capabilities  # whoever still asks gets an answer
        fleet.keep([])
        assert running(fleet) == []


def test_who_is_being_asked_is_not_cut_off(tmp_path: Path) -> None:
    """A generation may go while its last subject is with a driver."""
    which = driver()
    with fleet_of(tmp_path / "drivers", which) as asked:
        asked.ask()
        answers: list[str] = []
        thread = threading.Thread(target=lambda: answers.append(asked.told("run", "sleep", "0.5")))
        thread.start()
        time.sleep(0.2)
        asked.fleet.keep([])
        thread.join()
        assert answers == ["did it: b''"]


def test_a_revoked_driver_ends(tmp_path: Path) -> None:
    """It is not asked again, and its process goes."""
    which = driver()
    allowed = Listed(which)
    with fleet_of(tmp_path / "drivers", which, allowances=allowed) as asked:
        assert asked.ask().capabilities
        (pid,) = (int(path.name) for path in Path("/proc").glob("[0-9]*") if _runs(path, which.digest, tmp_path))
        allowed.keys.clear()
        assert [item.code for item in asked.ask().diagnostics] == ["driver.untrusted"]
        assert running(asked.fleet) == []
        deadline = time.monotonic() + 30
        while Path(f"/proc/{pid}").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_a_revoked_driver_that_nobody_asks_ends(tmp_path: Path) -> None:
    """A sweep ends what is not allowed any more, and nothing else."""
    old, new = version(tmp_path, 1), version(tmp_path, 2)
    allowed = Listed(old, new)
    with fleet_of(tmp_path / "drivers", old, allowances=allowed) as asked:
        for each in (old, new):
            assert asked.fleet.ask(each, {}, {}).capabilities
        allowed.keys.discard((old.id, old.digest))
        asked.fleet.sweep()
        assert running(asked.fleet) == [new.digest]


def test_copies_are_forgotten_when_nobody_runs_them(tmp_path: Path) -> None:
    """What runs or is allowed keeps its copy."""
    used, allowed, gone = (version(tmp_path, number) for number in (1, 2, 3))
    with fleet_of(tmp_path / "drivers", used) as asked:
        for each in (used, allowed, gone):
            assert asked.fleet.ask(each, {}, {}).capabilities
        asked.fleet.keep([used])
        assert asked.fleet.forget({allowed.digest}, recent=-60) == 1
        assert {path.name for path in (tmp_path / "drivers").iterdir()} == {used.digest, allowed.digest}
        assert asked.fleet.ask(gone, {}, {}).capabilities  # a copy is made again when it is needed


def test_a_folder_that_cannot_be_used_is_not_read_each_time(tmp_path: Path) -> None:
    """After a driver could not be copied the same is said again for a while, even when its folder is right again."""
    which = version(tmp_path, 1)
    file = Path(which.folder) / "vendor.py"
    good = file.read_bytes()
    file.write_bytes(b"other")
    with fleet_of(tmp_path / "drivers", which) as asked:
        first = asked.fleet.ask(which, {}, {}).diagnostics
        file.write_bytes(good)
        assert asked.fleet.ask(which, {}, {}).diagnostics == first
        assert [item.code for item in first] == ["driver.untrusted"]
        asked.fleet.keep([])
        assert asked.fleet.ask(which, {}, {}).capabilities


def _runs(path: Path, digest: str, folder: Path) -> bool:
    try:
        line = (path / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return False
    return "drivers.host\0" in line and str(folder / "drivers" / digest) in line


def test_the_thread_that_asked_first_may_go(tmp_path: Path) -> None:
    """Threads of a server come and go; the driver that one of them started stays."""
    with fleet_of(tmp_path / "drivers", driver()) as asked:
        for _ in range(3):
            thread = threading.Thread(target=asked.ask)
            thread.start()
            thread.join()
            time.sleep(0.1)
        assert asked.ask().capabilities
        assert asked.notes.events == []


def test_many_threads(tmp_path: Path) -> None:
    """Eight threads, two processes: every answer is the one to its own question."""
    which = driver(processes=2, timeout=60.0)
    with fleet_of(tmp_path / "drivers", which) as asked:
        wrong: list[object] = []

        def work(number: int) -> None:
            for turn in range(20):
                want = f"{number}-{turn}"
                (found,) = asked.ask("cards", {"discriminator": want}).capabilities or (None,)
                if found is None or found.discriminator != want:
                    wrong.append((want, found))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []


def test_ready(tmp_path: Path) -> None:
    """What is allowed is started before it is asked; what keeps another from it is told, and stops nobody."""
    good, other = driver(), driver(id="acme.cards/other")
    notes = Notes()
    fleet = Fleet(tmp_path / "drivers", Listed(good), notes)
    try:
        fleet.ready([other, good])
        assert [status.state for status in fleet.status()] == ["ready"]
        ((name, fields),) = notes.events
        assert (name, fields["driver"], fields["code"]) == ("driver.not_ready", "acme.cards/other", "driver.untrusted")
        with pytest.raises(DriverFault, match="not allowed"):
            fleet.prepare(other)
    finally:
        fleet.keep(())


def test_a_refused_answer_counts(tmp_path: Path) -> None:
    """Five lies in a row suspend a driver, like five crashes."""
    with fleet_of(tmp_path / "drivers", driver()) as asked:
        for count in range(1, 6):
            assert asked.fault("answer", ["a text"]) == "driver.refused"
            assert asked.fleet.status()[0].faults == count
        assert asked.fleet.status()[0].state == "suspended"
        assert [item.code for item in asked.ask().diagnostics] == ["driver.suspended"]


def test_an_answer_that_holds_forgets_them(tmp_path: Path) -> None:
    """A driver that lies about one subject in two is not suspended."""
    with fleet_of(tmp_path / "drivers", driver()) as asked:
        for _ in range(6):
            assert asked.fault("answer", ["a text"]) == "driver.refused"
            assert asked.fleet.status()[0].faults == 1
            assert asked.ask().capabilities
            assert asked.fleet.status()[0].faults == 0


def test_copies_cannot_be_written(tmp_path: Path) -> None:
    """A folder where no copy can be made is the reason, not an exception."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    fleet = Fleet(blocked / "drivers", Everything(), Notes())
    (diagnostic,) = fleet.ask(driver(), {}, {}).diagnostics
    assert diagnostic.code == "driver.start"
    assert "cannot be copied to" in diagnostic.message


def test_a_copy_that_was_changed_is_made_again(tmp_path: Path) -> None:
    """Whoever changes the copy that runs has no part in the next start."""
    which = driver()
    with fleet_of(tmp_path / "drivers", which) as asked:
        assert asked.ask().capabilities
    copy = tmp_path / "drivers" / which.digest / "vendor.py"
    copy.chmod(0o644)
    copy.write_text("raise SystemExit")
    with fleet_of(tmp_path / "drivers", which) as again:
        assert _good(again)


def _good(asked: Asked) -> bool:
    return bool(asked.ask().capabilities)
