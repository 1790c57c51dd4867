# SPDX-License-Identifier: Apache-2.0
"""Log lines: one event a line, whatever is in it."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

import hpa_discovery
from hpa_discovery.packs.live.state import State
from hpa_discovery.service.logs import LEVELS, Form, LogObserver, start_logging

ENGINE = Path(hpa_discovery.__file__).parent
GOOD = {
    "connector.closed",
    "generation.serving",
    "store.file_found",
    "store.pruned",
    "store.trimmed",
    "pack.removed",
    "pack.serving",
    "pack.waiting",
    "region.listed",
    "region.published",
    "root.read",
    "service.ready",
    "service.stopped",
    "source.page",
    "store.allowances_read",
    "work.overtaken",
}
HOSTILE = 'a\nb\x1b[2J\u2028"\ud800'


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("hpa", "uvicorn", "asyncio")]
    before = [(each, each.handlers[:], each.level, each.propagate) for each in loggers]
    raising, hook = logging.raiseExceptions, threading.excepthook
    yield
    threading.excepthook = hook
    for each, handlers, level, propagate in before:
        each.handlers[:], each.level, each.propagate = handlers, level, propagate
    logging.raiseExceptions = raising


def lines(form: Form, name: str, fields: dict[str, Any]) -> list[str]:
    """What one event becomes."""
    stream = io.StringIO()
    start_logging(form, stream)
    LogObserver().event(name, fields)
    return stream.getvalue().splitlines(keepends=True)


def test_an_event_is_one_line_of_json() -> None:
    """Time in UTC first, then level, logger and event; text of others cannot begin a line."""
    [line] = lines("json", "pack.held", {"name": HOSTILE, "findings": [1, None]})
    told = json.loads(line)
    assert list(told) == ["ts", "level", "logger", "event", "name", "findings"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told["ts"])
    assert (told["level"], told["logger"], told["event"]) == ("warning", "hpa.events", "pack.held")
    assert told["name"] == HOSTILE
    assert line.isascii()


def test_fields_do_not_hide_the_event() -> None:
    """A field that is called as a part of the line has no place in it."""
    [line] = lines("json", "x", {"event": "y", "level": "z", "ts": 1, "logger": 2})
    told = json.loads(line)
    assert (told["event"], told["level"], told["logger"]) == ("x", "info", "hpa.events")


def test_an_event_is_one_line_of_text() -> None:
    """As name=value; what is not plain is quoted."""
    [line] = lines("text", "driver.fault", {"driver": "acme/x", "message": "it ended", "odd": HOSTILE, "faults": 2})
    head, _, rest = line.partition(" WARNING driver.fault ")
    assert head.endswith("Z")
    assert rest == f'driver=acme/x message="it ended" odd={json.dumps(HOSTILE)} faults=2\n'


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("pack.held", "warning"),
        ("pack.missing", "warning"),
        ("pack.serving", "info"),
        ("generation.serving", "info"),
        ("packs.failed", "error"),
        ("driver.fault", "warning"),
        ("store.open_state_dir", "warning"),
        ("store.allowances_unread", "error"),
        ("what.nobody.knows", "info"),
    ],
)
def test_levels(name: str, level: str) -> None:
    """What an operator should look at is a warning; what stops work is an error."""
    assert json.loads(lines("json", name, {})[0])["level"] == level


def test_every_event_has_a_level() -> None:
    """An event of the engine has a level above info, or stands here as one that nothing is wrong with."""
    source = "".join(path.read_text("utf-8") for path in ENGINE.rglob("*.py"))
    told = set(re.findall(r'(?:\.event|_did)\("([a-z._]+)"', source)) | {f"pack.{state}" for state in get_args(State)}
    assert len(told) > 15
    assert told - set(LEVELS) == GOOD
    assert set(LEVELS) <= told


def test_other_loggers() -> None:
    """The server's library is told by a name of ours, without its chatter; exceptions keep to their line."""
    stream = io.StringIO()
    start_logging("json", stream)
    logging.getLogger("uvicorn.error").info("Started server process [1]")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    logging.getLogger("hpa.x").debug("not this")
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        logging.getLogger("hpa.x").exception("failed\n", extra={"request_id": "r"})
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["logger"], first["event"]) == ("hpa.server", "Invalid HTTP request received.")
    assert (second["event"], second["request_id"]) == ("failed", "r")
    assert "ValueError" in second["exception"]


def test_what_the_event_loop_complains_of() -> None:
    """A callback that fails is one line, too."""
    stream = io.StringIO()
    start_logging("json", stream)

    async def fail() -> None:
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(0)

    asyncio.run(fail())
    [line] = map(json.loads, stream.getvalue().splitlines())
    assert (line["level"], line["logger"]) == ("error", "hpa.server")
    assert "ZeroDivisionError" in line["exception"]


def test_a_thread_that_fails() -> None:
    """It is one line, with the name of the thread and where it failed."""
    stream = io.StringIO()
    start_logging("json", stream)
    for end in (lambda: 1 / 0, sys.exit):
        thread = threading.Thread(target=end, name="acme")
        thread.start()
        thread.join()
    [line] = map(json.loads, stream.getvalue().splitlines())
    assert (line["level"], line["event"], line["thread"]) == ("error", "thread.failed", "acme")
    assert "ZeroDivisionError" in line["exception"]


def test_nothing_is_written_twice() -> None:
    """A program around us may have a handler of its own for everything."""
    other = io.StringIO()
    handler = logging.StreamHandler(other)
    logging.getLogger().addHandler(handler)
    assert len(lines("json", "x", {})) == 1
    logging.getLogger().removeHandler(handler)
    assert other.getvalue() == ""


def test_an_exception_as_text_moves_no_cursor() -> None:
    """What it says stands on lines of its own, without control characters."""
    stream = io.StringIO()
    start_logging("text", stream)
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        logging.getLogger("hpa.x").exception("failed")
    assert all(line.isprintable() for line in stream.getvalue().split("\n"))
    assert "\\x1b[2J" in stream.getvalue()


def test_a_line_that_cannot_be_written_ends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever reads the log may go away."""
    stream = io.StringIO()
    start_logging("json", stream)
    stream.close()
    LogObserver().event("x", {})
    assert capsys.readouterr().err == ""
