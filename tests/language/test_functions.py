# SPDX-License-Identifier: Apache-2.0
"""Every function that rules have beside JMESPath's own."""

from __future__ import annotations

from typing import Any

import pytest

from hpa_discovery.errors import ExpressionError
from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.expressions import compile_expression
from hpa_discovery.language.functions import FUNCTIONS, JMESPATH_FUNCTIONS

PCI = {
    "alias": "intel-qat:2",
    "specs": {"p.b": 1, "p.a": "x", "other": 2},
    "key": "p.",
    "n": 3,
    "list": ["b", "a", "b"],
}

ANSWERS = [
    ("split('a,,b,', ',')", ["a", "", "b", ""]),
    ("split('', ',')", [""]),
    ("split(' a, b', ', ')", [" a", "b"]),
    ("split('abc', 'x')", ["abc"]),
    ("trim(' \t a b\n')", "a b"),
    ("lower('AbÉ')", "abé"),
    ("upper('abß')", "ABSS"),
    ("replace('a.b.c', '.', '')", "abc"),
    ("replace('aaa', 'aa', 'b')", "ba"),
    ("replace('x', '.', 'y')", "x"),
    ("match(alias, '(?P<name>[^:]+):(?P<count>[0-9]+)')", {"name": "intel-qat", "count": "2", "0": "intel-qat:2"}),
    ("match('b', '(?P<x>a)?(?P<y>b)')", {"x": None, "y": "b", "0": "b"}),
    ("match('', '(?P<x>a*)')", {"x": "", "0": ""}),
    ("match('é:1', '(?P<name>.+):1').name", "é"),
    ("match('ab', 'a')", None),
    ("match('AB', '(?i)ab')", {"0": "AB"}),
    ("to_int('42')", 42),
    ("to_int(' -7 ')", -7),
    ("to_int('+0')", 0),
    ("to_int('007')", 7),
    ("to_int(`3.0`)", 3),
    ("to_int(n)", 3),
    ("to_int('999999999999999999')", 999999999999999999),
    ("to_size('2048KB', 'KB')", {"value": "2048", "unit": "KB"}),
    ("to_size('1GB', 'KB')", {"value": "1", "unit": "GB"}),
    ("to_size('1G', 'KB')", {"value": "1", "unit": "GB"}),
    ("to_size('2MiB', 'KB')", {"value": "2", "unit": "MB"}),
    ("to_size('4k', 'KB')", {"value": "4", "unit": "KB"}),
    ("to_size('2048', 'KB')", {"value": "2048", "unit": "KB"}),
    ("to_size(`2`, 'MB')", {"value": "2", "unit": "MB"}),
    ("to_size('1TB', 'KB')", {"value": "1024", "unit": "GB"}),
    ("to_size(`1`, 'TB')", {"value": "1024", "unit": "GB"}),
    ("to_size(`1073741824`, 'B')", {"value": "1", "unit": "GB"}),
    ("to_size('3145728B', 'KB')", {"value": "3", "unit": "MB"}),
    ("to_size('8Kb', 'KB')", {"value": "1", "unit": "KB"}),
    ("to_size('16Mbit', 'KB')", {"value": "2", "unit": "MB"}),
    ("to_size('1536MB', 'KB', 'GB')", {"value": "1", "unit": "GB"}),
    ("to_size('1GB', 'KB', 'KB')", {"value": "1048576", "unit": "KB"}),
    ("to_size(`1.5`, 'GB', 'MB')", {"value": "1536", "unit": "MB"}),
    ("to_size(`1.7`, 'MB', 'MB')", {"value": "1", "unit": "MB"}),
    ("to_size('1', 'B', 'KB')", {"value": "0", "unit": "KB"}),
    ("to_size(`2.0`, 'GB')", {"value": "2", "unit": "GB"}),
    ("to_quantity('500m')", 0.5),
    ("to_quantity('128Mi')", 134217728),
    ("to_quantity('1.5Gi')", 1610612736),
    ("to_quantity('2k')", 2000),
    ("to_quantity('1e3')", 1000),
    ("to_quantity('1E3')", 1000),
    ("to_quantity('1E')", 10**18),
    ("to_quantity('1Ei')", 2**60),
    ("to_quantity('12e-1')", 1.2),
    ("to_quantity('100n')", 1e-7),
    ("to_quantity('-.5')", -0.5),
    ("to_quantity('+5.')", 5),
    ("to_quantity(`8`)", 8),
    ("to_quantity(`8.0`)", 8),
    ("to_quantity(`0.1`)", 0.1),
    ("divide(`6`, `3`)", 2),
    ("divide(`1`, `4`)", 0.25),
    ("divide(`-7.5`, `2.5`)", -3),
    ("divide(`0`, `5`)", 0),
    ("lookup(specs, 'p.a')", "x"),
    ("lookup(specs, key, 'b')", 1),
    ("lookup(specs, 'missing')", None),
    ("lookup({k2: 'v'}, 'k', `2`)", "v"),
    ("lookup({k2: 'v'}, 'k', `2.0`)", "v"),
    ("entries(specs)[].key", ["other", "p.a", "p.b"]),
    ("entries(specs, key)", [{"key": "a", "value": "x"}, {"key": "b", "value": 1}]),
    ("entries(specs, 'zzz')", []),
    ("unique(list)", ["b", "a"]),
    ("unique(`[1, true, 1.0, 0, false, null, null]`)", [1, True, 0, False, None]),
    ('unique(`[{"a": [1]}, {"a": [true]}, {"a": [1.0]}, [1], ["1"]]`)', [{"a": [1]}, {"a": [True]}, [1], ["1"]]),
    ('unique(`[{"a": 1, "b": 2}, {"b": 2, "a": 1}, {}, []]`)', [{"a": 1, "b": 2}, {}, []]),
    ("range(n)", [0, 1, 2]),
    ("range(`0`)", []),
    ("range(`-5`)", []),
    ("range(`2.0`)", [0, 1]),
    ("count_cpus('0-3,5,^2')", 4),
    ("count_cpus('')", 0),
    ("count_cpus(' 1 , ,3 - 4, ^ 4')", 2),
    ("count_cpus('0-999999999')", 10**9),
    ("count_cpus('0-10,5-15,^3-4,^100')", 14),
    ("count_cpus('^0-3')", 0),
    ("count_cpus('7,7,7')", 1),
]

