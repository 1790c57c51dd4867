# SPDX-License-Identifier: Apache-2.0
"""What templates write, what they refuse, what they read and what they cost."""

from __future__ import annotations

from typing import Any

import pytest

from hpa_discovery.errors import BudgetError, TemplateError
from hpa_discovery.language.budgets import Limits, Meter
from hpa_discovery.language.templates import compile_template

NAMES: dict[str, Any] = {
    "i": 3, "name": "Intel", "empty": "", "yes": True, "no": False, "half": 2.5, "whole": 2.0, "large": 1e22,
    "null": None, "list": ["a", 1, True], "numbers": [1, 2], "holes": ["a", None], "nested": [["a"]], "nothing": [],
    "pool": {"key": "hw:x", "hw:x": 1, "inner": {"a": "deep"}, "keys": "member", "null": None},
    "infinite": float("inf"), "huge": 10**1300, "digits": 10**300,
}  # fmt: skip

# template -> text; None is absent
WRITES: list[tuple[str, str | None]] = [
    ("", ""),
    ("plain text", "plain text"),
    ("100% of { this }", "100% of { this }"),
    ("line\n", "line\n"),
    ("{{ name }}", "Intel"),
    ("{{name}}", "Intel"),
    ("numaCpu-{{ i }}", "numaCpu-3"),
    ("{{ i }}/{{ name }}", "3/Intel"),
    ("{{ empty }}", ""),
    ("[{{ empty }}]", "[]"),
    ("{{ yes }}{{ no }}", "truefalse"),
    ("{{ half }}", "2.5"),
    ("{{ whole }}", "2.0"),
    ("{{ large }}", "1e+22"),
    ("{{ digits }}", "1" + "0" * 300),
    ("{{ name }}\n", "Intel\n"),
    ("{# remark #}{{ name }}", "Intel"),
    ("a{# remark #}b", "ab"),
    ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
    ("a {{- name -}} b", "aIntelb"),
    ("{{ null }}", None),
    ("{{ missing }}", None),
    ("x{{ missing }}y", None),
    ("{{ name }}{{ missing }}", None),
    ("{{ pool.key }}", "hw:x"),
    ("{{ pool['hw:x'] }}", "1"),
    ("{{ pool.inner.a }}", "deep"),
    ("{{ pool.keys }}", "member"),
    ("{{ pool.items }}", None),
    ("{{ pool.inner.b.c }}", None),
    ("{{ name.upper }}", None),
    ("{{ list.append }}", None),
    ("{{ pool.null }}", None),
    ("{{ 'text' }}", "text"),
    ("{{ 12 }}{{ -1 }}{{ 1.5 }}{{ true }}", "12-11.5true"),
    ("{{ name | lower }}", "intel"),
    ("{{ name | upper }}", "INTEL"),
    ("{{ ' a ' | trim }}", "a"),
    ("{{ name | replace('n', 'NN') }}", "INNtel"),
    ("{{ list | join('-') }}", "a-1-true"),
    ("{{ numbers | join }}", "12"),
    ("{{ holes | join }}", None),
    ("{{ nothing | join('-') }}", ""),
    ("{{ list | first }}", "a"),
    ("{{ list | last }}", "true"),
    ("{{ nothing | first }}", None),
    ("{{ list | length }}", "3"),
    ("{{ pool.inner | length }}", "1"),
    ("{{ name | length }}", "5"),
    ("{{ missing | lower }}", None),
    ("{{ missing | length }}", None),
    ("{{ missing | default('d') }}", "d"),
    ("{{ null | default(name) }}", "Intel"),
    ("{{ empty | default('d') }}", ""),
    ("{{ missing | default(null) }}", None),
    ("{{ missing | default('A') | lower }}", "a"),
    ("{{ name | replace(missing, 'x') }}", None),
    ("{{ name | replace('x', missing) }}", None),
    ("{{ 'a' if yes else 'b' }}", "a"),
    ("{{ 'a' if no else 'b' }}", "b"),
    ("{{ 'a' if missing else 'b' }}", "b"),
    ("{{ missing if yes else 'b' }}", None),
    ("{% if yes %}a{% endif %}", "a"),
    ("{% if no %}a{% endif %}", ""),
    ("{% if no %}a{% else %}b{% endif %}", "b"),
    ("{% if no %}a{% elif i == 3 %}c{% else %}b{% endif %}", "c"),
    ("{% if yes %}{{ missing }}{% endif %}", None),
    ("{% if no %}{{ missing }}{% endif %}x", "x"),
    ("{% if yes %}{% if no %}a{% else %}b{% endif %}{% endif %}", "b"),
    ("{{ i == 3 }}", "true"),
    ("{{ i == 3.0 }}", "true"),
    ("{{ yes == 1 }}", "false"),
    ("{{ yes == true }}", "true"),
    ("{{ name != 'x' }}", "true"),
    ("{{ missing == 'x' }}", "false"),
    ("{{ missing == null }}", "true"),
    ("{{ i < 4 and i <= 3 and i > 2 and i >= 3 }}", "true"),
    ("{{ missing < 4 or missing > 4 }}", "false"),
    ("{{ 'a' in list }}", "true"),
    ("{{ 1 in list }}", "true"),
    ("{{ 1 in [true, '1'] }}", "false"),
    ("{{ -3 in [1, -3] }}", "true"),
    ("{{ name in ['AMD', 'Intel'] }}", "true"),
    ("{{ name not in ['AMD'] }}", "true"),
    ("{{ 'nte' in name }}", "true"),
    ("{{ 'inner' in pool }}", "true"),
    ("{{ missing in list }}", "false"),
    ("{{ 'a' in missing }}", "false"),
    ("{{ not missing }}", "true"),
    ("{{ yes and name }}", "Intel"),
    ("{{ missing or name }}", "Intel"),
    ("{{ name is defined }}", "true"),
    ("{{ null is defined }}", "false"),
    ("{{ pool.x is not defined }}", "true"),
]


