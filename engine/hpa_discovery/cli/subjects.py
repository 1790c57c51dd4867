# SPDX-License-Identifier: Apache-2.0
"""What the files hold: subjects, each with its own context, in the order in which they stand there.

A file is one JSON document (a subject, a list of them, or what Nova answers:
`{"flavors": [...]}` or `{"flavor": {...}}`) or JSON Lines. Wherever a subject may
stand, `{"subject": {...}, "context": {...}}` may stand too. Lines are read one at
a time, so their number does not matter; a document is read whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO, cast

import click

from hpa_discovery.errors import DataError
from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.model import Diagnostic

# One line: a subject and its context, each at its own limit.
LINE_BYTES = 2 * DEFAULT.subject_bytes
DOCUMENT_BYTES = 64 * 1024 * 1024
_SKIP_BYTES = 64 * 1024
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class InputRow:
    """One subject as it came in. With a `problem` there is none; `context` is None where the row has none."""

    subject: Any
    context: Any = None
    problem: Diagnostic | None = None


def read_files(names: Iterable[str]) -> Iterator[InputRow]:
    """The rows of files, in order; "-" is standard input. DataError when a file stops being readable."""
    for name in names:
        shown = "standard input" if name == "-" else name
        try:
            with click.open_file(name, "rb") as stream:
                yield from read_rows(cast("BinaryIO", stream), shown)
        except OSError as error:
            raise DataError(f"reading {shown}: {error.strerror}") from None


class _Unreadable(Exception):
    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic("input.json", "", "error", message)


def read_rows(stream: BinaryIO, name: str, document_bytes: int = DOCUMENT_BYTES) -> Iterator[InputRow]:
    """The rows of one file; `name` is how diagnostics call it.

    A row that cannot be read has a problem: input.json (not JSON, not UTF-8, NaN),
    limit.line, limit.document; the rows after it are read all the same.
    """
    head, is_lines = _look_ahead(stream, document_bytes)
    if is_lines:
        yield from _lines(head, stream, name)
    elif len(head) > document_bytes:
        message = f"{name} is larger than {document_bytes} bytes; write it as JSON Lines, one subject a line"
        yield _refused("limit.document", message)
    else:
        yield from _document(head, stream, name)


def _look_ahead(stream: BinaryIO, document_bytes: int) -> tuple[bytes, bool]:
    """What was read to decide, and whether it is the start of JSON Lines.

    It is when a line that is no start of a list is a whole row, or when one
    line is a whole JSON value and another one follows.
    """
    # One text and no list of lines: a list of empty ones would be fifty times their size.
    head = bytearray()
    most, first = document_bytes + 1, b""
    first_is_whole = False
    # After a whole value any other one settles it, so no more than a line is read of it.
    while len(head) < most and (line := stream.readline(LINE_BYTES + 1 if first_is_whole else most - len(head))):
        head += line if head else line.removeprefix(_BOM)
        text = line.removeprefix(_BOM).strip()
        if not text:
            continue
        if first_is_whole or (not first.startswith(b"[") and _is_row(text)):
            return bytes(head), True
        if not first:
            first, first_is_whole = text, len(text) <= LINE_BYTES and _is_whole(text)
    # One line that is longer than any document: what comes after it may be rows.
    return bytes(head), len(head) > document_bytes and b"\n" not in head


def _is_row(text: bytes) -> bool:
    if not (text.startswith(b"{") and text.endswith(b"}") and b'"subject"' in text and len(text) <= LINE_BYTES):
        return False
    try:
        return "subject" in json.loads(text)
    except (ValueError, RecursionError):
        return False


def _is_whole(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _lines(head: bytes, stream: BinaryIO, name: str) -> Iterator[InputRow]:
    number = 0
    ahead = BytesIO(head)
    while line := ahead.readline() or stream.readline(LINE_BYTES + 1):
        number += 1
        if len(line) > LINE_BYTES:
            _skip(stream, line)
            yield _refused("limit.line", f"{name} line {number} is longer than {LINE_BYTES} bytes")
        elif line.strip():
            yield _parsed_line(line, f"{name} line {number}")


def _skip(stream: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(_SKIP_BYTES)


def _parsed_line(line: bytes, place: str) -> InputRow:
    try:
        return _row(parse_json(line, place))
    except _Unreadable as error:
        return InputRow(None, problem=error.diagnostic)


def _document(text: bytes, stream: BinaryIO, name: str) -> Iterator[InputRow]:
    if not text.strip():
        return
    try:
        value = parse_json(text, name)
    except _Unreadable as error:
        # The start of a list that is none: a broken first line.
        if any(_is_row(line.strip()) for line in BytesIO(text)):
            yield from _lines(text, stream, name)
        else:
            yield InputRow(None, problem=error.diagnostic)
        return
    for item in _subjects(value):
        yield _row(item)


def _subjects(value: Any) -> list[Any]:
    if isinstance(value, dict):
        if isinstance(value.get("flavors"), list):
            return list(value["flavors"])
        return [value["flavor"]] if isinstance(value.get("flavor"), dict) else [value]
    return value if isinstance(value, list) else [value]


def _row(value: Any) -> InputRow:
    if isinstance(value, dict) and "subject" in value:
        return InputRow(value["subject"], value.get("context"))
    return InputRow(value)


def _refused(code: str, message: str) -> InputRow:
    return InputRow(None, problem=Diagnostic(code, "", "error", message))


def parse_json(text: bytes, place: str) -> Any:
    """The JSON value that `text` is; `_Unreadable` says what it is instead."""
    try:
        return _DECODER.decode(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _Unreadable(f"{place} is not UTF-8: byte {error.start + 1} is 0x{text[error.start]:02x}") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}" if b"\n" in text.strip() else f"column {error.colno}"
        hint = "; a file is one JSON document, or one a line" if error.msg == "Extra data" else ""
        raise _Unreadable(f"{place} is not JSON: {error.msg.removesuffix(' at')} at {where}{hint}") from None
    except RecursionError:
        raise _Unreadable(f"{place} is JSON nested too deeply to be read") from None
    except _NoNumber as error:
        raise _Unreadable(f"{place} is not JSON: {error} is no JSON number") from None
    except ValueError:
        # The only one left: Python reads no integer of over 4,300 digits.
        raise _Unreadable(f"{place} holds a whole number of more than 4,300 digits") from None


class _NoNumber(ValueError):
    """NaN, Infinity or -Infinity, which Python would read."""


def _refuse_constant(word: str) -> Any:
    raise _NoNumber(word)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
