# SPDX-License-Identifier: Apache-2.0
"""`make run`, in a virtual environment that is already there: tables, then the service, until Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

import hpa_discovery

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
TOLD = re.compile(r"^address  (\S+)\ntoken    (\S+)\npacks    (.*)$", re.MULTILINE)


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """What `make` takes for an environment in which everything is installed."""
    folder = tmp_path / "venv"
    (folder / "bin").mkdir(parents=True)
    hpa = folder / "bin" / "hpa"
    where = Path(hpa_discovery.__file__).parents[1]
    hpa.write_text(f'#!/bin/sh\nPYTHONPATH="{where}" exec "{sys.executable}" -m hpa_discovery.cli "$@"\n', "utf-8")
    hpa.chmod(0o755)
    for stamp in (".created", ".installed"):
        (folder / stamp).touch()
    return folder


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_it_answers_for_the_examples_and_serves(venv: Path, tmp_path: Path) -> None:
    """The tables come first; then the address and the token's file, with which the examples are served."""
    out = tmp_path / "out"
    env = {name: value for name, value in os.environ.items() if not name.startswith(("HPA_", "MAKE"))}
    with out.open("wb") as stream:
        make = subprocess.Popen(
            ["make", "run", f"VENV={venv}", f"STATE={tmp_path / 'state'}"],
            cwd=ROOT,
            env={**env, "HPA_PORT": "0"},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        end = time.monotonic() + PATIENCE
        while not (told := TOLD.search(out.read_text("utf-8"))):
            assert time.monotonic() < end, out.read_text("utf-8")
            assert make.poll() is None, out.read_text("utf-8")
            time.sleep(0.05)
        assert "onap.crypto-gateway" in out.read_text("utf-8")[: told.start()]
        assert "acme.nic" in told[3]
        asked = urllib.request.Request(  # noqa: S310 - the address is that of the service just started
            f"{told[1]}/v1/packs", headers={"Authorization": f"Bearer {Path(told[2]).read_text('ascii').strip()}"}
        )
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310 - the address is the one that make printed
            assert json.load(answer)["packs"]
    finally:
        # As a terminal does at Ctrl-C: to everybody in the foreground.
        os.killpg(make.pid, signal.SIGINT)
        make.wait(PATIENCE)
    assert "service.stopped" in out.read_text("utf-8")
