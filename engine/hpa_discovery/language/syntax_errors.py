# SPDX-License-Identifier: Apache-2.0
"""What jmespath says about an expression it cannot read, in the characters that its author typed.

jmespath speaks of its own tokens (`Expecting: ['rbracket'], got: eof`); whoever
writes a rule has never heard of them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from jmespath.exceptions import EmptyExpressionError, IncompleteExpressionError, LexerError, ParseError

# What to type for a token. `star` alone is expected only behind the [ of a value.
_TYPED = {
    "quoted_identifier": "a name",
    "unquoted_identifier": "a name",
    "star": "a number, * or ? inside [ ]",
    "rbracket": "']'",
    "lbracket": "'['",
    "rparen": "')'",
    "lparen": "'('",
    "rbrace": "'}'",
    "lbrace": "'{'",
    "colon": "':'",
    "comma": "','",
    "dot": "'.'",
    "number": "a number",
}
_EXPECTING = re.compile(r"Expecting: (?P<tokens>.*), got: ")
_UNCLOSED = re.compile(r"Unclosed (?P<quote>\S) delimiter")
_OURS = ("nothing may follow here", "a name must follow $", "no JSON value")


class SyntaxReason(NamedTuple):
    """Why a text is no expression; `position` is the 0-based character at fault, None for all of it."""

    position: int | None
    text: str


def reason_of(error: ValueError, text: str) -> SyntaxReason:
    """The reason in an exception of jmespath or its lexer."""
    if isinstance(error, EmptyExpressionError):
        return SyntaxReason(None, "it is empty")
    if not isinstance(error, ParseError):
        return SyntaxReason(None, str(error))
    position = min(error.lex_position, len(text))
    ended = isinstance(error, IncompleteExpressionError) or position >= len(text)
    says = "it ends too early" if ended else _says(error, text[position])
    return SyntaxReason(position, f"{says} at column {position + 1}")


def _says(error: ParseError, character: str) -> str:
    message = str(getattr(error, "message", None) or error.msg)
    unclosed, expecting = _UNCLOSED.match(message), _EXPECTING.match(message)
    if message.startswith(_OURS):
        return message
    if unclosed:
        return f"the quote {unclosed['quote']} is not closed"
    if isinstance(error, LexerError):
        return message if "escape" in message else f"'{character}' means nothing here"
    if expecting:
        return f"{_listed(expecting['tokens'])} must stand here, not {_shown(error)}"
    if "function name" in message:
        return "only a name without quotes can be called"
    return f"{_shown(error)} cannot stand here"


def _listed(tokens: str) -> str:
    words = list(dict.fromkeys(_TYPED.get(token, token) for token in re.findall(r"\w+", tokens)))
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _shown(error: ParseError) -> str:
    sign = "$" if error.token_type == "OUTER" else ""  # noqa: S105 - a kind of token
    return f"'{sign}{str(error.token_value)[:40]}'"
