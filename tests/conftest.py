# SPDX-License-Identifier: Apache-2.0
"""What tests of several rooms share: one PostgreSQL and one A&AI a session."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peers.aai.running import Aai
    from peers.postgres import Postgres


def pytest_configure() -> None:
    """Let the programs that tests start hear Ctrl-C, also where a shell that runs us in the background ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


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
