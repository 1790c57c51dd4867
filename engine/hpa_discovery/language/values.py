# SPDX-License-Identifier: Apache-2.0
"""JSON values: when two are the same, which are numbers, and how a message shows one, or a text of others."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

MASK = "***"
_SHOWN = 80  # characters of a value that a message shows
_MOST_BITS = 1024  # of a whole number; what is longer is no float, and in the end no text either


def same(left: Any, right: Any) -> bool:
    """JSON equality: 1 equals 1.0 and never true."""
    return isinstance(left, bool) is isinstance(right, bool) and bool(left == right)


def is_number(value: Any) -> bool:
    """Whether the value is a JSON number: true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_usable(value: Any) -> bool:
    """Whether the value is a number that can be compared and written: finite, and of at most 1,024 bits."""
    if isinstance(value, float):
        return math.isfinite(value)
    return is_number(value) and value.bit_length() <= _MOST_BITS


def decimal_text(number: float) -> str:
    """A usable number without exponent, and without a fraction where it is whole."""
    if isinstance(number, int):
        return str(number)
    text = repr(number)
    if "e" in text:
        return format(Decimal(text), "f")
    return str(int(number)) if number.is_integer() else text


def show(value: Any, *, sensitive: bool = False) -> str:
    """A value as a message shows it: short, and masked when it is sensitive."""
    if sensitive:
        return MASK
    if isinstance(value, dict | list):
        return f"{'a list' if isinstance(value, list) else 'an object'} of {len(value)}"
    if isinstance(value, str):
        text = repr(value[:_SHOWN])  # a long one would take long to write
    elif is_number(value) and not isinstance(value, float) and not is_usable(value):
        return f"a whole number of {value.bit_length()} bits"
    else:
        text = repr(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def printable(text: str) -> str:
    """The text on one line; control characters, line breaks and lone surrogates as escapes.

    Log lines are read by programs, and a terminal obeys what is written to it: others must not speak to either.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
