# SPDX-License-Identifier: Apache-2.0
"""The state directory: made for its owner, never loosened, and told of when everybody may write into it."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hpa_discovery.errors import StoreError
from hpa_discovery.store import state_dir

HOLD = """
import sys, time
from pathlib import Path
from hpa_discovery.store.state_dir import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


FULL = """
import resource, signal, sys
from pathlib import Path
from hpa_discovery.store.state_dir import write_private
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3, 3))
write_private(Path(sys.argv[1]), b"secret", replace=sys.argv[2] == "True")
"""
LOCK = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+'), fcntl.LOCK_EX | fcntl.LOCK_NB)"


def mode(path: Path) -> int:
    """The permissions of a path."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o022, 0o000, 0o077])
def umask(request: pytest.FixtureRequest) -> Any:
    """Whatever the caller's umask is."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_a_new_folder_can_be_listed_by_its_owner_alone(tmp_path: Path, events: Any) -> None:
    """Others pass through to the drivers' copies and see nothing; folders above it are made too."""
    folder = tmp_path / "a" / "b"
    state_dir.prepare(folder, events)
    assert mode(folder) == 0o711
    assert events == []


@pytest.mark.parametrize("given", [0o700, 0o750, 0o711, 0o755])
def test_a_folder_keeps_its_mode(tmp_path: Path, events: Any, given: int) -> None:
    """What an operator made stays as it is."""
    tmp_path.chmod(given)
    state_dir.prepare(tmp_path, events)
    assert mode(tmp_path) == given
    assert events == []


@pytest.mark.parametrize("given", [0o777, 0o1777, 0o733])
def test_a_folder_that_all_may_write_is_told(tmp_path: Path, events: Any, given: int) -> None:
    """Path and mode go to whoever listens, and the mode stays."""
    tmp_path.chmod(given)
    state_dir.prepare(tmp_path, events)
    assert events == [("store.open_state_dir", {"path": str(tmp_path), "mode": f"{given:04o}"})]
    assert mode(tmp_path) == given


@pytest.mark.parametrize("below", ["file", "file/below", "loop/below"])
def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, events: Any, below: str) -> None:
    """With its path and the system's reason."""
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(StoreError, match=f"making the state directory {tmp_path / below}: "):
        state_dir.prepare(tmp_path / below, events)


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("before", [None, 0o644, 0o666, 0o400])
def test_a_private_file_is_the_owners_alone(tmp_path: Path, before: int | None) -> None:
    """Whether it is made or was there with another mode; its content stays."""
    path = tmp_path / "file"
    if before is not None:
        path.write_text("content")
        path.chmod(before)
    state_dir.make_private(path)
    assert mode(path) == 0o600
    assert path.read_text() == ("" if before is None else "content")


def test_the_locks_of_a_database_stay(tmp_path: Path) -> None:
    """A store that is opened a second time in one process leaves the first one's locks alone."""
    path = tmp_path / "hpa.db"
    path.write_text("")
    with path.open("r+") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        state_dir.make_private(path)
        other = subprocess.run([sys.executable, "-c", LOCK, str(path)], check=False, capture_output=True, text=True)
    assert "BlockingIOError" in other.stderr


def test_a_file_is_written_once_and_whole(tmp_path: Path) -> None:
    """Eight threads at once: one writes, the others learn that there is a file; nothing else stays behind."""
    path = tmp_path / "token"
    contents = [bytes([number]) * 100_000 for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        written = list(threads.map(lambda content: state_dir.write_private(path, content), contents))
    assert written.count(True) == 1
    assert path.read_bytes() == contents[written.index(True)]
    assert mode(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_not_written_through_a_link(tmp_path: Path) -> None:
    """A link that stands there is a file that is there, also when it leads nowhere."""
    (tmp_path / "token").symlink_to(tmp_path / "elsewhere")
    assert state_dir.write_private(tmp_path / "token", b"secret") is False
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """Where that is asked for; a link is replaced, not followed."""
    path = tmp_path / "token"
    path.symlink_to(tmp_path / "elsewhere")
    for content in (b"first", b"second"):
        assert state_dir.write_private(path, content, replace=True) is True
        assert path.read_bytes() == content
    assert mode(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("replace", [False, True])
def test_a_file_that_was_not_written_leaves_nothing(tmp_path: Path, replace: bool) -> None:
    """As on a full disk: what was begun is gone."""
    ran = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "token"), str(replace)], check=False, capture_output=True, text=True
    )
    assert f"StoreError: writing {tmp_path / 'token'}: File too large" in ran.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("act", [state_dir.make_private, lambda path: state_dir.write_private(path, b"")])
def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, act: Any) -> None:
    """With its path and the system's reason."""
    with pytest.raises(StoreError, match=f"{tmp_path / 'absent' / 'file'}.*: No such file"):
        act(tmp_path / "absent" / "file")


def test_one_process_holds_the_folder(tmp_path: Path) -> None:
    """Others wait, and go on when the holder is killed."""
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"

    def take() -> None:
        with state_dir.locked(tmp_path):
            pass

    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(take)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.2)
        holder.kill()
        waiting.result(timeout=20)
    holder.wait()
    holder.stdout.close()


def test_what_is_no_folder_cannot_be_held(tmp_path: Path) -> None:
    """The message names it."""
    with pytest.raises(StoreError, match=f"locking the folder {tmp_path / 'absent'}: No such"):  # noqa: SIM117 - the outer one is the expectation
        with state_dir.locked(tmp_path / "absent"):
            pass
