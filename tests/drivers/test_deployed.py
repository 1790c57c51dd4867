# SPDX-License-Identifier: Apache-2.0
"""The fleet that is begun when it is needed: what is opened when, what is closed in which order, and after a fork."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

import hpa_discovery
from drivers.fleets import Everything, Notes, driver
from hpa_discovery.drivers.deployed import AGAIN_SECONDS, FleetOnDemand, copies
from hpa_discovery.drivers.fleet import Allowances
from hpa_discovery.errors import StoreError


class Opening:
    """Opens what allows everything, `failures` times in vain; remembers how many drivers ran when it was closed."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.opened = 0
        self.running_at_close: list[int] = []

    def __call__(self, held: ExitStack) -> Allowances:
        """Open."""
        if self.failures:
            self.failures -= 1
            raise StoreError("the database is away")
        self.opened += 1
        held.callback(lambda: self.running_at_close.append(guards()))
        return Everything()


def guards() -> int:
    """How many drivers this process has running."""
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    pids = [pid for file in children for pid in _read(file).split()]
    return sum(b"fence.py" in _read(Path(f"/proc/{pid}/cmdline")) for pid in map(bytes.decode, pids))


def _read(file: Path) -> bytes:
    """What the kernel says of a thread or process; nothing once it has ended."""
    try:
        return file.read_bytes()
    except OSError:
        return b""


def test_nothing_before_the_first_question(tmp_path: Path) -> None:
    """It is opened once, for all questions; the copy of the driver lies in the state directory."""
    opening, one = Opening(), driver()
    fleet = FleetOnDemand(tmp_path / "state", opening, Notes())
    assert (opening.opened, (tmp_path / "state").exists()) == (0, False)
    for _ in range(2):
        assert fleet.ask(one, {}, {}).capabilities
    assert opening.opened == guards() == 1
    assert [path.name for path in copies(tmp_path / "state").iterdir()] == [one.digest]
    fleet.close()


def test_closing_ends_the_drivers_first(tmp_path: Path) -> None:
    """While what allows them is still open; who is asked afterwards is started again."""
    opening = Opening()
    fleet = FleetOnDemand(tmp_path, opening, Notes())
    fleet.close()
    for times in (1, 2):
        assert fleet.ask(driver(), {}, {}).capabilities
        assert guards() == 1
        fleet.close()
        fleet.close()
        assert opening.running_at_close == [0] * times
        assert (opening.opened, guards()) == (times, 0)


def test_what_cannot_be_opened_is_tried_again_after_a_while(tmp_path: Path) -> None:
    """A database that is away answers after seconds: the caller hears of it each time, and waits for it only once."""
    now, opening = [100.0], Opening(failures=2)
    fleet = FleetOnDemand(tmp_path, opening, Notes(), lambda: now[0])
    for seconds, failures_left in ((0.0, 1), (AGAIN_SECONDS - 0.1, 1), (0.2, 0), (AGAIN_SECONDS - 0.1, 0)):
        now[0] += seconds
        with pytest.raises(StoreError, match="the database is away"):
            fleet.ask(driver(), {}, {})
        assert opening.failures == failures_left
    now[0] += 0.2
    assert fleet.ask(driver(), {}, {}).capabilities
    fleet.close()


def test_who_closes_need_not_wait(tmp_path: Path) -> None:
    """Closing forgets that nothing could be opened."""
    fleet = FleetOnDemand(tmp_path, Opening(failures=1), Notes())
    with pytest.raises(StoreError, match="the database is away"):
        fleet.ask(driver(), {}, {})
    fleet.close()
    assert fleet.ask(driver(), {}, {}).capabilities
    fleet.close()


FORK = """
import gc, os, sys
from pathlib import Path
from drivers.fleets import Everything, Notes, driver
from hpa_discovery.drivers.deployed import FleetOnDemand

class Connection(Everything):
    def __init__(self): self.owner = os.getpid()
    def __del__(self): os.getpid() == self.owner or print("closed what the parent uses", flush=True)

opened = []
def opening(held):
    held.callback(lambda: print("closed by", os.getpid() == opened[-1], flush=True))
    opened.append(os.getpid())
    return Connection()

fleet = FleetOnDemand(Path(sys.argv[1]), opening, Notes())
fleet.ask(driver(), {}, {})
child = os.fork()
if not child:
    fleet.close()
    os._exit(0)
os.waitpid(child, 0)
child = os.fork()
if not child:
    assert fleet.ask(driver(), {}, {}).capabilities
    gc.collect()
    fleet.close()
    os._exit(len(opened))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), len(opened), bool(fleet.ask(driver(), {}, {}).capabilities))
fleet.close()
"""


def test_a_fork_leaves_alone_what_the_parent_uses(tmp_path: Path) -> None:
    """To close the parent's connection to a database, or to let go of it, would end it for both."""
    places = os.pathsep.join((str(Path(hpa_discovery.__file__).parents[1]), str(Path(__file__).parents[1])))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK, tmp_path],
        env={"PYTHONPATH": places},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["closed by True", "2 1 True", "closed by True"]
