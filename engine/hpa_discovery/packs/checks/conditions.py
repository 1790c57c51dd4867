# SPDX-License-Identifier: Apache-2.0
"""Conditions: names that do not exist, operators and operands that do not fit, and what can never be true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from hpa_discovery.errors import BudgetError, ExpressionError
from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.patterns import compile_pattern
from hpa_discovery.language.rule import RESERVED, Branch, Condition, Leaf, Let
from hpa_discovery.language.types import LetError, compile_check
from hpa_discovery.language.values import is_number, same, show
from hpa_discovery.model import Finding
from hpa_discovery.packs.checks.guesses import Guess, described
from hpa_discovery.packs.checks.survey import LeafSite, Survey
from hpa_discovery.packs.checks.syntax import PATTERN_HINT
from hpa_discovery.packs.checks.texts import impossible
from hpa_discovery.packs.draft import RuleDraft

_ORDER = ("lt", "le", "gt", "ge")
_MOST_CHOICES = 256  # more values than that are not held against each other
# What a value must be for an operator to say anything; `present` suits all.
_SUITS: dict[str, tuple[str, ...]] = {
    "equals": ("string", "number", "boolean"),
    "in": ("string", "number", "boolean"),
    "lt": ("number",),
    "le": ("number",),
    "gt": ("number",),
    "ge": ("number",),
    "matches": ("string",),
    "startsWith": ("string",),
    "contains": ("string", "array"),
}


def check_conditions(draft: RuleDraft, survey: Survey) -> Iterator[Finding]:
    """Findings about `when` and `require`."""
    for site in survey.leaves:
        guess = site.scope.names.get(site.leaf.var)
        if guess is None or site.leaf.var in RESERVED:
            yield _unknown_name(draft, site)
        elif site.leaf.operator != "present":
            yield from _leaf(draft, site, guess)
    for condition, pointer in survey.conditions:
        reason = never(condition)
        if reason:
            yield draft.finding("rule.dead", f"the condition can never be true: {reason}", pointer, key=True)


def _unknown_name(draft: RuleDraft, site: LeafSite) -> Finding:
    pointer = (*site.pointer, "var")
    if site.leaf.var in RESERVED:
        message = f"a condition asks about a let or an item, not about {site.leaf.var} itself"
        return draft.finding("condition.unknown_name", message, pointer, hint="read what you ask about in a let")
    fault = site.scope.refuse_name(site.leaf.var, "condition.unknown_name", None)
    # A condition sees lets and items only, so the list of all names would not help.
    listed = f"there are: {', '.join(site.scope.variables()) or 'no lets'}"
    hint = listed if fault.hint.startswith("there are") else fault.hint
    return draft.finding(fault.code, fault.message, pointer, hint=hint)


def _leaf(draft: RuleDraft, site: LeafSite, guess: Guess) -> Iterator[Finding]:
    leaf, pointer = site.leaf, (*site.pointer, site.leaf.operator)
    if not guess.may_be(*_SUITS[leaf.operator]):
        message = f"{leaf.operator} does not fit {leaf.var}, which is {described(guess)}"
        yield draft.finding("condition.type", message, pointer, key=True, hint=_operator_hint(leaf, guess))
        return
    if leaf.operator in _ORDER:
        if not is_number(leaf.operand):
            yield draft.finding("condition.type", f"{leaf.operator} takes a number, not {show(leaf.operand)}", pointer)
    elif leaf.operator == "matches":
        yield from _pattern(draft, leaf, pointer)
    else:
        operands = leaf.operand if leaf.operator == "in" else [leaf.operand]
        for index, operand in enumerate(operands):
            place = (*pointer, index) if leaf.operator == "in" else pointer
            yield from _operand(draft, site, guess, operand, place)


def _operator_hint(leaf: Leaf, guess: Guess) -> str:
    if guess.may_be("array"):
        return "for a list write contains, or present"
    if guess.may_be("object"):
        return "read the member you mean in a let of its own"
    if leaf.operator in _ORDER:
        return "declare the let as an integer, and read it with to_int()"
    return ""


def _pattern(draft: RuleDraft, leaf: Leaf, pointer: tuple[str | int, ...]) -> Iterator[Finding]:
    try:
        compile_pattern(leaf.operand, DEFAULT.pattern_chars)
    except ExpressionError as error:
        yield draft.finding("expr.pattern", str(error), pointer, hint=PATTERN_HINT)
    except BudgetError as error:
        yield draft.finding(error.code, str(error), pointer)


def _operand(
    draft: RuleDraft, site: LeafSite, guess: Guess, operand: Any, pointer: tuple[str | int, ...]
) -> Iterator[Finding]:
    leaf, let = site.leaf, site.scope.lets.get(site.leaf.var)
    compared = guess
    if leaf.operator == "contains":
        if guess.may_be("array") and guess.types != frozenset({"array"}):
            return
        compared = (guess.element or Guess()) if guess.may_be("array") else guess
    problem = _misfit(leaf, let, compared, operand)
    if problem:
        yield draft.finding("condition.type", problem, pointer, hint=_operand_hint(compared, operand))
    elif leaf.operator in ("equals", "in") or guess.may_be("array"):
        reason = impossible(compared, operand)
        if reason is not None:
            yield draft.finding("value.impossible", reason[0], pointer, hint=reason[1])


def _misfit(leaf: Leaf, let: Let | None, compared: Guess, operand: Any) -> str:
    """Why the value can never equal the operand as far as its type and its let say; "" when it can."""
    word = "boolean" if isinstance(operand, bool) else "number" if is_number(operand) else "string"
    if not compared.may_be(word):
        what = f"an item of {leaf.var}" if let is not None and let.type == "list" else leaf.var
        return f"{what} is {described(compared)} and never {show(operand)}"
    if let is None or leaf.operator == "startsWith" or (leaf.operator == "contains" and let.type != "list"):
        return ""
    try:
        compile_check(let)([operand] if let.type == "list" else operand)
    except (LetError, ExpressionError, BudgetError) as error:
        return f"{leaf.var} is never {show(operand)}: {error}"
    return ""


def _operand_hint(compared: Guess, operand: Any) -> str:
    if isinstance(operand, str) and not compared.may_be("string"):
        return "write it without quotes" if compared.may_be("number", "boolean") else ""
    if not isinstance(operand, str) and compared.types == frozenset({"string"}):
        return f"quote it: '{str(operand).lower() if isinstance(operand, bool) else operand}'"
    return ""


def never(condition: Condition | None) -> str:
    """Why the condition can never be true; "" when it can, or nobody knows."""
    if isinstance(condition, Branch) and condition.kind == "any":
        reasons = [never(part) for part in condition.conditions]
        return reasons[0] if all(reasons) else ""
    if not isinstance(condition, Branch):
        return ""
    inner = next((reason for part in condition.conditions if (reason := never(part))), "")
    return inner or _contradiction(list(_joined(condition)))


def _joined(condition: Condition) -> Iterator[Leaf]:
    """The leaves that must all be true, as far as they can be read."""
    if isinstance(condition, Leaf):
        if condition.operand is not None:
            yield condition
    elif isinstance(condition, Branch) and condition.kind == "all":
        for part in condition.conditions:
            yield from _joined(part)


def _contradiction(leaves: Sequence[Leaf]) -> str:
    by_name: defaultdict[str, list[Leaf]] = defaultdict(list)
    for leaf in leaves:
        by_name[leaf.var].append(leaf)
    return next((reason for name, group in by_name.items() if (reason := _clash(name, group))), "")


def _clash(name: str, leaves: Sequence[Leaf]) -> str:
    absent = any(leaf.operator == "present" and not leaf.operand for leaf in leaves)
    if absent and any(leaf.operator != "present" or leaf.operand for leaf in leaves):
        return f"{name} would have to be absent and there"
    choices = [leaf.operand for leaf in leaves if leaf.operator == "in"]
    choices += [[leaf.operand] for leaf in leaves if leaf.operator == "equals"]
    affordable = sum(map(len, choices)) <= _MOST_CHOICES
    if choices and affordable and not any(all(_among(value, other) for other in choices[1:]) for value in choices[0]):
        return f"{name} would have to equal different values"
    if _empty_range(leaves):
        return f"no number {name} is within these bounds"
    return ""


def _among(value: Any, values: Sequence[Any]) -> bool:
    return any(same(value, other) for other in values)


def _empty_range(leaves: Sequence[Leaf]) -> bool:
    bounds = [leaf for leaf in leaves if leaf.operator in _ORDER and is_number(leaf.operand)]
    lower = [(leaf.operand, leaf.operator == "gt") for leaf in bounds if leaf.operator in ("gt", "ge")]
    upper = [(leaf.operand, leaf.operator == "lt") for leaf in bounds if leaf.operator in ("lt", "le")]
    if not lower or not upper:
        return False
    low, above = max(lower)
    high, below = min((bound, not strict) for bound, strict in upper)
    return bool(low > high or (low == high and (above or not below)))
