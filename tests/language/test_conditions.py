# SPDX-License-Identifier: Apache-2.0
"""Conditions: three-valued logic, and what each operator says of absent values and of wrong types."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from hpa_discovery.errors import ExpressionError
from hpa_discovery.language.conditions import Judgement, Verdict, compile_condition, judge, leaves
from hpa_discovery.language.rule import Branch, Condition, Leaf, Not, parse_condition

NAMES: dict[str, Any] = {"true": True, "false": False, "unknown": None}
VERDICTS: tuple[Verdict, ...] = (True, False, None)
WORDS: dict[Verdict, str] = {True: "true", False: "false", None: "unknown"}


def leaf(verdict: Verdict) -> Leaf:
    """A leaf with this verdict."""
    return Leaf(WORDS[verdict], "equals", True)


def every(verdicts: tuple[Verdict, ...]) -> Verdict:
    """Kleene's conjunction."""
    return False if False in verdicts else (None if None in verdicts else True)


def some(verdicts: tuple[Verdict, ...]) -> Verdict:
    """Kleene's disjunction."""
    return True if True in verdicts else (None if None in verdicts else False)


def both_ways(condition: Condition, names: dict[str, Any]) -> Verdict:
    """The verdict; the fast form and the explaining one must agree on it."""
    verdict = compile_condition(condition)(names)
    assert judge(condition, names).verdict is verdict
    return verdict


@pytest.mark.parametrize("verdicts", [combo for size in (1, 2, 3) for combo in product(VERDICTS, repeat=size)])
def test_all_and_any(verdicts: tuple[Verdict, ...]) -> None:
    """`all` and `any` follow Kleene's logic, whatever the order: unknown is neither true nor false."""
    parts = tuple(leaf(verdict) for verdict in verdicts)
    assert both_ways(Branch("all", parts), NAMES) is every(verdicts)
    assert both_ways(Branch("any", parts), NAMES) is some(verdicts)


@pytest.mark.parametrize(("verdict", "expected"), [(True, False), (False, True), (None, None)])
def test_not(verdict: Verdict, expected: Verdict) -> None:
    """`not` turns a verdict round; not unknown is unknown."""
    assert both_ways(Not(leaf(verdict)), NAMES) is expected


# What each operator says of a value, for one operand.
T, F, U = True, False, None
OPERATORS: list[tuple[str, Any, list[tuple[Any, Verdict]]]] = [
    ("present", True, [("x", T), ("", T), (0, T), (False, T), (None, F)]),
    ("present", False, [("x", F), ("", F), (0, F), (None, T)]),
    ("equals", "x", [("x", T), ("y", F), ("X", F), (["x"], F), (1, F)]),
    ("equals", 1, [(1, T), (1.0, T), (True, F), ("1", F), (2, F)]),
    ("equals", True, [(True, T), (1, F), ("true", F), (False, F)]),
    ("equals", 0, [(0, T), (-0.0, T), (False, F), ("", F)]),
    ("in", ["x", 1], [("x", T), (1, T), (1.0, T), (True, F), ("1", F), ("y", F)]),
    ("lt", 2, [(1, T), (1.5, T), (2, F), (3, F), ("1", U), (True, U), ([1], U)]),
    ("le", 2, [(2, T), (2.0, T), (2.5, F), ("2", U)]),
    ("gt", 2, [(3, T), (2, F), (10**400, T), ("3", U), (True, U)]),
    ("ge", 2, [(2, T), (1, F), ({"a": 1}, U)]),
    ("matches", "[a-z]+", [("abc", T), ("abc1", F), ("", F), (1, U), (["abc"], U)]),
    ("startsWith", "hw:", [("hw:x", T), ("hw:", T), ("xhw:", F), (1, U), (["hw:"], U)]),
    ("contains", "b", [("abc", T), ("ac", F), (["b"], T), (["abc"], F), ([], F), (1, U), ({"b": 1}, U)]),
    ("contains", 1, [([1], T), ([1.0], T), ([True], F), (["1"], F), ("1", U)]),
]


@pytest.mark.parametrize(
    ("operator", "operand", "value", "verdict"),
    [(operator, operand, value, verdict) for operator, operand, rows in OPERATORS for value, verdict in rows],
)
def test_operators(operator: Any, operand: Any, value: Any, verdict: Verdict) -> None:
    """Each operator compares as JSON does, and a value that it cannot compare is unknown."""
    assert both_ways(Leaf("x", operator, operand), {"x": value}) is verdict


@pytest.mark.parametrize("operator", [row[0] for row in OPERATORS if row[0] != "present"])
@pytest.mark.parametrize("names", [{}, {"x": None}])
def test_absent_is_unknown(operator: Any, names: dict[str, Any]) -> None:
    """Whatever is asked of an absent value, the answer is unknown."""
    operand = next(row[1] for row in OPERATORS if row[0] == operator)
    assert both_ways(Leaf("x", operator, operand), names) is None


def test_what_judge_keeps() -> None:
    """Every part's verdict is kept, also of those that were not decisive, with the value it was given."""
    condition = parse_condition({"any": [{"var": "x", "equals": 1}, {"not": {"var": "y", "present": True}}]})
    assert condition is not None
    judged = judge(condition, {"x": 1, "y": 2})
    assert isinstance(condition, Branch)
    first, second = condition.conditions
    assert isinstance(second, Not)
    inner = Judgement(second.condition, True, 2)
    assert judged == Judgement(
        condition, True, parts=(Judgement(first, True, 1), Judgement(second, False, parts=(inner,)))
    )


def test_leaves_in_the_order_they_are_written() -> None:
    """Leaves come from left to right, from inside branches and negations too; no condition has none."""
    value = {"all": [{"var": "a", "present": True}, {"not": {"any": [{"var": "b", "lt": 1}, {"var": "c", "gt": 2}]}}]}
    assert [found.var for found in leaves(parse_condition(value))] == ["a", "b", "c"]
    assert leaves(None) == ()


def test_a_pattern_that_is_none() -> None:
    """What RE2 refuses is refused when the condition is compiled, not when a subject comes."""
    with pytest.raises(ExpressionError):
        compile_condition(Leaf("x", "matches", "(a"))
