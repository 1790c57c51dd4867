# SPDX-License-Identifier: Apache-2.0
"""Text of others on a terminal: none of its characters may move the cursor or turn the line around."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text on one line; control characters, line breaks and lone surrogates as escapes."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escape(character) for character in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
