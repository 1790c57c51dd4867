# SPDX-License-Identifier: Apache-2.0
"""`make prove`: the tests in their long form and the benchmarks; what came out goes into docs/proofs.md.

A proof tells figures by pytest's `record_property(name, text)`. The page names
the commit, because figures of unknown code prove nothing.

Run: `python tests/proofs.py`, with tox installed beside this Python.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

TOP = Path(__file__).resolve().parent.parent
PAGE = TOP / "docs" / "proofs.md"
TESTS = [sys.executable, "-m", "tox", "run", "-e", "py", "--", "-o", "junit_family=xunit1"]
# What measures time runs after the others, in one process: beside another its figures would be other ones.
PARTS = (["-m", "not alone"], ["-m", "alone", "--numprocesses=0"])
COLUMNS = ("passed", "skipped", "failed")


@dataclass(frozen=True, slots=True)
class Result:
    """One test as JUnit's XML has it; `figures` are what it recorded, as (name, text)."""

    file: str
    name: str
    result: str
    seconds: float
    figures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What one benchmark printed, and whether it ended well."""

    name: str
    printed: str
    ok: bool


def read_tests(report: str) -> list[Result]:
    """The tests in a report that pytest wrote in JUnit's form."""
    root = ElementTree.fromstring(report)  # noqa: S314 - pytest wrote it a moment ago
    return [_test(case) for case in root.iter("testcase")]


def _test(case: ElementTree.Element) -> Result:
    bad = case.find("failure") is not None or case.find("error") is not None
    result = "failed" if bad else "skipped" if case.find("skipped") is not None else "passed"
    figures = tuple((each.get("name", ""), each.get("value", "")) for each in case.iter("property"))
    return Result(_file(case), case.get("name", ""), result, float(case.get("time", 0)), figures)


def _file(case: ElementTree.Element) -> str:
    """Where the test stands: `file` is where its function does, which may be in a library that makes tests."""
    names = case.get("classname", "").split(".")
    module = next((number for number, name in enumerate(names) if name.startswith("test_")), None)
    return case.get("file", "") if module is None else "/".join(names[: module + 1]) + ".py"


def page(about: Iterable[str], tests: Iterable[Result], benchmarks: Iterable[Benchmark]) -> str:
    """docs/proofs.md: what was run (`about`), its results by folder, the figures, what the benchmarks printed."""
    tests = list(tests)
    lines = ["# Proofs", "", "`make prove` wrote this page: the tests in their long form, then the benchmarks."]
    lines += ["[performance.md](performance.md) says what the benchmarks measure.", "", *about]
    lines += [
        "",
        "## Tests",
        "",
        *_results(tests),
        "",
        "## Figures",
        "",
        *_figures(tests),
        "",
        "## Benchmarks",
        "",
    ]
    for benchmark in benchmarks:
        state = "" if benchmark.ok else " (failed)"
        lines += [f"### {benchmark.name}{state}", "", "```text", benchmark.printed.rstrip(), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _results(tests: Iterable[Result]) -> Iterator[str]:
    results: dict[str, Counter[str]] = defaultdict(Counter)
    seconds: dict[str, float] = defaultdict(float)
    for test in tests:
        folder = Path(test.file).parent.as_posix()
        results[folder][test.result] += 1
        seconds[folder] += test.seconds
    yield f"| folder | {' | '.join(COLUMNS)} | seconds |"
    yield "|---|---|---|---|---|"
    for folder, found in sorted(results.items()):
        yield f"| {folder} | {' | '.join(str(found[column]) for column in COLUMNS)} | {seconds[folder]:.0f} |"
    for test in tests:
        if test.result == "failed":
            yield f"\nFailed: `{test.file}`, {test.name}"


def _figures(tests: Iterable[Result]) -> Iterator[str]:
    yield "| proof | figure | value |"
    yield "|---|---|---|"
    for test in tests:
        for name, value in test.figures:
            yield f"| {test.name} | {name} | {value} |"


def _about() -> Iterator[str]:
    commit = _git("rev-parse", "HEAD")
    changed = ", with changes that are not committed" if _git("status", "--porcelain", "--untracked-files=no") else ""
    yield f"- commit: {commit or 'not in git'}{changed}"
    yield f"- Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} CPUs"


def _git(*arguments: str) -> str:
    ran = subprocess.run(["git", *arguments], cwd=TOP, capture_output=True, text=True, check=False)
    return ran.stdout.strip() if ran.returncode == 0 else ""


def _run_tests(part: Iterable[str]) -> tuple[str, bool]:
    """Pytest's report, and whether all went well."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [*TESTS, f"--junitxml={report}", *part]
        ran = subprocess.run(command, cwd=TOP, env={**os.environ, "HPA_PROVE": "1"}, check=False)
        return report.read_text("utf-8") if report.exists() else "<testsuites/>", ran.returncode == 0


def _run_benchmarks() -> Iterator[Benchmark]:
    for script in sorted((TOP / "benchmarks").glob("*.py")):
        print(f"== {script.name}", flush=True)
        ran = subprocess.run([sys.executable, str(script)], cwd=TOP, capture_output=True, text=True, check=False)
        print(ran.stdout + ran.stderr, flush=True)
        yield Benchmark(script.name, ran.stdout, ran.returncode == 0)


def main() -> int:
    """Run everything and write the page; 0 when all of it ended well."""
    about = list(_about())
    ran = [_run_tests(part) for part in PARTS]
    tests = [test for report, _ in ran for test in read_tests(report)]
    benchmarks = list(_run_benchmarks())
    PAGE.write_text(page(about, tests, benchmarks), "utf-8")
    print(f"wrote {PAGE.relative_to(TOP)}")
    return 0 if all(passed for _, passed in ran) and all(benchmark.ok for benchmark in benchmarks) else 1


if __name__ == "__main__":
    sys.exit(main())
