# SPDX-License-Identifier: Apache-2.0
"""How far long work has come: a count on a terminal's stderr, and nothing anywhere else."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

_SECONDS_BETWEEN = 0.2
_CLEAR_LINE = "\r\x1b[K"


class Progress:
    """Counts `what`. Silent when the results themselves go to the terminal: they show how far it is."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._count = 0
        self._shown = False
        self._next = time.monotonic() + 2 * _SECONDS_BETWEEN
        self._wanted = sys.stderr.isatty() and not sys.stdout.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._shown:
            self._write(_CLEAR_LINE)

    def advance(self) -> None:
        """One more."""
        self._count += 1
        if self._wanted and time.monotonic() >= self._next:
            self._next = time.monotonic() + _SECONDS_BETWEEN
            self._shown = True
            self._write(f"{_CLEAR_LINE}{self._count} {self._what}")

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
