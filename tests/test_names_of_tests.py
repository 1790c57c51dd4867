# SPDX-License-Identifier: Apache-2.0
"""Tests have names of their own: where several have the same one, they fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# As a plugin may do that makes tests of one function.
TWICE = """
import pytest

def pytest_pycollect_makeitem(collector, name):
    if name == "test_one":
        return [pytest.Function.from_parent(collector, name=name) for _ in range(2)]
"""


@pytest.mark.parametrize("processes", [0, 1])
def test_two_tests_of_one_name_fail(tmp_path: Path, processes: int) -> None:
    """In one process, too, where both would run: whoever runs them next may have several."""
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    (tmp_path / "twice.py").write_text(TWICE, encoding="utf-8")
    (tmp_path / "test_it.py").write_text("def test_one():\n    pass\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", f"-n{processes}", "-p", "twice", "test_it.py"]
    ran = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED
    assert "2 tests have this name, of which only one would run" in ran.stdout
