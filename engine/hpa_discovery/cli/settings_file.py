# SPDX-License-Identifier: Apache-2.0
"""Files with settings and credentials: one object as JSON or YAML, or one line of text; `-` is standard input."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from hpa_discovery.errors import DataError, PackError
from hpa_discovery.language.yaml_reader import read_yaml

MOST_BYTES = 1024 * 1024
_STDIN = "-"


class _Input(click.Path):
    """A file that is there, or `-`. What is none is not repeated: it may be the secret itself."""

    name = "file"

    def __init__(self) -> None:
        super().__init__(exists=True, dir_okay=False, readable=True, allow_dash=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The name of the file. BadParameter for what is none, and where another option reads standard input, too."""
        try:
            found = super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(
                "no file that can be read has this name: give a file, or - for standard input; what stands in it "
                "is never given on the command line, where others would see it",
                param,
                ctx,
            )
        if found == _STDIN and ctx is not None:
            self._insist_on_one(param, ctx)
        return found

    def _insist_on_one(self, param: click.Parameter | None, ctx: click.Context) -> None:
        said = "" if param is None else param.opts[0]
        first = ctx.meta.setdefault("hpa_discovery.stdin", said)
        if first != said:
            self.fail(f"{first} reads standard input already: put one of them into a file", param, ctx)


INPUT = _Input()


def read_object(name: str, what: str) -> dict[str, Any]:
    """The object in the file. DataError when it cannot be read, or is none; PackError with findings of YAML.

    Messages do not repeat what stands there: it may be a password.
    """
    doing = _doing(what, name)
    text = _text(name, doing)
    if text.lstrip()[:1] == b"{":
        value = _json(text, doing)
    else:
        document = read_yaml(text, _called(name))
        if any(finding.severity == "error" for finding in document.findings):
            raise PackError(f"{doing}: it has errors", document.findings)
        value = document.value
    if not isinstance(value, dict):
        raise DataError(f"{doing}: an object is needed, as JSON or YAML")
    return value


def read_line(name: str, what: str) -> str:
    """The only line of the file, such as a password. DataError."""
    doing = _doing(what, name)
    try:
        lines = _text(name, doing).decode().splitlines()
    except UnicodeDecodeError:
        raise DataError(f"{doing}: it is not UTF-8") from None
    if len(lines) != 1 or not lines[0]:
        raise DataError(f"{doing}: it has {len(lines)} lines; one that is not empty is needed")
    return lines[0]


def read_pem(name: str, what: str) -> str:
    """The text of a file of certificates. DataError."""
    doing = _doing(what, name)
    try:
        return _text(name, doing).decode("ascii")
    except UnicodeDecodeError:
        raise DataError(f"{doing}: it is not PEM") from None


def _called(name: str) -> str:
    return "standard input" if name == _STDIN else name


def _doing(what: str, name: str) -> str:
    return f"reading the {what} in {_called(name)}"


def _json(text: bytes, doing: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{doing}: it is not JSON: {error.msg} at line {error.lineno} column {error.colno}") from None
    except (ValueError, RecursionError):
        raise DataError(f"{doing}: it is not JSON that can be read") from None


def _text(name: str, doing: str) -> bytes:
    try:
        if name == _STDIN:
            text = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(name).open("rb") as stream:
                text = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise DataError(f"{doing}: {error.strerror}") from None
    if len(text) > MOST_BYTES:
        raise DataError(f"{doing}: it is larger than {MOST_BYTES} bytes")
    return text
