# SPDX-License-Identifier: Apache-2.0
"""How far long work has come: a count on a terminal's stderr, and nothing anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

_SECONDS_BETWEEN = 0.2
_CLEAR_LINE = "\r\x1b[K"


class Progress:
    """Counts `what` on `stream`, a few times a second; None counts in silence."""

    def __init__(self, what: str, stream: TextIO | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._stream = stream
        self._clock = clock
        self._count = 0
        self._shown = False
        self._next = clock() + _SECONDS_BETWEEN

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._shown:
            self._write(_CLEAR_LINE)

    def advance(self) -> None:
        """One more."""
        self._count += 1
        if self._stream is not None and self._clock() >= self._next:
            self._next = self._clock() + _SECONDS_BETWEEN
            self._shown = True
            self._write(f"{_CLEAR_LINE}{self._count} {self._what}")

    def _write(self, text: str) -> None:
        if self._stream is not None:
            self._stream.write(text)
            self._stream.flush()


def terminal() -> TextIO | None:
    """Where progress goes: stderr, when it is a terminal and the results, which show it too, go elsewhere."""
    return sys.stderr if sys.stderr.isatty() and not sys.stdout.isatty() else None
