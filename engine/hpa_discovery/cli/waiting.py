# SPDX-License-Identifier: Apache-2.0
"""For how long something has been going on: on a terminal, when it takes more than a moment, and nothing elsewhere."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_SILENT_SECONDS = 2
_CLEAR_LINE = "\r\x1b[K"


@contextmanager
def waiting(what: str, stream: TextIO | None = None, second: float = 1.0) -> Iterator[None]:
    """Tell `what` and for how many seconds while the block runs, from the third on, and take it away at its end."""
    to = sys.stderr if stream is None else stream
    if not to.isatty():
        yield
        return
    ended = threading.Event()
    thread = threading.Thread(target=_tell, args=(what, to, second, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _tell(what: str, stream: TextIO, second: float, ended: threading.Event) -> None:
    seconds = 0
    while not ended.wait(second):
        seconds += 1
        if seconds > _SILENT_SECONDS:
            stream.write(f"{_CLEAR_LINE}{what}, {seconds} s")
            stream.flush()
    if seconds > _SILENT_SECONDS:
        stream.write(_CLEAR_LINE)
        stream.flush()
