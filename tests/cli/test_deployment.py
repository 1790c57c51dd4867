# SPDX-License-Identifier: Apache-2.0
"""Which deployment a command is about, what is told of its store, and who acts on it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
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


READING = [
    ("token", "list"),
    ("audit",),
    ("driver", "list"),
    ("pack", "list"),
    ("pack", "history"),
    ("alarms",),
    ("region", "list"),
    ("region", "show", "acme/r"),
    ("plan", "acme/r"),
]
CHANGING = [
    ("pack", "rollback"),
    ("pack", "unpin"),
    ("pack", "remove", "acme.nic"),
    ("token", "revoke", "ci"),
    ("secrets", "rotate"),
    ("region", "set", "acme/r", "--off"),
    ("region", "remove", "acme/r"),
    ("region", "discover", "acme/r"),
    ("apply", "acme/r"),
]
BEGINNING = [("token", "create", "ci", "--role", "viewer")]
EMPTY = {("driver", "list")}  # it lists what lies in folders, which is no error without a deployment


@pytest.mark.parametrize("command", [*READING, *CHANGING], ids=" ".join)
@pytest.mark.parametrize("empty", [False, True])
def test_only_what_begins_a_deployment_makes_one(tmp_path: Path, command: tuple[str, ...], empty: bool) -> None:
    """Whoever looks, or changes what must be there, makes no state directory, no database and no tables."""
    file = tmp_path / "x.db"
    if empty:
        file.touch()
    for place in (
        ["--state-dir", tmp_path / "none"],
        ["--database", f"sqlite:///{file}", "--state-dir", tmp_path / "s"],
    ):
        ran = hpa(*command, *place)
        assert ran.code == (0 if command in EMPTY else 1), ran.err
        if command not in EMPTY:
            assert "there is no deployment in " in ran.err
            assert "hpa serve begins one, --state-dir or --database names another" in ran.err
    assert [(path.name, path.stat().st_size) for path in tmp_path.iterdir()] == ([("x.db", 0)] if empty else [])


@pytest.mark.parametrize("command", [*READING, *CHANGING, *BEGINNING], ids=" ".join)
@pytest.mark.parametrize(
    ("revision", "says"),
    [
        (
            "0000",
            "its schema has revision 0000, and this program works with 0002; hpa serve migrates it, after a backup",
        ),
        ("9999", "its schema has revision 9999, and this program knows revisions up to 0002; run the newer"),
    ],
)
def test_only_a_service_migrates(tmp_path: Path, command: tuple[str, ...], revision: str, says: str) -> None:
    """A service of another version may run there, and nobody has made a backup yet."""
    state = tmp_path / "state"
    assert hpa("token", "create", "first", "--role", "viewer", "--state-dir", state).code == 0
    with closing(sqlite3.connect(state / "hpa.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [revision])
        connection.commit()
    ran = hpa(*command, "--state-dir", state)
    assert (ran.code, says in ran.err) == (1, True), ran.err
    with closing(sqlite3.connect(state / "hpa.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(revision,)]
        assert connection.execute("SELECT name FROM token").fetchall() == [("first",)]


def test_nobody_can_tell_whether_there_is_one(tmp_path: Path) -> None:
    """A folder that cannot be looked into is an error, and not a deployment that nobody has begun."""
    state = tmp_path / ("x" * 300)
    ran = hpa("token", "list", "--state-dir", state)
    assert (ran.code, f"looking for {state}: File name too long" in ran.err) == (1, True)


def test_what_the_log_has_as_a_warning_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Faults of drivers are diagnostics already, and are not told twice; what is no warning is not told."""
    for name, fields in (
        ("store.open_state_dir", {"path": "/x", "mode": "0777"}),
        ("secrets.key_made", {"path": "/x/secret.key"}),
        ("store.trimmed", {"generations": 1}),
        ("driver.fault", {"driver": "a"}),
        ("driver.not_ready", {"driver": "a"}),
        ("pack.missing", {"name": "a"}),
    ):
        Told().event(name, fields)
    assert capsys.readouterr().err.splitlines() == [
        "warning: store.open_state_dir: path /x, mode 0777",
        "warning: secrets.key_made: path /x/secret.key",
    ]


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
