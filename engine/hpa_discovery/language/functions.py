# SPDX-License-Identifier: Apache-2.0
"""The registry of every function an expression may call, and our own on texts and objects.

Null in gives null out for all of them, through the parameter kinds: none of our
functions takes a null.
"""

from __future__ import annotations

from collections.abc import Mapping
from json.encoder import encode_basestring
from types import MappingProxyType
from typing import Any

from hpa_discovery.language.budgets import DEFAULT, Meter
from hpa_discovery.language.builtins import BUILTINS, MERGE_UNCHECKED
from hpa_discovery.language.patterns import compile_pattern
from hpa_discovery.language.quantities import QUANTITIES, read_int
from hpa_discovery.language.signatures import Function, function, refuse_value
from hpa_discovery.language.weights import spend_weight

_HASHED = 2**61 - 1  # from here on, Python gives different integers the same hash


def split(meter: Meter, text: str, separator: str) -> list[str]:
    """The parts between `separator`; empty parts are kept and nothing is trimmed."""
    if not separator:
        raise refuse_value("split", separator, "a separator of at least one character")
    meter.spend_text(len(text))
    meter.spend(text.count(separator) + 1)
    return text.split(separator)


def trim(meter: Meter, text: str) -> str:
    """The text without white space at its ends."""
    meter.spend_text(len(text))
    return text.strip()


def lower(meter: Meter, text: str) -> str:
    """The text in lower case."""
    meter.spend_text(len(text))
    return text.lower()


def upper(meter: Meter, text: str) -> str:
    """The text in upper case."""
    meter.spend_text(len(text))
    return text.upper()


def replace(meter: Meter, text: str, old: str, new: str) -> str:
    """The text with every `old` replaced by `new`, literally."""
    if not old:
        raise refuse_value("replace", old, "at least one character to replace")
    meter.spend_text(len(text))
    meter.spend_text(len(text) + text.count(old) * max(0, len(new) - len(old)))
    return text.replace(old, new)


def match(meter: Meter, text: str, pattern: str) -> dict[str, str | None] | None:
    """The named groups of an RE2 pattern that the whole text matches, and the text under "0"; else null."""
    compiled = compile_pattern(pattern, DEFAULT.pattern_chars)
    meter.spend(compiled.cost(text))
    return compiled.fullmatch(text)


def lookup(meter: Meter, members: dict[str, Any], *parts: str | float) -> Any:
    """The member whose key is the `parts` joined; null when there is none."""
    if len(parts) == 1 and isinstance(parts[0], str):
        return members.get(parts[0])
    meter.spend_text(sum(len(part) for part in parts if isinstance(part, str)))
    return members.get("".join(map(_key_part, parts)))


def _key_part(part: str | float) -> str:
    if isinstance(part, str):
        return part
    if not -(10**18) < part < 10**18 or part != int(part):
        raise refuse_value("lookup", part, "a text or a whole number of at most 18 digits")
    return str(int(part))


def entries(meter: Meter, members: dict[str, Any], prefix: str = "") -> list[dict[str, Any]]:
    """`[{key, value}]` of the members whose key starts with `prefix`, sorted, the prefix cut."""
    meter.spend(len(members))
    keys = sorted(key for key in members if key.startswith(prefix)) if prefix else sorted(members)
    meter.spend(2 * len(keys))
    meter.spend_text(sum(map(len, keys)))
    cut = len(prefix)
    return [{"key": key[cut:], "value": members[key]} for key in keys]


def unique(meter: Meter, items: list[Any]) -> list[Any]:
    """The items in order, the first of equal ones; equal as JSON values, so 1 is not true."""
    spend_weight(items, meter)
    seen: dict[Any, Any] = {}
    for item in items:
        seen.setdefault(_identity(item), item)
    return list(seen.values())


def _identity(value: Any) -> Any:
    """Something hashable that is equal for equal JSON values only.

    Hashes of texts cannot be foreseen. Those of long integers, and of what holds
    numbers, can, and thousands of equal ones would take seconds to tell apart.
    """
    if isinstance(value, (list, dict, bool)):
        return (_canonical(value),)
    number = _whole(value)
    return (_canonical(number),) if isinstance(number, int) and not -_HASHED < number < _HASHED else number


def _canonical(value: Any) -> str:
    if isinstance(value, list):
        return f"[{','.join(map(_canonical, value))}]"
    if isinstance(value, dict):
        members = sorted(f"{encode_basestring(key)}:{_canonical(member)}" for key, member in value.items())
        return f"{{{','.join(members)}}}"
    if isinstance(value, str):
        return encode_basestring(value)
    number = _whole(value)
    return f"{number:x}" if type(number) is int else repr(number)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def range_of(meter: Meter, count: float) -> list[int]:
    """The numbers 0 to `count` - 1."""
    whole = read_int(count)
    if whole is None:
        raise refuse_value("range", count, "a whole number")
    meter.spend(max(0, whole))
    return list(range(whole))


_OWN: tuple[Function, ...] = (
    function("entries", "object string", "array", entries, optional=1),
    function("lookup", "object string|number", "any", lookup, variadic=True),
    function("lower", "string", "string", lower),
    function("match", "string string", "object|null", match),
    function("range", "number", "array", range_of),
    function("replace", "string string string", "string", replace),
    function("split", "string string", "array", split),
    function("trim", "string", "string", trim),
    function("unique", "array", "array", unique),
    function("upper", "string", "string", upper),
    *QUANTITIES,
)

JMESPATH_FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {each.name: each for each in (*BUILTINS, MERGE_UNCHECKED)}
)
FUNCTIONS: Mapping[str, Function] = MappingProxyType({each.name: each for each in (*BUILTINS, *_OWN)})
