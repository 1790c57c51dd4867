# SPDX-License-Identifier: Apache-2.0
"""Without the extra `service` its verbs say what to install, and the others work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_WITHOUT = """
import sys
for name in "fastapi uvicorn sqlalchemy alembic cryptography orjson prometheus_client watchfiles".split():
    sys.modules[name] = None
from hpa_discovery.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def without(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `hpa` where none of the service's libraries can be imported."""
    return subprocess.run(
        [sys.executable, "-c", _WITHOUT, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve", "--port", "0"),
        ("token", "create", "x", "--role", "viewer"),
        ("token", "list"),
        ("token", "revoke", "x"),
        ("audit",),
        ("secrets", "rotate"),
        ("doctor",),
        ("alarms",),
        ("region", "list"),
        ("region", "add", "acme/r"),
        ("plan", "acme/r"),
        ("apply", "acme/r"),
    ],
    ids=" ".join,
)
def test_a_verb_says_what_it_needs(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Exit code 2 and the command that installs it, and no traceback."""
    ran = without(*arguments, "--state-dir", str(tmp_path / "state"))
    assert ran.returncode == 2, ran.stderr
    assert "pip install 'hpa-discovery[service]'" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_other_verbs_do_without() -> None:
    """Whoever only writes packs needs no database."""
    assert without("schema").returncode == 0
    assert without("lint", "--explain", "yaml.alias").returncode == 0
    assert without("serve", "--help").returncode == 0
