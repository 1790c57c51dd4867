# SPDX-License-Identifier: Apache-2.0
"""The file of a deployment with what no cloud tells: JSON or YAML, an object, within the limit of a subject."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hpa_discovery.embedded.context_file import read_context_file
from hpa_discovery.errors import DataError, PackError
from hpa_discovery.language.budgets import DEFAULT


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2]}', {"a": [1, 2]}),
        ('\n  {"a": 1, "a": 2}', {"a": 2}),  # only JSON may say a thing twice
        ("a: [1, 2]\n", {"a": [1, 2]}),
        ("# a comment\na: text\n", {"a": "text"}),
    ],
)
def test_json_and_yaml(tmp_path: Path, text: str, value: Any) -> None:
    """What begins with a brace is JSON."""
    file = tmp_path / "context"
    file.write_text(text, "utf-8")
    assert read_context_file(file) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": }', "it is not JSON: Expecting value"),
        ('{"a": "\udc80"}', "it is not JSON"),
        ('{"a":' * 100_000, "it is not JSON"),
        ("[1, 2]", 'an object is needed, such as {"vim": {"cloud_owner": "..."}}'),
        ("", "it has errors"),
        ("text", "an object is needed"),
    ],
    ids=lambda text: text[:16].encode("ascii", "replace").decode(),
)
def test_what_cannot_be_used(tmp_path: Path, text: str, said: str) -> None:
    """The message names the file and what is wrong."""
    file = tmp_path / "context.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError) as caught:
        read_context_file(file)
    assert str(caught.value).startswith(f"reading the context in {file}: {said}")


def test_yaml_with_errors(tmp_path: Path) -> None:
    """It is read as strictly as packs are, and each finding has its line."""
    file = tmp_path / "context.yaml"
    file.write_text("a: 1\na: 2\n", "utf-8")
    with pytest.raises(PackError, match="it has errors") as caught:
        read_context_file(file)
    assert [finding.line for finding in caught.value.findings] == [2]


def test_its_size(tmp_path: Path) -> None:
    """As large as a subject may be, and not a byte more."""
    file = tmp_path / "context.json"
    file.write_text("{}" + " " * (DEFAULT.subject_bytes - 2), "utf-8")
    assert read_context_file(file) == {}
    file.write_text("{}" + " " * (DEFAULT.subject_bytes - 1), "utf-8")
    with pytest.raises(DataError, match=f"larger than {DEFAULT.subject_bytes} bytes"):
        read_context_file(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The message says why."""
    with pytest.raises(DataError, match="No such file or directory"):
        read_context_file(tmp_path / "nowhere")
