# SPDX-License-Identifier: Apache-2.0
"""`hpa serve` where nobody can read what it prints for people."""

from __future__ import annotations

import json
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from cli.running import COMMAND

PATIENCE = 90.0  # seconds


@pytest.mark.parametrize("output", [">/dev/full", ">&-"])
def test_a_service_answers_although_nobody_reads_what_it_prints(tmp_path: Path, output: str) -> None:
    """A full disk or a closed output costs these few lines: it serves, and ends in order."""
    log, process_id = tmp_path / "log", tmp_path / "process"
    command = f"{' '.join(COMMAND)} serve --port 0 --state-dir {tmp_path / 'state'} 2>{log}"
    shell = f"( echo $BASHPID >{process_id}; exec {command} ) {output}"
    with subprocess.Popen(["bash", "-c", shell], stdin=subprocess.DEVNULL) as process:
        try:
            address = _address(process, log)
            with urllib.request.urlopen(f"{address}/readyz", timeout=PATIENCE) as answer:  # noqa: S310 - http
                ready = json.load(answer)
        finally:
            subprocess.run(["kill", "-s", str(signal.SIGTERM.value), process_id.read_text().strip()], check=False)
        code = process.wait(PATIENCE)

    assert ready["status"] == "ready"
    assert code == 0
    assert "Traceback" not in log.read_text("utf-8")


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """What the log says of it, once it is ready."""
    end = time.monotonic() + PATIENCE
    while True:
        told = log.read_text("utf-8") if log.exists() else ""
        for line in told.splitlines(keepends=True):
            if line.endswith("\n") and (event := json.loads(line))["event"] == "service.ready":
                address: str = event["address"]
                return address
        assert process.poll() is None, told
        assert time.monotonic() < end, told
        time.sleep(0.02)
