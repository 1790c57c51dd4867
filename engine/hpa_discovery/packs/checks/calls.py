# SPDX-License-Identifier: Apache-2.0
"""What is known of a call: whether there is such a function, whether its arguments fit, and what it gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from hpa_discovery.language.costs import Node
from hpa_discovery.language.functions import FUNCTIONS
from hpa_discovery.language.signatures import Function
from hpa_discovery.language.spelling import nearest
from hpa_discovery.packs.checks.guesses import (
    ANY,
    NUMBER,
    OBJECT,
    SIZE,
    STRING,
    Guess,
    any_member,
    array_of,
    closed_object,
    described,
    member_of,
    union,
)
from hpa_discovery.packs.checks.tokens import Places

_ARRAY = frozenset({"array"})
_GROUP = re.compile(r"\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>")


class Walker(Protocol):
    """What a call needs of the walk through its expression."""

    places: Places

    def walk(self, node: Node, current: Guess | None = None) -> Guess:
        """The guess of an argument."""

    def fault(self, code: str, message: str, offset: int, hint: str = "") -> None:
        """Report what is wrong with the call."""

    def check_key(self, name: str, current: Guess) -> None:
        """Report a key that the object cannot have."""


def answer(walker: Walker, node: Node, current: Guess | None) -> Guess:
    """The guess of a call."""
    function = FUNCTIONS.get(node["value"])
    arguments = _arguments(walker, node, current)
    if function is None:
        _unknown(walker, node["value"])
        return ANY
    if not function.accepts(len(arguments)):
        _arity(walker, function, len(arguments))
        return ANY
    _check(walker, function, arguments)
    if function.name == "lookup" and len(arguments) == 2 and (key := _literal(node, 1)) is not None:
        walker.check_key(key, arguments[0])
    special = _SPECIAL.get(function.name)
    if special is not None:
        return special(node, arguments)
    result = function.result - {"null"}
    return Guess(result) if len(result) < 5 else ANY


def _arguments(walker: Walker, node: Node, current: Guess | None) -> list[Guess]:
    """The guesses of the arguments; the body of `&` sees the items of the list beside it."""
    children = node["children"]
    plain = [walker.walk(child, current) for child in children if child["type"] != "expref"]
    item = next((guess.element for guess in plain if guess.element is not None), ANY)
    found, rest = [], iter(plain)
    for child in children:
        if child["type"] == "expref":
            body = walker.walk(child["children"][0], item)
            found.append(Guess(frozenset({"expref"}), element=body))
        else:
            found.append(next(rest))
    return found


def _unknown(walker: Walker, name: str) -> None:
    meant = nearest(name, FUNCTIONS)
    hint = f"did you mean {meant}()?" if meant else f"there are: {', '.join(FUNCTIONS)}"
    walker.fault("expr.unknown_function", f"there is no function {name[:80]}()", walker.places.call(name), hint)


def _arity(walker: Walker, function: Function, count: int) -> None:
    least, most = function.arity_min, function.arity_max
    wanted = f"{least} or more" if most is None else f"{least}" if least == most else f"{least} to {most}"
    message = f"{function.name}() takes {wanted} argument{'' if wanted == '1' else 's'}, not {count}"
    hint = f"write {function.name}({', '.join(function.parameters)})"
    walker.fault("expr.arity", message, walker.places.call(function.name), hint)


def _check(walker: Walker, function: Function, arguments: Sequence[Guess]) -> None:
    last = len(function.parameters) - 1
    for index, guess in enumerate(arguments):
        words = _allowed(function.parameters[min(index, last)])
        if words is None or guess.may_be(*words, "null"):
            continue
        wanted = " or ".join(described(Guess(frozenset({word}))) for word in sorted(words))
        what = f"argument {index + 1} of {function.name}()" if len(arguments) > 1 else f"{function.name}()"
        message = f"{what} takes {wanted}, and {guess.place or 'this'} is {described(guess)}"
        walker.fault("expr.type", message, walker.places.call(function.name), _hint(words, guess))


def _hint(words: frozenset[str], guess: Guess) -> str:
    if guess.may_be("string") and "number" in words:
        return "turn text into a number with to_int()"
    if guess.may_be("number") and "string" in words:
        return "turn it into text with to_string()"
    return ""


def _allowed(parameter: str) -> frozenset[str] | None:
    if parameter == "any":
        return None
    return frozenset(word.partition("-")[0] for word in parameter.split("|"))


def _literal(node: Node, index: int) -> str | None:
    """The text of a literal argument."""
    if index >= len(node["children"]):
        return None
    child = node["children"][index]
    return child["value"] if child["type"] == "literal" and isinstance(child["value"], str) else None


def _entries(_node: Node, arguments: Sequence[Guess]) -> Guess:
    return array_of(closed_object({"key": STRING, "value": any_member(arguments[0])}))


def _lookup(node: Node, arguments: Sequence[Guess]) -> Guess:
    if len(arguments) == 2 and (key := _literal(node, 1)) is not None:
        return member_of(arguments[0], key) or ANY
    return any_member(arguments[0])


def _match(node: Node, _arguments: Sequence[Guess]) -> Guess:
    pattern = _literal(node, 1)
    if pattern is None:
        return OBJECT
    return closed_object({**dict.fromkeys(_GROUP.findall(pattern), STRING), "0": STRING})


def _to_size(_node: Node, _arguments: Sequence[Guess]) -> Guess:
    return SIZE


def _texts(_node: Node, _arguments: Sequence[Guess]) -> Guess:
    return array_of(STRING)


def _numbers(_node: Node, _arguments: Sequence[Guess]) -> Guess:
    return array_of(NUMBER)


def _same(_node: Node, arguments: Sequence[Guess]) -> Guess:
    return Guess(_ARRAY, element=arguments[0].element) if arguments[0].types == _ARRAY else ANY


def _item(_node: Node, arguments: Sequence[Guess]) -> Guess:
    return arguments[0].element or ANY


def _map(_node: Node, arguments: Sequence[Guess]) -> Guess:
    return array_of(arguments[0].element or ANY)


def _any_of(_node: Node, arguments: Sequence[Guess]) -> Guess:
    return union(*arguments) if arguments else ANY


def _values(_node: Node, arguments: Sequence[Guess]) -> Guess:
    return array_of(any_member(arguments[0]))


def _to_array(_node: Node, arguments: Sequence[Guess]) -> Guess:
    guess = arguments[0]
    return guess if guess.types == _ARRAY else array_of(guess if not guess.may_be("array") else ANY)


def _merge(_node: Node, _arguments: Sequence[Guess]) -> Guess:
    return OBJECT


_SPECIAL: Mapping[str, Callable[[Node, Sequence[Guess]], Guess]] = {
    "entries": _entries,
    "keys": _texts,
    "lookup": _lookup,
    "map": _map,
    "match": _match,
    "max": _item,
    "max_by": _item,
    "merge": _merge,
    "min": _item,
    "min_by": _item,
    "not_null": _any_of,
    "range": _numbers,
    "reverse": _same,
    "sort": _same,
    "sort_by": _same,
    "split": _texts,
    "to_array": _to_array,
    "to_size": _to_size,
    "unique": _same,
    "values": _values,
}
