# SPDX-License-Identifier: Apache-2.0
"""Progress on a terminal."""

from __future__ import annotations

import io
import itertools

import pytest

from hpa_discovery.cli.progress import Progress, terminal


def test_the_count_is_shown_a_few_times_a_second_and_cleared_at_the_end() -> None:
    """With a tenth of a second between two subjects, every second or third one is shown."""
    stream = io.StringIO()
    seconds = itertools.count(step=0.05)  # the clock is asked about twice a subject

    with Progress("subjects", stream, lambda: next(seconds)) as progress:
        for _ in range(20):
            progress.advance()
        shown = stream.getvalue().split("\r\x1b[K")[1:]
        assert shown
        assert len(shown) < 10
        assert all(text.endswith(" subjects") for text in shown)

    assert stream.getvalue().endswith("\r\x1b[K")


def test_quick_work_shows_nothing() -> None:
    """What is done at once needs no count and nothing to clear."""
    stream = io.StringIO()

    with Progress("subjects", stream, lambda: 0.0) as progress:
        progress.advance()

    assert stream.getvalue() == ""


def test_the_count_is_cleared_before_an_error_is_told() -> None:
    """An error in the middle does not leave half a line behind."""
    stream = io.StringIO()
    seconds = itertools.count()

    def work() -> None:
        with Progress("subjects", stream, lambda: next(seconds)) as progress:
            progress.advance()
            raise ValueError("boo")

    with pytest.raises(ValueError, match="boo"):
        work()

    assert stream.getvalue() == "\r\x1b[K1 subjects\r\x1b[K"


def test_without_a_terminal_there_is_no_progress() -> None:
    """A log or a pipe gets no carriage returns."""
    assert terminal() is None
    with Progress("subjects", None, itertools.count().__next__) as progress:
        progress.advance()