REFUSED = [
    ("split('a', '')", "invalid-value"),
    ("split(`1`, ',')", "invalid-type"),
    ("replace('a', '', 'b')", "invalid-value"),
    ("to_int('1.0')", "invalid-value"),
    ("to_int('')", "invalid-value"),
    ("to_int('1_0')", "invalid-value"),
    ("to_int('\u0661')", "invalid-value"),
    ("to_int('1000000000000000000')", "invalid-value"),
    ("to_int(`1.5`)", "invalid-value"),
    ("to_int(`1e999`)", "invalid-value"),
    ("to_int(`true`)", "invalid-type"),
    ("to_size('1.5GB', 'KB')", "invalid-value"),
    ("to_size('-1', 'KB')", "invalid-value"),
    ("to_size('', 'KB')", "invalid-value"),
    ("to_size(' 1', 'KB')", "invalid-value"),
    ("to_size('1PB', 'KB')", "invalid-value"),
    ("to_size('1kB ', 'KB')", "invalid-value"),
    ("to_size('1', 'kb')", "invalid-value"),
    ("to_size('1', 'PB')", "invalid-value"),
    ("to_size('1', 'KB', 'TB')", "invalid-value"),
    ("to_size('1', 'KB', 'B')", "invalid-value"),
    ("to_size('1000', 'B')", "invalid-value"),
    ("to_size('4Kbit', 'KB')", "invalid-value"),
    ("to_size(`1.5`, 'GB')", "invalid-value"),
    ("to_size(`-1`, 'GB', 'MB')", "invalid-value"),
    ("to_size(`1e999`, 'GB', 'MB')", "invalid-value"),
    ("to_size(`true`, 'GB')", "invalid-type"),
    ("to_quantity('1K')", "invalid-value"),
    ("to_quantity('1ki')", "invalid-value"),
    ("to_quantity('')", "invalid-value"),
    ("to_quantity('e3')", "invalid-value"),
    ("to_quantity('1e')", "invalid-value"),
    ("to_quantity('1e999999999')", "invalid-value"),
    ("to_quantity('1 Mi')", "invalid-value"),
    ("to_quantity('nan')", "invalid-value"),
    ("to_quantity(`1e999`)", "invalid-value"),
    ("divide(`1`, `3`)", "invalid-value"),
    ("divide(`1`, `0`)", "invalid-value"),
    ("divide(`1`, `0.0`)", "invalid-value"),
    ("divide(`1e999`, `2`)", "invalid-value"),
    ("divide('1', `2`)", "invalid-type"),
    ("lookup(specs, `1.5`)", "invalid-value"),
    ("lookup(specs, `true`)", "invalid-type"),
    ("lookup(list, 'a')", "invalid-type"),
    ("entries(list)", "invalid-type"),
    ("range(`1.5`)", "invalid-value"),
    ("range('3')", "invalid-type"),
    ("count_cpus('3-1')", "invalid-value"),
    ("count_cpus('a')", "invalid-value"),
    ("count_cpus('1-2-3')", "invalid-value"),
    ("count_cpus('^')", "invalid-value"),
    ("count_cpus('-1')", "invalid-value"),
    ("count_cpus('1 2')", "invalid-value"),
    ("trim()", "invalid-arity"),
    ("split('a')", "invalid-arity"),
    ("lookup(specs)", "invalid-arity"),
    ("entries(specs, 'a', 'b')", "invalid-arity"),
    ("merge(specs, list)", "invalid-type"),
]


