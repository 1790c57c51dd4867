# SPDX-License-Identifier: Apache-2.0
"""Packs that are data: of each bad one every finding stands in expected.txt, each good one is clean."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpa_discovery.packs.lint import lint_paths

HERE = Path(__file__).parent
BAD = sorted(path for path in (HERE / "bad").iterdir() if path.is_dir())
GOOD = sorted(path for path in (HERE / "good").iterdir() if path.is_dir())


@pytest.fixture(autouse=True)
def _version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hpa_discovery.packs.checks.identity.engine_version", lambda: "0.1.0")


def _lines(case: Path) -> list[str]:
    """The findings of a case as `file:line:column code`, with files as seen from its folder."""
    return [f"{found.file}:{found.line}:{found.column} {found.code}" for found in lint_paths([Path()]).findings]


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_bad(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad pack gets exactly the findings that its expected.txt lists: all at once, each at its place."""
    monkeypatch.chdir(case)
    assert _lines(case) == (case / "expected.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_good(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A good pack gets no finding at all."""
    monkeypatch.chdir(case)
    assert _lines(case) == []


def test_messages_help() -> None:
    """Every finding says what is wrong, in one line."""
    for case in BAD:
        for finding in lint_paths([case]).findings:
            assert finding.message
            assert "\n" not in finding.message
            assert finding.severity in ("error", "warning")
