# SPDX-License-Identifier: Apache-2.0
"""What the peers stand on: a cache that two runs may share, and servers that end with whoever started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from peers.cached_venv import CACHE_VARIABLE, PeerError, cache_folder, cached_venv, run

TESTS = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.peer


def test_the_cache_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A named folder is used, and made where it is missing."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "a" / "b"))

    assert cache_folder() == tmp_path / "a" / "b"


def test_a_home_that_cannot_be_used_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a usable home the cache is below the temp folder, in a folder of this user's own."""
    (tmp_path / "file").touch()
    monkeypatch.delenv(CACHE_VARIABLE, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    assert cache_folder() == tmp_path / f"hpa-discovery-tests-{os.getuid()}"


def test_a_cache_that_cannot_be_used_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A named folder that cannot be made is not replaced by another behind the user's back."""
    (tmp_path / "file").touch()
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file" / "cache"))

    with pytest.raises(PeerError, match=CACHE_VARIABLE):
        cache_folder()


def test_a_venv_is_made_once_by_whoever_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that ask at once get the same finished venv; what a killed run left is made again."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n")

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: cached_venv("empty", requirements), range(2))
    made = (first / "complete").stat().st_mtime_ns
    again = cached_venv("empty", requirements)
    (first / "complete").unlink()
    (first / "bin" / "python").unlink()
    rebuilt = cached_venv("empty", requirements)

    assert first == second == again == rebuilt
    assert made < (rebuilt / "complete").stat().st_mtime_ns
    assert run([str(rebuilt / "bin" / "python"), "-c", "print(1)"], "trying it").strip() == "1"


def test_a_command_that_fails_shows_its_last_words() -> None:
    """The error holds what was being done and the end of the output."""
    with pytest.raises(PeerError, match=r"trying failed with exit code 3.*[\s\S]*last words"):
        run([sys.executable, "-c", "print('last words'); raise SystemExit(3)"], "trying")


def test_servers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    """Even one that is killed outright leaves no server behind."""
    script = (
        "import sys; from pathlib import Path; from peers.real_nova import RealNova\n"
        "with RealNova(Path(sys.argv[1])) as nova:\n"
        "    print(*nova.pids, flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(
        command, cwd=TESTS, env=os.environ | {"PYTHONPATH": str(TESTS)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as starter:
        assert starter.stdout is not None
        pids = [int(pid) for pid in starter.stdout.readline().split()]
        starter.send_signal(signal.SIGKILL)

    assert len(pids) == 2
    end = time.monotonic() + 60
    while any(map(alive, pids)):
        assert time.monotonic() < end, "a server outlived the process that started it"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended may stay listed until its new parent looks."""
    try:
        return Path("/proc", str(pid), "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
