# SPDX-License-Identifier: Apache-2.0
"""The strict reader: what is refused, where, with which hint; and what is read all the same."""

from __future__ import annotations

from typing import Any

import pytest

from hpa_discovery.language.budgets import Limits
from hpa_discovery.language.yaml_build import Builder
from hpa_discovery.language.yaml_events import FAST, PURE
from hpa_discovery.language.yaml_reader import read_yaml

# text -> [(line, column, code, part of the hint)]
REFUSED: list[tuple[str, str, list[tuple[int, int, str, str]]]] = [
    ("duplicate key", "a: 1\nb:\n  c: 1\n  c: 2\na: 3\n", [
        (4, 3, "yaml.duplicate_key", "keep one"), (5, 1, "yaml.duplicate_key", "keep one")]),
    ("duplicate key in a list", "- {a: 1}\n- {a: 1, a: 2}\n", [(2, 10, "yaml.duplicate_key", "keep one")]),
    ("quoted and plain spelling of one key", "a: 1\n'a': 2\n", [(2, 1, "yaml.duplicate_key", "keep one")]),
    ("anchor and alias", "a: &x [1]\nb: *x\n", [
        (1, 4, "yaml.alias", "write the value out"), (2, 4, "yaml.alias", "'*x'")]),
    ("alias as a key", "*x : 1\n", [(1, 1, "yaml.alias", "'*x'")]),
    ("merge", "<<: {a: 1}\n", [(1, 1, "yaml.implicit", "write the members out")]),
    ("own tag", "a: !!python/object:os.system x\n", [(1, 4, "yaml.tag", "remove it")]),
    ("known tag", "a: !!str 1\n", [(1, 4, "yaml.tag", "quote")]),
    ("tag on a mapping", "a: !map {b: 1}\n", [(1, 4, "yaml.tag", "remove it")]),
    ("yes", "present: yes\n", [(1, 10, "yaml.implicit", "write true, or quote it: 'yes'")]),
    ("capital False", "a: False\n", [(1, 4, "yaml.implicit", "write false")]),
    ("on as a key", "on: 1\n", [(1, 1, "yaml.implicit", "'on'")]),
    ("number as a key", "8086: intel\n", [(1, 1, "yaml.implicit", "'8086'")]),
    ("true as a key", "true: 1\n", [(1, 1, "yaml.implicit", "'true'")]),
    ("null as a key", "~: 1\n", [(1, 1, "yaml.implicit", "'~'")]),
    ("list as a key", "? [a]\n: 1\n", [(1, 3, "yaml.syntax", "quote it")]),
    ("bare template", "key: {{ i }}\n", [(1, 7, "yaml.syntax", "quote a template: '{{ ... }}'")]),
    ("comma in a call", "a: {path: f(b, c), type: x}\n", [(1, 16, "yaml.syntax", "path on its own line")]),
    ("comma in a raw string", "a: {path: b || 'c, d', type: x}\n", [
        (1, 20, "yaml.syntax", "the comma ends the value; quote it or put path on its own line")]),
    ("comma before a quote", "{path: split(x, ','), type: list}\n", [(1, 17, "yaml.syntax", "path on its own line")]),
    ("comma inside a quote", "{path: join(', ', x), type: list}\n", [(1, 16, "yaml.syntax", "path on its own line")]),
    ("bracket in a plain flow value", "{path: a[0], type: x}\n", [(1, 9, "yaml.syntax", "must be quoted")]),
    ("no space behind the colon", "{a:b, c: d}\n", [(1, 2, "yaml.syntax", "'a: b'")]),
    ("key without a value", "{a, b: 1}\n", [(1, 2, "yaml.syntax", "'a: value'")]),
    ("value that begins with @", "a: @\n", [(1, 4, "yaml.syntax", "begins with @ must be quoted")]),
    ("value that begins with a backtick", "a: `1`\n", [(1, 4, "yaml.syntax", "begins with ` must be quoted")]),
    ("two colons", "a: b: c\n", [(1, 5, "yaml.syntax", "must be quoted")]),
    ("quote inside quotes", "a: 'it's'\n", [(1, 8, "yaml.syntax", "quote the whole value")]),
    ("quote that is not closed", "a: 1\nb: 'x\n\n", [(2, 4, "yaml.syntax", "not closed")]),
    ("bracket that is not closed", "a: [1, 2\n", [(2, 1, "yaml.syntax", "not closed")]),
    ("wrong indentation", "a:\n  - 1\n b: 2\n", [(3, 2, "yaml.syntax", "indentation")]),
    ("tab", "a:\n\tb: 1\n  \tc: 1\n", [
        (2, 1, "yaml.syntax", "indent with spaces"), (3, 3, "yaml.syntax", "indent with spaces")]),
    ("no-break space", "a:\n \u00a0b: 1\n", [(2, 2, "yaml.syntax", "indent with spaces")]),
    ("tab that the parser would take", "a: [1,\n\t2]\n", [(2, 1, "yaml.syntax", "indent with spaces")]),
    ("two documents", "a: 1\n---\nb: 1\n", [(2, 1, "yaml.document", "---")]),
    ("no document", "# nothing\n", [(1, 1, "yaml.document", "{}")]),
    ("byte order mark", "\ufeffa: 1\n", [(1, 1, "yaml.syntax", "without a byte order mark")]),
    ("control character", "a: x\x1by\n", [(1, 5, "yaml.syntax", "\\u001b")]),
    ("next line, which an editor shows as no break", "a: b\nc: d\u0085e\n", [(2, 5, "yaml.syntax", "\\u0085")]),
    ("line separator", "a: b\u2028c\n", [(1, 5, "yaml.syntax", "\\u2028")]),
    ("lone surrogate", "a: \ud800\n", [(1, 4, "yaml.syntax", "surrogate")]),
    ("too deep", "[" * 10_000, [(1, 33, "limit.yaml_depth", "nest less")]),
    ("ignore without a reason", "a: 1 # hpa: ignore[a.b]\n", [(1, 6, "ignore.reason", "reason")]),
    ("ignore without codes", "# hpa: ignore because\na: 1\n", [(1, 1, "ignore.form", "[code, ...]")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused(text: str, expected: list[tuple[int, int, str, str]]) -> None:
    """Each refused form is an error with its file, line, column, code and a hint that says what to write."""
    findings = read_yaml(text, "rule.yaml").findings
    assert [(f.line, f.column, f.code) for f in findings] == [case[:3] for case in expected]
    assert all(f.file == "rule.yaml" and f.severity == "error" for f in findings)
    for finding, case in zip(findings, expected, strict=True):
        assert case[3] in finding.hint


def test_all_findings_at_once() -> None:
    """One reading names everything that is wrong, in the order of the file."""
    text = "a: yes\nb: 0x1f\na: &x 1\nc: *x\nd: !t e\n1: 2\n"
    codes = [(f.line, f.code.partition(".")[2]) for f in read_yaml(text, "f").findings]
    assert codes == [
        (1, "implicit"), (2, "implicit"), (3, "duplicate_key"), (3, "alias"), (4, "alias"), (5, "tag"), (6, "implicit"),
    ]  # fmt: skip


def test_what_was_refused_is_still_shown() -> None:
    """A file with findings that was read to its end has a value, so that its other faults can be named too."""
    assert read_yaml("a: yes\nb: {c: 1, c: 2}\nd: *x\n", "f").value == {"a": "yes", "b": {"c": 1}, "d": None}


@pytest.mark.parametrize("text", ["a: [", "a: 1\n---\nb: 1\n", "", b"\xff", "a: \x00"])
def test_no_value_when_not_read_to_the_end(text: str | bytes) -> None:
    """What could not be read to its end has no value at all, never a part of one."""
    document = read_yaml(text, "f")
    assert document.value is None
    assert document.findings


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [(b"a: 1\nb: \xff\n", 2, 4), ("a: ü\n".encode("latin-1"), 1, 4), ("a: 1".encode("utf-16"), 1, 1)],
)
def test_bytes_that_are_not_utf8(data: bytes, line: int, column: int) -> None:
    """Bytes in another encoding are refused where the first of them stands."""
    (finding,) = read_yaml(data, "f").findings
    assert (finding.line, finding.column, finding.code) == (line, column, "yaml.syntax")
    assert "UTF-8" in finding.hint


def test_bytes_and_text_are_read_alike() -> None:
    """UTF-8 bytes give what the text gives, with any of the three line ends."""
    text = "a: ü\nb: [1, 2]\n"
    for same in (text, text.replace("\n", "\r\n"), text.replace("\n", "\r")):
        assert read_yaml(same.encode(), "f").value == read_yaml(same, "f").value == {"a": "ü", "b": [1, 2]}


@pytest.mark.parametrize(
    ("text", "limits", "code"),
    [
        ("a: 12345\n", Limits(file_bytes=8), "limit.file"),
        ("a: üü\n", Limits(file_bytes=7), "limit.file"),
        ("[1, 2, 3]", Limits(yaml_nodes=3), "limit.yaml_nodes"),
        ("a: {b: {c: 1}}", Limits(yaml_depth=2), "limit.yaml_depth"),
    ],
)
def test_limits(text: str, limits: Limits, code: str) -> None:
    """A file over a limit is refused with the limit's own code and has no value; at the limit it is read."""
    document = read_yaml(text, "f", limits)
    assert [f.code for f in document.findings] == [code]
    assert document.value is None
    wider = Limits(file_bytes=limits.file_bytes + 1, yaml_nodes=limits.yaml_nodes + 1, yaml_depth=limits.yaml_depth + 1)
    assert not read_yaml(text, "f", wider).findings


def test_findings_are_bounded() -> None:
    """A file that is wrong on each of many lines does not make findings without end."""
    findings = read_yaml("- yes\n" * 20_000, "f").findings
    assert len(findings) == 201
    assert findings[-1].code == "limit.findings"


@pytest.mark.parametrize(
    "case",
    [case for case in REFUSED if case[1].isprintable() or (case[1].isascii() and "\t" not in case[1])],
    ids=lambda case: case[0],
)
def test_without_libyaml(case: tuple[str, str, Any]) -> None:
    """Where PyYAML was built without libyaml its own parser finds the same faults on the same lines."""
    fast, pure = Builder(case[1], "f", Limits()), Builder(case[1], "f", Limits())
    fast.run(FAST)
    pure.run(PURE)
    assert [f.code for f in pure.findings] == [f.code for f in fast.findings]
    assert pure.value == fast.value


def test_half_a_surrogate_pair_without_libyaml() -> None:
    """PyYAML's own parser lets an escaped half of a surrogate pair through; the reader does not."""
    builder = Builder('a: "\\ud800"\n', "f", Limits())
    builder.run(PURE)
    assert [(f.code, f.column) for f in builder.findings] == [("yaml.syntax", 4)]


def test_the_first_of_many_duplicate_keys() -> None:
    """However far from each other, and whatever stands between, each duplicate names where its key stood first."""
    many = [f"k{number}: {{a: [1, 2], b: *alias}}" if number % 40 == 0 else f"k{number}: x" for number in range(4000)]
    late = [2, 90, 700, 1, 3999, 0]
    inner = ["last:", "  in: 1", "  also: 2", "  in: 3"]
    text = "\n".join([*many[:100], "k3: y", *many[100:], *(f"k{number}: y" for number in late), *inner])
    found = [finding.message for finding in read_yaml(text, "f").findings if finding.code == "yaml.duplicate_key"]
    lines = [("k3", 4), *((f"k{number}", number + 1 + (number >= 100)) for number in late), ("in", 4009)]
    assert found == [f"the key {key} is given twice; first on line {line}" for key, line in lines]
