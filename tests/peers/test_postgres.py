# SPDX-License-Identifier: Apache-2.0
"""The PostgreSQL of the tests: private, not root's, and gone when its test run is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from peers.postgres import Postgres

pytestmark = pytest.mark.peer

OWNER = """
import time
from peers.postgres import Postgres
with Postgres() as server:
    print(server.url("postgres").partition("host=")[2], flush=True)
    time.sleep(60)
"""


def test_it_serves_databases_of_its_own(postgres: Postgres) -> None:
    """A new one is empty, and what was dropped is gone."""
    url = postgres.create_database()
    name = url.split("?")[0].rpartition("/")[2]
    with postgres.connect(name) as session:
        assert session.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    postgres.drop_database(url)
    with postgres.connect() as session:
        assert session.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None


def test_it_is_reached_by_its_socket_alone(postgres: Postgres) -> None:
    """No port is open, so that two test runs never meet, and it does not run as root."""
    with postgres.connect() as session:
        assert session.execute("SHOW listen_addresses").fetchone() == ("",)
        [pid] = session.execute("SELECT pg_backend_pid()").fetchone() or []
        assert Path(f"/proc/{pid}").stat().st_uid != 0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_its_test_run(postgres: Postgres, how: signal.Signals) -> None:
    """However that ends: neither a process nor a folder stays."""
    del postgres  # only whether PostgreSQL is installed
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", OWNER]
    owner = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **path}, text=True)
    assert owner.stdout is not None
    folder = Path(owner.stdout.readline().strip())
    server = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    owner.send_signal(how)
    owner.wait(60)
    owner.stdout.close()
    end = time.monotonic() + 60
    while time.monotonic() < end and (folder.exists() or _lives(server)):
        time.sleep(0.02)
    assert not folder.exists()
    assert not _lives(server)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
