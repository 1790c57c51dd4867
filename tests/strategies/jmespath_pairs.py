# SPDX-License-Identifier: Apache-2.0
"""Expressions and documents by a grammar, and what jmespath 1.1.0 and we answer to them.

The generator covers every node kind and every function, with wrong arities,
wrong types, unknown functions and broken syntax among them. It draws from a
seed and is faster than hypothesis, which matters at 100,000 pairs.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

import jmespath
from jmespath import exceptions

from hpa_discovery.errors import ExpressionError
from hpa_discovery.language.expressions import compile_expression
from hpa_discovery.language.functions import JMESPATH_FUNCTIONS

NAMES = ["a", "b", "c", "d", '"e f"', '"\\u00e9"']
LITERALS = [
    *("`0`", "`1`", "`-1`", "`2.5`", "`1.0`", "`true`", "`false`", "`null`", '`""`', "`[]`", "`{}`", "`[1, true]`"),
    *("'a'", "''", "'10'", "'9'", "'\u00e9'", '`"x"`', '`{"a": 1, "b": [2]}`', "`[0, 1.5, -2]`", '`["b", "a"]`'),
    *("`bare`", '`[null, {"a": "x"}, {"a": 3}]`', "`1e400`", "'nan'", "'1_0'", "' 7 '", "`[[1], 2, [[3]]]`"),
]
# An expression as a value, where nothing but an expression belongs, and its text.
ADDRESS = re.compile(r"to_string\(.*&|&.*to_string\([^@]")
COMPARATORS = ["==", "!=", "<", "<=", ">", ">="]
CALLS = [*JMESPATH_FUNCTIONS, "no_such_function"]
FITTING = {
    "number": ["`2`", "`-1.5`", "length({0})", "to_number({0}) || `3`", "floor(`2.5`)"],
    "string": ["'b'", "to_string({0})", "type({0})", "join('-', ['a', 'b'])"],
    "array": ["[{0}, {1}]", "to_array({0})", "values(@)", "c[*]", "[@, {0}]"],
    "object": ["@", "{{a: {0}, c: {1}}}", "merge(@, {{d: {0}}})"],
    "expref": ["&{0}", "&a", "&to_string(@)", "&length(to_string(@))"],
    "array-number": [
        "`[3, -1, 2.5]`",
        "[length({0}), `4`]",
        "[*].to_number(@)",
        "map(&length(to_string(@)), to_array({0}))",
    ],
    "array-string": ['`["b", "", "ab"]`', "keys(@)", "[type({0}), to_string({1})]", "map(&type(@), to_array({0}))"],
    "any": ["{0}"],
}
SCALARS = [None, True, False, 0, 1, -1, 2, 10, 0.0, 1.0, 2.5, "", "a", "b", "10", "9", "\u00e9", "abc", "1.5", "true"]


class Maker:
    """Draws documents and expressions from a seed."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)

    def document(self, depth: int = 3) -> Any:
        """A JSON value up to `depth` levels deep, with names that expressions use."""
        kind = self.draw.random()
        if depth == 0 or kind < 0.25:
            return self.draw.choice(SCALARS)
        if kind < 0.6:
            return {
                name: self.document(depth - 1) for name in self.draw.sample(["a", "b", "c", "d", "e f", "\u00e9"], 4)
            }
        if kind < 0.8:
            same = self.draw.choice([[1, 2.5, -3], ["b", "a", "10"], [True, False], [{"a": 1}, {"a": 0, "b": "x"}]])
            return self.draw.choices(same, k=self.draw.randrange(4))
        return [self.document(depth - 1) for _ in range(self.draw.randrange(4))]

    def expression(self, depth: int = 4) -> str:
        """An expression up to `depth` levels deep; one in thirty is damaged."""
        text = self._any(depth)
        if self.draw.random() < 0.03:
            at = self.draw.randrange(len(text) + 1)
            text = (
                text[:at]
                + self.draw.choice(["", ".", "[", "]", "(", "`", "'", "$", "=", "&", "!", "?"])
                + text[at + 1 :]
            )
        return text

    def _any(self, depth: int) -> str:
        if depth <= 0:
            return self.draw.choice([*NAMES[:4], *NAMES, "@", *self.draw.sample(LITERALS, 3)])
        shape = self.draw.choice(SHAPES)
        return shape(self, depth - 1)

    def _chain(self, depth: int) -> str:
        return ".".join(self.draw.choices(NAMES, k=self.draw.randrange(2, 6)))

    def _member(self, depth: int) -> str:
        right = self.draw.choice([self.draw.choice(NAMES), "*", self._list(depth), self._hash(depth)])
        return f"{self._any(depth)}.{right}"

    def _index(self, depth: int) -> str:
        return f"{self._any(depth)}[{self.draw.randrange(-3, 4)}]"

    def _slice(self, depth: int) -> str:
        parts = [self.draw.choice(["", "0", "1", "-1", "2", "-2"]) for _ in range(self.draw.randrange(2, 4))]
        return f"{self._any(depth)}[{':'.join(parts)}]{self._tail(depth)}"

    def _projection(self, depth: int) -> str:
        return f"{self._any(depth)}{self.draw.choice(['[*]', '[]', '.*'])}{self._tail(depth)}"

    def _filter(self, depth: int) -> str:
        condition = self.draw.choice([f"a=={self.draw.choice(LITERALS)}", self._any(depth), self._comparison(depth)])
        return f"{self._any(depth)}[?{condition}]{self._tail(depth)}"

    def _tail(self, depth: int) -> str:
        return self.draw.choice(
            ["", ".a", ".b.c", "[0]", "[]", "[*].a", f".{self._list(depth)}", f".{self._call(depth)}", "[?a]", " | [0]"]
        )

    def _comparison(self, depth: int) -> str:
        right = self.draw.choice([self.draw.choice(LITERALS), self._any(depth)])
        return f"{self._any(depth)} {self.draw.choice(COMPARATORS)} {right}"

    def _logic(self, depth: int) -> str:
        return f"{self._any(depth)} {self.draw.choice(['||', '&&', '|'])} {self._any(depth)}"

    def _not(self, depth: int) -> str:
        return f"!{self._any(depth)}"

    def _group(self, depth: int) -> str:
        return f"({self._any(depth)})"

    def _list(self, depth: int) -> str:
        return f"[{', '.join(self._any(depth - 1) for _ in range(self.draw.randrange(1, 4)))}]"

    def _hash(self, depth: int) -> str:
        return f"{{{', '.join(f'{name}: {self._any(depth - 1)}' for name in self.draw.sample(NAMES, 2))}}}"

    def _call(self, depth: int) -> str:
        name = self.draw.choice(CALLS)
        known = JMESPATH_FUNCTIONS.get(name)
        count = known.arity_min if known and self.draw.random() < 0.9 else self.draw.randrange(4)
        if known and known.arity_max is None:
            count += self.draw.randrange(3)
        kinds = known.parameters if known else ("any",)
        arguments = [self._argument(kinds[min(at, len(kinds) - 1)], depth - 1) for at in range(count)]
        return f"{name}({', '.join(arguments)})"

    def _argument(self, kind: str, depth: int) -> str:
        """Seven times in ten one that the function takes."""
        if self.draw.random() < 0.7:
            form = self.draw.choice(FITTING[self.draw.choice(kind.split("|"))])
            return form.format(self._any(depth - 1), self._any(depth - 1))
        return self._any(depth) if self.draw.random() > 0.05 else "&a"


