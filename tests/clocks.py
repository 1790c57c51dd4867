# SPDX-License-Identifier: Apache-2.0
"""A clock for what asks one that it was given."""

from __future__ import annotations


class Clock:
    """Stands until the test moves it."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """The time in seconds."""
        return self.now

    def move(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds
