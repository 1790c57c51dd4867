# SPDX-License-Identifier: Apache-2.0
"""Conditions: three-valued logic, and what each operator says of absent values and of wrong types."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from hpa_discovery.errors import ExpressionError
from hpa_discovery.language.conditions import Judgement, Truth, compile_condition, judge, leaves
from hpa_discovery.language.rule import Branch, Condition, Leaf, Not, parse_condition

NAMES: dict[str, Any] = {"true": True, "false": False, "unknown": None}
TRUTHS: tuple[Truth, ...] = (True, False, None)
WORDS: dict[Truth, str] = {True: "true", False: "false", None: "unknown"}


def leaf(truth: Truth) -> Leaf:
    """A leaf of which this is the truth."""
    return Leaf(WORDS[truth], "equals", True)


def every(truths: tuple[Truth, ...]) -> Truth:
    """Kleene's conjunction."""
    return False if False in truths else (None if None in truths else True)


def some(truths: tuple[Truth, ...]) -> Truth:
    """Kleene's disjunction."""
    return True if True in truths else (None if None in truths else False)


def both_ways(condition: Condition, names: dict[str, Any]) -> Truth:
    """The truth; the fast form and the explaining one must agree on it."""
    truth = compile_condition(condition)(names)
    assert judge(condition, names).truth is truth
    return truth


@pytest.mark.parametrize("truths", [combo for size in (1, 2, 3) for combo in product(TRUTHS, repeat=size)])
def test_all_and_any(truths: tuple[Truth, ...]) -> None:
    """`all` and `any` follow Kleene's logic, whatever the order: unknown is neither true nor false."""
    parts = tuple(leaf(truth) for truth in truths)
    assert both_ways(Branch("all", parts), NAMES) is every(truths)
    assert both_ways(Branch("any", parts), NAMES) is some(truths)


@pytest.mark.parametrize(("truth", "expected"), [(True, False), (False, True), (None, None)])
def test_not(truth: Truth, expected: Truth) -> None:
    """`not` turns true and false round; not unknown is unknown."""
    assert both_ways(Not(leaf(truth)), NAMES) is expected


# What each operator says of a value, for one operand.
T, F, U = True, False, None
OPERATORS: list[tuple[str, Any, list[tuple[Any, Truth]]]] = [
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
    ("operator", "operand", "value", "truth"),
    [(operator, operand, value, truth) for operator, operand, rows in OPERATORS for value, truth in rows],
)
def test_operators(operator: Any, operand: Any, value: Any, truth: Truth) -> None:
    """Each operator compares as JSON does, and a value that it cannot compare is unknown."""
    assert both_ways(Leaf("x", operator, operand), {"x": value}) is truth


@pytest.mark.parametrize("operator", [row[0] for row in OPERATORS if row[0] != "present"])
@pytest.mark.parametrize("names", [{}, {"x": None}])
def test_absent_is_unknown(operator: Any, names: dict[str, Any]) -> None:
    """Whatever is asked of an absent value, the answer is unknown."""
    operand = next(row[1] for row in OPERATORS if row[0] == operator)
    assert both_ways(Leaf("x", operator, operand), names) is None


def test_what_judge_keeps() -> None:
    """Every part's truth is kept, also of those that were not decisive, with the value it was given."""
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
