# SPDX-License-Identifier: Apache-2.0
"""Lets, conditions and items, bound: how names get their values and what it costs."""

from __future__ import annotations

from typing import Any

import pytest

from hpa_discovery.discovery.bindings import (
    BoundEach,
    RuleFault,
    bind_condition,
    bind_lets,
    fill,
    parse_rule_expression,
)
from hpa_discovery.errors import BudgetError, ExpressionError
from hpa_discovery.language.budgets import Meter
from hpa_discovery.language.rule import Each, Let, parse_condition

NAMES: dict[str, Any] = {"flavor": {"text": "t", "n": 5, "list": ["a", "b"], "none": None, "object": {}}}


def meter(names: dict[str, Any], steps: int = 1000) -> Meter:
    """A meter over these names."""
    return Meter(names, steps)


def filled(*lets: Let, steps: int = 1000) -> tuple[dict[str, Any], int]:
    """The values of the lets, and the steps they took."""
    names = dict(NAMES)
    left = meter(names, steps)
    fill(bind_lets(lets, parse_rule_expression), names, left)
    return {let.name: names[let.name] for let in lets}, steps - left.left


def test_lets_in_order() -> None:
    """Each let sees those before it; what is absent is None under its name."""
    values, _ = filled(
        Let("a", "flavor.text", "string"),
        Let("b", "upper(a)", "string"),
        Let("c", "flavor.no", "string"),
        Let("d", "c || b", "string"),
        Let("e", "flavor.list[?@ == $f] || flavor.list[?@ == 'b']", "list"),
        Let("f", "'a'", "string"),
    )
    assert values == {"a": "t", "b": "T", "c": None, "d": "T", "e": ["b"], "f": "a"}


FAULTS: dict[str, tuple[Let, str]] = {
    "a wrong type": (Let("x", "flavor.n", "string"), "x: 5 is not a string"),
    "outside its limits": (Let("x", "flavor.n", "integer", maximum=4), "x: 5 is not 4 or less"),
    "a failing expression": (Let("x", "to_int(flavor.text)", "integer"), "x: "),
    "a sensitive value": (Let("x", "flavor.n", "string", sensitive=True), "x: *** is not a string"),
}


@pytest.mark.parametrize(("let", "message"), FAULTS.values(), ids=FAULTS)
def test_the_first_bad_let_is_told(let: Let, message: str) -> None:
    """A let without a value it may have is let.type with its name; nothing after it is read."""
    with pytest.raises(RuleFault) as caught:
        filled(Let("before", "flavor.text", "string"), let, Let("after", "flavor.text", "integer"))
    assert caught.value.code == "let.type"
    assert caught.value.message.startswith(message)


def test_a_failing_sensitive_expression_hides_its_value() -> None:
    """What an expression refuses stands in its message, unless the let is sensitive."""
    for sensitive in (False, True):
        with pytest.raises(RuleFault) as caught:
            filled(Let("x", "to_int(join('', ['se', 'cret']))", "integer", sensitive=sensitive))
        assert ("secret" in caught.value.message) is not sensitive


@pytest.mark.parametrize(
    "let",
    [
        Let("x", "flavor.text", "string"),
        Let("x", "flavor.text", "string", pattern="[a-z]+"),
        Let("x", "flavor.list", "list", enum=("a", "b")),
    ],
)
def test_lets_are_paid_for(let: Let) -> None:
    """The steps of an expression and of its check are charged before they run out unseen."""
    _, taken = filled(let)
    assert taken > 0
    assert filled(let, steps=taken) == (filled(let)[0], taken)
    with pytest.raises(BudgetError, match="steps"):
        filled(let, steps=taken - 1)


def test_checks_cost_what_they_look_at() -> None:
    """A pattern held against a long text, or each of many items, takes more steps than a short one."""
    for make in (
        lambda text: Let("x", f"'{text}'", "string", pattern="(a|b)*c?"),
        lambda text: Let("x", f"split('{text}', 'a')", "list", pattern="b*"),
    ):
        few, many = (filled(make("ab" * count), steps=100_000)[1] for count in (1, 200))
        assert many > few


CONDITIONS: dict[str, tuple[dict[str, Any], bool]] = {
    "true": ({"var": "text", "equals": "t"}, True),
    "false": ({"var": "text", "equals": "u"}, False),
    "unknown": ({"var": "none", "equals": "t"}, False),
    "not unknown": ({"not": {"var": "none", "equals": "t"}}, False),
    "not false": ({"not": {"var": "text", "equals": "u"}}, True),
    "any with unknown": ({"any": [{"var": "none", "equals": "t"}, {"var": "text", "equals": "t"}]}, True),
    "all with unknown": ({"all": [{"var": "none", "equals": "t"}, {"var": "text", "equals": "t"}]}, False),
    "matched": ({"var": "text", "matches": "[a-z]"}, True),
    "in": ({"var": "n", "in": [4, 5]}, True),
}


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS.values(), ids=CONDITIONS)
def test_conditions(condition: dict[str, Any], expected: bool) -> None:
    """Only true is true, and a condition is paid for whatever it comes to."""
    parsed = parse_condition(condition)
    assert parsed is not None
    holds = bind_condition(parsed)
    left = meter(NAMES)
    assert holds(NAMES["flavor"], left) is expected
    taken = 1000 - left.left
    assert taken > 0
    assert holds(NAMES["flavor"], meter(NAMES, taken)) is expected
    with pytest.raises(BudgetError):
        holds(NAMES["flavor"], meter(NAMES, taken - 1))


ITEMS: dict[str, tuple[str, list[Any] | str]] = {
    "a list": ("flavor.list", ["a", "b"]),
    "absent": ("flavor.no", []),
    "null": ("flavor.none", []),
    "empty": ("`[]`", []),
    "as many as there may be": ("range(`3`)", [0, 1, 2]),
    "one more": ("range(`4`)", "limit.each"),
    "a text": ("flavor.text", "each.type"),
    "an object": ("flavor.object", "each.type"),
    "false": ("flavor.text == 'u'", "each.type"),
    "a failing expression": ("to_int(flavor.text)", "each.type"),
}


@pytest.mark.parametrize(("path", "expected"), ITEMS.values(), ids=ITEMS)
@pytest.mark.parametrize("sensitive", [False, True])
def test_items(path: str, expected: list[Any] | str, sensitive: bool) -> None:
    """The items as they are, none where there is no list, and a fault for too many and for what is no list."""
    each = BoundEach(Each("item", path, 3), parse_rule_expression, sensitive=sensitive)
    if isinstance(expected, list):
        assert each.items(NAMES, meter(NAMES)) == expected
        return
    with pytest.raises(RuleFault) as caught:
        each.items(NAMES, meter(NAMES))
    assert caught.value.code == expected
    assert caught.value.message.startswith("each item: ")
    assert ("'t'" not in caught.value.message) or not sensitive


def test_items_are_paid_for() -> None:
    """A list too long for the steps that are left is not made."""
    each = BoundEach(Each("item", "range(`100`)", 256), parse_rule_expression)
    with pytest.raises(BudgetError):
        each.items(NAMES, meter(NAMES, 50))


@pytest.mark.parametrize("path", ["", "flavor.", "flavor[", "a" * 600, "(" * 40 + "a" + ")" * 40, "match(a, '(')"])
def test_what_no_rule_may_read(path: str) -> None:
    """An expression that lint refuses is not bound either."""
    with pytest.raises((ExpressionError, BudgetError)):
        bind_lets((Let("x", path, "string"),), parse_rule_expression)
