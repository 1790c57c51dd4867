# SPDX-License-Identifier: Apache-2.0
"""Values as JSON and JSON Lines: UTF-8 whatever the locale, each written when it is there."""

from __future__ import annotations

import json
from typing import Any, BinaryIO, Protocol


class Sink(Protocol):
    """Where results go, one by one."""

    def write(self, value: Any) -> None:
        """Write one result."""

    def end(self) -> None:
        """Write what comes after the last one; not called when the results could not be completed."""


class JsonLines:
    """One value a line, each flushed, so that a reader at the other end never waits for it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, value: Any) -> None:
        """Write one line."""
        self._stream.write(encoded(value) + b"\n")
        self._stream.flush()

    def end(self) -> None:
        """Nothing comes after the last line."""


class JsonArray:
    """One JSON array, which is closed only when it is complete."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._before = b"[\n"

    def write(self, value: Any) -> None:
        """Write one item."""
        self._stream.write(self._before + encoded(value))
        self._before = b",\n"

    def end(self) -> None:
        """Close the array."""
        self._stream.write(b"[]\n" if self._before == b"[\n" else b"\n]\n")


def encoded(value: Any) -> bytes:
    """Compact JSON in UTF-8; a lone surrogate as the escape that JSON has for it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
