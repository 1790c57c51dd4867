# SPDX-License-Identifier: Apache-2.0
"""What is a subject at all: a JSON object of bounded size and depth, in text that UTF-8 can write."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import replace
from decimal import Decimal
from enum import IntEnum
from typing import Any

import pytest

from discovery.small_packs import SOURCE, codes, generation, lets
from hpa_discovery.discovery.subject import check_subject
from hpa_discovery.language.budgets import DEFAULT

MOST = DEFAULT.subject_bytes
NEAR = MOST - 64  # a few bytes of punctuation are counted too


class Text(str):
    """Text that may say anything about itself."""

    __slots__ = ()


class Object(dict[str, Any]):
    """An object that may say anything about itself."""


class Number(IntEnum):
    """A number that is more than one."""

    ONE = 1


def code(value: Any) -> str:
    """The code of what is wrong with the subject; "" when nothing is."""
    found = check_subject(value)
    assert found is None or (found.level, found.rule) == ("error", "")
    return "" if found is None else found.code


def nested(levels: int, *, lists: bool = False) -> dict[str, Any]:
    """An object of so many levels, itself the first."""
    value: Any = [] if lists else {}
    for _ in range(levels - 2):
        value = [value] if lists else {"k": value}
    return {"k": value}


FINE = [
    {},
    {"extra_specs": {}},
    {"a": None, "b": True, "c": 1, "d": 1.5, "e": "x", "f": [], "g": {}},
    {"": ""},
    {"k": "ü€😀\0\x7f\u2028"},
    {"ü€😀": ["ü", 1, "€"]},
    {"k": [10**300 - 1, -(10**300) + 1]},
    {"k": [1.7976931348623157e308, -0.0, 5e-324]},
]


@pytest.mark.parametrize("value", FINE)
def test_a_subject(value: dict[str, Any]) -> None:
    """Every JSON object of common size is a subject."""
    assert check_subject(value) is None


NO_OBJECTS = [None, True, 1, 1.5, "text", "{}", b"{}", [], [{}], (), {1}, Object(), OrderedDict(k="x")]


@pytest.mark.parametrize("value", NO_OBJECTS, ids=repr)
def test_no_object(value: Any) -> None:
    """What is no plain object is subject.type."""
    assert code(value) == "subject.type"


NO_JSON = [b"x", bytearray(b"x"), (), (1, 2), {1}, frozenset(), Decimal(1), 1j, Text("x"), Object(), Number.ONE, object]


@pytest.mark.parametrize("value", NO_JSON, ids=repr)
def test_no_json_value(value: Any) -> None:
    """A value that JSON does not have, and what only claims to be one, is subject.type wherever it stands."""
    for subject in ({"k": value}, {"k": [value]}, {"k": [1, {"k": value}]}, {"a": "x", "k": value, "b": "y"}):
        assert code(subject) == "subject.type"


@pytest.mark.parametrize("key", [1, 1.5, None, True, b"k", ("k",), Number.ONE, Text("k")], ids=repr)
def test_keys_are_text(key: Any) -> None:
    """A key that is no text is subject.type, at the top and below, alone and beside others; in a context as well."""
    known = generation({"let": lets(x="flavor.k")})
    for subject in ({key: "x"}, {"k": {key: "x"}}, {"a": "x", key: 1, "b": []}):
        assert code(subject) == "subject.type"
        assert codes(known.evaluate(SOURCE, subject)) == ["subject.type"]
        assert codes(known.evaluate(SOURCE, {}, subject)) == ["context.type"]


SURROGATES: list[dict[str, Any]] = [
    {"k": "\ud800"},
    {"k": "\udfff x"},
    {"\ud800": "x"},
    {"a": {"\udc80": 1}},
    {"a": ["x", "\udc80"]},
    {"a": [1, "\udc80"]},
    {"a": 1, "b": {"c": "x", "d": None, "e": "\ud83d"}},
    {"k": "\ude00\ud83d"},
]


@pytest.mark.parametrize("value", SURROGATES, ids=ascii)
def test_lone_surrogates(value: dict[str, Any]) -> None:
    """Text that UTF-8 cannot write, in keys and values, is subject.text."""
    assert code(value) == "subject.text"


NUMBERS = [float("nan"), float("inf"), float("-inf"), 10**300, -(10**300), 10**5000]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: f"{number:.3}" if isinstance(number, float) else "long")
def test_numbers(number: float) -> None:
    """NaN, the infinite, and whole numbers of more than 300 digits are subject.number."""
    for subject in ({"k": number}, {"k": [number]}, {"a": "x", "k": {"k": number}}):
        assert code(subject) == "subject.number"


@pytest.mark.parametrize("lists", [False, True])
def test_depth(lists: bool) -> None:
    """64 levels are read, the 65th is limit.subject_depth; so is any depth beyond."""
    assert code(nested(64, lists=lists)) == ""
    assert code(nested(65, lists=lists)) == "limit.subject_depth"
    assert code(nested(100_000, lists=lists)) == "limit.subject_depth"


LARGE = {
    "one text": lambda size: {"k": "x" * size},
    "one text beside others": lambda size: {"k": "x" * size, "n": 1},
    "two bytes a character": lambda size: {"k": "ü" * (size // 2)},
    "three bytes a character": lambda size: {"k": "€" * (size // 3), "n": 1},
    "four bytes a character": lambda size: {"k": "😀" * (size // 4)},
    "a key": lambda size: {"x" * size: 1},
    "a key of two bytes": lambda size: {"ü" * (size // 2): "x"},
    "below": lambda size: {"k": [{"k": ["x" * size]}]},
    "two halves": lambda size: {"a": {"k": "x" * (size // 2)}, "b": ["x" * (size // 2)]},
    "many texts": lambda size: {"k": ["x" * 1020] * (size // 1024)},
}


@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
def test_size(make: Any) -> None:
    """A subject of just under 1 MiB is read, one of just over is limit.subject; bytes count, not characters."""
    assert code(make(NEAR)) == ""
    assert code(make(MOST + 1024)) == "limit.subject"


VALUES: list[Any] = [None, True, 1, -1.5, "", [], {}, "x", 10**299]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:8])
def test_many_values(value: Any) -> None:
    """Of small values too a megabyte of JSON is too much, and an eighth of that is not."""
    count = MOST // len(json.dumps([value], separators=(",", ":")))
    assert code({"k": [value] * (count // 8)}) == ""
    assert code({"k": [value] * (2 * count)}) == "limit.subject"
    assert code({"k": ["x", value] * (2 * count)}) == "limit.subject"


def test_other_limits() -> None:
    """The limits are the caller's, and so is the name of what is looked at."""
    limits = replace(DEFAULT, subject_bytes=100, subject_depth=3)
    assert check_subject({"k": ["x" * 50]}, "the flavor", limits) is None
    large = check_subject({"k": "x" * 101}, "the flavor", limits)
    deep = check_subject(nested(4), "the flavor", limits)
    assert large is not None
    assert deep is not None
    assert (large.code, deep.code) == ("limit.subject", "limit.subject_depth")
    for told in (large, deep):
        assert told.message.startswith("the flavor ")


