# SPDX-License-Identifier: Apache-2.0
"""Values that a place of the subject can never hold, as its input contract says.

Nova keeps every extra spec as text, so the contract gives their values in text
form: `enum`, `pattern`, `x-hpa-number` with a range for whole numbers, and
`x-hpa-boolean` with the words for true and false.
"""

from __future__ import annotations

from typing import Any

from hpa_discovery.language.spelling import nearest
from hpa_discovery.language.values import is_number, show
from hpa_discovery.packs.checks.guesses import Guess, Schema, compiled

Reason = tuple[str, str]  # message, hint


def impossible(guess: Guess, value: Any) -> Reason | None:
    """Why the value at this place can never equal `value`; None when it can, or nobody knows."""
    schema = guess.schema
    if schema is None:
        return None
    subject = f"{guess.place} is never {show(value)}"
    words = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if words is not None:
        return None if value in words else (subject, _choice(value, words))
    if isinstance(value, str):
        return _impossible_text(schema, value, subject)
    if is_number(value):
        return _outside(schema, value, subject)
    return None


def _choice(value: Any, words: list[Any]) -> str:
    meant = nearest(value, map(str, words)) if isinstance(value, str) else ""
    listed = ", ".join(map(str, words[:20]))
    return f"did you mean {meant}? It is one of: {listed}" if meant else f"it is one of: {listed}"


def _impossible_text(schema: Schema, value: str, subject: str) -> Reason | None:
    number = schema.get("x-hpa-number")
    if number is not None:
        try:
            return _outside(number, int(value), subject)
        except ValueError:
            return subject, "it is a whole number, written as text"
    words = schema.get("x-hpa-boolean")
    if words is not None:
        known = [*words["true"], *words["false"]]
        return None if value.strip().lower() in known else (subject, f"it is one of: {', '.join(known)}")
    pattern = schema.get("pattern")
    if pattern is not None and compiled(pattern).search(value) is None:
        return subject, f"it has the form {pattern}"
    return None


def _outside(schema: Schema, value: float, subject: str) -> Reason | None:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and value < low:
        return subject, f"it is {low} or more"
    if high is not None and value > high:
        return subject, f"it is {high} or less"
    return None
