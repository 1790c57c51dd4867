# SPDX-License-Identifier: Apache-2.0
"""A syntax tree as Python closures, `run(value, meter)`: values as jmespath 1.1.0 gives them.

Shapes that rules are full of have closures of their own: chains of members,
comparison with a literal, `path || literal`. Straight-line nodes charge
nothing here: Expression.run charges their sum on entry. What repeats is in
projections.py, calls are in calls.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hpa_discovery.language.budgets import Meter
from hpa_discovery.language.calls import Dialect, call
from hpa_discovery.language.comparing import equal, order
from hpa_discovery.language.costs import Node, straight_cost
from hpa_discovery.language.entry import NOTHING, member_names
from hpa_discovery.language.projections import (
    filter_items,
    flatten,
    pick,
    project,
    project_values,
    slice_of,
)
from hpa_discovery.language.signatures import Closure, Expref


@dataclass(frozen=True, slots=True)
class Builder:
    """Makes closures of nodes for one dialect: which functions there are, and what a null does."""

    dialect: Dialect

    def build(self, node: Node) -> Closure:
        """The closure of `node`."""
        return _BUILDERS[node["type"]](self, node)

    def all(self, nodes: list[Node]) -> tuple[Closure, ...]:
        """The closures of `nodes`."""
        return tuple(map(self.build, nodes))


def is_true(value: Any) -> bool:
    """JMESPath's truth: null, false, and empty texts, lists and objects are false; 0 is true."""
    return bool(value) or (value == 0 and value is not False)


def _current(_: Builder, __: Node) -> Closure:
    return lambda value, meter: value


def _field(_: Builder, node: Node) -> Closure:
    return _member(node["value"])


def _member(name: str) -> Closure:
    def run(value: Any, meter: Meter) -> Any:
        return value.get(name) if isinstance(value, dict) else None

    return run


def _outer(_: Builder, node: Node) -> Closure:
    name = node["value"]
    return lambda value, meter: meter.names.get(name)


def _subexpression(builder: Builder, node: Node) -> Closure:
    children = node["children"]
    names = member_names(children)
    if names:
        return chain(names)
    # A chain that starts at something else, `match(..).name` or `$alias.name`.
    return _sequence([builder.build(children[0]), *_joined(builder, children[1:])])


def _joined(builder: Builder, children: list[Node]) -> list[Closure]:
    names = member_names(children)
    return [chain(names)] if names else [builder.build(child) for child in children]


def chain(names: list[str]) -> Closure:
    """The closure of `a.b.c`: what is missing, or no object, gives null."""
    if len(names) == 1:
        return _member(names[0])
    if len(names) == 2:
        return _chain_of_two(*names)
    if len(names) == 3:
        return _chain_of_three(*names)
    return _long_chain(names)


def _long_chain(names: list[str]) -> Closure:
    *way, last = names

    def run(value: Any, meter: Meter) -> Any:
        try:
            for name in way:
                value = value.get(name, NOTHING)
            return value.get(last)
        except AttributeError:
            return None

    return run


def _chain_of_two(first: str, second: str) -> Closure:
    def run(value: Any, meter: Meter) -> Any:
        try:
            return value.get(first, NOTHING).get(second)
        except AttributeError:
            return None

    return run


def _chain_of_three(first: str, second: str, third: str) -> Closure:
    def run(value: Any, meter: Meter) -> Any:
        try:
            return value.get(first, NOTHING).get(second, NOTHING).get(third)
        except AttributeError:
            return None

    return run


def _sequence(steps: list[Closure]) -> Closure:
    if len(steps) == 1:
        return steps[0]
    if len(steps) == 2:
        first, second = steps
        return lambda value, meter: second(first(value, meter), meter)

    def run(value: Any, meter: Meter) -> Any:
        for step in steps:
            value = step(value, meter)
        return value

    return run


def _pipe(builder: Builder, node: Node) -> Closure:
    return _sequence([builder.build(child) for child in node["children"]])


def _index(_: Builder, node: Node) -> Closure:
    position = node["value"]

    def run(value: Any, meter: Meter) -> Any:
        if not isinstance(value, list):
            return None
        try:
            return value[position]
        except IndexError:
            return None

    return run


def _literal(_: Builder, node: Node) -> Closure:
    literal = node["value"]
    return lambda value, meter: literal


def _comparator(builder: Builder, node: Node) -> Closure:
    left, right = node["children"]
    kind = node["value"]
    if kind not in ("eq", "ne"):
        return order(kind, builder.build(left), builder.build(right))
    if right["type"] == "literal":
        return _against_literal(kind == "eq", builder.build(left), right["value"])
    return equal(kind == "eq", builder.build(left), builder.build(right))


