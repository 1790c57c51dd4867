# SPDX-License-Identifier: Apache-2.0
"""Every link of every page leads somewhere in this checkout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.fenced import ROOT, pages, prose

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"(`+).*?\1")
_NO_SLUG = re.compile(r"[^\w\- ]")


def _links(page: Path) -> list[tuple[int, str]]:
    return [(number, link) for number, line in prose(page) for link in _LINK.findall(_CODE.sub("`code`", line))]


def _anchors(page: Path) -> set[str]:
    """The anchors that Markdown viewers give the headings of a page."""
    headings = [line.lstrip("#").strip() for _, line in prose(page) if line.startswith("#")]
    return {_NO_SLUG.sub("", heading.lower()).replace(" ", "-") for heading in headings}


def _broken(page: Path, link: str) -> str:
    """What is wrong with a link; "" when it leads somewhere."""
    if re.match(r"(https|mailto):", link):
        return ""
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.is_relative_to(ROOT):
        return "leaves the checkout"
    if not target.exists():
        return "there is no such file"
    if anchor and anchor not in _anchors(target):
        return f"{target.name} has no heading {anchor}"
    return ""


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Files and headings that a page links to are there."""
    found = [(number, link, _broken(page, link)) for number, link in _links(page)]
    assert [each for each in found if each[2]] == []


@pytest.mark.parametrize(
    ("link", "wrong"),
    [
        ("README.md", ""),
        ("docs/README.md#documentation", ""),
        ("docs/language.md#packs-parameters-tables", ""),
        ("docs/nothing.md", "there is no such file"),
        ("docs/README.md#nothing", "README.md has no heading nothing"),
        ("../elsewhere", "leaves the checkout"),
        ("https://example.org", ""),
        ("http://example.org", "there is no such file"),
    ],
)
def test_broken_links_are_found(link: str, wrong: str) -> None:
    """A missing file, a missing heading and a way out of the checkout are seen."""
    assert _broken(ROOT / "README.md", link) == wrong
