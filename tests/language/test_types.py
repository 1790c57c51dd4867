# SPDX-License-Identifier: Apache-2.0
"""Lets: what each type takes, what its limits say, and what absent means."""

from __future__ import annotations

from typing import Any

import pytest

from hpa_discovery.language.rule import Let
from hpa_discovery.language.types import LetError, compile_check

SIZE = {"value": "2", "unit": "MB"}
HUGE = 10**400
INFINITE, NAN = float("inf"), float("nan")

TAKEN: list[tuple[Any, Any, Any]] = [
    ("string", "x", "x"),
    ("string", "", ""),
    ("integer", 5, 5),
    ("integer", -5, -5),
    ("integer", 2.0, 2),
    ("integer", 10**18, 10**18),
    ("number", 2.5, 2.5),
    ("number", 2, 2),
    ("boolean", True, True),
    ("boolean", False, False),
    ("size", SIZE, SIZE),
    ("size", {"value": 2, "unit": "KB"}, {"value": "2", "unit": "KB"}),
    ("size", {**SIZE, "other": 1}, SIZE),
    ("list", ["x", 1], ["x", 1]),
    ("list", [[]], [[]]),
    ("object", {}, {}),
    ("object", {"a": 1}, {"a": 1}),
]


@pytest.mark.parametrize(("kind", "value", "expected"), TAKEN)
def test_values_of_the_type(kind: Any, value: Any, expected: Any) -> None:
    """A value of the type is taken: a float without fraction as an integer, a size with its number as text."""
    result = compile_check(Let("x", "x", kind))(value)
    assert result == expected
    assert type(result) is type(expected)


REFUSED: dict[Any, list[Any]] = {
    "string": [1, True, ["x"], {}, 1.5],
    "integer": ["5", 2.5, True, [5], {}, HUGE, -HUGE, INFINITE, NAN],
    "number": ["5", True, [5], HUGE, INFINITE, NAN],
    "boolean": ["true", 1, 0, [True]],
    "size": ["2 MB", 2, {"value": "2"}, {"unit": "MB"}, {"value": "2", "unit": "TB"}, {"value": "x", "unit": "MB"}]
    + [{"value": value, "unit": "MB"} for value in ("", "-2", "2.0", -2, 2.0, True, None, "\u0665", [])],
    "list": ["x", {}, 1, ("x",)],
    "object": ["x", ["x"], 1],
}


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in REFUSED.items() for value in values])
def test_values_of_another_type(kind: Any, value: Any) -> None:
    """Anything else is a fault that names the value and the type: nothing is guessed or converted."""
    with pytest.raises(LetError, match=kind):
        compile_check(Let("x", "x", kind))(value)


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("value", [None, []])
@pytest.mark.parametrize("default", [None, "anything"])
def test_absent(kind: Any, value: Any, default: Any) -> None:
    """Null and an empty list are absent; then the default stands, whatever the limits."""
    let = Let("x", "x", kind, enum=("other",), default=default)
    assert compile_check(let)(value) == default
    assert compile_check(Let("x", "x", kind, default=default))(value) == default


LIMITS: list[tuple[Any, dict[str, Any], list[Any], list[Any]]] = [
    ("string", {"enum": ("a", "b")}, ["a", "b"], ["c", "", "A"]),
    ("string", {"pattern": "[a-z]+"}, ["abc"], ["ABC", "abc1", ""]),
    ("string", {"enum": ("a", "b1"), "pattern": "[a-z]+"}, ["a"], ["b1", "c"]),
    ("integer", {"minimum": 1}, [1, 2.0], [0, -1]),
    ("integer", {"maximum": 8}, [8, -100], [9]),
    ("integer", {"minimum": 1, "maximum": 8}, [1, 8], [0, 9]),
    ("integer", {"enum": (1, 2)}, [1, 2.0], [3]),
    ("number", {"minimum": 0.5}, [0.5, 10**18], [0.4]),
    ("list", {"enum": ("a",)}, [["a", "a"]], [["a", "b"], [["a"]], [1]]),
    ("list", {"enum": (1,)}, [[1, 1.0]], [[True], ["1"]]),
    ("list", {"pattern": "a+"}, [["a", "aa"]], [["a", "b"], [1], [None]]),
    ("list", {"minimum": 1, "maximum": 2}, [[1, 2]], [[0], [3], ["1"], [True]]),
]


@pytest.mark.parametrize(
    ("kind", "limits", "value", "good"),
    [
        (kind, limits, value, good)
        for kind, limits, inside, outside in LIMITS
        for good, values in ((True, inside), (False, outside))
        for value in values
    ],
)
def test_limits(kind: Any, limits: dict[str, Any], value: Any, good: bool) -> None:
    """A limit binds the value, and each item of a list."""
    check = compile_check(Let("x", "x", kind, **limits))
    if good:
        assert check(value) == value
    else:
        with pytest.raises(LetError):
            check(value)


HIDDEN = "s3cret-0815"
SENSITIVE: list[tuple[Any, dict[str, Any], Any]] = [
    ("integer", {}, HIDDEN),
    ("string", {"enum": ("a",)}, HIDDEN),
    ("string", {"pattern": "a"}, HIDDEN),
    ("list", {"enum": ("a",)}, [HIDDEN]),
    ("integer", {"maximum": 1}, 20815),
]


@pytest.mark.parametrize(("kind", "limits", "value"), SENSITIVE)
def test_a_sensitive_value_is_not_told(kind: Any, limits: dict[str, Any], value: Any) -> None:
    """The message of a fault masks what is sensitive."""
    with pytest.raises(LetError) as fault:
        compile_check(Let("x", "x", kind, sensitive=True, **limits))(value)
    assert "***" in str(fault.value)
    assert "0815" not in str(fault.value)


LARGE = {"text": "x" * 1_000_000, "list": [0] * 1000, "object": {"a": "x" * 1000}, "number": 10**5000}


@pytest.mark.parametrize("value", LARGE.values(), ids=LARGE)
def test_a_fault_tells_little_of_a_large_value(value: Any) -> None:
    """However large the value, the message is short."""
    with pytest.raises(LetError) as fault:
        compile_check(Let("x", "x", "boolean"))(value)
    assert len(str(fault.value)) < 200
