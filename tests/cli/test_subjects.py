# SPDX-License-Identifier: Apache-2.0
"""Reading input: which form a file has, and what becomes of rows that cannot be read."""

from __future__ import annotations

import io
import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpa_discovery.cli.subjects import LINE_BYTES, InputRow, read_rows

A = {"id": "a", "extra_specs": {}}
B = {"id": "b"}
ROW_A = json.dumps({"subject": A, "context": {"vimtype": "x"}})
ROW_B = json.dumps({"subject": B})
IN_A = InputRow(A, {"vimtype": "x"})
IN_B = InputRow(B)


def rows(text: bytes | str, document_bytes: int = 10 * LINE_BYTES) -> list[InputRow]:
    """The rows in `text`."""
    content = text if isinstance(text, bytes) else text.encode()
    return list(read_rows(io.BytesIO(content), "in.json", document_bytes))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (json.dumps(A), [InputRow(A)]),
        (json.dumps(A, indent=2), [InputRow(A)]),
        ("\ufeff" + json.dumps(A), [InputRow(A)]),
        (json.dumps([A, B]), [InputRow(A), InputRow(B)]),
        (json.dumps([A, B], indent=2), [InputRow(A), InputRow(B)]),
        (json.dumps([{"subject": A, "context": {"vimtype": "x"}}, B]), [IN_A, IN_B]),
        ("[\n" + ROW_A + "\n]", [IN_A]),
        ("[\n" + ROW_A + ",\n" + ROW_B + "\n]", [IN_A, IN_B]),
        (json.dumps({"flavors": [A, B], "flavors_links": []}), [InputRow(A), InputRow(B)]),
        (json.dumps({"flavors": [A, B]}, indent=1), [InputRow(A), InputRow(B)]),
        (json.dumps({"flavor": A}), [InputRow(A)]),
        (ROW_A, [IN_A]),
        (json.dumps({"subject": A, "context": {"vimtype": "x"}}, indent=2), [IN_A]),
        (f"{ROW_A}\n{ROW_B}\n", [IN_A, IN_B]),
        (f"{ROW_A}\r\n\r\n{ROW_B}", [IN_A, IN_B]),
        (f"\n\n{ROW_A}\n{ROW_B}\n", [IN_A, IN_B]),
        (f"{json.dumps(A)}\n{json.dumps(B)}\n", [InputRow(A), InputRow(B)]),
        (f"[1]\n{ROW_A}\n", [InputRow([1]), IN_A]),
        (f"null\n{ROW_A}\n", [InputRow(None), IN_A]),
        (f"7\n{ROW_A}\n", [InputRow(7), IN_A]),
        ("[]", []),
        ("", []),
        (" \n\n", []),
        ("[1, null]", [InputRow(1), InputRow(None)]),
    ],
)
def test_every_form_is_told_from_the_others(text: str, expected: list[InputRow]) -> None:
    """A document, a list, a Nova body and JSON Lines each give their subjects in order."""
    assert rows(text) == expected


