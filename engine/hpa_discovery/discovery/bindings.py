# SPDX-License-Identifier: Apache-2.0
"""Lets and `each`, compiled: how names get their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from hpa_discovery.errors import ExpressionError
from hpa_discovery.language.budgets import DEFAULT, Meter
from hpa_discovery.language.checking_costs import cheap_length, condition_cost, let_cost
from hpa_discovery.language.conditions import compile_condition
from hpa_discovery.language.expressions import Expression, parse
from hpa_discovery.language.rule import Condition, Each, Let
from hpa_discovery.language.types import Check, LetError, compile_check
from hpa_discovery.language.values import show

Names = dict[str, Any]
ParseExpression = Callable[[str], Expression]
ReadNames = Callable[[Any, Meter], Any]
# name, expression, type check: a plain tuple because the engine unpacks one per let and subject
BoundLet = tuple[str, ReadNames, Check]
Holds = Callable[[Mapping[str, Any], Meter], bool]


class RuleFault(Exception):
    """One item of a rule cannot be answered: it becomes a diagnostic, and the feature unknown."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


# Lint, the index and the rule itself ask for the same expressions, one soon after the other.
@lru_cache(maxsize=512)
def parse_rule_expression(text: str) -> Expression:
    """An expression of a rule, within the language's limits."""
    return parse(text, DEFAULT)


def bind_lets(lets: Sequence[Let], expressions: ParseExpression) -> tuple[BoundLet, ...]:
    """The lets in order, ready for `fill`."""
    return tuple((let.name, _reader(let, expressions), compile_check(let)) for let in lets)


def bind_condition(condition: Condition) -> Holds:
    """The condition as a function of names and meter: whether it is true, unknown is not."""
    test, cost = compile_condition(condition), condition_cost(condition)
    if not isinstance(cost, int):
        cost_for = cost

        def holds(names: Mapping[str, Any], meter: Meter) -> bool:
            meter.spend(cost_for(names))
            return test(names) is True

        return holds

    def plain(names: Mapping[str, Any], meter: Meter) -> bool:
        meter.left -= cost
        if meter.left < 0:
            meter.spend(0)
        return test(names) is True

    return plain


def _reader(let: Let, expressions: ParseExpression) -> ReadNames:
    read = _charged(expressions(let.path).run, let)
    if not let.sensitive:
        return read

    def discreet(names: Any, meter: Meter) -> Any:
        try:
            return read(names, meter)
        except ExpressionError as error:  # its message quotes the value
            raise ExpressionError(error.kind, f"the expression cannot be answered: {error.kind}") from None

    return discreet


def _charged(read: ReadNames, let: Let) -> ReadNames:
    """`read`, which pays for the check of what it reads as well."""
    cost = let_cost(let)
    if cost is None:
        return read
    free = cheap_length(let)

    def charged(names: Any, meter: Meter) -> Any:
        value = read(names, meter)
        if value is not None and (type(value) is not str or len(value) > free):
            meter.spend(cost(value))
        return value

    return charged


def fill(lets: tuple[BoundLet, ...], names: Names, meter: Meter) -> None:
    """Give every let its value in `names`; RuleFault `let.type` for the first that has none it may have."""
    name = ""
    try:
        for name, read, check in lets:
            names[name] = check(read(names, meter))
    except (LetError, ExpressionError) as error:
        raise RuleFault("let.type", f"{name}: {error}") from None


class BoundEach:
    """An `each`: the items of one rule or group. What is `sensitive` stands in no message."""

    __slots__ = ("_sensitive", "maximum", "name", "read")

    def __init__(self, each: Each, expressions: ParseExpression, *, sensitive: bool = False) -> None:
        self._sensitive = sensitive
        self.name = each.name
        self.maximum = each.max
        self.read = expressions(each.path).run

    def items(self, names: Mapping[str, Any], meter: Meter) -> list[Any]:
        """The items; none when absent. RuleFault `each.type` or `limit.each`."""
        try:
            items = self.read(names, meter)
        except ExpressionError as error:
            reason = f"the expression cannot be answered: {error.kind}" if self._sensitive else str(error)
            raise RuleFault("each.type", f"each {self.name}: {reason}") from None
        if items is None:
            return []
        if not isinstance(items, list):
            raise RuleFault("each.type", f"each {self.name}: {show(items, sensitive=self._sensitive)} is not a list")
        if len(items) > self.maximum:
            raise RuleFault("limit.each", f"each {self.name}: {len(items)} items; at most {self.maximum} are answered")
        return items
