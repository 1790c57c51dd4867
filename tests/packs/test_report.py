# SPDX-License-Identifier: Apache-2.0
"""Findings written out in each format."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from hpa_discovery.model import Finding
from hpa_discovery.packs.report import FORMATS, Format, write

FINDINGS = (
    Finding("expr.scope", "error", "100% wrong:\nfirst, second", "rules/a b,c:d.yaml", 3, 7, "write $x", "acme/a"),
    Finding("let.unused", "warning", "nothing reads \x1b[31mx", "/srv/packs/ä.yaml", 1, 1),
    Finding("file.unreadable", "error", "gone", "rules/x.yaml"),
)
# What SARIF 2.1.0 (OASIS, sections 3.13 to 3.30) asks of the members written here.
_TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
_NUMBER = {"type": "integer", "minimum": 1}
SARIF: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "additionalProperties": False,
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "rules": {
                                        "uniqueItems": True,
                                        "items": {
                                            "required": ["id"],
                                            "additionalProperties": False,
                                            "properties": {"id": {"type": "string"}, "shortDescription": _TEXT},
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "required": ["message", "ruleId", "level"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": _TEXT,
                                "locations": {
                                    "items": {
                                        "required": ["physicalLocation"],
                                        "properties": {
                                            "physicalLocation": {
                                                "required": ["artifactLocation"],
                                                "additionalProperties": False,
                                                "properties": {
                                                    "artifactLocation": {
                                                        "required": ["uri"],
                                                        "properties": {"uri": {"pattern": "^[!-~]+$"}},
                                                    },
                                                    "region": {
                                                        "required": ["startLine"],
                                                        "additionalProperties": False,
                                                        "properties": {"startLine": _NUMBER, "startColumn": _NUMBER},
                                                    },
                                                },
                                            }
                                        },
                                    }
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}


def _written(style: Format, findings: tuple[Finding, ...] = FINDINGS) -> str:
    stream = io.StringIO()
    write(findings, style, stream)
    return stream.getvalue()


def test_text() -> None:
    """Text has the place first, one line for the message and one for the hint, and nothing a terminal obeys."""
    assert _written("text").splitlines() == [
        "rules/a b,c:d.yaml:3:7: error expr.scope: 100% wrong:\\nfirst, second",
        "    write $x",
        "/srv/packs/ä.yaml:1:1: warning let.unused: nothing reads \\x1b[31mx",
        "rules/x.yaml: error file.unreadable: gone",
    ]


def test_json() -> None:
    """JSON holds every field of every finding."""
    rows = json.loads(_written("json"))
    assert [row["code"] for row in rows] == ["expr.scope", "let.unused", "file.unreadable"]
    assert rows[0] == {
        "code": "expr.scope",
        "severity": "error",
        "message": "100% wrong:\nfirst, second",
        "file": "rules/a b,c:d.yaml",
        "line": 3,
        "column": 7,
        "hint": "write $x",
        "rule": "acme/a",
    }


def test_github() -> None:
    """GitHub's log commands are escaped: %, line breaks, and in properties colons and commas."""
    assert _written("github").splitlines() == [
        "::error file=rules/a b%2Cc%3Ad.yaml,line=3,col=7,title=expr.scope::100%25 wrong:%0Afirst, second%0Awrite $x",
        "::warning file=/srv/packs/ä.yaml,line=1,col=1,title=let.unused::nothing reads \x1b[31mx",
        "::error file=rules/x.yaml,title=file.unreadable::gone",
    ]


def test_sarif() -> None:
    """SARIF is valid, names each code once with what it means, and keeps relative paths relative."""
    log = json.loads(_written("sarif"))
    Draft202012Validator(SARIF).validate(log)
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["expr.scope", "file.unreadable", "let.unused"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert [place["artifactLocation"]["uri"] for place in places] == [
        "rules/a%20b%2Cc%3Ad.yaml",
        "file:///srv/packs/%C3%A4.yaml",
        "rules/x.yaml",
    ]
    assert places[0]["region"] == {"startLine": 3, "startColumn": 7}
    assert "region" not in places[2]


@pytest.mark.parametrize("style", FORMATS)
def test_nothing(style: Format) -> None:
    """No findings: nothing for people, an empty list for programs."""
    text = _written(style, ())
    if style == "sarif":
        Draft202012Validator(SARIF).validate(json.loads(text))
        assert json.loads(text)["runs"][0]["results"] == []
    else:
        assert text == {"text": "", "github": "", "json": "[]\n"}[style]
