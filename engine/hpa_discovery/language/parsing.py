# SPDX-License-Identifier: Apache-2.0
"""Text to syntax tree: jmespath's parser, with `$name` and with limits.

`$name` is JMESPath's JEP-18 notation for a name outside brackets; it becomes a
node `{"type": "outer", "value": "name"}`. All other nodes are jmespath's own.
jmespath's exceptions end here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from string import ascii_letters
from typing import Any

from jmespath.exceptions import JMESPathError, LexerError
from jmespath.lexer import Lexer
from jmespath.parser import ParsedResult, Parser

from hpa_discovery.errors import BudgetError, ExpressionError
from hpa_discovery.language.budgets import Limits
from hpa_discovery.language.costs import Node
from hpa_discovery.language.growth import check_growth
from hpa_discovery.language.syntax_errors import reason_of

# A tree is deeper than its brackets: `a[][]` nests two nodes a pair, and operators nest to the left.
_TREE_LEVELS_PER_DEPTH = 4

_MOST_LEVELS_OF_A_TOKEN = 2

# Nothing is repeated, and no range() called, without one of these.
_REPEATING = frozenset({"lbracket", "lbrace", "lparen"})

_OPENING = frozenset({"lparen", "lbracket", "filter", "lbrace"})
_CLOSING = frozenset({"rparen", "rbracket", "rbrace"})
_PREFIXES = frozenset({"not", "expref"})


class _QuietLexer(Lexer):  # type: ignore[misc]  # jmespath has no types
    """jmespath's, without its warning at every old-style literal such as `foo` without JSON quotes."""

    def _consume_literal(self) -> dict[str, Any]:
        start = self._position
        written = self._consume_until("`").replace("\\`", "`")
        try:
            value = _json_or_text(written)
        except ValueError as error:
            raise LexerError(start, self._expression[start:], f"no JSON value: {written}") from error
        return {"type": "literal", "value": value, "start": start, "end": self._position - start}


def _json_or_text(written: str) -> Any:
    try:
        return json.loads(written)
    except ValueError:
        return json.loads(f'"{written.lstrip()}"')


class _Lexer(_QuietLexer):
    """And where `$name` is one token of type `outer`."""

    START_IDENTIFIER = Lexer.START_IDENTIFIER | {"$"}

    def tokenize(self, expression: str) -> Iterator[dict[str, Any]]:
        for token in super().tokenize(expression):
            if token["type"] == "unquoted_identifier" and token["value"].startswith("$"):
                yield self._outer(token)
            else:
                yield token

    def _outer(self, token: dict[str, Any]) -> dict[str, Any]:
        name = token["value"][1:]
        if not name or name[0] not in ascii_letters + "_":
            raise LexerError(token["start"], token["value"], "a name must follow $")
        return {**token, "type": "outer", "value": name}


class _Parser(Parser):  # type: ignore[misc]  # as above
    """jmespath's, over tokens given, without its shared cache."""

    BINDING_POWER = {**Parser.BINDING_POWER, "outer": 0}  # noqa: RUF012 - jmespath's own shape

    def __init__(self, tokens: list[dict[str, Any]]) -> None:
        super().__init__()
        self._given = tokens

    def _parse(self, expression: str) -> ParsedResult:
        self._tokens = self._given
        self._index = 0
        parsed = self._expression(binding_power=0)
        if self._current_token() != "eof":
            self._raise_parse_error_for_token(self._lookahead_token(0), "nothing may follow here")
        return ParsedResult(expression, parsed)

    def _token_nud_outer(self, token: dict[str, Any]) -> Node:
        return {"type": "outer", "value": token["value"], "children": []}


def parse_tree(text: str, limits: Limits | None, *, outer_names: bool = True) -> Node:
    """The syntax tree of `text`.

    ExpressionError syntax, with the position where it is known; BudgetError
    `limit.expression_chars`, `limit.expression_depth`, `limit.expression_growth`,
    or `limit.steps` for a literal `range()` beyond all steps. Without
    `outer_names` a `$` is refused, as jmespath does.
    """
    if limits and len(text) > limits.expression_chars:
        raise BudgetError(
            "limit.expression_chars",
            f"an expression of {len(text)} characters: allowed are {limits.expression_chars}",
        )
    try:
        tokens = _tokens(text, outer_names)
        if limits:
            _check_nesting(tokens, limits.expression_depth)
        tree: Node = _Parser(tokens)._do_parse(text).parsed
    except (JMESPathError, ValueError) as error:
        raise _syntax_error(text, error) from error
    except RecursionError as error:
        raise _too_deep(limits) from error
    if limits:
        _check_shape(tree, tokens, limits)
    return tree


def _tokens(text: str, outer_names: bool) -> list[dict[str, Any]]:
    lexer = _Lexer() if outer_names else _QuietLexer()
    return list(lexer.tokenize(text))


def _check_nesting(tokens: list[dict[str, Any]], allowed: int) -> None:
    """Count on the tokens, because the parser recurses: brackets open, and signs before a value."""
    if len(tokens) <= allowed:
        return
    depth = signs = 0
    for token in tokens:
        kind = token["type"]
        signs = signs + 1 if kind in _PREFIXES else 0
        if kind in _OPENING:
            depth += 1
        elif kind in _CLOSING:
            depth -= 1
        if depth + signs > allowed:
            raise BudgetError("limit.expression_depth", f"an expression nested deeper than {allowed} levels")


def _check_shape(tree: Node, tokens: list[dict[str, Any]], limits: Limits) -> None:
    """What only the tree can tell. Each check is left out where the tokens show that it cannot fail."""
    levels = limits.expression_depth * _TREE_LEVELS_PER_DEPTH
    if len(tokens) * _MOST_LEVELS_OF_A_TOKEN > levels:
        _check_levels(tree, levels)
    if not _REPEATING.isdisjoint([token["type"] for token in tokens]):
        check_growth(tree, limits)


def _check_levels(tree: Node, allowed: int) -> None:
    level = [tree]
    for _ in range(allowed):
        level = [child for node in level for child in node["children"] if isinstance(child, dict)]
        if not level:
            return
    raise BudgetError("limit.expression_depth", f"an expression of more than {allowed} steps that build on each other")


def _too_deep(limits: Limits | None) -> ExpressionError | BudgetError:
    message = "an expression nested too deeply to be read"
    return BudgetError("limit.expression_depth", message) if limits else ExpressionError("syntax", message)


def _syntax_error(text: str, error: ValueError) -> ExpressionError:
    position, reason = reason_of(error, text)
    shown = text if len(text) <= 80 else text[:77] + "..."
    return ExpressionError("syntax", f"cannot read the expression {shown!r}: {reason}", position)
