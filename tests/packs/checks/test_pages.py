# SPDX-License-Identifier: Apache-2.0
"""The page of every code: its bad example gets that code and no other error, its good example is clean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hpa_discovery.errors import UsageError
from hpa_discovery.model import Finding
from hpa_discovery.packs import catalogue
from hpa_discovery.packs.catalogue import CODES, page, severity_of
from hpa_discovery.packs.codes_index import index
from hpa_discovery.packs.lint import lint_paths
from packs.lint_examples import write_example

# These need files that no example can show; test_places and test_limits of this folder bring them about, and
# test_installed those of wheels.
WITHOUT_EXAMPLE = frozenset(
    {"driver.folder", "file.extension", "file.outside", "file.unreadable", "pack.missing", "pack.namespace"}
    | {"check.ended", "pack.older", "rule.renamed", "set.exclusive", "test.failed"}
    | {"wheel.namespace", "wheel.unreadable"}
    | {*(code for code in CODES if code.startswith("limit."))}
)
SHOWN = sorted(set(CODES) - WITHOUT_EXAMPLE)


def _example(code: str, title: str) -> str:
    found = re.search(rf"## {title}\n\n```yaml\n(.*?)```", page(code), re.DOTALL)
    assert found, f"the page of {code} has no example {title}"
    return found[1]


def _findings(code: str, title: str, folder: Path) -> tuple[Finding, ...]:
    root = write_example(_example(code, title), folder / "acme", with_tests=not code.startswith("test."))
    return lint_paths([root]).findings


@pytest.fixture(autouse=True)
def _version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hpa_discovery.packs.checks.identity.engine_version", lambda: "0.1.0")


@pytest.mark.parametrize("code", SHOWN)
def test_bad(code: str, tmp_path: Path) -> None:
    """The bad example of a page gets its code, and no error besides."""
    findings = _findings(code, "Bad", tmp_path)
    assert code in {finding.code for finding in findings}, findings
    assert {finding.code for finding in findings if finding.severity == "error"} <= {code}, findings


@pytest.mark.parametrize("code", SHOWN)
def test_good(code: str, tmp_path: Path) -> None:
    """The good example of a page has no error, nor the page's warning."""
    findings = _findings(code, "Good", tmp_path)
    assert [finding for finding in findings if finding.severity == "error" or finding.code == code] == []


@pytest.mark.parametrize("code", CODES)
def test_page(code: str) -> None:
    """A page says its code and how grave it is, begins with one sentence, and has both examples or neither."""
    text = page(code)
    assert text.startswith(f"# {code}\n\nSeverity: {severity_of(code)}\n\n")
    assert text.splitlines()[4].endswith(".")
    assert (code in WITHOUT_EXAMPLE) == ("## Bad" not in text) == ("## Good" not in text)


def test_no_stray_pages() -> None:
    """There is no page without a code."""
    pages = {path.stem for path in (Path(catalogue.__file__).parent / "pages").iterdir()}
    assert pages == set(CODES)


def test_every_code_is_brought_about() -> None:
    """What no page can show is brought about by another test."""
    tests = Path(__file__).parents[2]
    texts = [path.read_text(encoding="utf-8") for path in tests.rglob("*") if path.suffix in (".py", ".txt")]
    text = "".join(text for text in texts if "WITHOUT_EXAMPLE" not in text)
    assert [code for code in sorted(WITHOUT_EXAMPLE) if code not in text] == []


def test_index() -> None:
    """docs/codes.md is what codes_index makes."""
    committed = Path(__file__).parents[3] / "docs" / "codes.md"
    assert committed.read_text(encoding="utf-8") == index(), "run python -m hpa_discovery.packs.codes_index"


def test_unknown_code() -> None:
    """A code that does not exist is a wrong usage, with the one that was probably meant."""
    with pytest.raises(UsageError, match=r"did you mean expr\.scope\?"):
        page("expr.scpoe")
