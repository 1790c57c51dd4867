# SPDX-License-Identifier: Apache-2.0
"""What expressions charge: the same every time, and before the work."""

from __future__ import annotations

from typing import Any

import pytest

from hpa_discovery.errors import BudgetError
from hpa_discovery.language.budgets import DEFAULT, Limits, Meter
from hpa_discovery.language.expressions import compile_expression, parse

TEXT = "x" * 160
NAMES: dict[str, Any] = {
    "a": {"b": {"c": {"d": 1}}},
    "items": [{"key": "x", "n": 1}, {"key": "y", "n": 2}],
    "nested": [[1, 2], [3], 4],
    "text": TEXT,
    "object": {"k": [1, 2], "m": TEXT},
}

# (expression, steps): 1 a node, an item and 16 characters; a body and a condition count for each item.
COSTS = [
    ("a", 1),
    ("a.b", 3),
    ("a.b.c", 4),
    ("a.b.c.d", 5),
    ("a || b", 3),
    ("items[*]", 2 + 2 * (1 + 1)),
    ("items[*].key", 2 + 2 * (1 + 1)),
    ("items[?key=='x']", 2 + 2 * (3 + 1 + 1)),
    ("items[?key=='x'].n", 2 + 2 * (3 + 1 + 1)),
    ("nested[]", 3 + (3 + 3) + 4 * 2),
    ("map(&key, items)", 3 + 2 * (1 + 1)),
    ("lower(text)", 2 + 10),
    ("replace(text, 'x', 'yy')", 4 + 10 + 20),
    ("split(text, 'y')", 3 + 10 + 1),
    ("range(`5`)", 2 + 5),
    ("nested[1:]", 4 + 2 + 2 * (1 + 1)),
    ("items[0]", 3),
    ("a.*", 2 + 1 * (1 + 1)),
    ("sort_by(items, &n)", 3 + 3 * (1 + 1)),
    ("merge(object, a)", 3 + 3),
    ("keys(object)", 2 + 2),
    ("join(text, [text, text])", 5 + 2 + 40),
    ("contains(nested, text)", 3 + 3 + 3 * 10),
    ("contains(text, 'y')", 3 + 10),
    ("to_string(object)", 2 + (2 + 0) + (2 + 10)),
    ("text == text", 3 + 10),
    ("text < text", 3 + 10),
    ("count_cpus('0-3,5')", 2 + 4),
    ("[text, text]", 3),
    ("object == object", 3 + (2 + 0) + (2 + 10)),
    ("entries(object)", 2 + 2 + 4),
    ("unique(nested)", 2 + 3 + 3),
]


def spent(expression: str, steps: int = DEFAULT.steps) -> int:
    """The steps that running `expression` takes."""
    meter = Meter(NAMES, steps)
    parse(expression, DEFAULT).run(NAMES, meter)
    return steps - meter.left


@pytest.mark.parametrize(("expression", "steps"), COSTS)
def test_expression_charges(expression: str, steps: int) -> None:
    """The charge is exactly the documented one."""
    assert steps == spent(expression)


@pytest.mark.parametrize(("expression", "steps"), COSTS)
def test_last_step_is_enough_and_one_less_is_not(expression: str, steps: int) -> None:
    """A budget is used up to its last step, and not beyond."""
    assert steps == spent(expression, steps)
    with pytest.raises(BudgetError) as refusal:
        spent(expression, steps - 1)

    assert refusal.value.code == "limit.steps"


class Watched(list[Any]):
    """A list that tells whether anyone iterated over it."""

    touched = False

    def __iter__(self) -> Any:
        type(self).touched = True
        return super().__iter__()


@pytest.mark.parametrize("expression", ["items[*].n", "items[?n]", "items[]", "items[?key=='x']"])
def test_charge_comes_before_the_work(expression: str) -> None:
    """An answer that would not fit is not begun: no item has been looked at."""
    Watched.touched = False
    names = {"items": Watched([{"n": 1}] * 50)}
    with pytest.raises(BudgetError):
        parse(expression, DEFAULT).run(names, Meter(names, 40))

    assert not Watched.touched


@pytest.mark.parametrize(
    ("limits", "expression", "code"),
    [
        (Limits(expression_chars=5), "abcdef", "limit.expression_chars"),
        (Limits(expression_depth=2), "(((a)))", "limit.expression_depth"),
        (Limits(expression_depth=2), "!!!a", "limit.expression_depth"),
        (Limits(expression_depth=2), "a[][][][][][]", "limit.expression_depth"),
        (Limits(expression_growth=3), "[@,@] | [@,@]", "limit.expression_growth"),
        (Limits(expression_growth=1), "[a, a.b]", "limit.expression_growth"),
        (Limits(expression_growth=1), "{x: $a, y: $a}", "limit.expression_growth"),
        (Limits(expression_growth=1), "a[].{x: b.c, y: b.c.d}", "limit.expression_growth"),
        (Limits(steps=10), "a || range(`11`)", "limit.steps"),
        (Limits(pattern_chars=3), "match(a, 'abcd')", "limit.pattern_chars"),
    ],
)
def test_limit_is_refused_when_read(limits: Limits, expression: str, code: str) -> None:
    """What breaks a limit by its shape alone never gets to run."""
    with pytest.raises(BudgetError) as refusal:
        parse(expression, limits)

    assert code == refusal.value.code


@pytest.mark.parametrize(
    ("limits", "expression"),
    [
        (Limits(expression_chars=5), "abcde"),
        (Limits(expression_depth=2), "((a))"),
        (Limits(expression_depth=2), "(a) || (b) || (c) || !(d)"),
        (Limits(expression_growth=4), "[@,@] | [@,@]"),
        (Limits(expression_growth=1), "[a, b, c.d, c.e] | {x: [0], y: 'text'}"),
        (Limits(expression_growth=1), "items[].{x: b, y: c, z: d} | [].{p: x, q: y}"),
        (Limits(steps=10), "range(`10`)"),
        (Limits(pattern_chars=4), "match(a, 'abcd')"),
    ],
)
def test_what_just_fits_is_taken(limits: Limits, expression: str) -> None:
    """A limit itself is still allowed, and disjoint members do not count as growth."""
    assert expression == parse(expression, limits).text


def test_without_limits_nothing_is_refused_for_its_size() -> None:
    """limits=None is JMESPath without budgets, in reading and in running."""
    expression = "[@,@][] | " * 12 + "length(@)"

    assert compile_expression(expression)(1) == 2**12


@pytest.mark.parametrize(("levels", "fits"), [(399, True), (401, False)])
def test_value_may_be_nested_400_deep(levels: int, fits: bool) -> None:
    """What is walked whole is refused by its depth, long before a recursion would overflow."""
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    names = {"value": value}
    meter = Meter(names, DEFAULT.steps)
    if fits:
        assert "[" * levels + "]" * levels == parse("to_string(value)", DEFAULT).run(names, meter)
        return
    with pytest.raises(BudgetError) as refusal:
        parse("to_string(value)", DEFAULT).run(names, meter)

    assert refusal.value.code == "limit.subject_depth"
