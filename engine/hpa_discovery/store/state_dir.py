# SPDX-License-Identifier: Apache-2.0
"""The state directory and the files in it: who may read them, and the lock for starting."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hpa_discovery.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hpa_discovery.model import Observer

# Others may pass through to the drivers' copies, whose processes are users of their own, but list nothing.
MODE = 0o711
PRIVATE = 0o600


def prepare(folder: Path, observer: Observer) -> None:
    """Make the state directory as `make` does. Event `store.open_state_dir` {path, mode} when all may write into it."""
    mode = make(folder)
    if mode & stat.S_IWOTH:
        observer.event("store.open_state_dir", {"path": str(folder), "mode": f"{mode:04o}"})


def make(folder: Path) -> int:
    """Make the state directory, mode 0711; one that is there keeps its mode. The mode. StoreError when that fails."""
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(MODE)
        return stat.S_IMODE(folder.stat().st_mode)
    except OSError as error:
        raise StoreError(f"making the state directory {folder}: {error.strerror}") from error


def is_there(path: Path) -> bool:
    """Whether there is such a file or folder. StoreError when nobody can tell: a folder above belongs to others."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise StoreError(f"looking for {path}: {error.strerror}") from error
    return True


def make_private(path: Path) -> None:
    """Make an empty file of mode 0600, or give an existing one that mode. StoreError when that cannot be done."""
    try:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, PRIVATE))
        if stat.S_IMODE(path.stat().st_mode) != PRIVATE:
            # By name: to open and close a database file would end the locks that this process has on it.
            path.chmod(PRIVATE)
    except OSError as error:
        raise StoreError(f"making {path} readable to its owner alone: {error.strerror}") from error


def insist_on_access(path: Path) -> None:
    """StoreError when there is such a file and this process may not read and write it, with whose it is."""
    if not path.exists() or os.access(path, os.R_OK | os.W_OK, effective_ids=True):
        return
    us, owner = os.geteuid(), path.stat().st_uid
    why = f"it belongs to {_user(owner)}" if us not in {0, owner} else "its file system or its mode forbids it"
    raise StoreError(f"opening {path}: {_user(us)} may not read and write it; {why}")


def write_private(path: Path, content: bytes, *, replace: bool = False) -> bool:
    """Write a file of mode 0600, whole or not at all; False when there is one already that it does not replace.

    A link that stands there is replaced, never followed. StoreError on failure, and then nothing is left behind.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:  # mode 0600
            made = Path(file.name)
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                made.replace(path) if replace else os.link(made, path)
            finally:
                made.unlink(missing_ok=True)
    except FileExistsError:
        return False
    except OSError as error:
        raise StoreError(f"writing {path}: {error.strerror}") from error
    return True


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder against other processes of this machine; the system lets go when the holder dies."""
    with contextlib.ExitStack() as held:
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            held.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError as error:
            raise StoreError(f"locking the folder {folder}: {error.strerror}") from error
        yield


def _user(number: int) -> str:
    try:
        return f"the user {pwd.getpwuid(number).pw_name}"
    except KeyError:  # as in a container that runs as any number
        return f"the user {number}"
