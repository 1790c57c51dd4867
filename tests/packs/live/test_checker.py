# SPDX-License-Identifier: Apache-2.0
"""The process that checks packs: whatever becomes of it is an error of the pack, and never of the service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

from hpa_discovery.model import Finding
from hpa_discovery.packs.live.check import CheckResult, check_pack
from hpa_discovery.packs.live.checker import _MOST_FINDINGS, CheckerProcess, _bounded
from packs.live.sites import Vendor

GOOD = json.dumps({"findings": []})


def children() -> set[int]:
    """The processes of this one, dead ones that nobody waited for among them."""
    found = set[int]()
    for path in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # a thread that ended meanwhile
            found |= {int(pid) for pid in path.read_text(encoding="ascii").split()}
    return found


@pytest.fixture(autouse=True)
def _no_zombies() -> Iterator[None]:
    """No test leaves a process."""
    before = children()
    yield
    assert children() <= before


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A good pack."""
    return Vendor(tmp_path / "acme").write().folder


def program(code: str) -> tuple[str, ...]:
    """A checking process that does this for each line it reads."""
    lines = "".join(f"    {line}\n" for line in code.splitlines())
    return sys.executable, "-c", f"import os, sys, time\nfor number, line in enumerate(sys.stdin):\n{lines}"


def ended(result: CheckResult) -> str:
    """The message of a check that did not come to its end."""
    assert [(finding.code, finding.severity) for finding in result.findings] == [("check.ended", "error")]
    return result.findings[0].message


def test_same_result(tmp_path: Path) -> None:
    """The process says of every pack what this process would say, one pack after the other."""
    before, check = children(), CheckerProcess()
    try:
        for change in ({}, {"expected": "no"}, {"feature": "pciePasthrough"}, {"level": "none"}, {}):
            root = Vendor(tmp_path / "acme").write(**change).folder
            assert check(root) == check_pack(root)
        assert check(tmp_path / "gone") == check_pack(tmp_path / "gone")
        (pid,) = children() - before
        assert check(root).ok
        assert children() - before == {pid}
    finally:
        check.end()


def test_sees_what_is_imported_here(pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process imports from where this one does, and from nowhere else."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "json.py").write_text("raise SystemExit(3)\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    check = CheckerProcess()
    try:
        assert check(pack).ok
    finally:
        check.end()


BAD = {
    "exits": ("sys.exit(3)", "exit code 3"),
    "is killed": ("os.kill(os.getpid(), 9)", "signal 9"),
    "writes nonsense": ("print('hello', flush=True)", "nonsense"),
    "writes a number": ("print(7, flush=True)", "nonsense"),
    "writes no findings": ("print('{}', flush=True)", "nonsense"),
    "writes half a line and exits": (f"print('{GOOD}'[:5], end='', flush=True); sys.exit(0)", "exit code 0"),
    "hangs": ("time.sleep(600)", "no answer in time"),
    "closes its output": ("os.close(1); time.sleep(600)", "closed its output"),
    "writes without end": ("while True: print('x' * 65536, end='')", "bytes"),
    "takes all memory": (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 28, 1 << 28)); x = bytes(1 << 30)",
        "MemoryError",
    ),
}


@pytest.mark.parametrize(("code", "told"), BAD.values(), ids=BAD.keys())
def test_given_up(pack: Path, code: str, told: str) -> None:
    """Whatever the process does instead of answering refuses the pack, soon, with what is known of it."""
    check = CheckerProcess(program(code), seconds=2.5 if told == "no answer in time" else 60.0)
    began = time.monotonic()
    try:
        message = ended(check(pack))
    finally:
        check.end()
    assert told in message
    assert "\n" not in message
    assert time.monotonic() - began < 30


def test_next_pack(pack: Path) -> None:
    """After a check was given up another process checks the next pack."""
    flag = pack.parent / "flag"
    code = (
        f"if not os.path.exists({str(flag)!r}):\n    open({str(flag)!r}, 'w'); sys.exit(1)\nprint('{GOOD}', flush=True)"
    )
    check = CheckerProcess(program(code), seconds=60.0)
    try:
        ended(check(pack))
        assert check(pack).ok
        assert check(pack).ok
    finally:
        check.end()


def test_late_answer(pack: Path) -> None:
    """An answer that comes late is not taken for the answer about the next pack."""
    check = CheckerProcess(program(f"time.sleep(2 if not number else 0)\nprint('{GOOD}', flush=True)"), seconds=1.0)
    try:
        ended(check(pack))
        time.sleep(1.5)
        assert "no answer in time" in ended(check(pack))
    finally:
        check.end()


def test_cannot_be_started(pack: Path) -> None:
    """A process that cannot be started says nothing about the pack."""
    with pytest.raises(OSError, match="no-such-program"):
        CheckerProcess(["/no-such-program"])(pack)


def test_end_does_not_wait(pack: Path) -> None:
    """A service that ends does not wait for a check, which then says nothing about the pack, nor starts another."""
    check = CheckerProcess(program("time.sleep(600)"))
    said: list[object] = []

    def ask() -> None:
        try:
            said.append(check(pack))
        except OSError as error:
            said.append(str(error))

    thread = Thread(target=ask)
    thread.start()
    time.sleep(0.3)
    began = time.monotonic()
    check.end()
    thread.join()
    assert time.monotonic() - began < 30
    assert said == ["no pack is checked any more: the service ends"]
    with pytest.raises(OSError, match="the service ends"):
        check(pack)
    check.end()


def test_its_parent_is_killed(pack: Path) -> None:
    """When the service is killed, the process ends by itself."""
    code = "from hpa_discovery.packs.live.checker import CheckerProcess as C; import os\n"
    code += f"from pathlib import Path\nc = C(); c(Path({str(pack)!r})); print(c._process.pid, flush=True)\n"
    code += "os.kill(os.getpid(), 9)"
    env = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False)
    pid = int(done.stdout)
    until = time.monotonic() + 30
    while Path(f"/proc/{pid}/fd").exists() and _alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("errors", [0, 1, 5, 300])
def test_many_findings(errors: int) -> None:
    """Of very many findings the errors are told first, and warnings do not refuse a pack however many there are."""
    warnings = [Finding("let.unused", "warning", str(number), "a.yaml") for number in range(300)]
    found = CheckResult((*warnings, *(Finding("schema", "error", str(number), "b.yaml") for number in range(errors))))
    bounded = _bounded(found)
    assert bounded.ok == found.ok == (errors == 0)
    assert len(bounded.findings) == _MOST_FINDINGS + 1
    told = [finding for finding in bounded.findings if finding.code == "schema"]
    assert len(told) == min(errors, _MOST_FINDINGS)
    assert bounded.findings[-1].message == f"and {100 + errors} findings more"


def test_nothing_of_a_wheel_runs(tmp_path: Path, pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel beside the service brings a .pth file and a sitecustomize: neither runs in the check."""
    venv.create(tmp_path / "env")
    [site] = (tmp_path / "env" / "lib").glob("python*/site-packages")
    write = f"import pathlib; pathlib.Path({str(tmp_path / 'ran')!r}).touch()\n"
    (site / "evil.pth").write_text(write, encoding="utf-8")
    (site / "sitecustomize.py").write_text(write, encoding="utf-8")
    python = str(tmp_path / "env" / "bin" / "python")
    subprocess.run([python, "-c", ""], check=True)
    (tmp_path / "ran").unlink()  # else this test could not fail
    monkeypatch.setattr(sys, "executable", python)
    check = CheckerProcess()
    try:
        assert check(pack).ok
    finally:
        check.end()
    assert not (tmp_path / "ran").exists()