LONG = "x" * 500_000
SHARED: dict[str, Any] = {
    "a text": {"k": [LONG] * 10**6},
    "a text among others": {"k": [LONG, 1] * 10**6},
    "a text of two bytes a character": {"k": ["ü" * 500_000] * 10**6},
    "such a text among others": {"k": ["ü" * 500_000, 1] * 10**6},
    "a long number": {"k": [10**299] * 10**6},
    "a list of many": {"k": [[1] * 100_000] * 10**6},
    "an object of many": {"k": [dict.fromkeys(map(str, range(20_000)), 1)] * 10**6},
    "an object": {"k": [{"k": LONG[:1000]}] * 10**6},
}


@pytest.mark.parametrize("value", SHARED.values(), ids=SHARED)
def test_one_object_many_times(value: dict[str, Any]) -> None:
    """What is short in memory and long when written is refused without being written."""
    assert code(value) == "limit.subject"


@pytest.mark.parametrize("lists", [False, True])
def test_doubling(lists: bool) -> None:
    """Sixty levels, each holding the next one twice, are refused before they are all looked at."""
    value: Any = {}
    for _ in range(60):
        value = [value, value] if lists else {"a": value, "b": value}
    assert code({"k": value}) == "limit.subject"


def test_each_subject_is_judged_alone() -> None:
    """A bad subject leaves every feature unknown, and the next one is answered."""
    known = generation({"let": lets(x="flavor.name")})
    bad = known.evaluate(SOURCE, {"extra_specs": {}, "name": "\ud800"})
    good = known.evaluate(SOURCE, {"extra_specs": {}, "name": "n"})
    assert (codes(bad), [unknown.feature for unknown in bad.unknown]) == (["subject.text"], ["f-a"])
    assert "the flavor" in bad.diagnostics[0].message
    assert len(good.capabilities) == 1
