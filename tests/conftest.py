# SPDX-License-Identifier: Apache-2.0
"""What tests of several rooms share: a PostgreSQL and an A&AI for each process, and what hypothesis drew."""

from __future__ import annotations

import os
import re
import signal
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from peers.aai.running import Aai
    from peers.postgres import Postgres


NAMES = pytest.StashKey[Counter[str]]()

# A machine that is slow breaks nothing, and only the long form draws other examples in each run.
settings.register_profile("tests", deadline=None, derandomize=not os.environ.get("HPA_PROVE"), print_blob=True)
settings.load_profile("tests")


def pytest_configure() -> None:
    """Let the programs that tests start hear Ctrl-C, also where a shell that runs us in the background ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Count how many tests have a name; see below."""
    config.stash[NAMES] = Counter(item.nodeid for item in items)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test has its name for itself: of several, xdist would run the first, and say nothing of the others."""
    if (count := item.config.stash[NAMES][item.nodeid]) > 1:
        pytest.fail(f"{count} tests have this name, of which only one would run", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell how many examples hypothesis drew; the report that it writes itself lacks those of other processes."""
    report = yield
    if report.when == "teardown" and (told := getattr(item, "hypothesis_statistics", "")):
        drawn = sum(map(int, re.findall(r"(\d+) passing", told)))
        report.user_properties.append(("examples that hypothesis drew", str(drawn)))
    return report


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL; tests that ask for it are skipped where it is not installed, but not in CI."""
    from peers.postgres import Postgres, programs  # noqa: PLC0415 - psycopg is loaded by tests that need it

    if programs() is None:
        missing = "PostgreSQL is not installed: apt-get install postgresql"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def one_aai() -> Iterator[Aai]:
    """A running double of A&AI; whoever takes it begins with `control.begin`."""
    from peers.aai.running import Aai  # noqa: PLC0415 - its libraries are loaded by tests that need it

    with Aai(mode="strict") as server:
        yield server
