# SPDX-License-Identifier: Apache-2.0
"""Names: lets that nobody reads, names that hide others, limits that cannot hold, and types that never fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hpa_discovery.errors import BudgetError, ExpressionError
from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.patterns import compile_pattern
from hpa_discovery.language.rule import RESERVED, Let
from hpa_discovery.language.types import Check, LetError, compile_check
from hpa_discovery.language.values import show
from hpa_discovery.model import Finding
from hpa_discovery.packs.checks.guesses import described
from hpa_discovery.packs.checks.scope import LET_TYPES
from hpa_discovery.packs.checks.survey import EachSite, LetSite, Survey
from hpa_discovery.packs.checks.syntax import PATTERN_HINT
from hpa_discovery.packs.checks.texts import impossible
from hpa_discovery.packs.draft import RuleDraft

# What an expression has to give for a let of this type.
_GIVES = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "size": "object",
    "list": "array",
    "object": "object",
}
_CURES = {
    ("string", "integer"): "turn text into a number with to_int()",
    ("string", "number"): "turn text into a number with to_number() or to_quantity()",
    ("string", "list"): "turn text into a list with split()",
    ("string", "size"): "turn text into a size with to_size(text, 'KB')",
    ("number", "size"): "turn a number into a size with to_size(number, 'MB')",
    ("number", "string"): "turn it into text with to_string()",
    ("array", "string"): "take one item with [0], or join them with join(',', list)",
    ("string", "boolean"): "compare it: ... == 'true'",
}


def check_lets(draft: RuleDraft, survey: Survey) -> Iterator[Finding]:
    """Findings about the rule's lets and items."""
    read = survey.reads | {site.leaf.var for site in survey.leaves}
    for site in survey.lets:
        if site.let.name not in read and survey.readable:
            message = f"nothing reads the let {site.let.name}"
            yield draft.finding("let.unused", message, site.pointer, key=True, hint="remove it")
        yield from _shadow(draft, site)
        if site.let.type in LET_TYPES:
            yield from _type(draft, site)
            yield from _limits(draft, site)
            yield from _possible(draft, site)
    for each in survey.eaches:
        yield from _each(draft, each)


def _shadow(draft: RuleDraft, site: LetSite) -> Iterator[Finding]:
    # The schema refuses a reserved name.
    if site.let.name in site.outside.names and site.let.name not in RESERVED:
        message = f"the let {site.let.name} hides another name"
        yield draft.finding("let.shadow", message, site.pointer, key=True, hint="give it a name of its own")


def _each(draft: RuleDraft, site: EachSite) -> Iterator[Finding]:
    name = site.each.name
    if name in site.outside.names or name in site.outside.later:
        message = f"the item {name} has the name of something else"
        yield draft.finding("let.shadow", message, (*site.pointer, "as"), hint="give it a name of its own")
    if not site.given.may_be("array"):
        message = f"`each` repeats over a list, and this is {described(site.given)}"
        hint = "write entries(...) for the members of an object" if site.given.may_be("object") else ""
        yield draft.finding("expr.type", message, (*site.pointer, "in"), hint=hint)


def _type(draft: RuleDraft, site: LetSite) -> Iterator[Finding]:
    given, wanted = site.given, site.let.type
    if given.types is None or given.types == frozenset({"null"}) or given.may_be(_GIVES[wanted]):
        return
    kind = f"{'an' if wanted[0] in 'io' else 'a'} {wanted}"
    message = f"the let {site.let.name} is {kind}, and its expression gives {described(given)}"
    hint = next((_CURES[word, wanted] for word in sorted(given.types) if (word, wanted) in _CURES), "")
    yield draft.finding("expr.type", message, (*site.pointer, "path"), hint=hint)


def _limits(draft: RuleDraft, site: LetSite) -> Iterator[Finding]:
    let, pointer = site.let, site.pointer
    if let.minimum is not None and let.maximum is not None and let.minimum > let.maximum:
        message = f"minimum {let.minimum} is more than maximum {let.maximum}, so no value is allowed"
        yield draft.finding("let.limits", message, (*pointer, "minimum"))
    if let.pattern is not None:
        try:
            compile_pattern(let.pattern, DEFAULT.pattern_chars)
        except (ExpressionError, BudgetError) as error:
            code = error.code if isinstance(error, BudgetError) else "expr.pattern"
            yield draft.finding(code, str(error), (*pointer, "pattern"), hint=PATTERN_HINT)
            return
    if let.enum is not None:
        yield from _enum(draft, site)
    if let.default is not None:
        yield from _default(draft, site)


def _enum(draft: RuleDraft, site: LetSite) -> Iterator[Finding]:
    let = site.let
    check = _check_of(replace(let, enum=None))
    seen = set()
    for index, value in enumerate(let.enum or ()):
        pointer = (*site.pointer, "enum", index)
        if value in seen:
            yield draft.finding("let.limits", f"{show(value)} is listed twice", pointer, hint="keep one")
        elif problem := _refusal(check, [value] if let.type == "list" else value):
            yield draft.finding("let.limits", f"{let.name} can never be {show(value)}: {problem}", pointer)
        seen.add(value)


def _default(draft: RuleDraft, site: LetSite) -> Iterator[Finding]:
    if problem := _refusal(_check_of(site.let), site.let.default):
        message = f"the default of {site.let.name} breaks its own limits: {problem}"
        yield draft.finding("let.limits", message, (*site.pointer, "default"))


def _check_of(let: Let) -> Check:
    """The let's check of a value, which nobody has called secret: it stands in the rule."""
    return compile_check(replace(let, default=None, sensitive=False))


def _refusal(check: Check, value: object) -> str:
    """Why the let refuses a value of its own; "" when it takes it."""
    try:
        check(value)
    except LetError as error:
        return str(error)
    return ""


def _possible(draft: RuleDraft, site: LetSite) -> Iterator[Finding]:
    """Words of an enum that the member it is read from can never hold."""
    given = site.given.element if site.let.type == "list" and site.given.element else site.given
    for index, value in enumerate(site.let.enum or ()):
        reason = impossible(given, value)
        if reason is not None:
            message, hint = reason
            yield draft.finding("value.impossible", message, (*site.pointer, "enum", index), hint=hint)
