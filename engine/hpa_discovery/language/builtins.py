# SPDX-License-Identifier: Apache-2.0
"""JMESPath's own functions, as jmespath 1.1.0 answers them, metered.

https://jmespath.org/specification.html#built-in-functions; where jmespath and
the text differ, jmespath is followed: it is the oracle of the tests.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from hpa_discovery.errors import ExpressionError
from hpa_discovery.language.budgets import CHARACTERS_PER_STEP, Meter
from hpa_discovery.language.signatures import (
    Expref,
    Function,
    NullRefused,
    function,
    refuse_value,
    shown,
    type_word,
)
from hpa_discovery.language.weights import spend_texts, spend_weight

_SMALL = 10**15

_write = json.JSONEncoder(separators=(",", ":"), default=str).encode


def _abs(_: Meter, number: float) -> float:
    return abs(number)


def _avg(meter: Meter, numbers: list[float]) -> float | None:
    meter.spend(len(numbers))
    try:
        return sum(numbers) / len(numbers) if numbers else None
    except OverflowError as error:
        raise refuse_value("avg", numbers, "numbers whose mean is a number") from error


def _rounded(name: str, to_whole: Callable[[float], int]) -> Callable[[Meter, float], int]:
    def run(_: Meter, number: float) -> int:
        try:
            return to_whole(number)
        except (ValueError, OverflowError) as error:
            raise refuse_value(name, number, "a finite number") from error

    return run


def _contains(meter: Meter, subject: str | list[Any], search: Any) -> bool:
    if isinstance(subject, str):
        if not isinstance(search, str):
            refusal = NullRefused if search is None else ExpressionError
            raise refusal("invalid-type", f"contains() cannot search a text for {shown(search)}: allowed is a text")
        meter.spend_text(len(subject))
        return search in subject
    meter.spend(len(subject))
    spend_weight(search, meter, len(subject))
    return search in subject


def _ends_with(meter: Meter, text: str, suffix: str) -> bool:
    meter.spend_text(len(suffix))
    return text.endswith(suffix)


def _starts_with(meter: Meter, text: str, prefix: str) -> bool:
    meter.spend_text(len(prefix))
    return text.startswith(prefix)


def _join(meter: Meter, separator: str, texts: list[str]) -> str:
    characters = sum(map(len, texts)) + len(separator) * len(texts)
    meter.spend(len(texts) + characters // CHARACTERS_PER_STEP)
    return separator.join(texts)


def _keys(meter: Meter, members: dict[str, Any]) -> list[str]:
    meter.spend(len(members))
    return list(members)


def _values(meter: Meter, members: dict[str, Any]) -> list[Any]:
    meter.spend(len(members))
    return list(members.values())


def _length(_: Meter, value: str | list[Any] | dict[str, Any]) -> int:
    return len(value)


def _map(meter: Meter, expression: Expref, items: list[Any]) -> list[Any]:
    meter.spend(len(items) * (expression.cost + 1))
    body = expression.body
    return [body(item, meter) for item in items]


def _extreme(choose: Callable[[list[Any]], Any]) -> Callable[[Meter, list[Any]], Any]:
    def run(meter: Meter, items: list[Any]) -> Any:
        _spend_sorting(items, meter)
        return choose(items) if items else None

    return run


def _spend_sorting(items: list[Any], meter: Meter) -> None:
    meter.spend(len(items))
    if items and isinstance(items[0], str):
        spend_texts(items, meter)


def _sort(meter: Meter, items: list[Any]) -> list[Any]:
    _spend_sorting(items, meter)
    return sorted(items)


def _key_of(name: str, expression: Expref, meter: Meter, allowed: tuple[str, ...]) -> Callable[[Any], Any]:
    body = expression.body

    def key(item: Any) -> Any:
        found = body(item, meter)
        if type_word(found) not in allowed:
            refusal = NullRefused if found is None else ExpressionError
            raise refusal("invalid-type", f"{name}() cannot order by {shown(found)}: allowed is {' or '.join(allowed)}")
        if isinstance(found, str):
            meter.spend_text(len(found))
        return found

    return key


_ORDERED = ("number", "string")


def _sort_by(meter: Meter, items: list[Any], expression: Expref) -> list[Any]:
    if not items:
        return items
    meter.spend((len(items) + 1) * (expression.cost + 1))
    first = _key_of("sort_by", expression, meter, _ORDERED)(items[0])
    return sorted(items, key=_key_of("sort_by", expression, meter, (type_word(first),)))


def _extreme_by(name: str, choose: Callable[..., Any]) -> Callable[[Meter, list[Any], Expref], Any]:
    def run(meter: Meter, items: list[Any], expression: Expref) -> Any:
        meter.spend(len(items) * (expression.cost + 1))
        key = _key_of(name, expression, meter, _ORDERED)
        try:
            return choose(items, key=key) if items else None
        except TypeError as error:
            raise ExpressionError("invalid-type", f"{name}() cannot order texts together with numbers") from error

    return run


def _merge(meter: Meter, *objects: dict[str, Any]) -> dict[str, Any]:
    meter.spend(sum(map(len, objects)))
    merged: dict[str, Any] = {}
    for members in objects:
        merged.update(members)
    return merged


def _merge_unchecked(meter: Meter, *objects: Any) -> dict[Any, Any]:
    """As jmespath has it: only the first argument is checked, and a list of pairs merges too."""
    merged: dict[Any, Any] = {}
    for members in objects:
        meter.spend(len(members) if isinstance(members, (str, list, dict)) else 1)
        try:
            merged.update(members)
        except ValueError as error:
            raise refuse_value("merge", members, "an object") from error
        except TypeError as error:
            raise ExpressionError("invalid-type", f"merge() cannot use {shown(members)}: allowed is object") from error
    return merged


def _not_null(_: Meter, *values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _reverse(meter: Meter, value: str | list[Any]) -> str | list[Any]:
    if isinstance(value, str):
        meter.spend_text(len(value))
    else:
        meter.spend(len(value))
    return value[::-1]


def _sum(meter: Meter, numbers: list[float]) -> float:
    meter.spend(len(numbers))
    try:
        return sum(numbers)
    except OverflowError as error:
        raise refuse_value("sum", numbers, "numbers whose sum is a number") from error


def _to_array(_: Meter, value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _to_number(meter: Meter, value: Any) -> float | None:
    if isinstance(value, str):
        meter.spend_text(len(value))
        return _number_in(value)
    if isinstance(value, Expref):
        raise ExpressionError("invalid-type", "to_number() cannot use an expression: allowed is a value")
    return value if type(value) in (int, float) else None


def _number_in(text: str) -> float | None:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return None


def to_string(meter: Meter, value: Any) -> str:
    """The text itself, or the value as compact JSON."""
    if isinstance(value, str):
        return value
    if type(value) is int and -_SMALL < value < _SMALL:
        return str(value)
    spend_weight(value, meter)
    try:
        return _write(value)
    except ValueError as error:
        raise refuse_value("to_string", value, "integers of at most 4300 digits") from error


def _type(_: Meter, value: Any) -> str | None:
    return None if isinstance(value, Expref) else type_word(value)


_COMPARABLE_ARRAY = "array-number|array-string"

BUILTINS: tuple[Function, ...] = (
    function("abs", "number", "number", _abs),
    function("avg", "array-number", "number|null", _avg),
    function("ceil", "number", "number", _rounded("ceil", math.ceil)),
    function("contains", "array|string any", "boolean", _contains),
    function("ends_with", "string string", "boolean", _ends_with),
    function("floor", "number", "number", _rounded("floor", math.floor)),
    function("join", "string array-string", "string", _join),
    function("keys", "object", "array", _keys),
    function("length", "string|array|object", "number", _length),
    function("map", "expref array", "array", _map),
    function("max", _COMPARABLE_ARRAY, "number|string|null", _extreme(max)),
    function("max_by", "array expref", "any", _extreme_by("max_by", max)),
    function("merge", "object", "object", _merge, variadic=True),
    function("min", _COMPARABLE_ARRAY, "number|string|null", _extreme(min)),
    function("min_by", "array expref", "any", _extreme_by("min_by", min)),
    function("not_null", "any", "any", _not_null, variadic=True),
    function("reverse", "array|string", "array|string", _reverse),
    function("sort", _COMPARABLE_ARRAY, "array", _sort),
    function("sort_by", "array expref", "array", _sort_by),
    function("starts_with", "string string", "boolean", _starts_with),
    function("sum", "array-number", "number", _sum),
    function("to_array", "any", "array", _to_array),
    function("to_number", "any", "number|null", _to_number),
    function("to_string", "any", "string", to_string),
    function("type", "any", "string", _type),
    function("values", "object", "array", _values),
)

# For JMESPath as published; rules have every argument of merge() checked.
MERGE_UNCHECKED = function("merge", "object any", "object", _merge_unchecked, optional=1, variadic=True)
