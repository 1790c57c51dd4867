# SPDX-License-Identifier: Apache-2.0
"""Who waits at a terminal is told for how long."""

from __future__ import annotations

import io
import time

import pytest

from hpa_discovery.cli.waiting import waiting

SECOND = 0.01


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True

    def tells(self, part: str) -> bool:
        """Whether it is told within a while."""
        end = time.monotonic() + 20
        while part not in self.getvalue() and time.monotonic() < end:
            time.sleep(SECOND)
        return part in self.getvalue()


def test_a_long_wait_is_told() -> None:
    """What is done and for how many seconds; at the end the line is taken away, also when it fails."""
    stream = Terminal()
    with pytest.raises(ValueError, match="no"), waiting("asking A&AI", stream, SECOND):  # noqa: PT012 - what is told
        assert stream.tells("asking A&AI, 4 s")
        raise ValueError("no")
    assert stream.getvalue().endswith("\r\x1b[K")
    assert "asking A&AI, 2 s" not in stream.getvalue()


def test_a_short_wait_is_silent() -> None:
    """So is one that nobody watches."""
    stream, file = Terminal(), io.StringIO()
    with waiting("asking A&AI", stream), waiting("asking A&AI", file, SECOND):
        time.sleep(5 * SECOND)
    assert (stream.getvalue(), file.getvalue()) == ("", "")
