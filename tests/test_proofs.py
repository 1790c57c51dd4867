# SPDX-License-Identifier: Apache-2.0
"""The page of proofs that `make prove` writes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from proofs import Benchmark, Result, page, read_tests

DRAWING = """
from hypothesis import given, settings, strategies

@settings(max_examples=7, database=None)
@given(strategies.floats())
def test_drawn(value):
    pass
"""
REPORT = """<testsuites><testsuite>
<testcase file="tests/rules/test_a.py" name="test_one" time="1.5"><properties>
<property name="flavors" value="5000"/></properties></testcase>
<testcase file="tests/rules/test_a.py" name="test_two" time="0.5"><skipped/></testcase>
<testcase file="tests/cli/test_b.py" name="test_three" time="2"><failure/></testcase>
<testcase classname="tests.cli.test_c.TestModel" file="site-packages/stateful.py" name="test_four" time="0"><error/>
</testcase>
</testsuite></testsuites>"""


def test_a_report_gives_results_and_figures() -> None:
    """Passed, skipped and failed, with what a test recorded; each in its own file, whoever made it."""
    assert read_tests(REPORT) == [
        Result("tests/rules/test_a.py", "test_one", "passed", 1.5, (("flavors", "5000"),)),
        Result("tests/rules/test_a.py", "test_two", "skipped", 0.5),
        Result("tests/cli/test_b.py", "test_three", "failed", 2.0),
        Result("tests/cli/test_c.py", "test_four", "failed", 0.0),
    ]


def test_the_page_names_the_commit_counts_by_folder_and_keeps_what_was_printed() -> None:
    """Failures and failed benchmarks stand out."""
    benchmarks = [Benchmark("speed.py", "ok 1.0\n", ok=True), Benchmark("size.py", "", ok=False)]

    lines = page(["- commit: abc"], read_tests(REPORT), benchmarks).splitlines()

    assert "- commit: abc" in lines
    assert "| tests/rules | 1 | 1 | 0 | 2 |" in lines
    assert "| tests/cli | 0 | 0 | 2 | 2 |" in lines
    assert "| test_one | flavors | 5000 |" in lines
    assert "Failed: `tests/cli/test_b.py`, test_three" in lines
    assert "ok 1.0" in lines
    assert "### size.py (failed)" in lines


def test_what_hypothesis_drew_in_another_process_is_a_figure(tmp_path: Path) -> None:
    """The suite runs in several, and hypothesis itself reports none of them."""
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    (tmp_path / "test_drawing.py").write_text(DRAWING, encoding="utf-8")
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-n1", "-o", "junit_family=xunit1", f"--junitxml={report}", tmp_path]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    [test] = read_tests(report.read_text("utf-8"))
    assert test.figures == (("examples that hypothesis drew", "7"),)
