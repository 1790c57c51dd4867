# SPDX-License-Identifier: Apache-2.0
"""Patterns that repeat a repeat: which are found, that what is found needs only one, and where it is said."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.patterns import compile_pattern
from hpa_discovery.packs.checks.repeats import repeated_repeat
from hpa_discovery.packs.lint import lint_paths
from hpa_discovery.packs.load import load_pack
from packs.lint_examples import write_example

NESTED = [
    ("(a+)+$", "(a+)+"),
    ("(a*)*", "(a*)*"),
    ("(?:a+)*", "(?:a+)*"),
    ("(?P<x>a+)+", "(?P<x>a+)+"),
    ("(?i:a+)+", "(?i:a+)+"),
    ("((?i)a+)+", "((?i)a+)+"),
    ("(a+?)+?", "(a+?)+?"),
    ("(a{2,})+", "(a{2,})+"),
    ("(a+){2,}", "(a+){2,}"),
    ("((a+))+", "((a+))+"),
    ("((ab)*)*", "((ab)*)*"),
    ("x(y([a-z)+(]+)+z)", "([a-z)+(]+)+"),
    (r"(\d+)*", r"(\d+)*"),
    (r"(\x41+)*", r"(\x41+)*"),
    (r"(\x{41}+)*", r"(\x{41}+)*"),
    (r"(\pL+)+", r"(\pL+)+"),
    (r"(\)+)+", r"(\)+)+"),
    ("([]a]+)+", "([]a]+)+"),
    ("([[:alpha:]]+)+", "([[:alpha:]]+)+"),
    ("((a*)*)*b", "(a*)*"),
]
FINE = [
    "",
    "a+",
    "(a)+",
    "(a+)",
    "(a+)?",
    "(a+){2}",
    "(a+){2,3}",
    "(a?)+",
    "(a{2})+",
    "(a{2,3})+",
    "(a+ )+",
    "( a+)+",
    "(a+|b)+",
    "(b|a+)+",
    "(|a+)+",
    "(a+)b+",
    "(a+)(b)+",
    r"(\Qab\E+)+",
    r"\Q(a+)+\E",
    r"\(a+\)+",
    "[(a+)+]",
    r"[\](a+)+]",
    r"(\Aa+)+",
    "[A-Za-z0-9_.-]+( +[A-Za-z0-9_.-]+)*",
    "(a+))+",
]


@pytest.mark.parametrize(("pattern", "part"), NESTED)
def test_a_repeat_of_a_repeat(pattern: str, part: str) -> None:
    """The part is told, whatever kind of group or piece it is; RE2 takes all of these."""
    assert repeated_repeat(pattern) == part
    compile_pattern(pattern, DEFAULT.pattern_chars)


@pytest.mark.parametrize("pattern", FINE)
def test_other_repeats(pattern: str) -> None:
    """A group with more in it than a repeat, or with a limit, is fine, and so is what only looks like one."""
    assert repeated_repeat(pattern) == ""


LEAST = {"*": 0, "+": 1, "+?": 1, "{2,}": 2, "{3,}": 3}


@pytest.mark.parametrize(("inner", "outer"), list(product(LEAST, repeat=2)))
@pytest.mark.parametrize("body", ["a", "ab", "[ab]", "a|b"])
def test_what_is_found_needs_one_repeat_only(body: str, inner: str, outer: str) -> None:
    """No false alarm: what is found matches the same texts with a single repeat."""
    twice = f"((?:{body}){inner}){outer}"
    once = f"(?:(?:{body}){{{LEAST[inner] * max(LEAST[outer], 1)},}}){'' if LEAST[outer] else '?'}"
    texts = ["".join(letters) for length in range(7) for letters in product("ab", repeat=length)]
    patterns = [compile_pattern(pattern, DEFAULT.pattern_chars) for pattern in (twice, once)]
    assert (repeated_repeat(twice), repeated_repeat(once)) == (twice, "")
    assert [patterns[0].matches(text) for text in texts] == [patterns[1].matches(text) for text in texts]


PLACES = {
    "let": "let:\n  x: {path: policy, type: string, pattern: '(a+)+$'}\n",
    "list": "let:\n  x: {path: \"split(policy, ',')\", type: list, pattern: '(a+)+$'}\n",
    "match": "let:\n  x: {path: \"match(policy, '(a+)+$')\", type: object}\n",
    "each of a group": (
        "emit:\n  feature: cpuPinning\n  version: v1\n  architecture: generic\n  attributes:\n"
        "    - each: {as: item, in: \"entries(flavor.extra_specs)[?match(key, '(a+)+$')]\", max: 1}\n"
        "      attributes: [{key: logicalCpuPinningPolicy, value: '{{ item.value }}'}]\n"
    ),
    "when": "when: {var: policy, matches: '(a+)+$'}\n",
    "require": "require: [{var: policy, matches: '(a+)+$', code: a.b, level: info, message: text}]\n",
}


@pytest.mark.parametrize("example", PLACES.values(), ids=PLACES)
def test_every_pattern_is_looked_at(example: str, tmp_path: Path) -> None:
    """Lint and load alike refuse the rule, and point at the pattern."""
    root = write_example(example, tmp_path / "acme")
    findings = [finding for finding in lint_paths([root]).findings if finding.severity == "error"]
    assert [finding.code for finding in findings] == ["expr.repeat"]
    assert "(a+)+" in findings[0].message
    assert findings[0].line > 1
    assert load_pack(root, tests=True).pack is None
