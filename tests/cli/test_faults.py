# SPDX-License-Identifier: Apache-2.0
"""From whatever ended a command to a message and an exit code."""

from __future__ import annotations

import errno
import io
import os
import re
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path
from typing import NoReturn

import click
import pytest

from hpa_discovery.cli.faults import exit_code_of
from hpa_discovery.cli.verbs import Settings
from hpa_discovery.errors import BudgetError, DataError, PackError, SourceError, UsageError
from hpa_discovery.model import Finding
from hpa_discovery.resources import ResourceError


def raising(error: BaseException) -> Callable[[], NoReturn]:
    """A command that ends with `error`."""

    def command() -> NoReturn:
        raise error

    return command


def end(error: BaseException, *, debug: bool = False) -> tuple[int, str]:
    """The exit code and the message."""
    with redirect_stderr(io.StringIO()) as err:
        code = exit_code_of(raising(error), Settings(debug=debug))
    return code, err.getvalue()


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (UsageError("no such pack"), 2, "error: no such pack\n"),
        (DataError("not readable"), 1, "error: not readable\n"),
        (SourceError("the cloud is away"), 1, "error: the cloud is away\n"),
        (BudgetError("limit.steps", "used up"), 1, "error: used up\n"),
        (ResourceError("no schemas"), 3, "error: no schemas\n"),
        (click.UsageError("which one?"), 2, "which one?"),
        (click.Abort(), 130, "interrupted\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
    ],
)
def test_errors_on_purpose_are_a_message_and_their_exit_code(error: BaseException, code: int, words: str) -> None:
    """Nobody sees a traceback of an error that was foreseen."""
    got, message = end(error)

    assert got == code
    assert words in message
    assert "Traceback" not in message


def test_findings_are_told_before_the_message() -> None:
    """A refused pack says everything that is wrong with it, with file, line and column."""
    finding = Finding("expr.scope", "error", "node needs a $", "p/r.yaml", 3, 7, "write $node")

    code, message = end(PackError("the pack is refused", [finding]))

    assert code == 1
    assert message == ("p/r.yaml:3:7: error expr.scope: node needs a $\n    write $node\nerror: the pack is refused\n")


@pytest.mark.parametrize("error", [ValueError("boo"), RecursionError(), MemoryError(), OSError(errno.ENOENT, "gone")])
def test_anything_else_is_our_fault_with_a_file_to_report_it_with(error: Exception) -> None:
    """Exit code 3, a short message, and the traceback in a file that only this user can read."""
    code, message = end(error)

    found = re.search(r"with the file (\S+);", message)
    assert code == 3
    assert "this is our fault" in message
    assert "Traceback" not in message
    assert found is not None
    report = Path(found.group(1))
    try:
        assert report.stat().st_mode & 0o077 == 0
        assert "Traceback" in report.read_text()
        assert type(error).__name__ in report.read_text()
    finally:
        report.unlink()


def test_debug_shows_the_traceback() -> None:
    """With --debug or HPA_DEBUG the traceback comes at once and no file is left behind."""
    code, message = end(ValueError("boo"), debug=True)

    assert code == 3
    assert message.startswith("Traceback")
    assert "ValueError: boo" in message
    assert "with the file" not in message


def test_a_fault_in_telling_of_a_fault_is_ours_too() -> None:
    """An error whose message cannot be written is no traceback either."""

    class Unspeakable(DataError):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    code, message = end(Unspeakable(), debug=True)

    assert code == 3
    assert "no words" in message


def test_a_fault_of_ours_is_told_even_where_no_file_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a place for the file the message stands all the same."""

    def full(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tempfile.mkstemp", full)

    code, message = end(ValueError("boo"))

    assert code == 3
    assert "report it with the traceback" in message