@pytest.mark.parametrize(
    ("bad", "code", "words"),
    [
        ("{", "input.json", "is not JSON"),
        ("{'a': 1}", "input.json", "is not JSON"),
        ('{"subject": {"a": NaN}}', "input.json", "NaN is no JSON number"),
        ('{"subject": {"a": -Infinity}}', "input.json", "-Infinity is no JSON number"),
        (b'{"subject": "\xff"}', "input.json", "not UTF-8: byte 14 is 0xff"),
        ("[" * 100_000, "input.json", "nested too deeply"),
        ('{"subject": ' + "9" * 5000 + "}", "input.json", "more than 4,300 digits"),
        ('{"subject": {}} trailing', "input.json", "is not JSON"),
        ('{"subject": "' + "a" * LINE_BYTES + '"}', "limit.line", "longer than"),
    ],
)
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_bad_line_is_that_rows_problem_and_the_next_row_goes_on(
    bad: str | bytes, code: str, words: str, place: str
) -> None:
    """Wherever the bad line stands, it gives one row with a problem, and all others are read."""
    line = bad if isinstance(bad, bytes) else bad.encode()
    lines = [ROW_A.encode(), ROW_B.encode()]
    at = {"first": 0, "middle": 1, "last": 2}[place]
    lines.insert(at, line)

    found = rows(b"\n".join(lines))

    assert [row for index, row in enumerate(found) if index != at] == [IN_A, IN_B]
    problem = found[at].problem
    assert problem is not None
    assert (problem.code, problem.level) == (code, "error")
    assert words in problem.message
    assert f"in.json line {at + 1}" in problem.message


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ('{"id": 1,\n "b": }', "input.json", "line 2 column 7"),
        ("{,}", "input.json", "column 2"),
        ('{"a": "x', "input.json", "is not JSON: Unterminated string starting at column 7"),
        ('{\n"a": 1}\n{\n"a": 2}', "input.json", "line 3 column 1; a file is one JSON document, or one a line"),
        (b'{\n"a": "\xe9"}', "input.json", "not UTF-8: byte 9 is 0xe9"),
        ("[\n" * 200_000, "input.json", "nested too deeply"),
        (json.dumps([A] * 100, indent=1), "limit.document", "larger than 300 bytes; write it as JSON Lines"),
    ],
)
def test_a_bad_document_is_one_row_with_a_problem(text: str | bytes, code: str, words: str) -> None:
    """The problem says where the document is broken, or how large it may be."""
    limit = 300 if code.startswith("limit") else 10 * LINE_BYTES
    found = rows(text, limit)

    assert len(found) == 1
    problem = found[0].problem
    assert problem is not None
    assert problem.code == code
    assert words in problem.message


def test_a_single_line_larger_than_any_document_is_refused_and_what_follows_is_read() -> None:
    """One gigantic line is skipped without being kept."""
    found = rows(b'{"subject": "' + b"a" * (2 * LINE_BYTES) + b'"}\n' + ROW_B.encode(), LINE_BYTES + 100)

    assert found[0].problem is not None
    assert found[0].problem.code == "limit.line"
    assert found[1:] == [IN_B]


class _Endless(io.RawIOBase):
    """Rows without end, which counts what was read of them."""

    def __init__(self) -> None:
        self.lines = itertools.cycle([ROW_A.encode() + b"\n", ROW_B.encode() + b"\n"])
        self.read_lines = 0

    def readline(self, _size: int | None = -1, /) -> bytes:
        self.read_lines += 1
        return next(self.lines)


def test_lines_are_read_one_at_a_time() -> None:
    """The first rows of an endless file are there before more than the next line was read."""
    stream = _Endless()

    found = list(itertools.islice(read_rows(stream, "in"), 5))

    assert found == [IN_A, IN_B, IN_A, IN_B, IN_A]
    assert stream.read_lines <= 6


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
subjects = st.dictionaries(st.text(max_size=5), json_values, max_size=4)


@given(st.lists(subjects, min_size=1, max_size=6))
def test_rows_written_as_lines_come_back_in_order(values: list[dict[str, Any]]) -> None:
    """JSON Lines with any subjects give one row each, in order."""
    text = "".join(json.dumps({"subject": value}) + "\n" for value in values)

    assert [row.subject for row in rows(text)] == values


@given(st.lists(st.one_of(subjects, st.binary(min_size=1, max_size=12)), max_size=6), st.integers(0, 5))
def test_any_bytes_between_rows_cost_only_themselves(items: list[Any], at: int) -> None:
    """Good rows are never lost, whatever stands on the lines between them."""
    lines = [
        item.replace(b"\n", b"x").replace(b"\r", b"x") if isinstance(item, bytes) else _line(item) for item in items
    ]
    lines.insert(at, ROW_A.encode())
    good = [IN_A if line == ROW_A.encode() else InputRow(json.loads(line)["subject"]) for line in lines if _good(line)]

    found = rows(b"\n".join(lines))

    assert [row for row in found if row in good] == good
    assert all(row.problem is None or row.problem.level == "error" for row in found)


def _line(subject: dict[str, Any]) -> bytes:
    return json.dumps({"subject": subject}).encode()


def _good(line: bytes) -> bool:
    return line.startswith(b'{"subject"')
