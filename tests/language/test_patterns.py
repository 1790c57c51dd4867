# SPDX-License-Identifier: Apache-2.0
"""RE2 patterns: whole-text matches, fixed starts, refusals, sharing."""

from __future__ import annotations

import gc
import random
import re

import pytest

from hpa_discovery.errors import BudgetError, ExpressionError
from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.expressions import parse
from hpa_discovery.language.patterns import compile_pattern

ROOM = DEFAULT.pattern_chars

PREFIXES = [
    ("resources[A-Za-z0-9_-]{0,64}:(VGPU|PGPU|CUSTOM_[A-Z0-9_]+)", "resources"),
    ("feature/(?P<name>.+)", "feature/"),
    ("abc", "abc"),
    ("^abc$", "abc"),
    ("foo1|foo2", "foo"),
    (r"a\.b\-c+", "a.b-c"),
    ("ab?c", "a"),
    ("ab*", "a"),
    ("a|b", ""),
    ("(?i)abc", ""),
    (".*", ""),
    ("", ""),
    ("[ab]c", ""),
    ("\u00e9\u00e8.*", "\u00e9\u00e8"),
    ("[\u00e9\u00e8]x", ""),
    ("(abc)+", "abc"),
]


@pytest.mark.parametrize(("text", "prefix"), PREFIXES)
def test_literal_prefix_is_what_every_match_starts_with(text: str, prefix: str) -> None:
    """The rule index may rely on the prefix, so it is never longer than what is certain."""
    assert prefix == compile_pattern(text, ROOM).literal_prefix


def test_prefix_and_match_agree_with_python_on_generated_patterns() -> None:
    """On the syntax that both know, a text matches as in Python's re, and each match starts with the prefix."""
    draw = random.Random(7)
    pieces = ["a", "b", "ab", "(a|b)", "[ab]", "a?", "b*", "(?:ab)+", "a{2}", ".", "(?P<x>a)?", "b|a"]
    texts = ["".join(draw.choices("ab", k=draw.randrange(7))) for _ in range(60)]
    with_prefix = matched = 0
    for _ in range(800):
        text = "".join(draw.choices(pieces, k=draw.randrange(1, 5)))
        if text.count("(?P<x>") > 1:
            continue
        pattern, model = compile_pattern(text, ROOM), re.compile(text)
        with_prefix += bool(pattern.literal_prefix)
        for subject in texts:
            expected = model.fullmatch(subject) is not None
            assert expected == pattern.matches(subject) == (pattern.fullmatch(subject) is not None), (text, subject)
            if expected:
                matched += 1
                assert subject.startswith(pattern.literal_prefix), (text, subject)

    assert with_prefix > 100
    assert matched > 1000


@pytest.mark.parametrize(
    ("pattern", "text", "groups"),
    [
        ("(?P<b>.)(?P<a>.)", "xy", {"b": "x", "a": "y", "0": "xy"}),
        (
            "(?P<a>\u00e9)(?P<b>\U0001f600)?z",
            "\u00e9\U0001f600z",
            {"a": "\u00e9", "b": "\U0001f600", "0": "\u00e9\U0001f600z"},
        ),
        ("(?P<a>\u00e9)(?P<b>\U0001f600)?z", "\u00e9z", {"a": "\u00e9", "b": None, "0": "\u00e9z"}),
        ("(?s).*", "a\nb", {"0": "a\nb"}),
        (".*", "a\nb", None),
        (".", "\ud800", {"0": "\ud800"}),
        ("a$", "a\n", None),
    ],
)
def test_fullmatch_gives_groups(pattern: str, text: str, groups: dict[str, str | None] | None) -> None:
    """Named groups in the order they are written, null for one without part, and the text under "0"."""
    found = compile_pattern(pattern, ROOM).fullmatch(text)

    assert groups == found
    assert groups is None or list(groups) == list(found or ())


@pytest.mark.parametrize("text", ["(a", "a**", "(?=a)", r"\1", "[b-a]", "((a{0,99}){0,99}){0,99}"])
def test_bad_pattern_is_a_syntax_error(text: str) -> None:
    """RE2's own reason comes through."""
    with pytest.raises(ExpressionError, match="cannot use the pattern") as refusal:
        compile_pattern(text, ROOM)

    assert refusal.value.kind == "syntax"


def test_long_pattern_is_over_budget() -> None:
    """The longest pattern allowed is taken, one more character is not."""
    assert compile_pattern("a" * ROOM, ROOM).matches("a" * ROOM)
    with pytest.raises(BudgetError) as refusal:
        compile_pattern("a" * (ROOM + 1), ROOM)

    assert refusal.value.code == "limit.pattern_chars"


def test_equal_patterns_are_shared_while_held() -> None:
    """A thousand rules with one pattern hold one RE2 object, and none when they are gone."""
    first = compile_pattern("shared-[0-9]+", ROOM)

    assert first is compile_pattern("shared-[0-9]+", ROOM)

    kept = id(first), first.text
    del first
    gc.collect()

    assert kept[1] == compile_pattern("shared-[0-9]+", ROOM).text


@pytest.mark.parametrize(
    "expression", ["match(a, b)", "match(a, `1`)", "match(a, '(')", "match(a, join('', ['a']))", "b[].match(@, $a)"]
)
def test_pattern_of_match_must_be_a_literal_pattern(expression: str) -> None:
    """It is compiled with the expression, so it has to be there in the text."""
    with pytest.raises(ExpressionError) as refusal:
        parse(expression, DEFAULT)

    assert refusal.value.kind == "syntax"


def test_cost_grows_with_text_and_pattern() -> None:
    """A large program on a long text is charged for both."""
    small, large = compile_pattern("a", ROOM), compile_pattern(r"[\pL\pN]{1,4}", ROOM)

    assert small.cost("a" * 1000) < small.cost("a" * 10_000) < large.cost("a" * 10_000)
