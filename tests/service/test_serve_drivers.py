# SPDX-License-Identifier: Apache-2.0
"""Drivers of a running service: allowed while it runs, asked over HTTP, and gone with it, however it ends."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from cli.running import hpa
from hpa_discovery.drivers.folders import digest_of
from service.daemon import Daemon, running
from service.runtimes import until

ID = "acme.nic/cards"


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A folder with a pack that has a driver."""
    folder = tmp_path / "packs"
    folder.mkdir()
    assert hpa("new", "pack", "acme.nic", "--dir", folder).code == 0
    assert hpa("new", "driver", ID, "--dir", folder).code == 0
    return folder


def processes(state_dir: Path) -> list[int]:
    """The processes that run copies of drivers of this deployment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if f"{state_dir}/drivers/".encode() in command:
            found.append(int(folder.name))
    return found


def ask(daemon: Daemon, packs: Path) -> str:
    """What becomes of a flavor that the driver answers: the code of its diagnostic, or "answered"."""
    subject = json.loads((packs / "acme.nic" / "drivers" / "cards" / "example.json").read_text("utf-8"))
    status, reply = daemon.ask("POST", "/v1/discover", json.dumps({"subject": subject}).encode())
    assert status == 200
    [outcome] = reply["outcomes"]
    return next((each["code"] for each in outcome["unknown"] if each["rule"] == ID), "answered")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_driver_ends_with_the_service(how: signal.Signals, packs: Path, tmp_path: Path) -> None:
    """Not allowed it does not run; allowed it answers within seconds; after the service nothing of it is left."""
    state_dir = tmp_path / "state"
    with running(state_dir, "--pack-path", packs) as daemon:
        assert ask(daemon, packs) == "driver.untrusted"
        assert processes(state_dir) == []
        digest = digest_of(packs / "acme.nic" / "drivers" / "cards")
        given = ("--digest", digest, "--state-dir", state_dir, "--pack-path", packs)
        assert hpa("driver", "allow", ID, *given).code == 0
        until(lambda: ask(daemon, packs) == "answered")
        assert processes(state_dir)
        daemon.signal(how)
        daemon.ended()
    until(lambda: processes(state_dir) == [])
