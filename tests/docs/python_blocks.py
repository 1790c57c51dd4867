# SPDX-License-Identifier: Apache-2.0
"""Runs the Python that a page shows, all of it in one process: a `text` block says what the one before it prints."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from docs.console import matches
from docs.fenced import Block, blocks

_BORDER = "==== end of block ===="


def follow(page: Path, folder: Path, python: str | Path, **variables: str) -> None:
    """Run the page's Python in `folder` and compare; files that the page shows are written there first."""
    shown = blocks(page)
    for block in shown:
        if "title" in block.marks:
            (folder / block.marks["title"]).write_text(block.text, "utf-8")
    code = [block for block in shown if block.language == "python"]
    assert code, f"{page} shows no Python"
    script = folder / "page.py"
    script.write_text("".join(f"{block.text}\nprint({_BORDER!r})\n" for block in code), "utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "OS_", "HPA_"))}
    done = subprocess.run(
        [python, "-P", script],
        cwd=folder,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{page.name}:\n{done.stdout}\n{done.stderr}"
    printed = done.stdout.removesuffix(f"{_BORDER}\n").split(f"{_BORDER}\n")
    for block, text in zip(code, printed, strict=True):
        expected = _below(shown, block)
        assert matches(expected, text), f"{block} prints:\n{text}\nthe page says:\n{expected}"


def _below(shown: list[Block], block: Block) -> str:
    after = shown[shown.index(block) + 1 :]
    return after[0].text if after and after[0].language == "text" else ""
