# SPDX-License-Identifier: Apache-2.0
"""What a driver may try: it is contained, its features are unknown, somebody hears of it, and it is asked again."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.fleets import VENDOR, Asked, driver, fleet_of
from hpa_discovery.drivers.fence import EXIT_COMMAND, EXIT_FENCE
from hpa_discovery.drivers.isolation import fences
from hpa_discovery.drivers.supervisor import Pauses
from hpa_discovery.language.driver import parse_driver

FENCES = fences()
AT_ONCE = Pauses(first=0.0)  # after a fault the next question is asked


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[Asked]:
    """The driver that does what it is told."""
    with fleet_of(tmp_path / "drivers", driver(), pauses=AT_ONCE) as asked:
        yield asked


def alive(vendor: Asked) -> bool:
    """Whether the driver answers as if nothing had happened."""
    answer = vendor.ask()
    return [found.feature for found in answer.capabilities] == ["pciePassthrough"] and not answer.diagnostics


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (("leave", 3), "driver.exit"),
        (("hang",), "driver.timeout"),
        (("stall",), "driver.timeout"),
        (("junk",), "driver.answer"),
        (("flood",), "driver.answer"),
        (("other_id",), "driver.answer"),
        (("drip",), "driver.timeout"),
        (("late",), "driver.timeout"),
        (("mute",), "driver.exit"),
        (("heir", 3), "driver.exit"),
        (("fail",), "driver.error"),
        (("answer", ["a text"]), "driver.refused"),
        (("answer", {"capabilities": None}), "driver.refused"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_faults(tmp_path: Path, act: tuple[Any, ...], code: str) -> None:
    """A driver that exits, hangs, prints junk, floods or answers another id: unknown, and asked again later."""
    which = driver(timeout=2.5) if code == "driver.timeout" else driver()
    with fleet_of(tmp_path / "drivers", which, pauses=AT_ONCE) as vendor:
        assert alive(vendor)
        began = time.monotonic()
        assert vendor.fault(*act) == code
        assert time.monotonic() - began < 30
        assert alive(vendor)


@pytest.mark.parametrize("code", [EXIT_FENCE, EXIT_COMMAND])
def test_a_driver_that_speaks_for_its_guard(vendor: Asked, tmp_path: Path, code: int) -> None:
    """With the guard's exit codes it would tell the operator that a fence is missing; that is not for it to say."""
    assert vendor.fault("leave", code) == "driver.exit"
    shell = driver(start="command", command=("/bin/sh", "-c", f"echo a fence does not stand >&2; exit {code}"))
    with fleet_of(tmp_path / "others", shell, pauses=AT_ONCE) as asked:
        assert asked.fault("leave") == "driver.exit"


@pytest.mark.parametrize("act", ["twice", "deaf"])
def test_faults_after_an_answer(vendor: Asked, act: str) -> None:
    """A driver that answers twice, or takes no more questions: the next one is not answered by what is left over."""
    assert not vendor.ask(act).diagnostics
    assert vendor.fault("cards", {}) in ("driver.answer", "driver.exit")
    assert alive(vendor)


def test_a_daemon_that_holds_the_pipes(vendor: Asked) -> None:
    """It ends with the driver, whose exit code is told at once."""
    began = time.monotonic()
    (diagnostic,) = vendor.ask("heir", 3).diagnostics
    assert "ended with exit code 3" in diagnostic.message
    assert time.monotonic() - began < 30


def test_last_words_are_one_line_without_orders_to_a_terminal(vendor: Asked) -> None:
    """What a driver wrote on stderr stands in messages, which end in logs and on screens."""
    (diagnostic,) = vendor.ask("last_words", "first\nhi \x1b[2J\r\u202e" + "x" * 100_000 + "end\n").diagnostics
    assert diagnostic.message.isprintable()
    assert diagnostic.message.endswith("end")
    assert len(diagnostic.message) < 3000
    (diagnostic,) = vendor.ask("last_words", "hi \x1b[2J\rthere\n").diagnostics
    assert diagnostic.message == "the driver ended with exit code 3: hi \\x1b[2J\\rthere"


