# SPDX-License-Identifier: Apache-2.0
"""What a function of the expression language is: its name, parameters, arity, result and body.

Parameters and results use JMESPath's type words (`string number boolean array
object null expref`, `array-number` for an array of numbers, `any`), joined by
`|` where several are allowed.
"""

from __future__ import annotations

import reprlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from hpa_discovery.errors import ExpressionError
from hpa_discovery.language.budgets import Meter

Closure = Callable[[Any, Meter], Any]

ANY = "any"
ALL_TYPES = frozenset({"string", "number", "boolean", "array", "object", "null"})


class Expref:
    """The value of `&expression`: the body, not yet evaluated, and what one evaluation costs."""

    __slots__ = ("body", "cost")

    def __init__(self, body: Closure, cost: int) -> None:
        self.body = body
        self.cost = cost

    def __repr__(self) -> str:
        return "<expression>"


PYTHON_TYPES: dict[str, frozenset[type]] = {
    "string": frozenset({str}),
    "number": frozenset({int, float}),
    "boolean": frozenset({bool}),
    "array": frozenset({list}),
    "object": frozenset({dict, OrderedDict}),
    "null": frozenset({type(None)}),
    "expref": frozenset({Expref}),
}
_WORDS = {kind: word for word, kinds in PYTHON_TYPES.items() for kind in kinds}


class NullRefused(ExpressionError):
    """A null was met where JMESPath refuses one. Rules answer null; `strict_null` lets it pass as the error it is."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function. `run(meter, *arguments)` may rely on the parameter kinds having been checked.

    `arity_max` None means any number: the last parameter repeats. `result`
    holds the type words it may answer when no argument is null.
    """

    name: str
    arity_min: int
    arity_max: int | None
    parameters: tuple[str, ...]
    result: frozenset[str]
    run: Callable[..., Any]

    def accepts(self, count: int) -> bool:
        """Whether the function may be called with so many arguments."""
        return self.arity_min <= count and (self.arity_max is None or count <= self.arity_max)

    def kinds(self, count: int) -> tuple[Kind, ...]:
        """The kind of each of `count` arguments."""
        last = len(self.parameters) - 1
        return tuple(kind_of(self.parameters[min(index, last)]) for index in range(count))


@dataclass(frozen=True, slots=True)
class Kind:
    """The Python types a parameter takes; None takes anything.

    `elements` holds, for an array with checked elements, the alternatives: all
    elements must be of one of them.
    """

    words: str
    types: frozenset[type] | None
    elements: tuple[frozenset[type], ...] = ()

    def holds(self, value: Any) -> bool:
        """Whether `value` is of this kind."""
        if self.types is None:
            return True
        if type(value) not in self.types:
            return False
        return not self.elements or type(value) is not list or self.holds_elements(value)

    def holds_elements(self, items: list[Any]) -> bool:
        """Whether all `items` are of one of the alternatives."""
        met = set(map(type, items))
        return met <= self.elements[0] or any(met <= allowed for allowed in self.elements[1:])

    def refuses_null_in(self, value: Any) -> bool:
        """Whether `value` is a null, or an array holding a null, that this kind does not take."""
        if value is None:
            return self.types is not None and type(None) not in self.types
        return bool(self.elements) and type(value) is list and type(None) in set(map(type, value))


@cache
def kind_of(words: str) -> Kind:
    """The kind that a parameter's words stand for."""
    if words == ANY:
        return Kind(words, None)
    types: set[type] = set()
    elements = []
    for word in words.split("|"):
        outer, _, inner = word.partition("-")
        types |= PYTHON_TYPES[outer]
        if inner:
            elements.append(PYTHON_TYPES[inner])
    return Kind(words, frozenset(types), tuple(elements))


def function(
    name: str, parameters: str, result: str, run: Callable[..., Any], *, optional: int = 0, variadic: bool = False
) -> Function:
    """A Function from words: `parameters` separated by spaces, the last `optional` of them may be left out."""
    kinds = tuple(parameters.split())
    arity_max = None if variadic else len(kinds)
    results = ALL_TYPES if result == ANY else frozenset(result.split("|"))
    return Function(name, len(kinds) - optional, arity_max, kinds, results, run)


def type_word(value: Any) -> str:
    """JMESPath's word for the type of `value`."""
    return _WORDS.get(type(value), "unknown")


class _Short(reprlib.Repr):
    """Python refuses to write integers of over 4,300 digits, and reprlib writes all of one before it cuts."""

    def repr_int(self, number: int, level: int) -> str:
        """The number, or how long it is."""
        if number.bit_length() > _LONG:
            return f"an integer of {number.bit_length()} bits"
        return super().repr_int(number, level)


_LONG = 256  # bits
_SHORT = _Short()
_SHORT.maxlevel = 2
_SHORT.maxstring = _SHORT.maxother = 80


def shown(value: Any) -> str:
    """`value` for a message: short, however large it is."""
    return _SHORT.repr(value)


def refuse_value(name: str, value: Any, allowed: str) -> ExpressionError:
    """The invalid-value error of function `name`."""
    return ExpressionError("invalid-value", f"{name}() cannot use {shown(value)}: allowed is {allowed}")
