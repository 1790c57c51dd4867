# SPDX-License-Identifier: Apache-2.0
"""Text for a terminal: what others wrote must not move its cursor or turn its lines around; counts with their noun."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text on one line; control characters, line breaks and lone surrogates as escapes."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escape(character) for character in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def many(count: int, what: str) -> str:
    """`1 case`, `2 cases`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
