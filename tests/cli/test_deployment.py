# SPDX-License-Identifier: Apache-2.0
"""Which deployment a command is about, what is told of its store, and who acts on it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli.driver_site import ID, Site
from cli.running import hpa
from hpa_discovery.cli.deployment import Told, actor
from hpa_discovery.cli.options import default_state_dir


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site of its own."""
    return Site(tmp_path)


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"XDG_STATE_HOME": "/var/state"}, "/var/state/hpa-discovery"),
        ({"XDG_STATE_HOME": "state"}, "/home/acme/.local/state/hpa-discovery"),
        ({"XDG_STATE_HOME": ""}, "/home/acme/.local/state/hpa-discovery"),
        ({}, "/home/acme/.local/state/hpa-discovery"),
    ],
)
def test_the_default_state_directory(variables: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As XDG says, which ignores a relative path."""
    monkeypatch.setenv("HOME", "/home/acme")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert str(default_state_dir()) == folder


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has no home can use all that needs no state directory, and has that of the machine otherwise."""
    monkeypatch.delenv("HOME")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    assert str(default_state_dir()) == "/var/lib/hpa-discovery"
    assert actor() == "cli:4000000"


def test_the_environment_names_state_directory_and_database(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """HPA_STATE_DIR and HPA_DATABASE stand for the options."""
    monkeypatch.setenv("HPA_STATE_DIR", str(site.state))
    assert hpa("driver", "allow", ID, "--digest", site.digest, "--pack-path", site.packs).code == 0
    assert (site.state / "hpa.db").exists()
    other = site.state / "other.db"
    monkeypatch.setenv("HPA_DATABASE", f"sqlite:///{other}")
    assert hpa("driver", "allow", ID, "--digest", site.digest, "--pack-path", site.packs).out.startswith("allowed")
    assert other.exists()


def test_a_broken_database_is_an_error(site: Site) -> None:
    """What is allowed is not known then, which is told, and is not taken for nothing."""
    site.state.mkdir()
    (site.state / "hpa.db").write_text("no database" * 1000)
    ran = hpa("driver", "list", *site.place)
    assert ran.code == 1
    assert "hpa.db" in ran.err
    ran = hpa("discover", site.flavor, "--packs", "acme.nic", *site.place)
    assert ran.code == 1
    assert "hpa.db" in ran.err


def test_what_the_store_tells_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Its events are warnings; faults of drivers are diagnostics already, and are not told twice."""
    Told().event("store.open_state_dir", {"path": "/x", "mode": "0777"})
    Told().event("driver.fault", {"driver": "a"})
    assert capsys.readouterr().err == "warning: store.open_state_dir: path /x, mode 0777\n"


def test_the_actor_is_the_user() -> None:
    """Whoever runs the command, whatever the environment says."""
    before = actor()
    os.environ["LOGNAME"], kept = "somebody", os.environ.get("LOGNAME")
    try:
        assert actor() == before
    finally:
        os.environ.pop("LOGNAME")
        if kept is not None:
            os.environ["LOGNAME"] = kept
