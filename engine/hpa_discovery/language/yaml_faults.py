# SPDX-License-Identifier: Apache-2.0
"""From the parser's words for a syntax error to what the author should do about it."""

from __future__ import annotations

import re
from typing import NamedTuple

from hpa_discovery.language.yaml_events import SyntaxFault

CANNOT_START = "@`%"
COMMA_IN_FLOW = "the comma ends the value; quote it or put {key} on its own line"
_CUT = re.compile(r"[{,]\s*(?P<key>[\w.-]+):\s+(?P<text>[^,{}\[\]]*),\s*$")


class FlowValue(NamedTuple):
    """A plain value inside { } or [ ], with the key it belongs to ("" in a list)."""

    key: str
    text: str


def comma_hint(before: FlowValue | None) -> str:
    """What to do when the value `before` a comma was meant to go on behind it."""
    if before is None or not looks_cut(before.text):
        return ""
    return COMMA_IN_FLOW.format(key=before.key or "the value")


def missing_colon_hint(key: str) -> str:
    """What to write for a `key` that has no value inside { }."""
    if ":" in key:
        return f"put a space behind the colon: '{key[:60].replace(':', ': ', 1)}'"
    return f"write '{key[:60]}: value'"


def looks_cut(text: str) -> bool:
    """Whether a plain value has an open bracket or quote, as an expression cut at a comma has."""
    return text.count("(") > text.count(")") or any(text.count(quote) % 2 for quote in "'\"`")


def explain(fault: SyntaxFault, text: str, before: FlowValue | None) -> tuple[str, str]:
    """(message, hint) for `fault`; `before` is the last plain value inside { } or [ ]."""
    message = f"not YAML: {fault.problem}" + (f" {fault.context}" if fault.context else "")
    line = _line(fault, text)
    if "quoted" in fault.context:
        before = _flow_value_before(line[: fault.mark.column - 1]) or before
    if line.lstrip().startswith("```"):
        return message, "remove the lines of ```: the file holds nothing but YAML"
    in_flow = "flow" in fault.context
    comma = comma_hint(before) if in_flow or "quoted" in fault.context else ""
    return message, comma or _hint(fault, line[fault.mark.column - 1 : fault.mark.column], in_flow)


def _flow_value_before(start_of_line: str) -> FlowValue | None:
    """The value that a comma has just ended, where the parser failed before it could say."""
    found = _CUT.search(start_of_line)
    return FlowValue(found["key"], found["text"]) if found else None


def _hint(fault: SyntaxFault, character: str, in_flow: bool) -> str:
    if "cannot start" in fault.problem and character and character in CANNOT_START:
        return f"a value that begins with {character} must be quoted"
    if "mapping values" in fault.problem:
        return "a value that holds ': ' must be quoted; or the indentation is wrong"
    if "quoted" in fault.context:
        return "a quote is opened and not closed; inside '...' a quote is written twice"
    if in_flow:
        return "a value inside { } or [ ] that holds any of { } [ ] , must be quoted; or a bracket is not closed"
    if "block mapping" in fault.context or "block collection" in fault.context:
        follows = "something follows a quoted value or a bracket (quote the whole value)"
        return f"{follows}, a dash is missing, or the indentation is wrong"
    return ""


def _line(fault: SyntaxFault, text: str) -> str:
    lines = text.splitlines()
    return lines[fault.mark.line - 1] if fault.mark.line <= len(lines) else ""
