# SPDX-License-Identifier: Apache-2.0
"""JSON values: when two are the same, which are numbers, and how a message shows one."""

from __future__ import annotations

from typing import Any

MASK = "***"
_SHOWN = 80  # characters of a value that a message shows


def same(left: Any, right: Any) -> bool:
    """JSON equality: 1 equals 1.0 and never true."""
    return isinstance(left, bool) is isinstance(right, bool) and bool(left == right)


def is_number(value: Any) -> bool:
    """Whether the value is a JSON number: true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def show(value: Any, *, sensitive: bool = False) -> str:
    """A value as a message shows it: short, and masked when it is sensitive."""
    if sensitive:
        return MASK
    if isinstance(value, dict | list):
        return f"{'a list' if isinstance(value, list) else 'an object'} of {len(value)}"
    text = repr(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
