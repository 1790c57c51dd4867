# SPDX-License-Identifier: Apache-2.0
"""Which fences are said to stand: by trials that answer as they are told, and on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from clocks import Clock
from drivers.fleets import VENDOR, driver
from hpa_discovery.drivers.guarding import Fences, spec_of
from hpa_discovery.drivers.isolation import FencesHere, UntriedError, fences, try_guard

Spec = Mapping[str, Any]
NO_LANDLOCK = "landlock: the kernel has none"


class Trials:
    """Trials that note what is tried, and answer by a function."""

    def __init__(self, answer: Callable[[Spec], str]) -> None:
        self.answer = answer
        self.tried: list[Spec] = []

    def __call__(self, spec: Spec) -> str:
        """The reason against it."""
        self.tried.append(spec)
        return self.answer(spec)


def without_landlock(spec: Spec) -> str:
    """A kernel that has all but Landlock."""
    return NO_LANDLOCK if spec["landlock"] else ""


def test_without_landlock_the_user_fence_stands() -> None:
    """A driver of root's runs as another user also where the kernel has no Landlock."""
    assert FencesHere(without_landlock, root=True)() == Fences(True, False, True, {"landlock": NO_LANDLOCK})


def test_with_landlock_the_user_fence_is_tried_within_it() -> None:
    """There the driver's user passes over permissions, and that must stand as well."""
    trials = Trials(lambda spec: "")
    assert FencesHere(trials, root=True)() == Fences(True, True, True, {})
    assert [spec["keep_reading"] for spec in trials.tried if spec["uid"] is not None] == [True]


def test_only_root_has_the_user_fence() -> None:
    """Others are told why, and it is not even tried."""
    trials = Trials(lambda spec: "")
    missing = {"user": "only root can start a driver as another user"}
    assert FencesHere(trials, root=False)() == Fences(True, True, False, missing)
    assert {spec["uid"] for spec in trials.tried} == {None}


def test_tried_once() -> None:
    """What a trial found holds as long as the process does."""
    clock, trials = Clock(0.0), Trials(without_landlock)
    here = FencesHere(trials, clock, root=True)
    first = here()
    clock.now = 1e9
    assert here() is first
    assert len(trials.tried) == 3


def hung(_: Spec) -> str:
    """A trial that came to no end."""
    raise UntriedError("its trial did not end within 20 s")


def test_a_trial_without_an_end_is_told_and_made_again() -> None:
    """A machine that was busy or out of processes for a moment gets its fences back."""
    clock, trials = Clock(0.0), Trials(hung)
    here = FencesHere(trials, clock, root=True)
    why = "its trial did not end within 20 s"
    assert here() == Fences(False, False, False, dict.fromkeys(("landlock", "namespaces", "user"), why))
    clock.now = 299
    here()
    assert len(trials.tried) == 3
    trials.answer = lambda spec: ""
    clock.now = 301
    assert here() == Fences(True, True, True, {})


def test_nobody_waits_for_a_second_trial() -> None:
    """While one thread tries again, others go on with what was found before."""
    clock, trials = Clock(0.0), Trials(hung)
    here = FencesHere(trials, clock, root=True)
    before = here()
    inside, go = threading.Event(), threading.Event()

    def wait(_: Spec) -> str:
        inside.set()
        go.wait(60)
        return ""

    trials.answer, clock.now = wait, 301
    thread = threading.Thread(target=here)
    thread.start()
    inside.wait(60)
    assert here() is before
    go.set()
    thread.join()
    assert here().user


def test_what_keeps_a_trial_from_its_end() -> None:
    """Neither a guard that hangs nor one that cannot be started ends whoever asks for the fences."""
    spec = spec_of(driver(), VENDOR, Fences(False, False, False, {}))
    with pytest.raises(UntriedError, match=r"did not end within 0\.3 s"):
        try_guard({**spec, "command": ["/bin/sleep", "600"]}, seconds=0.3)
    with pytest.raises(UntriedError, match="its trial could not be started: Argument list too long"):
        try_guard({**spec, "command": ["/bin/true", "x" * 10**6]})


def test_the_last_line_of_the_guard_is_the_reason() -> None:
    """A program that the fences do not let start is a reason against them, too."""
    spec = spec_of(driver(), VENDOR, Fences(False, False, False, {}))
    assert try_guard({**spec, "command": ["/nowhere/program"]}).endswith("/nowhere/program: No such file or directory")


def test_here() -> None:
    """On this machine a fence that does not stand has a reason, and one that stands has none."""
    standing = fences()
    assert {name for name in ("landlock", "namespaces", "user") if not getattr(standing, name)} == set(standing.missing)
    assert all(standing.missing.values())


@pytest.mark.parametrize(("mode", "uid"), [(0o755, True), (0o700, False)])
def test_without_landlock_the_copy_must_be_in_reach(tmp_path: Path, mode: int, uid: bool) -> None:
    """As another user a driver could not even read itself where folders above it are closed: there it stays ours."""
    reachable = Path("/") if uid else tmp_path
    tmp_path.chmod(mode)
    for landlock in (True, False):
        spec = spec_of(driver(), reachable, Fences(False, landlock, True, {}))
        assert (spec["uid"] is not None) is (uid or landlock)
        assert ("NPROC" in spec["limits"]) is (uid or landlock)


def test_the_machine_is_that_of_this_python() -> None:
    """A kernel may say another one of itself, as for programs of 32 bits; the calls of the program are meant."""
    program = (
        "import ctypes, os\nfrom drivers.fleets import VENDOR, driver\n"
        "from hpa_discovery.drivers.guarding import Fences, spec_of\n"
        "ctypes.CDLL(None).personality(8)\n"  # PER_LINUX32: uname(2) tells of fewer bits
        "print(os.uname().machine, spec_of(driver(), VENDOR, Fences(False, False, False, {}))['calls'])"
    )
    paths = filter(None, sys.path)
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(paths)},
    )
    told, calls = ran.stdout.split()
    if told == os.uname().machine:
        pytest.skip("this machine has no programs of fewer bits")
    assert calls == spec_of(driver(), VENDOR, fences())["calls"]
