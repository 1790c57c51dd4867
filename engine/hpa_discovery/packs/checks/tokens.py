# SPDX-License-Identifier: Apache-2.0
"""Where in an expression's text a word stands, since a syntax tree keeps no places."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<raw>'(?:\\.|[^'\\])*')|(?P<literal>`(?:\\.|[^`\\])*`)|(?P<quoted>"(?:\\.|[^"\\])*")"""
    r"""|(?P<name>\$?[A-Za-z_][A-Za-z0-9_]*)|(?P<number>-?[0-9]+)|(?P<sign>\[\?|&&|\|\||[<>=!]=|[^\s])"""
)


class Token(NamedTuple):
    """One word of an expression: `value` without quotes, `start` its place in the text."""

    kind: str
    value: str
    start: int


def tokens(text: str) -> list[Token]:
    """The words of an expression that parses; of any other text what looks like words."""
    found = []
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        found.append(Token(kind, _value(kind, match[0]), match.start()))
    return found


def _value(kind: str, text: str) -> str:
    if kind == "quoted":
        try:
            return str(json.loads(text))
        except ValueError:
            return text[1:-1]
    if kind == "raw":
        return text[1:-1].replace("\\'", "'")
    return text


class Places:
    """Finds words of one expression; nothing is read before something is wrong."""

    __slots__ = ("_text", "_tokens")

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[Token] | None = None

    @property
    def all(self) -> list[Token]:
        """The words in order."""
        if self._tokens is None:
            self._tokens = tokens(self._text)
        return self._tokens

    def name(self, value: str, *, member: bool = False) -> int:
        """Where the name stands: as a member (behind a dot) or as a name of its own; 0 when it is not found."""
        any_place = 0
        for index, token in enumerate(self.all):
            if token.kind in ("name", "quoted") and token.value == value:
                if self._is_member(index) is member:
                    return token.start
                any_place = any_place or token.start
        return any_place

    def call(self, name: str) -> int:
        """Where the function is called."""
        for token, following in zip(self.all, self.all[1:], strict=False):
            if token.value == name and following.value == "(":
                return token.start
        return 0

    def sign(self, *signs: str) -> int:
        """Where the first of these signs stands."""
        return next((token.start for token in self.all if token.kind == "sign" and token.value in signs), 0)

    def literal(self, text: str) -> int:
        """Where the text literal stands."""
        return next((token.start for token in self.all if token.kind in ("raw", "literal") and text in token.value), 0)

    def is_quoted(self, name: str) -> bool:
        """Whether the name is written in double quotes wherever it stands."""
        kinds = {token.kind for token in self.all if token.value == name and token.kind in ("name", "quoted")}
        return kinds == {"quoted"}

    def _is_member(self, index: int) -> bool:
        return index > 0 and self.all[index - 1].value == "."