@pytest.mark.parametrize(("text", "expected"), WRITES)
def test_writes(text: str, expected: str | None) -> None:
    """Each construct of the language writes what it says, and what is absent makes the whole template absent."""
    assert compile_template(text).run(NAMES, Meter({}, 10_000)) == expected


# template -> a part of the message
REFUSED: list[tuple[str, str]] = [
    ("{{ 'a'*300000000 }}", "arithmetic"),
    ("{{ 1 + 1 }}", "arithmetic"),
    ("{{ 2 ** 9 }}", "arithmetic"),
    ("{{ -i }}", "arithmetic"),
    ("{{ +1 }}", "arithmetic"),
    ("{{ i // 2 }}", "arithmetic"),
    ("{{ i % 2 }}", "arithmetic"),
    ("{{ i / 2 }}", "arithmetic"),
    ("{{ i - 1 }}", "arithmetic"),
    ("{{ name ~ name }}", "the operator ~"),
    ("{% for x in list %}{% endfor %}", "a loop"),
    ("{% macro m() %}{% endmacro %}", "a macro"),
    ("{% set a = 1 %}", "an assignment"),
    ("{% set a %}b{% endset %}", "an assignment"),
    ("{% include 'x' %}", "an include"),
    ("{% import 'x' as y %}", "an import"),
    ("{% from 'x' import y %}", "an import"),
    ("{% extends 'x' %}", "extends"),
    ("{% block b %}{% endblock %}", "a block"),
    ("{% with a = 1 %}{% endwith %}", "a with block"),
    ("{% filter upper %}a{% endfilter %}", "a filter block"),
    ("{% call m() %}{% endcall %}", "a call block"),
    ("{% autoescape true %}{% endautoescape %}", "autoescape"),
    ("{% do x %}", "unknown tag"),
    ("{{ f() }}", "a call"),
    ("{{ name.upper() }}", "a call"),
    ("{{ range(10) }}", "a call"),
    ("{{ pool.get('key') }}", "a call"),
    ("{{ ''.__class__ }}", "member of something that is not a name"),
    ("{{ name.__class__ }}", "__class__"),
    ("{{ name['__class__'] }}", "__class__"),
    ("{{ __builtins__ }}", "__builtins__"),
    ("{{ name|attr('__class__') }}", "the filter attr"),
    ("{{ list[0] }}", "an index"),
    ("{{ list.0 }}", "an index"),
    ("{{ pool[name] }}", "an index"),
    ("{{ list[0:1] }}", "a slice"),
    ("{{ (list | first).a }}", "member of something"),
    ("{{ name | safe }}", "the filter safe"),
    ("{{ list | map('upper') | join }}", "the filter map"),
    ("{{ name | default('a', true) }}", "takes 1 argument"),
    ("{{ name | replace('a') }}", "takes 2 argument"),
    ("{{ list | join(d='a') }}", "without names"),
    ("{{ list | join(*list) }}", "without names"),
    ("{{ name is none }}", "is none"),
    ("{{ name is sameas(name) }}", "is sameas"),
    ("{{ none }}", "none"),
    ("{{ name if yes }}", "without else"),
    ("{{ name == None }}", "none"),
    ("{{ [1] }}", "a list outside of `in`"),
    ("{{ 1 in [name] }}", "a list of anything but"),
    ("{{ [1] in list }}", "a list outside"),
    ("{{ (1, 2) }}", "a tuple"),
    ("{{ {'a': 1} }}", "an object"),
    ("{{ 1 < i < 4 }}", "a chain of comparisons"),
    ("{{ 1234567890123456789 }}", "18 digits"),
    ("{{ 1e999 }}", "18 digits"),
    ("{{ '\\ud800' }}", "surrogate"),
    ("{{ pool['\\ud800'] }}", "surrogate"),
    ("{{ name", "end of template"),
    ("{{ name name }}", "cannot be read"),
    ("{{ }}", "cannot be read"),
    ("{% if yes %}", "cannot be read"),
    ("{{ ) }}", "cannot be read"),
    ("{{ 'a }}", "cannot be read"),
]


