# SPDX-License-Identifier: Apache-2.0
"""Log lines on standard error: one event a line, as JSON for programs or as text for people.

    {"ts": "2026-01-31T23:59:59.123Z", "level": "warning", "logger": "hpa.events", "event": "pack.held", ...}

Whoever logs fields beside the event gives them as `extra={"fields": {...}}`. Loggers are `hpa` and
those below it; what the server's own library and its event loop complain of is told as `hpa.server`,
and a thread that nobody waits for, as `hpa.service`, when it fails.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

Form = Literal["json", "text"]

ROOT = "hpa"
_LIBRARIES = ("uvicorn", "asyncio")
_SERVER = "hpa.server"
# Events that nothing is wrong with have no line here.
LEVELS = {
    "aai.refused": logging.WARNING,
    "aai.silent": logging.WARNING,
    "aai.single_calls": logging.WARNING,
    "connector.opened": logging.WARNING,
    "driver.fault": logging.WARNING,
    "driver.not_ready": logging.WARNING,
    "engine.changed": logging.WARNING,
    "generation.damaged": logging.ERROR,
    "pack.damaged": logging.WARNING,
    "pack.held": logging.WARNING,
    "pack.missing": logging.WARNING,
    "packs.defect": logging.ERROR,
    "packs.failed": logging.ERROR,
    "packs.not_followed": logging.ERROR,
    "packs.unwatched": logging.WARNING,
    "root.empty": logging.WARNING,
    "root.unreadable": logging.WARNING,
    "secrets.key_made": logging.WARNING,
    "store.allowances_unread": logging.ERROR,
    "store.file_lost": logging.ERROR,
    "store.open_state_dir": logging.WARNING,
    "store.over_quota": logging.WARNING,
    "store.brought_forward": logging.WARNING,
    "store.unpruned": logging.WARNING,
    "store.unwritten": logging.WARNING,
    "work.defect": logging.ERROR,
    "work.failed": logging.WARNING,
    "work.unread": logging.WARNING,
    "work.unrenewed": logging.WARNING,
}


class LogObserver:
    """An Observer whose events are log lines of `hpa.events`."""

    def __init__(self) -> None:
        self._logger = logging.getLogger("hpa.events")

    def event(self, name: str, fields: dict[str, Any]) -> None:
        """Write the event with its fields."""
        self._logger.log(LEVELS.get(name, logging.INFO), "%s", name, extra={"fields": fields})


class JsonLine(logging.Formatter):
    """A record as one line of JSON. A field cannot take the place of ts, level, logger or event."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told = {**_fields(record), **_head(record)}
        ordered = {name: told.pop(name) for name in ("ts", "level", "logger", "event")} | told
        return _json(ordered)


class TextLine(logging.Formatter):
    """A record as a person reads it: time, level, event, and each field as name=value."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        head = _head(record)
        parts = [f"{name}={_shown(value)}" for name, value in _fields(record).items()]
        text = " ".join([head["ts"], head["level"].upper(), _escaped(head["event"]), *parts])
        return "\n".join([text, *map(_visible, head.get("exception", "").splitlines())])


def start_logging(form: Form, stream: TextIO | None = None) -> None:
    """Write all records of level info and above to `stream` (standard error) from now on, and nothing twice."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLine() if form == "json" else TextLine())
    for name, level in ((ROOT, logging.INFO), *((name, logging.WARNING) for name in _LIBRARIES)):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.setLevel(level)
        logger.propagate = False
    # A line that cannot be written, since nobody reads any more, must not end what is being done.
    logging.raiseExceptions = False
    threading.excepthook = _tell_of_thread


def _tell_of_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_value is not None and told.exc_type is not SystemExit:
        name = told.thread.name if told.thread is not None else "unknown"
        error = (told.exc_type, told.exc_value, told.exc_traceback)
        logging.getLogger("hpa.service").error("thread.failed", exc_info=error, extra={"fields": {"thread": name}})


def _head(record: logging.LogRecord) -> dict[str, str]:
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    name = _SERVER if record.name.startswith(_LIBRARIES) else record.name
    head = {"ts": at, "level": record.levelname.lower(), "logger": name, "event": record.getMessage().strip()}
    if record.exc_info and record.exc_info[0] is not None:
        head["exception"] = logging.Formatter().formatException(record.exc_info)
    return head


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    told = {"request_id": record.request_id} if hasattr(record, "request_id") else {}
    return {**told, **getattr(record, "fields", {})}


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else _json(value)
    return _escaped(text) if text.isprintable() and text and " " not in text else _json(text)


def _escaped(text: str) -> str:
    return text if text.isprintable() else _json(text)


def _visible(line: str) -> str:
    return line if line.isprintable() else line.encode("unicode_escape").decode("ascii")


def _json(value: Any) -> str:
    # Escapes keep a line a line, and half a surrogate pair writable.
    return json.dumps(value, default=str, separators=(",", ":"))
