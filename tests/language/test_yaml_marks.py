# SPDX-License-Identifier: Apache-2.0
"""Marks of values, keys and characters inside scalars; and the ignore comments."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpa_discovery.language.yaml_reader import Document, Ignore, read_yaml

TEXT = """\
kind: Rule
spec:
  let:
    policy: {path: 'flavor."it''s".x', type: string}
    two: "a\\tb\\u0041c"
    long: >-
      one
      two
  list:
    - x
    - {y: 1}
"""


@pytest.fixture
def document() -> Document:
    """One text with every kind of scalar and container."""
    found = read_yaml(TEXT, "rule.yaml")
    assert not found.findings
    return found


@pytest.mark.parametrize(
    ("pointer", "value", "key"),
    [
        ((), (1, 1), (1, 1)),
        (("kind",), (1, 7), (1, 1)),
        (("spec", "let"), (4, 5), (3, 3)),
        (("spec", "let", "policy"), (4, 13), (4, 5)),
        (("spec", "let", "policy", "type"), (4, 46), (4, 40)),
        (("spec", "list", 0), (10, 7), (10, 7)),
        (("spec", "list", 1, "y"), (11, 11), (11, 8)),
    ],
)
def test_marks(
    document: Document, pointer: tuple[str | int, ...], value: tuple[int, int], key: tuple[int, int]
) -> None:
    """A pointer leads to where its value and its key stand."""
    assert document.mark(pointer) == value
    assert document.mark(pointer, key=True) == key


@pytest.mark.parametrize(
    ("pointer", "around"),
    [
        (("spec", "nothing"), ("spec",)),
        (("spec", "list", 7, "x"), ("spec", "list")),
        (("kind", "x", "y"), ("kind",)),
        (("nothing",), ()),
    ],
)
def test_marks_of_what_is_missing(
    document: Document, pointer: tuple[str | int, ...], around: tuple[str | int, ...]
) -> None:
    """What is not there is shown at the nearest value around it."""
    assert document.mark(pointer) == document.mark(around)
    assert document.mark(pointer, key=True) == document.mark(around, key=True)


@pytest.mark.parametrize(
    ("pointer", "offset", "expected"),
    [
        (("kind",), 2, (1, 9)),
        (("spec", "let", "policy", "path"), 0, (4, 21)),
        (("spec", "let", "policy", "path"), 8, (4, 29)),
        (("spec", "let", "policy", "path"), 11, (4, 33)),
        (("spec", "let", "two"), 1, (5, 12)),
        (("spec", "let", "two"), 4, (5, 21)),
        (("spec", "let", "two"), 900, (5, 22)),
        (("spec", "let", "long"), 3, (6, 11)),
        (("spec", "let"), 3, (4, 5)),
        (("spec", "gone"), 3, (3, 3)),
    ],
)
def test_marks_inside(
    document: Document, pointer: tuple[str | int, ...], offset: int, expected: tuple[int, int]
) -> None:
    """A character of a one-line scalar is found behind its quote and escapes; otherwise the scalar's start."""
    assert document.mark_inside(pointer, offset) == expected


@settings(max_examples=300, deadline=None)
@given(st.text("ab'\"\\\t\u00e9\U0001f600{[", min_size=1, max_size=12), st.data())
def test_marks_inside_any_quoted_text(text: str, data: st.DataObject) -> None:
    """The source at the mark is the character itself, or the escape that stands for it."""
    offset = data.draw(st.integers(0, len(text) - 1))
    single = "k: '" + text.replace("'", "''") + "'"
    double = 'k: "' + "".join(f"\\U{ord(char):08x}" for char in text) + '"'
    document = read_yaml(single, "f")
    assert document.value == {"k": text}
    assert single[document.mark_inside(("k",), offset).column - 1] == text[offset]
    escaped = read_yaml(double, "f").mark_inside(("k",), offset)
    assert double[escaped.column - 1 :].startswith(f"\\U{ord(text[offset]):08x}")


def test_marks_of_a_broken_file() -> None:
    """What stands before a syntax error keeps its marks."""
    document = read_yaml("a:\n  b: 1\n  c: {d: [1\n", "f")
    assert document.value is None
    assert document.mark(("a", "b")) == (2, 6)
    assert document.mark(("a", "c", "d")) == (3, 10)


def test_ignores() -> None:
    """An ignore on its own line is about the next line that says something; at the end of a line, about that line."""
    text = (
        "# hpa: ignore[expr.scope] first\n"
        "\n"
        "# a remark\n"
        "a: 1\n"
        "b: 2   # hpa: ignore[let.unused, expr.path_unknown] second reason\n"
        "c: '# hpa: ignore[x] no comment'\n"
        "d: |\n"
        "  # hpa: ignore[x] no comment either\n"
        "e: x#hpa:ignore\n"
        "# hpa: ignore[x] at the end\n"
    )
    document = read_yaml(text, "f")
    assert not document.findings
    assert document.ignores == (
        Ignore(4, ("expr.scope",), "first"),
        Ignore(5, ("let.unused", "expr.path_unknown"), "second reason"),
        Ignore(10, ("x",), "at the end"),
    )
