# SPDX-License-Identifier: Apache-2.0
"""Null in gives null out, where JMESPath would refuse the null; everything else of a wrong type is an error."""

from __future__ import annotations

from typing import Any

import pytest

from hpa_discovery.errors import ExpressionError
from hpa_discovery.language.expressions import compile_expression

DOCUMENT = {"items": [{"n": 2}, {"n": 1}], "holes": [{"n": 2}, {}], "text": "abc", "numbers": [1, None, 2]}

REFUSED_BY_JMESPATH = [
    *("abs(gone)", "avg(gone)", "avg(numbers)", "ceil(gone)", "contains(gone, 'a')", "contains(text, gone)"),
    *("ends_with(gone, 'a')", "ends_with(text, gone)", "floor(gone)", "join(',', gone)", "join(gone, `[]`)"),
    *("join(',', [text, gone])", "keys(gone)", "length(gone)", "map(&n, gone)", "max(gone)", "max(numbers)"),
    *("max_by(gone, &n)", "max_by(holes, &n)", "merge(gone)", "min(gone)", "min_by(holes, &n)"),
    *("reverse(gone)", "sort(gone)", "sort(numbers)", "sort_by(gone, &n)", "sort_by(holes, &n)"),
    *("starts_with(gone, 'a')", "starts_with(text, gone)", "sum(gone)", "sum(numbers)", "values(gone)"),
]

TAKEN_BY_JMESPATH: list[tuple[str, Any]] = [
    ("not_null(gone, text)", "abc"),
    ("to_string(gone)", "null"),
    ("type(gone)", "null"),
    ("to_array(gone)", [None]),
    ("to_number(gone)", None),
    ("contains(numbers, gone)", True),
    ("contains(items, gone)", False),
    ("gone < `1`", None),
    ("gone == null", True),
]

STILL_WRONG = [
    "abs('a')",
    "sum(['a'])",
    "length(`1`)",
    "join(',', [`1`])",
    "text < `1`",
    "sort_by(items, &@)",
    "to_number(&a)",
]


@pytest.mark.parametrize("expression", REFUSED_BY_JMESPATH)
def test_null_gives_null_in_rules(expression: str) -> None:
    """A null argument, and a null element of a checked list, make the function answer null."""
    assert compile_expression(expression)(DOCUMENT) is None


@pytest.mark.parametrize("expression", REFUSED_BY_JMESPATH)
def test_null_is_refused_under_strict_null(expression: str) -> None:
    """With strict_null the same is jmespath's invalid-type."""
    with pytest.raises(ExpressionError) as refusal:
        compile_expression(expression, strict_null=True)(DOCUMENT)

    assert refusal.value.kind == "invalid-type"


@pytest.mark.parametrize(("expression", "expected"), TAKEN_BY_JMESPATH)
@pytest.mark.parametrize("strict", [False, True])
def test_functions_that_take_null_keep_their_answer(expression: str, expected: Any, strict: bool) -> None:
    """Where JMESPath takes a null, rules get JMESPath's answer."""
    assert expected == compile_expression(expression, strict_null=strict)(DOCUMENT)


@pytest.mark.parametrize("expression", STILL_WRONG)
def test_other_wrong_types_stay_errors(expression: str) -> None:
    """Only a null is forgiven."""
    with pytest.raises(ExpressionError) as refusal:
        compile_expression(expression)(DOCUMENT)

    assert refusal.value.kind == "invalid-type"