def _against_literal(wanted: bool, left: Closure, literal: Any) -> Closure:
    if literal is None or isinstance(literal, bool):
        if wanted:
            return lambda value, meter: left(value, meter) is literal
        return lambda value, meter: left(value, meter) is not literal
    if not isinstance(literal, str):
        return equal(wanted, left, lambda value, meter: literal)
    if wanted:
        return lambda value, meter: bool(left(value, meter) == literal)
    return lambda value, meter: bool(left(value, meter) != literal)


def _or(builder: Builder, node: Node) -> Closure:
    *firsts, last = _flattened("or_expression", node)
    final = builder.build(last)
    if len(firsts) == 1:
        return _either(builder.build(firsts[0]), final)
    choices = builder.all(firsts)

    def run(value: Any, meter: Meter) -> Any:
        for choice in choices:
            found = choice(value, meter)
            if found or (found == 0 and found is not False):
                return found
        return final(value, meter)

    return run


def _either(first: Closure, second: Closure) -> Closure:
    def run(value: Any, meter: Meter) -> Any:
        found = first(value, meter)
        if found or (found == 0 and found is not False):
            return found
        return second(value, meter)

    return run


def _and(builder: Builder, node: Node) -> Closure:
    first, second = builder.all(node["children"])

    def run(value: Any, meter: Meter) -> Any:
        found = first(value, meter)
        if found or (found == 0 and found is not False):
            return second(value, meter)
        return found

    return run


def _not(builder: Builder, node: Node) -> Closure:
    inner = builder.build(node["children"][0])
    return lambda value, meter: not is_true(inner(value, meter))


def _flattened(kind: str, node: Node) -> list[Node]:
    """The operands of `a || b || c`, which the parser nests to the left."""
    left, right = node["children"]
    return [*(_flattened(kind, left) if left["type"] == kind else [left]), right]


def _multi_select_list(builder: Builder, node: Node) -> Closure:
    members = builder.all(node["children"])

    def run(value: Any, meter: Meter) -> Any:
        if value is None:
            return None
        return [member(value, meter) for member in members]

    return run


def _multi_select_dict(builder: Builder, node: Node) -> Closure:
    members = [(child["value"], builder.build(child["children"][0])) for child in node["children"]]

    def run(value: Any, meter: Meter) -> Any:
        if value is None:
            return None
        return {key: member(value, meter) for key, member in members}

    return run


def _expref(builder: Builder, node: Node) -> Closure:
    inner = node["children"][0]
    body, cost = builder.build(inner), straight_cost(inner)
    return lambda value, meter: Expref(body, cost)


def _call(builder: Builder, node: Node) -> Closure:
    return call(builder.dialect, node, builder.all(node["children"]))


def _slice(_: Builder, node: Node) -> Closure:
    return slice_of(node["children"])


def _flatten(builder: Builder, node: Node) -> Closure:
    return flatten(builder.build(node["children"][0]))


def _projection(builder: Builder, node: Node) -> Closure:
    base, body = node["children"]
    return project(builder.build(base), _body(builder, body), straight_cost(body))


def _value_projection(builder: Builder, node: Node) -> Closure:
    base, body = node["children"]
    return project_values(builder.build(base), _body(builder, body), straight_cost(body))


def _body(builder: Builder, body: Node) -> Closure | None:
    return None if body["type"] == "identity" else builder.build(body)


def _filter_projection(builder: Builder, node: Node) -> Closure:
    base, body, condition = node["children"]
    cost = straight_cost(condition) + straight_cost(body)
    simple = _member_equals_text(condition)
    source = builder.build(base)
    if simple:
        return pick(source, *simple, _body(builder, body), cost)
    return filter_items(source, builder.build(condition), _body(builder, body), cost)


def _member_equals_text(condition: Node) -> tuple[str, str] | None:
    """(member, text) of the condition `member == 'text'`."""
    if condition["type"] != "comparator" or condition["value"] != "eq":
        return None
    left, right = condition["children"]
    if left["type"] == "field" and right["type"] == "literal" and isinstance(right["value"], str):
        return left["value"], right["value"]
    return None


_BUILDERS: dict[str, Callable[[Builder, Node], Closure]] = {
    "and_expression": _and,
    "comparator": _comparator,
    "current": _current,
    "expref": _expref,
    "field": _field,
    "filter_projection": _filter_projection,
    "flatten": _flatten,
    "function_expression": _call,
    "identity": _current,
    "index": _index,
    "index_expression": _pipe,
    "literal": _literal,
    "multi_select_dict": _multi_select_dict,
    "multi_select_list": _multi_select_list,
    "not_expression": _not,
    "or_expression": _or,
    "outer": _outer,
    "pipe": _pipe,
    "projection": _projection,
    "slice": _slice,
    "subexpression": _subexpression,
    "value_projection": _value_projection,
}
