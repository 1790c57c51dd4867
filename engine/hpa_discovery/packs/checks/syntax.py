# SPDX-License-Identifier: Apache-2.0
"""Texts that cannot be read at all: the fault, its place, and what its author probably meant."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hpa_discovery.errors import BudgetError, ExpressionError, TemplateError
from hpa_discovery.packs.checks.scope import Fault

_KINDS: Mapping[str, str] = {
    "unknown-function": "expr.unknown_function",
    "invalid-arity": "expr.arity",
    "invalid-type": "expr.type",
    "invalid-value": "expr.type",
}
# What people write -> what they probably meant; held against the text without its quoted parts.
_HABITS: tuple[tuple[str, str], ...] = (
    ("[\u2018\u2019\u201c\u201d]", "typographic quotes are no quotes: type ' or \""),
    (r"^\s*\$\.", "leave out the $. in front: a path begins with a name, such as flavor"),
    (r"\.''", 'a name is quoted with double quotes: flavor.extra_specs."hw:cpu_policy"'),
    (r"""\[(""|'')\]""", 'a member is read with a dot: flavor.extra_specs."hw:cpu_policy"'),
    (r"(?<![=!<>])=(?!=)", "equality is written =="),
    (r"\band\b", "`and` is written &&"),
    (r"\bor\b", "`or` is written ||"),
    (r"\bnot\b", "`not` is written !"),
    (r"[<>=]\s*-?[0-9]", "a number is written in backquotes: `3`"),
    (r"\(\s*-?[0-9]+\s*[,)]|,\s*-?[0-9]+\s*\)", "a number is written in backquotes: `3`"),
    (r"[A-Za-z0-9_]:[A-Za-z]", 'a name with a colon is quoted: flavor.extra_specs."hw:cpu_policy"'),
    (r"\.[0-9]", 'a name that begins with a digit is quoted: "0"; an item of a list is [0]'),
    (r"[A-Za-z0-9]-[A-Za-z]", 'a name with a dash is quoted: "my-name"'),
    (r"[A-Za-z0-9_]/[A-Za-z]", 'a name with a slash is quoted: "example.org/name"'),
    (r"[+*/]\s", "there is no arithmetic; see divide() and sum()"),
    (r"\{\{", "an expression stands without {{ }}"),
)
_QUOTED = re.compile(r"""'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`|"(?:\\.|[^"\\])*\"""")


def expression_fault(text: str, error: ExpressionError | BudgetError) -> Fault:
    """The fault of an expression that was refused."""
    if isinstance(error, BudgetError):
        return Fault(error.code, str(error), None, _BUDGET_HINTS.get(error.code, ""))
    if "pattern" in str(error) and error.kind == "syntax" and "match" in text:
        return Fault("expr.pattern", str(error), _start(text, "match"), PATTERN_HINT)
    code = _KINDS.get(error.kind, "expr.syntax")
    return Fault(code, str(error), error.position or 0, _hint(text) if code == "expr.syntax" else "")


def template_fault(text: str, error: TemplateError | BudgetError) -> Fault:
    """The fault of a template that was refused."""
    if isinstance(error, BudgetError):
        return Fault(error.code, str(error), None, "compute the text in a let")
    hint = "" if "{{" in text or "{%" in text else "write {{ name }} for a value, {{ '{' }} for a brace"
    return Fault("template.syntax", str(error), error.position or 0, hint)


PATTERN_HINT = "patterns are RE2: no look-around, no back references"
_BUDGET_HINTS = {
    "limit.expression_chars": "put parts of it into lets of their own",
    "limit.expression_depth": "put parts of it into lets of their own",
    "limit.expression_growth": "do not repeat a value in nested [...] or {...}",
    "limit.pattern_chars": "write a shorter pattern, or several lets",
    "limit.steps": "ask for fewer items",
}


def _start(text: str, word: str) -> int:
    return max(text.find(word), 0)


def _hint(text: str) -> str:
    bare = _QUOTED.sub(lambda found: found[0][0] * 2, text)
    if bare.count("'") % 2:
        return "a text is written in single quotes: 'text'"
    return next((hint for pattern, hint in _HABITS if re.search(pattern, bare)), "")
