# SPDX-License-Identifier: Apache-2.0
"""A fault that a JSON Schema found, told so that a person can act on it: where, what, and what is allowed.

Where several keywords complain about one mistake, one speaks: a misspelt key is
not also a missing one, nor one too many.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from hpa_discovery.language.spelling import nearest
from hpa_discovery.language.values import show

if TYPE_CHECKING:
    from jsonschema import ValidationError

Pointer = tuple[str | int, ...]

MOST_UNKNOWN_KEYS = 20  # of one mapping; whoever has more has another kind of file in hand
_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}


class Fault(NamedTuple):
    """What is wrong at `pointer`; `on_key` says that the last key of it is at fault, not its value.

    `lost` says that the value cannot be used; else what is wrong is in it.
    """

    pointer: Pointer
    message: str
    hint: str = ""
    on_key: bool = False
    lost: bool = False


def describe(error: ValidationError, document: str) -> Iterator[Fault]:
    """The faults in one jsonschema error; `document` is what to call the whole of it, such as `the rule`."""
    pointer = tuple(error.absolute_path)
    if "propertyNames" in error.absolute_schema_path:
        label = f"the name {show(error.instance)} in {_label(pointer, document)}"
        yield Fault((*pointer, str(error.instance)), f"{label} {_expectation(error)}", on_key=True)
        return
    word = str(error.validator)
    for fault in _TELL.get(word, _not_allowed)(error, pointer, _label(pointer, document)):
        yield fault._replace(lost=word not in _ABOUT_MEMBERS)


def _label(pointer: Pointer, document: str) -> str:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in pointer]
    return "".join(parts).removeprefix(".") or document


def _expectation(error: ValidationError) -> str:
    return str(_schema(error).get("errorMessage", "is not allowed here"))


def _schema(error: ValidationError) -> Mapping[str, Any]:
    schema = error.schema
    return schema if isinstance(schema, Mapping) else {}


def _unknown_keys(error: ValidationError) -> list[str]:
    schema, instance = _schema(error), _mapping(error)
    if schema.get("additionalProperties") is not False:
        return []
    return [str(key) for key in instance if key not in schema.get("properties", {})]


def _mapping(error: ValidationError) -> Mapping[str, Any]:
    instance = error.instance
    return instance if isinstance(instance, dict) else {}


def _not_allowed(error: ValidationError, _pointer: Pointer, label: str) -> Iterator[Fault]:
    shown = "" if isinstance(error.instance, dict | list) else f" ({show(error.instance)})"
    yield Fault(tuple(error.absolute_path), f"{label}{shown} {_expectation(error)}")


def _wrong_keys(error: ValidationError, pointer: Pointer, label: str) -> Iterator[Fault]:
    """Too many or too few keys: left to the unknown or missing ones, where there are any."""
    missing = [key for key in _schema(error).get("required", ()) if key not in _mapping(error)]
    if not missing and not _unknown_keys(error):
        yield from _not_allowed(error, pointer, label)


def _not_one(error: ValidationError, _pointer: Pointer, label: str) -> Iterator[Fault]:
    """None or several of keys that exclude each other: left to an unknown key that may be meant for one of them."""
    options: Any = error.validator_value
    names = [key for option in options for key in option["required"]]
    there = not _mapping(error).keys().isdisjoint(names)
    if there or not any(nearest(key, names) for key in _unknown_keys(error)[:MOST_UNKNOWN_KEYS]):
        yield from _not_allowed(error, _pointer, label)


def _wrong_type(error: ValidationError, pointer: Pointer, label: str) -> Iterator[Fault]:
    types: Any = error.validator_value
    wanted = [types] if isinstance(types, str) else types
    words = [_TYPES[name] for name in wanted]
    expected = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
    value = error.instance
    if value is None:
        yield Fault(pointer, f"{label} has no value; it must be {expected}")
        return
    yield Fault(pointer, f"{label} must be {expected}, not {show(value)}", _type_hint(value, wanted, _schema(error)))


def _type_hint(value: Any, wanted: Sequence[str], schema: Mapping[str, Any]) -> str:
    """What to write in place of a value that is none of the `wanted` types."""
    if isinstance(value, str) and {"integer", "number", "boolean"} & set(wanted):
        return "write it without quotes"
    if "string" in wanted and not isinstance(value, dict | list):
        fits = re.search(schema.get("pattern", ""), show(value)) is not None
        return f'quote it: "{show(value)}"' if fits else f"it {schema.get('errorMessage', 'must be text')}"
    if "array" in wanted:
        return "write each entry of the list behind a dash: - ..."
    if "object" in wanted and "errorMessage" in schema:
        return f"it {schema['errorMessage']}"
    keys = ", ".join(schema.get("properties", ()))
    return f"its keys are: {keys}" if "object" in wanted and keys else ""


def _missing(error: ValidationError, pointer: Pointer, label: str) -> Iterator[Fault]:
    schema = _schema(error)
    required: Any = error.validator_value
    name = next(key for key in required if error.message.startswith(repr(key)))
    if any(nearest(key, [name]) for key in _unknown_keys(error)[:MOST_UNKNOWN_KEYS]):
        return
    hint = "" if "properties" in schema else str(schema.get("errorMessage", ""))
    yield Fault(pointer, f"{label} lacks {name}", hint)


def _unknown(error: ValidationError, pointer: Pointer, label: str) -> Iterator[Fault]:
    schema = _schema(error)
    allowed = list(schema.get("properties", {}))
    rule = f"; it {schema['errorMessage']}" if "errorMessage" in schema else ""
    for key in islice(_unknown_keys(error), MOST_UNKNOWN_KEYS):
        meant = nearest(key, allowed)
        hint = f"did you mean {meant}?" if meant else f"allowed: {', '.join(allowed)}{rule}"
        yield Fault((*pointer, key), f"{label} has no key {show(key)}", hint, on_key=True)


def _not_one_of(error: ValidationError, pointer: Pointer, label: str) -> Iterator[Fault]:
    if "errorMessage" in _schema(error):
        yield from _not_allowed(error, pointer, label)
        return
    words: Any = error.validator_value
    meant = nearest(error.instance, words) if isinstance(error.instance, str) else ""
    allowed = ", ".join(map(str, words))
    hint = f"did you mean {meant}?" if meant else ""
    yield Fault(pointer, f"{label} is {show(error.instance)}; allowed: {allowed}", hint)


def _not_the_one(error: ValidationError, pointer: Pointer, label: str) -> Iterator[Fault]:
    if "errorMessage" in _schema(error):
        yield from _not_allowed(error, pointer, label)
        return
    yield Fault(pointer, f"{label} is {show(error.instance)}; it must be {error.validator_value}")


def _too_short(error: ValidationError, pointer: Pointer, label: str) -> Iterator[Fault]:
    if error.validator_value == 1:
        yield Fault(pointer, f"{label} is empty")
    else:
        yield Fault(pointer, f"{label} is shorter than {error.validator_value}")


def _too_long(error: ValidationError, pointer: Pointer, label: str) -> Iterator[Fault]:
    yield Fault(pointer, f"{label} is longer than {error.validator_value} characters")


def _too_small(error: ValidationError, pointer: Pointer, label: str) -> Iterator[Fault]:
    yield Fault(pointer, f"{label} is {show(error.instance)}; it must be at least {error.validator_value}")


def _too_large(error: ValidationError, pointer: Pointer, label: str) -> Iterator[Fault]:
    yield Fault(pointer, f"{label} is {show(error.instance)}; it must be at most {error.validator_value}")


# What these keywords complain about is which members there are.
_ABOUT_MEMBERS = frozenset({"additionalProperties", "maxProperties", "minProperties", "oneOf", "required"})

_TELL: Mapping[str, Callable[[ValidationError, Pointer, str], Iterator[Fault]]] = {
    "additionalProperties": _unknown,
    "const": _not_the_one,
    "enum": _not_one_of,
    "maximum": _too_large,
    "maxLength": _too_long,
    "maxProperties": _wrong_keys,
    "minimum": _too_small,
    "minItems": _too_short,
    "minLength": _too_short,
    "minProperties": _wrong_keys,
    "not": _not_allowed,
    "oneOf": _not_one,
    "pattern": _not_allowed,
    "required": _missing,
    "type": _wrong_type,
}
