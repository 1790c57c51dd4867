# SPDX-License-Identifier: Apache-2.0
"""`$name`: the name outside brackets."""

from __future__ import annotations

from typing import Any

import pytest

from hpa_discovery.errors import ExpressionError
from hpa_discovery.language.budgets import DEFAULT, Meter
from hpa_discovery.language.expressions import compile_expression, parse

NAMES = {
    "name": "outside",
    "wanted": {"id": 2},
    "items": [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}],
    "table": {"one": 10, "two": 20},
}

ANSWERS: list[tuple[str, Any]] = [
    ("$name", "outside"),
    ("$wanted.id", 2),
    ("$gone", None),
    ("$gone.id", None),
    ("items[?id==$wanted.id].name", ["two"]),
    ("items[].lookup($table, name)", [10, 20]),
    ("items[].[name, $name]", [["one", "outside"], ["two", "outside"]]),
    ("items | [0].{inner: name, outer: $name}", {"inner": "one", "outer": "outside"}),
    ("map(&$name, items)", ["outside", "outside"]),
    ("items[?name=='one'].items", []),
    ('"$name"', None),
]


@pytest.mark.parametrize(("expression", "expected"), ANSWERS)
def test_outer_name_is_read_from_the_names(expression: str, expected: Any) -> None:
    """Wherever it stands, `$name` is the name outside, and a plain name is the item's."""
    assert expected == parse(expression, DEFAULT).run(NAMES, Meter(NAMES, 1000))


@pytest.mark.parametrize(
    "expression",
    ["$", "$1", "$$a", "$ a", "a.$b", "a[].$b", "a.*.$b", "{$a: b}", "$f(a)", "a$b", "$-a", '$"a"', "a[$b]", "a[$b:]"],
)
def test_misplaced_dollar_is_a_syntax_error(expression: str) -> None:
    """A `$` without a name, after a dot, as a key or as a function is refused with the place."""
    with pytest.raises(ExpressionError) as refusal:
        parse(expression, DEFAULT)

    assert refusal.value.kind == "syntax"
    assert refusal.value.position is not None


def test_strict_dialect_has_no_outer_names() -> None:
    """JMESPath as published knows no `$` and none of our functions."""
    with pytest.raises(ExpressionError, match=r"\$"):
        compile_expression("$name", strict_null=True)
    with pytest.raises(ExpressionError) as refusal:
        compile_expression("trim('a')", strict_null=True)({})

    assert refusal.value.kind == "unknown-function"
