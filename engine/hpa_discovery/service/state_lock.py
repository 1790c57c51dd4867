# SPDX-License-Identifier: Apache-2.0
"""One service at a time uses a state directory: two would end each other's drivers and delete each other's packs."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from hpa_discovery.errors import DataError

FILE_NAME = "service.lock"
_GLANCE_SECONDS = 0.1  # for which whoever only looks whether it is held may have it


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the state directory; the system lets go when the process ends, however it ends.

    DataError when another service has it, or the file cannot be written.
    """
    path = folder / FILE_NAME
    with contextlib.ExitStack() as closing:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            closing.callback(os.close, handle)
            _take(handle)
            os.ftruncate(handle, 0)
            os.write(handle, f"{os.getpid()}\n".encode())
        except BlockingIOError:
            who = path.read_text("utf-8", "replace").strip() or "unknown"
            raise DataError(
                f"using the state directory {folder}: the service with process id {who} uses it; stop that one, or "
                "give this one a folder of its own with --state-dir"
            ) from None
        except OSError as error:
            raise DataError(f"using the state directory {folder}: {path}: {error.strerror}") from None
        yield


def _take(handle: int) -> None:
    end = time.monotonic() + _GLANCE_SECONDS
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise
        time.sleep(_GLANCE_SECONDS / 10)


def is_held(folder: Path) -> bool:
    """Whether a service uses the state directory now."""
    try:
        handle = os.open(folder / FILE_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
