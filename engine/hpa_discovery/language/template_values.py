# SPDX-License-Identifier: Apache-2.0
"""What a template does with values: write, compare and filter them.

The value of a missing name or member is None, and so is null: both are absent.
A filter of something absent is absent, except for `default`. What would only
be a guess (a list written as text, text ordered before a number) is a
TemplateError. Whatever makes text charges the meter first.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from hpa_discovery.errors import TemplateError
from hpa_discovery.language.budgets import Meter

# Far more digits than any count has, far fewer than int() and str() take long for.
_MOST_BITS = 4096


def write(value: Any) -> str | None:
    """The text of a value: text as it is, numbers in decimal, true or false; None when absent."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() <= _MOST_BITS:
        return str(value)
    if isinstance(value, float) and isfinite(value):
        return repr(value)
    raise TemplateError(f"{_kind(value)} cannot be written into text; use `from`, or pick a member of it")


def equal(meter: Meter, left: Any, right: Any) -> bool:
    """JSON equality of two scalars: 1 equals 1.0, but not true."""
    for value in (left, right):
        if isinstance(value, (list, dict)):
            raise TemplateError(f"{_kind(value)} cannot be compared in a template; compare in let or when")
    return _same(meter, left, right)


def _same(meter: Meter, left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str) and len(left) == len(right):
        meter.spend_text(len(left))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _unequal(meter: Meter, left: Any, right: Any) -> bool:
    return not equal(meter, left, right)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Meter, Any, Any], bool]:
    """`compare` for numbers; false where one is absent. Texts are not ordered: '10' < '9' helps nobody."""

    def run(_meter: Meter, left: Any, right: Any) -> bool:
        if left is None or right is None:
            return False
        for value in (left, right):
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise TemplateError(f"only numbers are ordered, not {_kind(value)}; convert with to_int in let")
        return compare(left, right)

    return run


COMPARE: Mapping[str, Callable[[Meter, Any, Any], bool]] = {
    "eq": equal,
    "ne": _unequal,
    "lt": _ordered(operator.lt),
    "lteq": _ordered(operator.le),
    "gt": _ordered(operator.gt),
    "gteq": _ordered(operator.ge),
}


def contains(meter: Meter, item: Any, container: Any) -> bool:
    """Whether `item` is in a list, is a key of an object, or is a part of a text; false where one is absent."""
    if container is None or item is None:
        return False
    if isinstance(container, list) and not isinstance(item, (list, dict)):
        meter.spend(len(container))
        return any(_same(meter, item, member) for member in container)
    if isinstance(item, str) and isinstance(container, dict):
        return item in container
    if isinstance(item, str) and isinstance(container, str):
        meter.spend_text(len(container))
        return item in container
    raise TemplateError(f"`in` cannot look for {_kind(item)} in {_kind(container)}")


def _kind(value: Any) -> str:
    kinds = {
        str: "a text",
        bool: "a truth value",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return kinds.get(type(value), f"a {type(value).__name__}")


def _text(value: Any, filter_name: str) -> str:
    if isinstance(value, str):
        return value
    raise TemplateError(f"the filter {filter_name} takes a text, not {_kind(value)}")


def _list(value: Any, filter_name: str) -> list[Any]:
    if isinstance(value, list):
        return value
    raise TemplateError(f"the filter {filter_name} takes a list, not {_kind(value)}")


def _lower(meter: Meter, value: Any) -> str:
    text = _text(value, "lower")
    meter.spend_text(len(text))
    return text.lower()


def _upper(meter: Meter, value: Any) -> str:
    # One character becomes at most three ("\u0390" does), so the charge bounds the work.
    text = _text(value, "upper")
    meter.spend_text(len(text))
    return text.upper()


def _trim(meter: Meter, value: Any) -> str:
    text = _text(value, "trim")
    meter.spend_text(len(text))
    return text.strip()


def _replace(meter: Meter, value: Any, old: Any, new: Any) -> str | None:
    if old is None or new is None:
        return None
    text, old, new = _text(value, "replace"), _text(old, "replace"), _text(new, "replace")
    if not old:
        raise TemplateError("the filter replace cannot replace the empty text")
    meter.spend_text(len(text))
    growth = len(new) - len(old)
    meter.spend_text(max(0, text.count(old) * growth))
    return text.replace(old, new)


def _join(meter: Meter, value: Any, separator: Any = "") -> str | None:
    if separator is None:
        return None
    items, between = _list(value, "join"), _text(separator, "join")
    meter.spend(len(items))
    texts: list[str] = []
    for item in items:
        text = write(item)
        if text is None:
            return None
        texts.append(text)
    meter.spend_text(sum(map(len, texts)) + len(between) * len(texts))
    return between.join(texts)


def _first(_meter: Meter, value: Any) -> Any:
    items = _list(value, "first")
    return items[0] if items else None


def _last(_meter: Meter, value: Any) -> Any:
    items = _list(value, "last")
    return items[-1] if items else None


def _length(_meter: Meter, value: Any) -> int:
    if isinstance(value, (str, list, dict)):
        return len(value)
    raise TemplateError(f"the filter length takes a text, a list or an object, not {_kind(value)}")


# All but `default`, which is the one that sees what is absent.
FILTER: Mapping[str, Callable[..., Any]] = {
    "first": _first,
    "join": _join,
    "last": _last,
    "length": _length,
    "lower": _lower,
    "replace": _replace,
    "trim": _trim,
    "upper": _upper,
}
