# SPDX-License-Identifier: Apache-2.0
"""Function calls: arity, kinds of arguments, and what a null argument does.

As in jmespath, an unknown function or a wrong number of arguments is an error
of the run, after the arguments were evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from hpa_discovery.errors import ExpressionError
from hpa_discovery.language.budgets import DEFAULT, Meter
from hpa_discovery.language.costs import Node
from hpa_discovery.language.functions import FUNCTIONS, JMESPATH_FUNCTIONS
from hpa_discovery.language.patterns import Pattern, compile_pattern
from hpa_discovery.language.signatures import Closure, Function, Kind, NullRefused, shown, type_word


@dataclass(frozen=True, slots=True)
class Dialect:
    """Which functions there are, and whether a null where none is taken is an error or gives null."""

    functions: Mapping[str, Function]
    strict_null: bool
    pattern_chars: int = DEFAULT.pattern_chars


RULES = Dialect(FUNCTIONS, strict_null=False)
JMESPATH = Dialect(JMESPATH_FUNCTIONS, strict_null=True)


def call(dialect: Dialect, node: Node, arguments: tuple[Closure, ...]) -> Closure:
    """The closure of a function_expression node whose arguments are built already.

    ExpressionError syntax at once when the pattern of `match` is no literal or
    no pattern.
    """
    name, count = node["value"], len(arguments)
    function = dialect.functions.get(name)
    if function is None:
        return _failing(arguments, "unknown-function", f"there is no function {name}()")
    if not function.accepts(count):
        return _failing(arguments, "invalid-arity", f"{name}() takes {_arity(function)}, {count} given")
    if name == "match":
        return _match(dialect, function, arguments[0], node["children"][1])
    kinds = function.kinds(count)
    strict = dialect.strict_null
    if count == 1:
        return _call_one(function, arguments[0], kinds[0], strict)
    if count == 2:
        return _call_two(function, arguments, kinds, strict)
    return _call_many(function, arguments, kinds, strict)


def _arity(function: Function) -> str:
    least, most = function.arity_min, function.arity_max
    if least == most:
        return f"{least} argument{'s' if least != 1 else ''}"
    return f"at least {least}" if most is None else f"{least} to {most} arguments"


def _failing(arguments: tuple[Closure, ...], kind: Any, message: str) -> Closure:
    def run(value: Any, meter: Meter) -> NoReturn:
        for argument in arguments:
            argument(value, meter)
        raise ExpressionError(kind, message)

    return run


def _call_one(function: Function, argument: Closure, kind: Kind, strict: bool) -> Closure:
    body, types = function.run, kind.types
    if types is None:
        return lambda value, meter: body(meter, argument(value, meter))
    if kind.elements:
        return _call_many(function, (argument,), (kind,), strict)

    def run(value: Any, meter: Meter) -> Any:
        given = argument(value, meter)
        if given.__class__ in types:
            return body(meter, given)
        return _refuse(function, (given,), (kind,), strict)

    return run


def _call_two(function: Function, arguments: tuple[Closure, ...], kinds: tuple[Kind, ...], strict: bool) -> Closure:
    body = function.run
    first, second = arguments
    kind_one, kind_two = kinds
    types_one, types_two = kind_one.types, kind_two.types
    if types_one is None or types_two is None or kind_one.elements:
        return _call_many(function, arguments, kinds, strict)
    elements = kind_two.elements

    def run(value: Any, meter: Meter) -> Any:
        one, two = first(value, meter), second(value, meter)
        if one.__class__ not in types_one or two.__class__ not in types_two or (elements and not kind_two.holds(two)):
            return _refuse(function, (one, two), kinds, strict)
        try:
            return body(meter, one, two)
        except NullRefused:
            if strict:
                raise
            return None

    return run


def _call_many(function: Function, arguments: tuple[Closure, ...], kinds: tuple[Kind, ...], strict: bool) -> Closure:
    body = function.run

    def run(value: Any, meter: Meter) -> Any:
        given = [argument(value, meter) for argument in arguments]
        for kind, each in zip(kinds, given, strict=True):
            if not kind.holds(each):
                return _refuse(function, given, kinds, strict)
        try:
            return body(meter, *given)
        except NullRefused:
            if strict:
                raise
            return None

    return run


def _match(dialect: Dialect, function: Function, text: Closure, pattern: Node) -> Closure:
    """`match(text, 'pattern')`: the pattern is compiled once, with the expression."""
    if pattern["type"] != "literal" or not isinstance(pattern["value"], str):
        raise ExpressionError("syntax", "the pattern of match() must be a text in single quotes")
    compiled: Pattern = compile_pattern(pattern["value"], dialect.pattern_chars)
    kinds = function.kinds(1)

    def run(value: Any, meter: Meter) -> Any:
        given = text(value, meter)
        if given.__class__ is str:
            meter.spend(compiled.cost(given))
            return compiled.fullmatch(given)
        return _refuse(function, (given,), kinds, dialect.strict_null)

    return run


def _refuse(function: Function, given: Any, kinds: tuple[Kind, ...], strict: bool) -> None:
    """Answer null when a null is to blame and rules ask; else ExpressionError invalid-type."""
    pairs = list(zip(kinds, given, strict=True))
    if not strict and any(kind.refuses_null_in(each) for kind, each in pairs):
        return
    kind, bad = next((kind, each) for kind, each in pairs if not kind.holds(each))
    allowed = kind.words.replace("|", " or ").replace("array-", "array of ")
    raise ExpressionError(
        "invalid-type", f"{function.name}() cannot use {shown(bad)}, of type {type_word(bad)}: allowed is {allowed}"
    )
