# SPDX-License-Identifier: Apache-2.0
"""What a subject must have before a rule fires or complains: the needs of one rule."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hpa_discovery.discovery.bindings import ParseExpression
from hpa_discovery.discovery.facts import ALWAYS, NEVER, Fact, Needs, Test, both, either
from hpa_discovery.discovery.shapes import Shape, Shaper, at, needing
from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.costs import Node
from hpa_discovery.language.patterns import compile_pattern
from hpa_discovery.language.reads import static_type
from hpa_discovery.language.rule import ROOTS, Branch, Condition, Each, Leaf, Let, Rule
from hpa_discovery.language.values import is_number

_COMPARATORS: dict[str, Test] = {"lt": "lt", "le": "le", "gt": "gt", "ge": "ge"}


def rule_needs(rule: Rule, expressions: ParseExpression) -> Needs:
    """The facts of which one must hold for the rule to answer or report anything."""
    names = _roots()
    shaper = Shaper(names)
    start: Needs = ALWAYS
    failing: Needs = NEVER
    if rule.each is not None:
        tree = expressions(rule.each.path).tree
        items = shaper.shape(tree)
        start, failing = items.filled, either(items.errors, _bad_items(rule.each, tree, items))
        names[rule.each.name] = needing(items.filled)
    bad: list[Needs] = []
    for let in rule.lets:
        tree = expressions(let.path).tree
        shape = shaper.shape(tree)
        bad.append(either(shape.errors, _bad(let, tree, shape)))
        names[let.name] = _bound(let, shape)
    fires = ALWAYS if rule.when is None else _condition(rule.when, names)
    return either(both(start, either(fires, *bad)), failing)


def reads_needs(reads: Sequence[str], expressions: ParseExpression) -> Needs:
    """The facts of which one must hold for all of a driver's `reads` to be present, or for one to fail."""
    shaper = Shaper(_roots())
    shapes = [shaper.shape(expressions(text).tree) for text in reads]
    return either(both(*(shape.filled for shape in shapes)), *(shape.errors for shape in shapes))


def _roots() -> dict[str, Shape]:
    roots = {root: replace(at((root,)), present=ALWAYS, filled=ALWAYS) for root in ROOTS.values()}
    return {**roots, "context": replace(at(("context",)), present=ALWAYS, filled=ALWAYS)}


def _bad_items(each: Each, tree: Node, items: Shape) -> Needs:
    """An `each` that is there and no list is reported, and so are more items than it takes."""
    if not static_type(tree) <= {"array", "null"}:
        return items.present
    return NEVER if _most_items(tree) <= each.max else items.filled


def _most_items(tree: Node) -> float:
    """How many items the list may have, as far as its expression tells."""
    if tree["type"] == "multi_select_list":
        return len(tree["children"])
    if tree["type"] == "function_expression" and tree["value"] == "range":
        count = tree["children"][0]
        return float(count["value"]) if count["type"] == "literal" and is_number(count["value"]) else math.inf
    return math.inf


def _bad(let: Let, tree: Node, shape: Shape) -> Needs:
    """When the let has a value that it may not have."""
    limited = let.enum is not None or let.pattern is not None
    if let.type == "string" and shape.path is not None and let.pattern is None:
        wrong = Fact(shape.path, "nontext") if let.enum is None else Fact(shape.path, "outside", let.enum)
        return frozenset({wrong})
    if let.type == "integer" and not limited and (shape.number_of or shape.path):
        return _out_of_range(let, shape)
    if let.type == "boolean" and static_type(tree) <= {"boolean"}:
        return NEVER
    return shape.filled


def _out_of_range(let: Let, shape: Shape) -> Needs:
    path, to_int = (shape.number_of, True) if shape.number_of else (shape.path, False)
    assert path is not None
    facts = {Fact(path, "nonint" if to_int else "nonnumber", None, to_int)}
    if let.minimum is not None:
        facts.add(Fact(path, "lt", let.minimum, to_int))
    if let.maximum is not None:
        facts.add(Fact(path, "gt", let.maximum, to_int))
    return frozenset(facts)


def _bound(let: Let, shape: Shape) -> Shape:
    """What is known of the let's name afterwards."""
    if let.default is not None:
        return Shape()
    present = shape.filled
    return Shape(
        present,
        present,
        shape.truth,
        NEVER,
        path=shape.path if let.type in ("string", "integer", "object") else None,
        number_of=shape.number_of if let.type == "integer" else None,
        entries_of=shape.entries_of if let.type == "list" else None,
        prefix=shape.prefix,
    )


def _condition(condition: Condition, names: dict[str, Shape]) -> Needs:
    """What must hold for the condition to be true."""
    if isinstance(condition, Leaf):
        return _leaf(condition, names.get(condition.var, Shape()))
    if isinstance(condition, Branch):
        parts = [_condition(part, names) for part in condition.conditions]
        return both(*parts) if condition.kind == "all" else either(*parts)
    inner = condition.condition
    if isinstance(inner, Leaf) and inner.operator != "present":
        return names.get(inner.var, Shape()).filled  # `not unknown` is unknown
    return ALWAYS


def _leaf(leaf: Leaf, shape: Shape) -> Needs:
    if leaf.operator == "present":
        return shape.filled if leaf.operand else ALWAYS
    if leaf.operator == "equals":
        return _equal(shape, [leaf.operand])
    if leaf.operator == "in":
        return _equal(shape, leaf.operand)
    if leaf.operator in _COMPARATORS and is_number(leaf.operand):
        return _compared(shape, _COMPARATORS[leaf.operator], leaf.operand)
    if leaf.operator in ("startsWith", "matches") and shape.path is not None:
        start = leaf.operand
        if leaf.operator == "matches":
            start = compile_pattern(leaf.operand, DEFAULT.pattern_chars).literal_prefix
        return frozenset({Fact(shape.path, "prefix", start)}) if start else shape.filled
    return shape.filled


def _equal(shape: Shape, values: list[Any]) -> Needs:
    if values == [True]:  # or [1], which is as true to JMESPath
        return shape.truth
    if shape.path is not None and all(isinstance(value, str) for value in values):
        return frozenset(Fact(shape.path, "equals", value) for value in values)
    return shape.filled


def _compared(shape: Shape, test: Test, operand: float) -> Needs:
    if shape.number_of is not None:
        return frozenset({Fact(shape.number_of, test, operand, True)})
    if shape.path is not None:
        return frozenset({Fact(shape.path, test, operand)})
    return shape.filled