@pytest.mark.parametrize(("text", "part"), REFUSED)
def test_refused(text: str, part: str) -> None:
    """Whatever is not allowed is refused when the template is compiled, by the name its author knows."""
    with pytest.raises(TemplateError) as caught:
        compile_template(text)
    assert part in str(caught.value)
    assert caught.value.position is not None
    assert 0 <= caught.value.position <= len(text)


@pytest.mark.parametrize(
    ("text", "position"),
    [("{{ name | safe }}", 10), ("a\n{{ name }} {{ 1 + 1 }}", 18), ("a\n\n{% for x in y %}{% endfor %}", 6)],
)
def test_position(text: str, position: int) -> None:
    """A refusal points at the construct, in its own line."""
    with pytest.raises(TemplateError) as caught:
        compile_template(text)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("{{ list }}", "a list cannot be written into text; use `from`"),
        ("x{{ pool }}", "an object cannot be written"),
        ("{{ infinite }}", "cannot be written"),
        ("{{ huge }}", "cannot be written"),
        ("{{ nested | join }}", "a list cannot be written"),
        ("{{ i | lower }}", "the filter lower takes a text, not a number"),
        ("{{ name | first }}", "the filter first takes a list, not a text"),
        ("{{ i | length }}", "length takes"),
        ("{{ name | replace('', 'x') }}", "the empty text"),
        ("{{ name | join }}", "join takes a list"),
        ("{{ list == list }}", "a list cannot be compared"),
        ("{{ name < 1 }}", "only numbers are ordered, not a text"),
        ("{{ yes < 1 }}", "not a truth value"),
        ("{{ 1 in name }}", "`in` cannot look for a number in a text"),
        ("{{ list in list }}", "`in` cannot look for a list"),
        ("{{ 'a' in i }}", "in a number"),
    ],
)
def test_errors_of_values(text: str, part: str) -> None:
    """A value that cannot be written, compared or filtered is an error and never a guess."""
    with pytest.raises(TemplateError) as caught:
        compile_template(text).run(NAMES, Meter({}, 10_000))
    assert part in str(caught.value)


@pytest.mark.parametrize(
    ("text", "names", "paths"),
    [
        ("plain", set(), set()),
        ("{{ i }}", {"i"}, {("i",)}),
        ("{{ params.architecture }}", {"params"}, {("params", "architecture")}),
        ("{{ a['b'].c }}{{ d }}", {"a", "d"}, {("a", "b", "c"), ("d",)}),
        ("{{ a if b.x else c | default(d) }}", {"a", "b", "c", "d"}, {("a",), ("b", "x"), ("c",), ("d",)}),
        ("{% if a in ['x'] %}{{ b }}{% elif c is defined %}{% else %}{{ e | replace(f, g) }}{% endif %}",
         {"a", "b", "c", "e", "f", "g"}, {("a",), ("b",), ("c",), ("e",), ("f",), ("g",)}),
        ("{% raw %}{{ x }}{% endraw %}{# {{ y }} #}", set(), set()),
    ],
)  # fmt: skip
def test_reads(text: str, names: set[str], paths: set[tuple[str, ...]]) -> None:
    """A template says which names and member paths it reads, in every branch."""
    template = compile_template(text)
    assert template.names == names
    assert template.paths == paths


