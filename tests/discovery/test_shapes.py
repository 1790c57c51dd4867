# SPDX-License-Identifier: Apache-2.0
"""What an expression's value depends on: the facts by which the index picks a rule."""

from __future__ import annotations

import pytest

from hpa_discovery.discovery.facts import ALWAYS, Fact, Needs
from hpa_discovery.discovery.shapes import Shape, Shaper, at
from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.expressions import parse

A = Fact(("flavor", "a"))
B = Fact(("flavor", "b"))
EMPTY_A = Fact(("flavor", "a"), "equals", "")


def shape(text: str) -> Shape:
    """The shape of an expression that sees a flavor."""
    return Shaper({"flavor": at(("flavor",))}).shape(parse(text, DEFAULT).tree)


FILLED = [
    ("flavor.a", {A}),
    ("flavor.a || flavor.b", {A, B}),
    ("flavor.a == '' && `0` || flavor.a", {EMPTY_A, A}),
    ("starts_with(flavor.a, 'x') && flavor.b || flavor.a", {A}),
    ("flavor.a || 'text'", ALWAYS),
    ("sort([flavor.a, flavor.b][])", {A, B}),
    ("unique(flavor.a[].lower(@))", {A}),
    ("max([flavor.a, flavor.b][])", {A, B}),
    ("min([flavor.a, flavor.b][])", {A, B}),
    ("avg([flavor.a, flavor.b][])", {A, B}),
    ("max_by([flavor.a, flavor.b][], &size)", {A, B}),
    ("max([flavor.a, flavor.b][]) >= `1`", {A, B}),
    ("sum([flavor.a, flavor.b][])", ALWAYS),
    ("sum(flavor.a)", {A}),
]


@pytest.mark.parametrize(("text", "needs"), FILLED, ids=[text for text, _ in FILLED])
def test_what_a_value_needs(text: str, needs: Needs) -> None:
    """A value is there only where one of these facts holds."""
    assert shape(text).filled == needs


ERRORS = [
    ("sort([flavor.a, flavor.b][])", {A, B}),
    ("reverse(flavor.a)", {A}),
    ("max([flavor.a, flavor.b][])", {A, B}),
    ("sum([flavor.a, flavor.b][])", {A, B}),
    ("length([flavor.a, flavor.b][])", ALWAYS),
    ("flavor.a[?not_null(size, `0`) > `0`]", {A}),
    ("flavor.a[].to_int(not_null(size, '0'))", {A}),
    ("to_int(not_null(flavor.a, 'x'))", ALWAYS),
    ("starts_with(flavor.a, 'x') && join(',', [flavor.a]) || flavor.b", {A}),
]


@pytest.mark.parametrize(("text", "needs"), ERRORS, ids=[text for text, _ in ERRORS])
def test_what_an_error_needs(text: str, needs: Needs) -> None:
    """A list without items has none that a function could refuse, and what && guards fails only behind it."""
    assert shape(text).errors == needs
