# SPDX-License-Identifier: Apache-2.0
"""Every command that a page shows does what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.console import NEEDS_CLOUD, Console, commands, matches
from docs.fenced import ROOT, Block, blocks, pages

OWN_TEST = {"onap.md", "publish.md", "regions.md", "service.md", "tutorial.md"}
WITH_COMMANDS = [
    page for page in pages() if page.name not in OWN_TEST and any(block.language == "console" for block in blocks(page))
]


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.name)
def test_commands_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    """All blocks of a page, in order, in a folder that sees examples/ and rules/."""
    console = Console(tmp_path, shared=("examples", "rules"))
    for block in blocks(page):
        console.follow(block)


def test_commands_that_need_a_cloud_are_of_hpa() -> None:
    """Only what reads a live cloud is marked as not to be run here."""
    marked = [block for page in pages() for block in blocks(page) if NEEDS_CLOUD in block.marks]
    shown = [command for block in marked for command, _ in commands(block)]
    assert shown
    assert [command for command in shown if "--cloud" not in command] == []


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("a\nb", "a\nb\n", True),
        ("a\nb", "a\nc\n", False),
        ("a", "a\nb\n", False),
        ("a\n...\nd", "a\nb\nc\nd\n", True),
        ("a\n...\nd", "a\nd\n", True),
        ("a\n...", "b\n", False),
        ("wrote ... bytes", "wrote 12 bytes\n", True),
        ("wrote ... bytes", "wrote 12\nbytes\n", False),
        ("", "", True),
        ("", "a\n", False),
    ],
)
def test_outputs_are_compared_line_by_line(expected: str, printed: str, same: bool) -> None:
    """Three dots stand for any lines, or for any text inside one line, and for nothing else."""
    assert matches(expected, printed) is same


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("$ false\n", "is not shown"),
        ("$ false\n$ true\n", "is not shown"),
        ("$ echo a\nb\n", "prints"),
    ],
)
def test_a_page_that_is_wrong_is_found(text: str, complaint: str, tmp_path: Path) -> None:
    """A hidden failure and another output than the one shown are both refused."""
    block = Block(ROOT / "page.md", 1, "console", {}, text)
    with pytest.raises(AssertionError, match=complaint):
        Console(tmp_path).follow(block)
