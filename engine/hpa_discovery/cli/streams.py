# SPDX-License-Identifier: Apache-2.0
"""The three standard streams, as a shell, a cron job or a service manager may have left them."""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO, cast


def make_usable() -> None:
    """Open what we were started without, and write as an escape what the locale's encoding does not have.

    Python has None for a stream that was closed (`>&-`). What stands in for it refuses reading or writing as
    the closed one would, so that lost output is an error; messages that nobody can see are dropped.
    """
    if sys.stdin is None:
        sys.stdin = _stand_in(os.O_WRONLY, "r")
    if sys.stdout is None:
        sys.stdout = _stand_in(os.O_RDONLY, "w")
    if sys.stderr is None:
        sys.stderr = _stand_in(os.O_WRONLY, "w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def forget_stdout() -> None:
    """Write into nothing from now on, when Python ends too: it would complain once more of what cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _stand_in(flags: int, mode: str) -> TextIO:
    # The system gives the lowest number that is free: that of the closed stream, which no other file may get.
    return cast("TextIO", os.fdopen(os.open(os.devnull, flags), mode, encoding="utf-8"))