def same(one: Any, other: Any) -> bool:
    """Equal with 1, 1.0 and true kept apart."""
    return repr(one) == repr(other)


@pytest.mark.parametrize(("expression", "expected"), ANSWERS)
def test_function_answers(expression: str, expected: Any) -> None:
    """Each function gives exactly the value, of exactly the type, that its documentation promises."""
    actual = compile_expression(expression, DEFAULT)(PCI)

    assert same(expected, actual), actual


@pytest.mark.parametrize(("expression", "kind"), REFUSED)
def test_function_refuses(expression: str, kind: str) -> None:
    """What a function cannot use is an error of that kind, and never a guess."""
    with pytest.raises(ExpressionError) as refusal:
        compile_expression(expression, DEFAULT)(PCI)

    assert kind == refusal.value.kind


@pytest.mark.parametrize(
    "expression",
    [
        *(
            "split(null, ',')",
            "split('a', null)",
            "trim(null)",
            "lower(null)",
            "upper(null)",
            "replace('a', null, 'b')",
        ),
        *("match(null, 'a')", "to_int(null)", "to_size(null, 'KB')", "to_size('1', 'KB', null)", "to_quantity(null)"),
        *("divide(null, `0`)", "divide(`1`, null)", "lookup(null, 'a')", "lookup(specs, 'a', null)", "entries(null)"),
        *("entries(specs, null)", "unique(null)", "range(null)", "count_cpus(null)"),
    ],
)
def test_null_in_gives_null_out(expression: str) -> None:
    """None of our functions takes a null: the answer is null wherever one stands."""
    assert compile_expression(expression, DEFAULT)(PCI) is None


def test_every_function_of_ours_has_a_case() -> None:
    """The tables above leave no function out."""
    called = " ".join(expression for expression, _ in ANSWERS)

    assert [name for name in FUNCTIONS if name not in JMESPATH_FUNCTIONS and f"{name}(" not in called] == []


def test_registry_describes_every_function() -> None:
    """The registry holds JMESPath's 26 functions and our 15, each under its own name."""
    assert len(JMESPATH_FUNCTIONS) == 26
    assert len(FUNCTIONS) == 26 + 15
    assert all(name == function.name for name, function in FUNCTIONS.items())
    assert (FUNCTIONS["to_size"].arity_min, FUNCTIONS["to_size"].arity_max) == (2, 3)
    assert {"string"} == FUNCTIONS["lower"].result
