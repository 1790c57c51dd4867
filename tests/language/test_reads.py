# SPDX-License-Identifier: Apache-2.0
"""What is known of an expression without running it."""

from __future__ import annotations

import pytest

from hpa_discovery.errors import HpaError
from hpa_discovery.language.budgets import DEFAULT, Meter
from hpa_discovery.language.expressions import parse
from hpa_discovery.language.reads import Name, functions, names, paths, reads_all, static_type
from hpa_discovery.language.signatures import ALL_TYPES, type_word
from strategies.jmespath_pairs import Maker, plain, reproducible

NAMES = [
    ("a.b.c", {"a"}, set(), set()),
    ("a[0].b[*].c[1:].d", {"a"}, set(), set()),
    ("{a: x, b: [y, z]}", {"x", "y", "z"}, set(), set()),
    ("f(a, b.c)", {"a", "b"}, set(), set()),
    ("a || b && !c == d", {"a", "b", "c", "d"}, set(), set()),
    ("a[?b == $c.d].e", {"a"}, {"b"}, {"c"}),
    ("a[].lookup($tables.x, key)", {"a"}, {"key"}, {"tables"}),
    ("a[].flavor.x", {"a"}, set(), set()),
    ("a[].{v: flavor}", {"a"}, {"flavor"}, set()),
    ("a.{v: b.c}", {"a"}, {"b"}, set()),
    ("a.[b]", {"a"}, {"b"}, set()),
    ("a | b.c", {"a"}, {"b"}, set()),
    ("a | [0].b", {"a"}, set(), set()),
    ("map(&flavor, x)", {"x"}, {"flavor"}, set()),
    ("a.*.b", {"a"}, set(), set()),
    ("a[][?b].c[].f(g)", {"a"}, {"b", "g"}, set()),
    ("[a, b][].lower(trim(@))", {"a", "b"}, set(), set()),
    ("@.a", set(), set(), set()),
    ("(a || b).c", {"a", "b"}, set(), set()),
    ("$a.b", set(), set(), {"a"}),
]


@pytest.mark.parametrize(("expression", "plain_names", "bracketed", "outer"), NAMES)
def test_names(expression: str, plain_names: set[str], bracketed: set[str], outer: set[str]) -> None:
    """Names at root, names in brackets and `$names` are told apart; members behind a dot are no names."""
    found = names(parse(expression, DEFAULT).tree)

    assert {Name(name, False, False) for name in plain_names} == {n for n in found if not n.outer and not n.in_brackets}
    assert bracketed == {n.name for n in found if not n.outer and n.in_brackets}
    assert outer == {n.name for n in found if n.outer}


PATHS = [
    ('flavor.extra_specs."hw:cpu_policy"', {("flavor", "extra_specs", "hw:cpu_policy")}),
    ("entries(flavor.extra_specs, 'p')[?value=='x'].key", {("flavor", "extra_specs")}),
    ("a.b || c.d", {("a", "b"), ("c", "d")}),
    ("(a || b).c", {("a",), ("a", "c"), ("b", "c")}),
    ("(a && b).c", {("a",), ("a", "c"), ("b", "c")}),
    ("a.['text']", {("a",)}),
    ("a.b[?c==$d.e].f", {("a", "b"), ("d", "e")}),
    ("a.b[0].c", {("a", "b")}),
    ("a | b.c", {("a", "b", "c")}),
    ("a.{x: b, y: c}", {("a",), ("a", "b"), ("a", "c")}),
    ("[a.b, c]", {("a", "b"), ("c",)}),
    ("a.b > `1` && !c", {("a", "b"), ("c",)}),
    ("map(&x.y, a)", {("a",)}),
    ("a.*.b", {("a",)}),
    ("@.a", {("a",)}),
    ("'x'", set()),
]


@pytest.mark.parametrize(("expression", "expected"), PATHS)
def test_paths(expression: str, expected: set[tuple[str, ...]]) -> None:
    """The member paths an expression depends on, down to the first list."""
    assert expected == paths(parse(expression, DEFAULT).tree)


ALL = [("@", True), ("*.a", True), ("keys(@)", True), ("@.a", False), ("[a, b]", False), ("a.*", False)]


@pytest.mark.parametrize(("expression", "expected"), ALL)
def test_what_looks_at_all_names(expression: str, expected: bool) -> None:
    """An expression that takes the names for an object depends on all of them."""
    assert reads_all(parse(expression, DEFAULT).tree) is expected


def test_functions_are_listed_with_their_arguments() -> None:
    """Every call, outer ones first."""
    tree = parse("f(a, g(b)) || c[?h()].map(&trim(@), @)", DEFAULT).tree

    assert functions(tree) == [("f", 2), ("g", 1), ("map", 2), ("trim", 1), ("h", 0)]


TYPES = [
    ("a", ALL_TYPES),
    ("a == b", {"boolean"}),
    ("a < b", {"boolean", "null"}),
    ("!a", {"boolean"}),
    ("'x'", {"string"}),
    ("`1`", {"number"}),
    ("`null`", {"null"}),
    ("a[]", {"array", "null"}),
    ("{x: a}", {"object", "null"}),
    ("length(a)", {"number", "null"}),
    ("to_string(a)", {"string"}),
    ("to_int(a) || `0`", {"number"}),
    ("a && to_string(a)", ALL_TYPES - {"number"}),
    ("a | length(@)", {"number", "null"}),
    ("no_such(a)", ALL_TYPES),
    ("lookup(a, 'b')", ALL_TYPES),
]


@pytest.mark.parametrize(("expression", "expected"), TYPES)
def test_static_type(expression: str, expected: set[str]) -> None:
    """The types that are possible, as far as the tree tells."""
    assert expected == static_type(parse(expression, DEFAULT).tree)


def test_what_is_static_holds_when_it_runs() -> None:
    """On generated expressions the type met is among those foretold, and only names foretold are read."""
    maker = Maker(11)
    documents = [{"a": maker.document(), "b": maker.document(), "c": maker.document()} for _ in range(200)]
    checked = 0
    for _, text in zip(range(4000), reproducible(maker), strict=False):
        try:
            expression = parse(text, DEFAULT)
        except HpaError:
            continue
        if set("@*&") & set(text):  # the whole of the names may be read; an expression as a value has no type
            continue
        document = maker.draw.choice(documents)
        known = {name.name for name in names(expression.tree) if not name.in_brackets or name.outer}
        less = {key: value for key, value in document.items() if key in known}
        try:
            found = expression.run(document, Meter(document, DEFAULT.steps))
            again = expression.run(less, Meter(less, DEFAULT.steps))
        except HpaError:
            continue
        checked += 1
        assert type_word(found) in static_type(expression.tree), text
        assert plain(found) == plain(again), text

    assert checked > 500
