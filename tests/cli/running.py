# SPDX-License-Identifier: Apache-2.0
"""Runs `hpa`: in this process, which is quick, or as one of its own, as people do."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpa_discovery.cli.main import main

PACKS = Path(__file__).parent / "packs"
COMMAND = [sys.executable, "-m", "hpa_discovery.cli"]
# The pack of these tests and nothing else.
MINI = ["--packs", "acme.mini", "--pack-path", str(PACKS)]


@dataclass(frozen=True)
class Ran:
    """What became of one command."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[Any]:
        """The lines of the output, each as JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


def hpa(*arguments: str | Path, stdin: bytes | str = b"") -> Ran:
    """Run `hpa` in this process."""
    out, err = _stream(), _stream()
    given = stdin if isinstance(stdin, bytes) else stdin.encode()
    with _stdin(_stream(given)), redirect_stdout(out), redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    return Ran(code, _text(out), _text(err))


def run_hpa(*arguments: str | Path, stdin: bytes = b"", env: dict[str, str] | None = None) -> Ran:
    """Run `hpa` in a process of its own."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env={**os.environ, **(env or {})},
        timeout=120,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def flavor(name: str = "f", **extra_specs: str) -> dict[str, Any]:
    """A flavor; `crypto_cards="2"` stands for `acme:crypto_cards`."""
    specs = {f"acme:{key}": value for key, value in extra_specs.items()}
    sizes = {"vcpus": 2, "ram": 512, "disk": 1, "swap": 0, "OS-FLV-EXT-DATA:ephemeral": 0}
    return {"id": f"id-{name}", "name": name, **sizes, "extra_specs": specs}


def _stream(content: bytes = b"") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


@contextmanager
def _stdin(stream: io.TextIOWrapper) -> Iterator[None]:
    before, sys.stdin = sys.stdin, stream
    try:
        yield
    finally:
        sys.stdin = before