SHAPES = [
    *(Maker._chain, Maker._member, Maker._index, Maker._slice, Maker._projection, Maker._filter, Maker._comparison),
    *(Maker._logic, Maker._not, Maker._group, Maker._list, Maker._hash, Maker._call, Maker._call, Maker._call),
]


def plain(value: Any) -> Any:
    """The value so that 1, 1.0 and true differ, members keep their order, and nan equals itself."""
    if isinstance(value, list):
        return ["list", *map(plain, value)]
    if isinstance(value, dict):
        return ["dict", *((key, plain(member)) for key, member in value.items())]
    if value is None or isinstance(value, (str, bool, int, float)):
        return (type(value).__name__, repr(value))
    return "an expression"


def oracle(text: str, documents: list[Any]) -> list[Any]:
    """What jmespath answers for each document: ("value", ...) or ("error", kind)."""
    try:
        compiled = jmespath.parser.Parser()._do_parse(text)
    except (exceptions.JMESPathError, ValueError):
        return [("error", "syntax")] * len(documents)
    return [oracle_value(compiled, document) for document in documents]


def oracle_value(compiled: Any, document: Any) -> Any:
    """One answer of jmespath; what it leaks is given the kind the compliance suite has for such a case."""
    kinds = {
        exceptions.UnknownFunctionError: "unknown-function",
        exceptions.ArityError: "invalid-arity",
        exceptions.VariadictArityError: "invalid-arity",
        exceptions.JMESPathTypeError: "invalid-type",
        TypeError: "invalid-type",
        ValueError: "invalid-value",
        OverflowError: "invalid-value",
    }
    try:
        return ("value", plain(compiled.search(document)))
    except tuple(kinds) as error:
        return ("error", kinds[type(error)])


def ours(text: str, documents: list[Any]) -> list[Any]:
    """The same of compile_expression."""
    try:
        run = compile_expression(text, strict_null=True)
    except ExpressionError as error:
        return [("error", error.kind)] * len(documents)
    return [our_value(run, document) for document in documents]


def our_value(run: Any, document: Any) -> Any:
    """One answer of ours."""
    try:
        return ("value", plain(run(document)))
    except ExpressionError as error:
        return ("error", error.kind)


def reproducible(maker: Maker) -> Iterator[str]:
    """Expressions whose answer cannot hold the address of an object, as that of `to_string(&a)` does in jmespath."""
    while True:
        text = maker.expression()
        if not ADDRESS.search(text):
            yield text
