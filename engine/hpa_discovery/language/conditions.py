# SPDX-License-Identifier: Apache-2.0
"""Conditions, three-valued: true, false, and unknown (None) where a name is absent.

Unknown is not true, and `not unknown` is unknown, so a rule never fires for
lack of knowledge. `compile_condition` gives the fast form; `judge` walks the
same leaves and keeps what each gave, for explain and coverage.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.patterns import compile_pattern
from hpa_discovery.language.rule import Branch, Condition, Leaf, Not
from hpa_discovery.language.values import is_number, same

Truth = bool | None
Test = Callable[[Mapping[str, Any]], Truth]

_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The truth of one condition, with those of its parts; `value` is the leaf's value."""

    condition: Condition
    truth: Truth
    value: Any = None
    parts: tuple[Judgement, ...] = ()


def compile_condition(condition: Condition) -> Test:
    """The condition as a function of the names. ExpressionError for a pattern RE2 refuses."""
    if isinstance(condition, Leaf):
        return compile_leaf(condition)
    if isinstance(condition, Not):
        return _not(compile_condition(condition.condition))
    tests = tuple(compile_condition(part) for part in condition.conditions)
    return _branch(tests, decisive=condition.kind == "any")


def judge(condition: Condition, names: Mapping[str, Any]) -> Judgement:
    """The truth of the condition with those of all its parts."""
    if isinstance(condition, Leaf):
        return Judgement(condition, compile_leaf(condition)(names), names.get(condition.var))
    if isinstance(condition, Not):
        part = judge(condition.condition, names)
        return Judgement(condition, None if part.truth is None else not part.truth, parts=(part,))
    parts = tuple(judge(part, names) for part in condition.conditions)
    return Judgement(condition, _join(condition, parts), parts=parts)


def leaves(condition: Condition | None) -> tuple[Leaf, ...]:
    """Every leaf of a condition, in the order it is written."""
    if condition is None:
        return ()
    if isinstance(condition, Leaf):
        return (condition,)
    if isinstance(condition, Not):
        return leaves(condition.condition)
    return tuple(leaf for part in condition.conditions for leaf in leaves(part))


def _join(branch: Branch, parts: tuple[Judgement, ...]) -> Truth:
    decisive = branch.kind == "any"
    truths = [part.truth for part in parts]
    if decisive in truths:
        return decisive
    return None if None in truths else not decisive


def _not(test: Test) -> Test:
    def run(names: Mapping[str, Any]) -> Truth:
        truth = test(names)
        return None if truth is None else not truth

    return run


def _branch(tests: tuple[Test, ...], decisive: bool) -> Test:
    """`any` is decided by the first true, `all` by the first false; without one, by whether any is unknown."""

    def run(names: Mapping[str, Any]) -> Truth:
        result: Truth = not decisive
        for test in tests:
            truth = test(names)
            if truth is decisive:
                return decisive
            if truth is None:
                result = None
        return result

    return run


def compile_leaf(leaf: Leaf) -> Test:
    """One leaf as a function of the names."""
    var, operand = leaf.var, leaf.operand
    if leaf.operator == "present":
        wanted = bool(operand)
        return lambda names: (names.get(var) is not None) is wanted
    compare = _comparison(leaf)

    def run(names: Mapping[str, Any]) -> Truth:
        value = names.get(var)
        return None if value is None else compare(value)

    return run


def _comparison(leaf: Leaf) -> Callable[[Any], Truth]:
    word, operand = leaf.operator, leaf.operand
    if word == "equals":
        return lambda value: same(value, operand)
    if word == "in":
        return lambda value: any(same(value, item) for item in operand)
    if word in _ORDER:
        compare = _ORDER[word]
        return lambda value: compare(value, operand) if is_number(value) else None
    if word == "matches":
        matches = compile_pattern(operand, DEFAULT.pattern_chars).matches
        return lambda value: matches(value) if isinstance(value, str) else None
    if word == "startsWith":
        return lambda value: value.startswith(operand) if isinstance(value, str) else None
    return lambda value: _contains(value, operand)


def _contains(value: Any, operand: Any) -> Truth:
    if isinstance(value, list):
        return any(same(item, operand) for item in value)
    if isinstance(value, str) and isinstance(operand, str):
        return operand in value
    return None
