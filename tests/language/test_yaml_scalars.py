# SPDX-License-Identifier: Apache-2.0
"""Plain scalars, and the whole reader against PyYAML's safe_load."""

from __future__ import annotations

import os
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hpa_discovery.language.scalars import Refused, read_plain
from hpa_discovery.language.yaml_events import FAST
from hpa_discovery.language.yaml_reader import read_yaml

ACCEPTED: list[tuple[str, Any]] = [
    ("true", True), ("false", False), ("null", None), ("~", None), ("", None),
    ("0", 0), ("-0", 0), ("7", 7), ("-12", -12), ("123456789012345678", 123456789012345678),
    ("1.5", 1.5), ("-0.25", -0.25), ("1.10", 1.1),
    ("text", "text"), ("y", "y"), ("n", "n"), ("v1", "v1"), ("1.2.3", "1.2.3"), ("8086:1572", "8086:1572"),
    ("0000:00:1f.2", "0000:00:1f.2"), ("1f", "1f"), ("2M", "2M"), ("10.0.0.0/8", "10.0.0.0/8"), ("-", "-"), ("+", "+"),
    (".", "."), ("...x", "...x"), ("-a", "-a"), ("yes please", "yes please"), ("0-3,5", "0-3,5"), ("=", "="),
    ("hpa-discovery/v1", "hpa-discovery/v1"), ("\u0661\u0662", "\u0661\u0662"),
]  # fmt: skip

AMBIGUOUS = [
    "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF", "True", "TRUE", "False", "FALSE",
    "Null", "NULL", "<<", "0x1f", "0X1F", "-0xff", "0b101", "0o17", "017", "08", "-09", "007", "1_000", "+1", "+0.5",
    "12:30", "12:30:45", "190:20:30.15", "8086:15", "2001-01-01", "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43.10 -5", ".inf", "-.INF", ".NaN", "1e3", "1.5e+10", "10e5", ".5", "5.", "1_0.5", "01.5",
    "1234567890123456789", "0.12345678901234567890", "9" * 5000,
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), ACCEPTED)
def test_accepted(text: str, value: Any) -> None:
    """What every YAML reader reads alike needs no quotes."""
    read = read_plain(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("text", AMBIGUOUS, ids=lambda text: text[:24])
def test_ambiguous(text: str) -> None:
    """What some reader takes for a number, date or truth value is refused with the way to write it."""
    read = read_plain(text)
    assert isinstance(read, Refused)
    assert "quote" in read.hint or "write" in read.hint
    assert len(read.message) < 200


def _exact(value: Any) -> Any:
    """`value` with the type of each scalar, so that 1, 1.0 and True differ."""
    if isinstance(value, dict):
        return {key: _exact(inner) for key, inner in value.items()}
    return [_exact(inner) for inner in value] if isinstance(value, list) else (type(value), value)


_MANY = 20_000 if os.environ.get("HPA_PROVE") else 600
_numberish = st.text("0123456789+-._:xobeETtZ infaINFNA", min_size=1, max_size=12)
_words = st.sampled_from([*AMBIGUOUS[:40], "a", "b c", "it's", "true", "null", "~", "x#y", "a: b"])
_text = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)
_scalars = st.one_of(_numberish, _words, _text, st.integers(-(10**17), 10**17), st.booleans(), st.none())
_documents = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_text | _words, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=_MANY, deadline=None)
@given(_numberish)
def test_plain_scalars_against_safe_load(text: str) -> None:
    """A plain scalar that is accepted has the value and type that safe_load gives it."""
    try:
        expected = yaml.safe_load(f"- {text}")
    except (yaml.YAMLError, ValueError):
        return
    document = read_yaml(f"- {text}", "f")
    if not document.findings:
        assert _exact(document.value) == _exact(expected)


@settings(max_examples=_MANY, deadline=None)
@given(_documents, st.sampled_from([None, True, False]), st.integers(20, 200))
def test_written_documents_are_read_back(value: Any, flow: bool | None, width: int) -> None:
    """What PyYAML writes, in block or flow style, is read back as it was wherever it is accepted."""
    text = yaml.safe_dump(value, default_flow_style=flow, width=width, allow_unicode=True)
    document = read_yaml(text, "f")
    if not document.findings:
        assert _exact(document.value) == _exact(yaml.safe_load(text)) == _exact(value)


@settings(max_examples=_MANY, deadline=None)
@given(st.text("ab:-?[]{},#'\"|>%@&*! \n\t01~", max_size=24))
def test_any_text_against_safe_load(text: str) -> None:
    """Any text gives findings or a value; where safe_load accepts it too, the same value."""
    document = read_yaml(text, "f")
    if document.findings:
        return
    try:
        expected = yaml.load(text, Loader=FAST)  # noqa: S506  # a safe loader: FAST is one
    except (yaml.YAMLError, ValueError):
        return
    assert _exact(document.value) == _exact(expected)
