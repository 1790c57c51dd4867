# SPDX-License-Identifier: Apache-2.0
"""Runs what a page shows: files are written, and commands must print what stands below them.

In a `console` block, a line that begins with `$ ` is a command, and `> ` goes on
with it. What follows is what it prints, on standard output and standard error
together; a line `...` stands for any lines, and `...` inside a line for any text.
A command that fails must be followed by `$ echo $?`, so that the page tells of it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hpa_discovery
from docs.fenced import ROOT, Block

NEEDS_CLOUD = "needs-cloud"
NEEDS_GO = "needs-go"
NEEDS_REGION = "needs-region"
_SKIPPED = {NEEDS_CLOUD, NEEDS_REGION}
_STATUS = "echo $?"


class Console:
    """A shell in `folder`, in which `hpa` is this project's and `shared` folders of the checkout are seen."""

    def __init__(self, folder: Path, shared: tuple[str, ...] = ()) -> None:
        self.folder = folder / "work"
        self._bin = folder / "bin"
        self._home = folder / "home"
        for each in (self.folder, self._bin, self._home):
            each.mkdir()
        for name in shared:
            (self.folder / name).symlink_to(ROOT / name)
        hpa = self._bin / "hpa"
        where = Path(hpa_discovery.__file__).parents[1]
        run = f'PYTHONPATH="{where}" exec "{sys.executable}" -m hpa_discovery.cli "$@"'
        hpa.write_text(f"#!/bin/sh\n{run}\n", "utf-8")
        hpa.chmod(0o755)

    def follow(self, block: Block) -> None:
        """Do what a block says: write the file it names, or run its commands and compare."""
        if "title" in block.marks:
            file = self.folder / block.marks["title"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, "utf-8")
        elif block.language == "console" and not _SKIPPED & set(block.marks) and _can_run(block):
            self._run_all(block)

    def _run_all(self, block: Block) -> None:
        status = 0
        for command, expected in commands(block):
            assert status == 0 or command == _STATUS, f"{block}: exit code {status} before `{command}` is not shown"
            printed, code = self.run(command, status)
            assert matches(expected, printed), f"{block}: `{command}` prints:\n{printed}\nthe page says:\n{expected}"
            status = 0 if command == _STATUS else code
        assert status == 0, f"{block}: the exit code {status} of the last command is not shown"

    def run(self, command: str, status: int = 0) -> tuple[str, int]:
        """What the command prints, and its exit code; `status` is what `$?` holds before it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OS_", "HPA_", "XDG_"))}
        done = subprocess.run(
            ["sh", "-c", f"(exit {status})\n{command}"],
            cwd=self.folder,
            env={
                **kept,
                "PATH": f"{self._bin}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(self._home),
                "GOCACHE": os.environ.get("GOCACHE", str(Path.home() / ".cache" / "go-build")),
                "LC_ALL": "C.UTF-8",
                "COLUMNS": "80",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
        return done.stdout.decode(), done.returncode


def _can_run(block: Block) -> bool:
    """Go is there in CI, and elsewhere where somebody installed it."""
    return NEEDS_GO not in block.marks or shutil.which("go") is not None or "CI" in os.environ


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """The commands of a block, each with what the page says it prints."""
    command, expected = "", list[str]()
    for line in block.text.splitlines():
        if line.startswith("$ "):
            if command:
                yield command, "\n".join(expected)
            command, expected = line[2:], []
        elif line.startswith("> ") and command and not expected:
            command += "\n" + line[2:]
        else:
            assert command, f"{block}: it does not begin with a command"
            expected.append(line)
    assert command, f"{block}: it holds no command"
    yield command, "\n".join(expected)


def matches(expected: str, printed: str) -> bool:
    """Whether a command printed what a page says; spaces at line ends and empty lines at the end do not count."""
    pattern = "".join(
        r"(?:.*\n)*" if line.strip() == "..." else re.escape(line.rstrip()).replace(r"\.\.\.", ".*") + r"\n"
        for line in expected.rstrip().splitlines()
    )
    lines = "".join(f"{line.rstrip()}\n" for line in printed.rstrip().splitlines())
    return re.fullmatch(pattern, lines) is not None
