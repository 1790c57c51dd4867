# SPDX-License-Identifier: Apache-2.0
"""Answers as JSON and JSON Lines: UTF-8 whatever the locale, each row written when it is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

if TYPE_CHECKING:
    from hpa_discovery.cli.answers import Answer


class AnswerWriter(Protocol):
    """Where answers go, one by one."""

    def write(self, answer: Answer) -> None:
        """Write one answer."""

    def end(self) -> None:
        """Write what comes after the last answer; not called when the answers could not be completed."""


class JsonLines:
    """One row a line, each flushed, so that a reader at the other end never waits for it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, answer: Answer) -> None:
        """Write one line."""
        self._stream.write(encoded(answer.row()) + b"\n")
        self._stream.flush()

    def end(self) -> None:
        """Nothing comes after the last line."""


class JsonArray:
    """One JSON array, which is closed only when it is complete."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._before = b"[\n"

    def write(self, answer: Answer) -> None:
        """Write one item."""
        self._stream.write(self._before + encoded(answer.row()))
        self._before = b",\n"

    def end(self) -> None:
        """Close the array."""
        self._stream.write(b"[]\n" if self._before == b"[\n" else b"\n]\n")


def encoded(value: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
