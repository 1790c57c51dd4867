# SPDX-License-Identifier: Apache-2.0
"""Opens files in folders that others may change at any moment.

Between a look at a file and its opening, whoever may write there can put a link,
a pipe or another folder in its place. So what is opened is found name by name
from the folder on, without links, and looked at once it is open.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path, PurePosixPath
from typing import BinaryIO

_CLOSED = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
_FOLDER = os.O_RDONLY | _CLOSED | getattr(os, "O_DIRECTORY", 0)
# A pipe without a writer would keep us waiting.
_FILE = os.O_RDONLY | _CLOSED | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_STEP_BY_STEP = os.open in os.supports_dir_fd


def open_below(folder: Path, name: str) -> BinaryIO:
    """The regular file `name`, a path with /, below `folder`. OSError when something else lies there by now."""
    stream = os.fdopen(_opened(folder, name) if _STEP_BY_STEP else os.open(folder / name, _FILE), "rb", buffering=0)
    if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        return stream
    stream.close()
    raise OSError(errno.EINVAL, "not a regular file", str(folder / name))


def _opened(folder: Path, name: str) -> int:
    *folders, last = PurePosixPath(name).parts
    at = os.open(folder, _FOLDER & ~getattr(os, "O_NOFOLLOW", 0))  # which folder is meant, its owner said
    try:
        for part in folders:
            below = os.open(part, _FOLDER, dir_fd=at)
            os.close(at)
            at = below
        return os.open(last, _FILE, dir_fd=at)
    finally:
        os.close(at)
