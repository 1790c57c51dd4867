# SPDX-License-Identifier: Apache-2.0
"""hpa doctor beside a running service, on PostgreSQL, and where the system lets nobody look."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from cli.doctoring import begun, doctor
from cli.running import COMMAND, hpa
from hpa_discovery.drivers.isolation import fences
from hpa_discovery.service.state_lock import held
from peers.postgres import Postgres
from service.daemon import running


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory with a database and a key."""
    return begun(tmp_path / "state")


def test_isolation_that_is_required(state: Path) -> None:
    """A fence that is missing is a warning, and wrong where it is required."""
    missing = bool(fences().missing)
    assert doctor(state, "--require-isolation")[0] == (1 if missing else 0)
    assert doctor(state)[0] == 0


def test_beside_a_running_service(tmp_path: Path) -> None:
    """It says that one runs, and which generation serves, and does not disturb it."""
    state = tmp_path / "state"
    with running(state) as daemon:
        code, found = doctor(state)
        assert code == 0
        assert "in use by a service now" in found["state directory"]["message"]
        assert "serves" in found["generation"]["message"]
        assert daemon.discover() == 200
    hpa("pack", "rollback", found["generation"]["message"][:12], "--state-dir", state)
    assert doctor(state)[1]["generation"]["state"] == "warning"


def test_on_postgresql(postgres: Postgres, tmp_path: Path) -> None:
    """The server's version, its clock, and that a key is needed."""
    url = postgres.create_database()
    code, found = doctor(tmp_path / "state", "--database", url)
    assert code == 1
    assert found["key"]["state"] == "wrong"
    assert "PostgreSQL" in found["database"]["message"]
    assert "the database is empty" in found["schema"]["message"]
    assert found["clock"]["state"] == "fine"


def test_a_database_that_was_deleted_under_a_service(state: Path) -> None:
    """No file is fine where no service ever ran, and wrong where one runs."""
    with held(state):
        (state / "hpa.db").unlink()
        code, found = doctor(state)
    assert (code, found["database"]["state"]) == (1, "wrong")
    assert found["database"]["message"].endswith("it was deleted meanwhile")
    assert doctor(state)[1]["database"]["state"] == "fine"


# Root enters a folder that its mode does not let it enter.
_RIGHTS = "-dac_override,-dac_read_search"
NOBODY_SPECIAL = ["setpriv", f"--inh-caps={_RIGHTS}", f"--bounding-set={_RIGHTS}", "--"] if os.geteuid() == 0 else []
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


def test_a_state_directory_that_is_read_only(state: Path) -> None:
    """A disk that the system made read-only is told as such, and the other checks go on."""
    there = ["unshare", "--map-root-user", "--mount", "sh", "-c", READ_ONLY, str(state)]
    if subprocess.run([*there, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount")
    command = [*there, *COMMAND, "doctor", "--state-dir", str(state), "--port", "0", "-o", "json"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    found = {row["check"]: row for row in json.loads(ran.stdout)}
    assert (ran.returncode, ran.stderr) == (1, "")
    assert found["state directory"]["message"] == f"{state} is on a file system that is read-only"
    assert found["database"]["state"] == "wrong"
    assert found["pack onap.openstack"]["state"] == "fine"


def test_a_state_directory_that_may_not_be_looked_at(tmp_path: Path) -> None:
    """Below a folder of somebody else: doctor tells it and goes on, and what works with it ends with exit code 1."""
    (tmp_path / "locked" / "state").mkdir(parents=True)
    state = tmp_path / "locked" / "state"
    (tmp_path / "locked").chmod(0o000)
    try:
        doctor_, *others = (
            subprocess.run(
                [*NOBODY_SPECIAL, *COMMAND, *verb.split(), "--state-dir", str(state)],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            for verb in ("doctor --port 0 -o json", "token list", "pack list", "serve --port 0")
        )
    finally:
        (tmp_path / "locked").chmod(0o700)
    found = {row["check"]: row for row in json.loads(doctor_.stdout)}
    assert (doctor_.returncode, doctor_.stderr) == (1, "")
    assert found["state directory"]["message"] == f"{state} cannot be looked at: Permission denied"
    assert found["database"]["state"] == "wrong"
    assert found["pack onap.openstack"]["state"] == "fine"
    for ran in others:
        assert (ran.returncode, f"{state}: Permission denied" in ran.stderr) == (1, True), ran.stderr
        assert len(ran.stderr.splitlines()) == 1
