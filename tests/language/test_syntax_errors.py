# SPDX-License-Identifier: Apache-2.0
"""An expression that cannot be read: the message speaks of what was typed, never of tokens."""

from __future__ import annotations

import re

import pytest

from hpa_discovery.errors import ExpressionError
from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.parsing import parse_tree

_WORDS = """
. .. [ [? [* [0 ] ( ) { } : , @ & && | || ! != = == < - + # $ $b ' " ` 1 b 'c' "d" `1`
"""
PIECES = _WORDS.split()
SAID = {
    "": "it is empty",
    " ": "it ends too early at column 2",
    "a[?b": "it ends too early at column 5",
    "a]": "nothing may follow here at column 2",
    "a..b": "a name, '[' or '{' must stand here, not '.' at column 3",
    "a.$b": "a name, '[' or '{' must stand here, not '$b' at column 3",
    "a[1.2]": "']' must stand here, not '.' at column 4",
    "a[b]": "a number, * or ? inside [ ] must stand here, not 'b' at column 3",
    "{a b}": "':' must stand here, not 'b' at column 4",
    "a[1:2:3:4]": "':' cannot stand here at column 8",
    "a{b}": "'{' cannot stand here at column 2",
    ")": "')' cannot stand here at column 1",
    "a = b": "'=' means nothing here at column 3",
    "a#b": "'#' means nothing here at column 2",
    "'abc": "the quote ' is not closed at column 1",
    "$": "a name must follow $ at column 1",
    '"a"(b)': "only a name without quotes can be called at column 1",
}


@pytest.mark.parametrize("text", SAID)
def test_the_message_says_what_was_typed(text: str) -> None:
    """Each kind of syntax error is told in the characters of the expression, with their column."""
    with pytest.raises(ExpressionError, match=re.escape(SAID[text])) as refused:
        parse_tree(text, DEFAULT)
    assert str(refused.value) == f"cannot read the expression {text!r}: {SAID[text]}"


@pytest.mark.parametrize("first", PIECES)
def test_no_message_speaks_of_tokens(first: str) -> None:
    """Whatever two pieces follow each other, the message holds none of the parser's own words."""
    own = re.compile(r"[a-z]_[a-z]|token|jmespath|[lr](bracket|brace|paren)|eof", re.IGNORECASE)
    texts = [text for second in PIECES for text in (f"{first}{second}", f"a {first} {second}", f"{first}a{second}")]
    for message in filter(None, map(_refusal, texts)):
        assert not own.search(message)


def _refusal(text: str) -> str:
    try:
        parse_tree(text, DEFAULT)
    except ExpressionError as error:
        return str(error)
    return ""