@pytest.mark.parametrize(
    ("text", "literal"),
    [("", ""), ("v1", "v1"), ("{ }", "{ }"), ("a{# b #}c", "ac"), ("{{ 'a' }}", None), ("{{ a }}", None)],
)
def test_literal(text: str, literal: str | None) -> None:
    """A template without any expression is known to be the same text for every subject."""
    assert compile_template(text).literal == literal


@pytest.mark.parametrize(
    ("text", "limits", "code"),
    [
        ("x" * 1025, Limits(), "limit.template_chars"),
        ("{{ " + "(" * 10_000, Limits(), "limit.template_chars"),
        ("{{ " + "(" * 10_000, Limits(template_chars=100_000), "limit.template_depth"),
        ("{{ " + "[" * 17 + "]" * 17 + " }}", Limits(), "limit.template_depth"),
        ("{{ " + "not " * 200 + "a }}", Limits(), "limit.template_depth"),
        ("{{ " + "not " * 20_000 + "a }}", Limits(template_chars=100_000), "limit.template_depth"),
        ("{{ " + "a if b else " * 80 + "c }}", Limits(), "limit.template_depth"),
        ("{{ a" + " | lower" * 100 + " }}", Limits(), "limit.template_depth"),
        ("{{ a" + " or a" * 100 + " }}", Limits(), "limit.template_depth"),
        ("{% if a %}" * 40 + "{% endif %}" * 40, Limits(), "limit.template_depth"),
        ("{{ a" + ".b" * 400 + " }}", Limits(), ""),
    ],
)
def test_limits(text: str, limits: Limits, code: str) -> None:
    """Templates over a limit are refused with its code; a long member path is no nesting."""
    if not code:
        assert compile_template(text, limits)
        return
    with pytest.raises(BudgetError) as caught:
        compile_template(text, limits)
    assert caught.value.code == code


BLOW_UP: list[tuple[str, dict[str, Any]]] = [
    ("{{ a | replace('x', b) | length }}", {"a": "x" * 3_000, "b": "y" * 3_000}),
    ("{{ a | join(b) | length }}", {"a": ["x"] * 3_000, "b": "y" * 3_000}),
    ("{{ a | join | length }}", {"a": ["y" * 3_000] * 3_000}),
    ("{{ a | upper | length }}", {"a": "y" * 5_000_000}),
    ("{{ a | lower | length }}", {"a": "y" * 5_000_000}),
    ("{{ a | trim | length }}", {"a": "y" * 5_000_000}),
    ("{{ a | replace('z', 'x') | length }}", {"a": "y" * 5_000_000}),
    ("{{ a }}{{ a }}{{ a }}{{ a }}", {"a": "y" * 1_000_000}),
    ("{{ a }}", {"a": "y" * 5_000_000}),
    ("x{{ a }}", {"a": "y" * 5_000_000}),
    ("x{{ a.b }}", {"a": {"b": "y" * 5_000_000}}),
    ("{{ a in b }}", {"a": "x" * 100_000, "b": ["x" * 99_999 + "y"] * 100_000}),
    ("{{ a in b }}", {"a": "z", "b": [1] * 300_000}),
    ("{{ a in b }}", {"a": "z", "b": "x" * 5_000_000}),
    ("{{ a == b }}", {"a": "x" * 5_000_000, "b": "x" * 4_999_999 + "y"}),
]


@pytest.mark.parametrize(("text", "names"), BLOW_UP, ids=range(len(BLOW_UP)))
def test_work_is_charged_before_it_is_done(text: str, names: dict[str, Any]) -> None:
    """Whatever would make or compare a large text is stopped by the meter first."""
    with pytest.raises(BudgetError) as caught:
        compile_template(text).run(names, Meter({}, 200_000))
    assert caught.value.code == "limit.steps"


def test_cost() -> None:
    """A run costs its nodes and a step for each 16 characters, the same every time."""
    meter = Meter({}, 1000)
    compile_template("{{ a }}").run({"a": "x" * 160}, meter)
    assert meter.left == 1000 - 1 - 10
    compile_template("{{ a.b }}").run({"a": {"b": "x"}}, meter)
    assert meter.left == 1000 - 1 - 10 - 2
    compile_template("x" * 32).run({}, meter)
    assert meter.left == 1000 - 1 - 10 - 2 - 3


def test_compiled_once() -> None:
    """Equal templates share one compiled form."""
    assert compile_template("{{ shared }}") is compile_template("{{ shared }}")
