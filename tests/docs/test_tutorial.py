# SPDX-License-Identifier: Apache-2.0
"""The tutorial, followed from the first line to the last."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.console import Console
from docs.fenced import DOCS, ROOT, blocks

TUTORIAL = DOCS / "tutorial.md"
FINISHED = ROOT / "examples" / "packs" / "acme.nic"
WRITTEN = ("falcon.yaml", "falcon.test.yaml", "pack.yaml")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which a reader has done all that the tutorial says, every output being as it says."""
    console = Console(tmp_path_factory.mktemp("tutorial"))
    for block in blocks(TUTORIAL):
        console.follow(block)
    return console.folder


@pytest.mark.parametrize("name", WRITTEN)
def test_the_reader_ends_with_the_pack_of_the_examples(folder: Path, name: str) -> None:
    """What the tutorial builds is the pack in examples/, but for the line that names the schema."""
    ours = (FINISHED / name).read_text("utf-8").splitlines()
    theirs = (folder / "acme.nic" / name).read_text("utf-8").splitlines()
    assert ours[0] == "# SPDX-License-Identifier: Apache-2.0"
    assert ours[1].startswith("# yaml-language-server: $schema=")
    assert ours[2:] == theirs[1:]


def test_the_reader_learns_from_a_mistake() -> None:
    """The tutorial shows what an error looks like, and what a surviving mutant does."""
    text = TUTORIAL.read_text("utf-8")
    assert ": error yaml.implicit: " in text
    assert "mutants of 9 survived" in text
