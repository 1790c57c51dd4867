# SPDX-License-Identifier: Apache-2.0
"""Is this a subject at all: a JSON object of bounded size and depth, in text that UTF-8 can write."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

from hpa_discovery.language.budgets import DEFAULT, Limits
from hpa_discovery.model import Diagnostic

_TEXT = {str}
_HUGE = 10**300  # Python itself refuses to write integers of over 4,300 digits
_MANY_BITS = _HUGE.bit_length() - 1
_FEW = 64
_PER_VALUE = 4  # bytes of punctuation that JSON text has around a value, about


class _BadValue(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic(code, "", "error", message)


def check_subject(value: Any, what: str = "the subject", limits: Limits = DEFAULT) -> Diagnostic | None:
    """None when `value` can be evaluated, else the diagnostic that says why not.

    Codes: subject.type (not an object, or a value that JSON does not have),
    subject.text (lone surrogates), subject.number (NaN or infinite),
    limit.subject (over 1 MiB), limit.subject_depth.
    """
    if type(value) is not dict:
        return Diagnostic("subject.type", "", "error", f"{what} is {_kind(value)}; an object is needed")
    try:
        _walk(value, what, limits)
    except _BadValue as bad:
        return bad.diagnostic
    return None


def _walk(value: Any, what: str, limits: Limits) -> None:
    size, level = 0, [value]
    for _ in range(limits.subject_depth):
        below: list[Any] = []
        for item in level:
            size += _visit(item, below, what, limits.subject_bytes)
            if size > limits.subject_bytes:  # at once: many containers may be one and the same object
                raise _BadValue("limit.subject", f"{what} is larger than {limits.subject_bytes} bytes")
        if not below:
            return
        level = below
    raise _BadValue("limit.subject_depth", f"{what} is nested deeper than {limits.subject_depth} levels")


def _visit(item: Any, below: list[Any], what: str, most: int) -> int:
    """Check the members of one container, keep those to visit next, return their size."""
    if type(item) is dict:
        size, members = _keys(item, what, most), item.values()
    else:
        size, members = 0, item
    kinds = set(map(type, members))
    if kinds == _TEXT:  # extra specs: text and nothing else
        return size + _texts(members, what, most)
    for value in members:
        kind = type(value)
        if kind is str:
            # What is too large already is not encoded: many texts may be one and the same object.
            size += _PER_VALUE + (len(value) if value.isascii() or size > most else _encoded(value, what))
        elif kind is int:
            bits = value.bit_length()
            if bits > _MANY_BITS and not -_HUGE < value < _HUGE:
                raise _BadValue("subject.number", f"{what} holds a whole number of more than 300 digits")
            size += _PER_VALUE + bits // 3  # a digit has more than three bits
        elif kind is dict or kind is list:
            below.append(value)
            size += _PER_VALUE
        elif kind is bool or value is None:
            size += _PER_VALUE
        elif kind is float:
            size += _number(value, what)
        else:
            raise _BadValue("subject.type", f"{what} holds {_kind(value)}, which JSON does not have")
    return size


def _keys(item: dict[Any, Any], what: str, most: int) -> int:
    """Check the keys of an object, return their size."""
    if not _TEXT.issuperset(map(type, item)):
        raise _BadValue("subject.type", f"{what} has a key that is no text; JSON keys are text")
    return _texts(item, what, most)


def _texts(texts: Collection[str], what: str, most: int) -> int:
    """The size of texts, joined because that is one call for all of them: an object's keys, or its values."""
    # Many texts may be one and the same object, and joined take any amount of memory.
    if len(texts) > _FEW and (characters := sum(map(len, texts))) > most:
        return characters
    text = "".join(texts)
    return len(texts) * _PER_VALUE + (len(text) if text.isascii() else _encoded(text, what))


def _encoded(text: str, what: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise _BadValue("subject.text", f"{what} holds text with a lone surrogate, which UTF-8 cannot write") from None


def _number(value: float, what: str) -> int:
    if not math.isfinite(value):
        raise _BadValue("subject.number", f"{what} holds {value}, which JSON does not have")
    return 2 * _PER_VALUE


def _kind(value: Any) -> str:
    words = {list: "a list", str: "text", int: "a number", float: "a number", bool: "true or false"}
    return "null" if value is None else words.get(type(value), f"a {type(value).__name__}")
