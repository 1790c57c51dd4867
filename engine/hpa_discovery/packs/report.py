# SPDX-License-Identifier: Apache-2.0
"""Findings written out: for people (text), programs (json), GitHub's log commands, and SARIF 2.1.0."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import PurePath
from typing import IO, Any, Literal, get_args

from hpa_discovery.language.values import printable
from hpa_discovery.model import Finding, Severity
from hpa_discovery.packs.codes_index import summary

Format = Literal["text", "json", "github", "sarif"]
FORMATS: tuple[Format, ...] = get_args(Format)

_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SARIF_LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
_GITHUB_COMMANDS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def write(findings: Sequence[Finding], style: Format, stream: IO[str]) -> None:
    """Write the findings to `stream`. For no findings text and github write nothing; json and sarif an empty list."""
    _WRITERS[style](findings, stream)


def _text(findings: Sequence[Finding], stream: IO[str]) -> None:
    for finding in findings:
        stream.write(f"{_place(finding)} {finding.severity} {finding.code}: {printable(finding.message)}\n")
        if finding.hint:
            stream.write(f"    {printable(finding.hint)}\n")


def _place(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line}:{finding.column}" if finding.line else finding.file
    return f"{printable(place)}:"


def _json(findings: Sequence[Finding], stream: IO[str]) -> None:
    json.dump([asdict(finding) for finding in findings], stream, indent=2)
    stream.write("\n")


def _github(findings: Sequence[Finding], stream: IO[str]) -> None:
    for finding in findings:
        properties = {"file": finding.file}
        if finding.line:
            properties |= {"line": str(finding.line), "col": str(finding.column)}
        properties["title"] = finding.code
        listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        message = f"{finding.message}\n{finding.hint}" if finding.hint else finding.message
        stream.write(f"::{_GITHUB_COMMANDS[finding.severity]} {listed}::{_data(message)}\n")


def _data(text: str) -> str:
    """GitHub reads a command to the end of its line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """GitHub separates properties by commas and ends them with two colons."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _sarif(findings: Sequence[Finding], stream: IO[str]) -> None:
    codes = sorted({finding.code for finding in findings})
    driver = {
        "name": "hpa-lint",
        "rules": [{"id": code, "shortDescription": {"text": summary(code)}} for code in codes],
    }
    results = [_result(finding, codes.index(finding.code)) for finding in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    json.dump({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, stream, indent=2)
    stream.write("\n")


def _result(finding: Finding, rule_index: int) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.file)}}
    if finding.line:
        location["region"] = {"startLine": finding.line, "startColumn": finding.column}
    text = f"{finding.message} ({finding.hint})" if finding.hint else finding.message
    return {
        "ruleId": finding.code,
        "ruleIndex": rule_index,
        "level": _SARIF_LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [{"physicalLocation": location}],
    }


def _uri(file: str) -> str:
    """A relative path stays relative, so that a code host finds the file in its checkout."""
    from urllib.parse import quote  # noqa: PLC0415 - only here, and slow to load

    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


_WRITERS: Mapping[Format, Callable[[Sequence[Finding], IO[str]], None]] = {
    "text": _text,
    "json": _json,
    "github": _github,
    "sarif": _sarif,
}
