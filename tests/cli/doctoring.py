# SPDX-License-Identifier: Apache-2.0
"""Runs `hpa doctor` on a deployment."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography.fernet import Fernet

from cli.running import hpa
from hpa_discovery.cli.deployment import Told
from hpa_discovery.store.opening import open_store


def doctor(state: Path, *options: str | Path) -> tuple[int, dict[str, dict[str, str]]]:
    """The exit code, and the result of each check by its name."""
    ran = hpa("doctor", "--state-dir", state, "--port", "0", "-o", "json", *options)
    return ran.code, {row["check"]: row for row in json.loads(ran.out)}


def begun(folder: Path) -> Path:
    """A state directory with a database and a key."""
    open_store(folder, Told()).close()
    key = folder / "secret.key"
    key.write_bytes(Fernet.generate_key() + b"\n")
    key.chmod(0o600)
    return folder
