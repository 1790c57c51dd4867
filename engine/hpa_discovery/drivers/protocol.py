# SPDX-License-Identifier: Apache-2.0
"""The line protocol: one JSON request a line to the driver's stdin, one JSON answer a line from its stdout.

    {"op": "describe", "id": 0}             -> {"id": 0, "name": "...", "version": "..."}
    {"op": "discover", "id": 1, "subject": {}, "context": {}}
                                            -> {"id": 1, "capabilities": [...], "diagnostics": [...]}
                                            or {"id": 1, "error": {"code": "...", "message": "..."}}

What a capability may hold is checked in answers.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hpa_discovery.drivers.faults import DriverFault
from hpa_discovery.drivers.line_process import excerpt
from hpa_discovery.language.values import printable, show

_MOST_TOLD = 500  # characters of a driver's own words in a message


@dataclass(frozen=True, slots=True)
class Description:
    """What a driver says of itself, each on one line."""

    name: str
    version: str


def request(number: int, op: str, **members: Any) -> bytes:
    """One request line."""
    return json.dumps({"op": op, "id": number, **members}, separators=(",", ":")).encode() + b"\n"


def read_answer(line: bytes, number: int) -> dict[str, Any]:
    """The answer to request `number`. DriverFault driver.answer or driver.error."""
    try:
        answer = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise DriverFault("driver.answer", f"wrote a line that is no JSON: {excerpt(line)}") from None
    if not isinstance(answer, dict):
        raise DriverFault("driver.answer", f"wrote {excerpt(line)}; an answer is one JSON object a line")
    if answer.get("id") != number or isinstance(answer.get("id"), bool):
        raise DriverFault("driver.answer", f"answered request {show(answer.get('id'))}; asked was request {number}")
    if "error" in answer:
        raise DriverFault("driver.error", _error(answer["error"]))
    return answer


def read_description(answer: dict[str, Any]) -> Description:
    """The answer to `describe`. DriverFault driver.answer."""
    name, version = answer.get("name", ""), answer.get("version", "")
    if not isinstance(name, str) or not isinstance(version, str):
        raise DriverFault("driver.answer", "described itself with a name or version that is no text")
    return Description(printable(name[:_MOST_TOLD]), printable(version[:_MOST_TOLD]))


def _error(error: Any) -> str:
    if not isinstance(error, dict):
        return f"answered an error that is no object: {show(error)}"
    code, message = error.get("code", ""), error.get("message", "")
    return f"answered the error {show(code)}: {str(message)[:_MOST_TOLD]}"


def _no_number(word: str) -> Any:
    raise ValueError(word)