def test_a_line_that_nobody_asked_for(vendor: Asked) -> None:
    """What a driver wrote ahead is no answer to a later question."""
    for wait in (0.0, 1.0):  # while the next question is answered, which takes a second, and before it
        assert vendor.ask("ahead").capabilities
        time.sleep(wait)
        assert vendor.fault("print") == "driver.answer"
    assert alive(vendor)


def test_stderr_is_no_answer(vendor: Asked) -> None:
    """A hundred megabytes on stderr and a print on stdout do no harm; the end of it is kept for the operator."""
    assert vendor.ask("shout").capabilities
    assert vendor.ask("print").capabilities
    vendor.fault("leave", 3)
    (status,) = vendor.fleet.status()
    assert status.last_fault == "ended with exit code 3: giving up"


def test_memory(vendor: Asked) -> None:
    """Memory has a bound, however it is taken."""
    for act in ("eat_memory", "eat_shared_memory", "eat_detached_memory", "eat_memory_file"):
        assert vendor.told(act) in ("MemoryError", "OSError", "PermissionError"), act
    assert alive(vendor)


@pytest.mark.skipif("user" in FENCES.missing and "namespaces" in FENCES.missing, reason="processes are counted by user")
def test_fork_bomb(tmp_path: Path) -> None:
    """The number of its processes has a bound, and all of them end with it."""
    folder = tmp_path / "vendor"
    folder.mkdir()
    # A driver by itself has a user by itself: those of tests beside this one would lack the processes.
    (folder / "vendor.py").write_text((VENDOR / "vendor.py").read_text() + "# a bomb\n")
    with fleet_of(tmp_path / "drivers", driver(folder), pauses=AT_ONCE) as vendor:
        assert vendor.told("fork_bomb") == "BlockingIOError"
        assert alive(vendor)


def test_double_fork(vendor: Asked) -> None:
    """A process that left its parent and its session ends with the driver."""
    mark = f"esc{os.getpid()}"[:15]
    assert vendor.ask("escape", mark).capabilities
    assert _becomes(True, mark)
    vendor.fleet.keep(())
    assert _becomes(False, mark)


def _becomes(running: bool, mark: str) -> bool:
    """Whether, within half a minute, a process of this name is running or is not."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if running is any(_text(name).strip() == mark for name in Path("/proc").glob("[0-9]*/comm")):
            return True
        time.sleep(0.02)
    return False


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


@pytest.mark.skipif("namespaces" in FENCES.missing, reason="needs a process namespace")
def test_killing_its_parents(vendor: Asked) -> None:
    """It can end itself, and nobody above it."""
    pid = os.getpid()
    vendor.ask("kill_parents")
    assert os.getpid() == pid
    assert alive(vendor)


@pytest.mark.skipif("landlock" in FENCES.missing and "user" in FENCES.missing, reason="needs Landlock or another user")
def test_signals_to_the_service(vendor: Asked) -> None:
    """The service's process cannot be reached."""
    assert vendor.told("signal_pid", os.getpid()) in ("PermissionError", "ProcessLookupError")


@pytest.mark.skipif("landlock" in FENCES.missing, reason="needs Landlock")
def test_files(vendor: Asked, tmp_path: Path) -> None:
    """It reads its own folder and the runtime, writes nothing, and never sees a token or a key."""
    token = tmp_path / "admin.token"
    token.write_text("secret")
    token.chmod(0o644)  # even if somebody made it readable
    tmp_path.chmod(0o755)
    assert vendor.told("read", str(token)) == "PermissionError"
    assert vendor.told("read", "/etc/passwd") == "PermissionError"
    assert vendor.told("write", str(tmp_path / "new")) == "PermissionError"
    assert vendor.told("read", "vendor.py").startswith("did it")
    assert vendor.told("write", "vendor.py") == "PermissionError"
    assert not (tmp_path / "new").exists()


def test_network(vendor: Asked, tmp_path: Path) -> None:
    """It cannot connect to anything, not even on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        said = vendor.told("connect", server.getsockname()[1])
    assert said == "PermissionError"


def test_sockets_in_the_file_system(vendor: Asked) -> None:
    """A database or container engine that listens there cannot be reached, though everybody may connect to it."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
        Path(folder).chmod(0o755)
        server.bind(f"{folder}/socket")
        server.listen()
        Path(f"{folder}/socket").chmod(0o777)
        assert vendor.told("connect_unix", f"{folder}/socket") == "PermissionError"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to lose")
