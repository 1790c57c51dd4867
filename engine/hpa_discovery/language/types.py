# SPDX-License-Identifier: Apache-2.0
"""What a `let` may hold: its type, its limits, and what absent means.

Null is absent, and so is an empty list; "" is not. A value of the wrong type
or outside its limits is a LetError, which the engine reports as `let.type`:
never a guess.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.patterns import compile_pattern
from hpa_discovery.language.rule import Let
from hpa_discovery.language.values import is_number, is_usable, same, show
from hpa_discovery.model import UNITS

Check = Callable[[Any], Any]


class LetError(Exception):
    """A value that its `let` does not allow; the message names the value and what is allowed."""


def compile_check(let: Let) -> Check:
    """A function from the expression's value to the let's value; None is absent."""
    check = _TYPES[let.type]
    limits = _limits(let)
    default = let.default
    if let.type == "string" and not limits and default is None and not let.sensitive:
        return _plain_text

    def run(value: Any) -> Any:
        if value is None or value == []:
            return default
        result = check(value)
        if result is None:
            raise LetError(f"{show(value, sensitive=let.sensitive)} is not {_article(let.type)}")
        for limit in limits:
            limit(result)
        return result

    return run


def _plain_text(value: Any) -> Any:
    if value is None or type(value) is str:
        return value
    if value == []:
        return None
    raise LetError(f"{show(value)} is not a string")


def _article(word: str) -> str:
    return {"size": "a size {value, unit: KB|MB|GB}"}.get(word, f"{'an' if word[0] in 'aeiou' else 'a'} {word}")


def _string(value: Any) -> Any:
    return value if isinstance(value, str) else None


def _integer(value: Any) -> Any:
    return int(value) if is_usable(value) and value == int(value) else None


def _number(value: Any) -> Any:
    return value if is_usable(value) else None


def _boolean(value: Any) -> Any:
    return value if isinstance(value, bool) else None


def _size(value: Any) -> Any:
    if not isinstance(value, dict) or value.get("unit") not in UNITS:
        return None
    amount = value.get("value")
    if isinstance(amount, int) and not isinstance(amount, bool) and amount >= 0:
        amount = str(amount)
    if not isinstance(amount, str) or not (amount.isascii() and amount.isdigit()):
        return None
    return {"value": amount, "unit": value["unit"]}


def _list(value: Any) -> Any:
    return value if isinstance(value, list) else None


def _object(value: Any) -> Any:
    return value if isinstance(value, dict) else None


_TYPES: dict[str, Check] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "size": _size,
    "list": _list,
    "object": _object,
}


def _limits(let: Let) -> list[Callable[[Any], None]]:
    """The let's enum, pattern, minimum and maximum; of a list they bind each item."""
    one = [limit for limit in (_enum(let), _pattern(let), _range(let)) if limit]
    if let.type != "list":
        return one
    return [_per_item(limit) for limit in one]


def _per_item(limit: Callable[[Any], None]) -> Callable[[Any], None]:
    def run(items: Any) -> None:
        for item in items:
            limit(item)

    return run


def _enum(let: Let) -> Callable[[Any], None] | None:
    if let.enum is None:
        return None
    allowed = let.enum
    words = ", ".join(map(str, allowed))

    def run(value: Any) -> None:
        if not any(same(value, item) for item in allowed):
            raise LetError(f"{show(value, sensitive=let.sensitive)} is not one of {words}")

    return run


def _pattern(let: Let) -> Callable[[Any], None] | None:
    if let.pattern is None:
        return None
    text = let.pattern
    matches = compile_pattern(text, DEFAULT.pattern_chars).matches

    def run(value: Any) -> None:
        if not isinstance(value, str) or not matches(value):
            raise LetError(f"{show(value, sensitive=let.sensitive)} does not match {text}")

    return run


def _range(let: Let) -> Callable[[Any], None] | None:
    if let.minimum is None and let.maximum is None:
        return None
    low = -math.inf if let.minimum is None else let.minimum
    high = math.inf if let.maximum is None else let.maximum
    words = _range_words(let.minimum, let.maximum)

    def run(value: Any) -> None:
        if not is_number(value) or not low <= value <= high:
            raise LetError(f"{show(value, sensitive=let.sensitive)} is not {words}")

    return run


def _range_words(minimum: float | None, maximum: float | None) -> str:
    if maximum is None:
        return f"{minimum} or more"
    return f"{maximum} or less" if minimum is None else f"from {minimum} to {maximum}"
