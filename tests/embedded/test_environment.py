# SPDX-License-Identifier: Apache-2.0
"""The environment variables of a deployment, and what the documentation says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.fenced import DOCS, code, table
from hpa_discovery.embedded.settings import Settings, from_environment

SECRET = "postgresql://hpa:secret@db/hpa"  # noqa: S105 - looked for in what is shown


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, Settings()),
        (
            {"HPA_PACKS": "", "HPA_PACK_PATH": "", "HPA_STATE_DIR": "", "HPA_DATABASE": "", "HPA_CONTEXT": ""},
            Settings(),
        ),
        ({"HPA_PACKS": " a.b, ,c.d,"}, Settings(packs=("a.b", "c.d"))),
        ({"HPA_PACK_PATH": "/a:/b/c:"}, Settings(pack_path=(Path("/a"), Path("/b/c")))),
        ({"HPA_STATE_DIR": "/s", "HPA_DATABASE": SECRET}, Settings(state_dir=Path("/s"), database=SECRET)),
        ({"HPA_CONTEXT": "/c.yaml"}, Settings(context=Path("/c.yaml"))),
    ],
)
def test_variables_are_read(environment: dict[str, str], expected: Settings) -> None:
    """Lists have their usual separators; what is empty is not set."""
    assert from_environment(environment) == expected


def test_the_password_of_the_database_is_not_shown() -> None:
    """Settings may end in a log."""
    assert "secret" not in repr(from_environment({"HPA_DATABASE": SECRET}))


def test_every_variable_is_documented() -> None:
    """The table of docs/onap.md holds those that are read."""
    asked: set[str] = set()

    class Read(dict[str, str]):
        def get(self, name: str, *_: object) -> str:  # type: ignore[override]  # a mapping that refuses to be read
            """Note the name."""
            asked.add(name)
            return ""

    from_environment(Read())
    assert {code(row[0]) for row in table(DOCS / "onap.md", "Settings").rows} == asked
