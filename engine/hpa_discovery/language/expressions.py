# SPDX-License-Identifier: Apache-2.0
"""JMESPath expressions: text in, something that runs out.

The parser is jmespath's, what runs is ours: jmespath 1.1.0 is the oracle of the
tests. Rules get `$name`, functions of their own, null in null out, and budgets;
`compile_expression(text, strict_null=True)` is JMESPath as published.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from hpa_discovery.errors import ExpressionError
from hpa_discovery.language.budgets import Limits, Meter
from hpa_discovery.language.calls import JMESPATH, RULES, Dialect
from hpa_discovery.language.closures import Builder
from hpa_discovery.language.costs import Node, straight_cost
from hpa_discovery.language.entry import enter
from hpa_discovery.language.parsing import parse_tree

# More steps than any process lives to spend, and still a small integer to compute with.
_UNLIMITED = 1 << 62


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. In rules it is called as `expression.run(meter.names, meter)`.

    `tree` is jmespath's syntax tree, for lint and the rule index; it must not
    be changed. `run` raises ExpressionError and BudgetError only.
    """

    text: str
    tree: Node = field(repr=False)
    run: Callable[[Any, Meter], Any] = field(repr=False)


def parse(text: str, limits: Limits | None) -> Expression:
    """The expression of a rule. ExpressionError syntax, or BudgetError with the code of the limit it breaks."""
    return _compile(text, limits, RULES)


def compile_expression(text: str, limits: Limits | None = None, *, strict_null: bool = False) -> Callable[[Any], Any]:
    """A function from a JSON document to the expression's value.

    With `strict_null` it answers as jmespath 1.1.0 does: its functions, its
    nulls, no `$`. Without `limits` nothing is refused for its size. Errors
    are ExpressionError, with kind in the words of the compliance suite, and
    BudgetError.
    """
    run = _compile(text, limits, JMESPATH if strict_null else RULES).run
    steps = limits.steps if limits else _UNLIMITED
    return lambda document: run(document, Meter(document if isinstance(document, dict) else {}, steps))


def _compile(text: str, limits: Limits | None, dialect: Dialect) -> Expression:
    tree = parse_tree(text, limits, outer_names=dialect is RULES)
    if limits and dialect.pattern_chars != limits.pattern_chars:
        dialect = replace(dialect, pattern_chars=limits.pattern_chars)
    try:
        body = Builder(dialect).build(tree)
        run = enter(tree, body, straight_cost(tree))
    except RecursionError as error:
        raise ExpressionError("syntax", "an expression nested too deeply to be compiled") from error
    return Expression(text, tree, run)