def test_rights(vendor: Asked) -> None:
    """Root's driver runs as another user, for good."""
    assert vendor.told("become_root") == "PermissionError"


def test_surroundings(vendor: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """No environment and no open files of the service come along."""
    monkeypatch.setenv("OS_PASSWORD", "secret")
    with (Path(__file__)).open() as held:
        os.set_inheritable(held.fileno(), True)
        assert "OS_PASSWORD" not in vendor.told("environment")
        assert vendor.told("descriptors") == "[0, 1, 2, 3]"


def test_changed_after_it_was_allowed(tmp_path: Path) -> None:
    """What was allowed is what runs: a swapped folder is refused, and changes nothing where a copy was made before."""
    folder = tmp_path / "vendor"
    folder.mkdir()
    source = folder / "vendor.py"
    source.write_text((Path(__file__).parent / "vendor" / "vendor.py").read_text())
    good = driver(folder)
    with fleet_of(tmp_path / "drivers", good, pauses=AT_ONCE) as vendor:
        assert alive(vendor)
        source.write_text("raise SystemExit")  # too late: the copy runs
        assert alive(vendor)
        vendor.fault("leave", 1)
        assert alive(vendor)
    with fleet_of(tmp_path / "others", good, pauses=AT_ONCE) as vendor:
        answer = vendor.ask()
        assert [item.code for item in answer.diagnostics] == ["driver.untrusted"]
        assert "changed" in answer.diagnostics[0].message


@pytest.mark.parametrize("members", [{"memory": 128.0}, {"processes": 1.0}], ids=str)
def test_whole_numbers_as_yaml_may_write_them(members: dict[str, float]) -> None:
    """`memory: 128.0` is a whole number to a schema, and none to the kernel."""
    spec: dict[str, Any] = {"source": "openstack.flavor", "features": ["gpu"], "python": "a:B", **members}
    parsed = parse_driver({"metadata": {"id": "acme.x/y", "title": "Y"}, "spec": spec}, "/", "0" * 64)
    assert type(parsed.memory) is type(parsed.processes) is int


def test_a_program_with_the_rights_of_its_owner(tmp_path: Path) -> None:
    """The bits that lend them do not come along with the copy, and programs of the system lend none here."""
    folder = tmp_path / "vendor"
    shutil.copytree(VENDOR, folder, ignore=shutil.ignore_patterns("__pycache__"))
    program = folder / "answer"
    program.write_text("#!/bin/sh\nid -u\n")
    program.chmod(0o6755)
    with fleet_of(tmp_path / "drivers", driver(folder), pauses=AT_ONCE) as vendor:
        assert alive(vendor)
        copied = tmp_path / "drivers" / vendor.driver.digest / "answer"
        assert stat.S_IMODE(copied.stat().st_mode) == 0o555
        assert vendor.told("run", "./answer") == f"did it: {vendor.told('run', 'id', '-u')[8:]}"


def test_not_allowed(tmp_path: Path) -> None:
    """A driver that nobody allowed is not started, and the message says how to allow it."""

    class Nothing:
        def allows(self, driver_id: str, digest: str) -> bool:
            return False

    with fleet_of(tmp_path / "drivers", driver(), allowances=Nothing(), pauses=AT_ONCE) as vendor:
        (diagnostic,) = vendor.ask().diagnostics
        assert diagnostic.code == "driver.untrusted"
        assert f"hpa driver allow acme.cards/vendor --digest {vendor.driver.digest}" in diagnostic.message
        assert not (tmp_path / "drivers").exists()


def test_a_driver_that_always_fails_is_suspended(vendor: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """After five faults in a row it is left alone for a while; the answer is unknown at once."""
    for _ in range(5):
        assert vendor.fault("leave", 1) == "driver.exit"
    before = time.monotonic()
    (diagnostic,) = vendor.ask().diagnostics
    assert diagnostic.code == "driver.suspended"
    assert "failed 5 times" in diagnostic.message
    assert time.monotonic() - before < 30
    assert vendor.fleet.status()[0].state == "suspended"
