# SPDX-License-Identifier: Apache-2.0
"""hpa doctor: nothing wrong where nothing is, and each thing that is broken is told by its name."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, MultiFernet

from cli.doctoring import begun, doctor
from cli.running import hpa
from hpa_discovery.cli.deployment import Told
from hpa_discovery.service.checkup.database import clock_result
from hpa_discovery.service.checkup.machine import disk_result
from hpa_discovery.service.listening import listen
from hpa_discovery.store.condition import DatabaseCondition
from hpa_discovery.store.opening import open_store
from hpa_discovery.store.secret_values import Secrets
from packs.live.sites import Vendor
from packs.live.two_vendors import overlay
from service.certificates import DAY, make_pair
from service.daemon import running

CHECKS = ["program", "state directory", "permissions", "disk", "database", "schema", "clock", "key"]
CHECKS += ["address", "tls", "egress: cloud", "egress: aai"]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory with a database and a key."""
    return begun(tmp_path / "state")


def test_nothing_is_wrong(state: Path) -> None:
    """Every check is there and none is wrong; a table for people says so."""
    code, found = doctor(state)
    ran = hpa("doctor", "--state-dir", state, "--port", "0")

    assert code == 0
    assert list(found)[: len(CHECKS)] == CHECKS
    assert [row for row in found.values() if row["state"] == "wrong"] == []
    assert "any address but" in found["egress: cloud"]["message"]
    assert found["pack onap.openstack"]["state"] == "fine"
    assert ran.code == 0
    assert "nothing wrong" in ran.err
    assert {"isolation: namespaces", "isolation: landlock", "isolation: user"} < set(found)


def test_rules_of_egress(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the options or the environment are told as they are understood; others are wrong usage."""
    monkeypatch.setenv("HPA_EGRESS", "cloud=10.0.0.0/8:5000,8774-8780 aai=[fd00::/8]:8443")
    _, found = doctor(state)
    assert found["egress: cloud"]["message"] == "only 10.0.0.0/8:5000,8774-8780"
    assert found["egress: aai"]["message"] == "only [fd00::/8]:8443"
    ran = hpa("doctor", "--state-dir", state, "--egress", "cloud=10.0.0.0/33")
    assert (ran.code, "--egress cloud=10.0.0.0/33" in ran.err) == (2, True)


def test_nothing_is_made(tmp_path: Path) -> None:
    """Where no service ever ran there is none afterwards."""
    code, found = doctor(tmp_path / "none")
    assert code == 0
    assert "there is none yet" in found["database"]["message"]
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_not_to_be_started(tmp_path: Path) -> None:
    """What to do about a database that cannot be read depends on which it is."""
    (tmp_path / "hpa.db").write_text("x" * 9000, "ascii")
    _, file = doctor(tmp_path)
    _, server = doctor(tmp_path, "--database", f"postgresql:///x?host={tmp_path}")
    assert (file["database"]["state"], server["database"]["state"]) == ("wrong", "wrong")
    assert file["database"]["hint"].startswith("restore a backup, or ")
    assert server["database"]["hint"].startswith("start it, or correct --database")


def open_to_all(state: Path) -> tuple[str, ...]:
    """Anybody may write into the state directory."""
    state.chmod(0o777)
    return ()


def open_key(state: Path) -> tuple[str, ...]:
    """Anybody may read the key."""
    (state / "secret.key").chmod(0o644)
    return ()


def other_key(state: Path) -> tuple[str, ...]:
    """The key was lost, and another took its place."""
    store = open_store(state, Told())
    with store.write("keeping") as transaction:
        Secrets(MultiFernet([Fernet(Fernet.generate_key())])).put(transaction, "region/a", "geheim")
    store.close()
    return ()


def damaged(state: Path) -> tuple[str, ...]:
    """The database was overwritten in part."""
    with (state / "hpa.db").open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 4)
    return ()


def garbage(state: Path) -> tuple[str, ...]:
    """The database is none."""
    (state / "hpa.db").write_text("x" * 9000, "ascii")
    return ()


def newer(state: Path) -> tuple[str, ...]:
    """The database was made by a newer program."""
    with sqlite3.connect(state / "hpa.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    return ()


def expired(state: Path) -> tuple[str, ...]:
    """The certificate ended."""
    return make_pair(state.parent, since=-2 * DAY, until=-DAY).options


def ending(state: Path) -> tuple[str, ...]:
    """The certificate ends soon."""
    return make_pair(state.parent, until=5 * DAY).options


def bad_pack(state: Path) -> tuple[str, ...]:
    """A pack whose tests fail."""
    Vendor(state.parent / "packs" / "acme").write(expected="9")
    return "--pack-path", str(state.parent / "packs")


def one_namespace(state: Path) -> tuple[str, ...]:
    """Two folders with one namespace: which is meant nobody can tell."""
    for folder in ("acme", "copy"):
        Vendor(state.parent / "packs" / folder).write(count=str(len(folder)))
    return "--pack-path", str(state.parent / "packs")


def one_feature(state: Path) -> tuple[str, ...]:
    """Two packs that answer what only one may answer, each of them good by itself."""
    for name in ("acme", "beta"):
        folder = Vendor(state.parent / "packs" / name, name=f"{name}.tpm", feature="tpm").write().folder
        for file in folder.iterdir():
            text = file.read_text("utf-8").replace("pciCount", "tpmInterface")
            file.write_text(re.sub("\n +discriminator: .*", "", text), "utf-8")
    return "--pack-path", str(state.parent / "packs")


def nothing_to_change(state: Path) -> tuple[str, ...]:
    """An overlay for a pack that is not there."""
    (state.parent / "packs").mkdir()
    overlay(state.parent / "packs")
    return "--pack-path", str(state.parent / "packs")


def unknown_pack(state: Path) -> tuple[str, ...]:
    """A pack that is to be enabled and did not come with the program."""
    del state
    return "--enable", "onap.none"


def for_others(state: Path) -> tuple[str, ...]:
    """An address that others can reach, without TLS."""
    del state
    return "--host", "::"


def no_host(state: Path) -> tuple[str, ...]:
    """An address that this machine does not have."""
    del state
    return "--host", "192.0.2.1", "--insecure-http"


def no_folder(state: Path) -> tuple[str, ...]:
    """A folder of packs that is not there."""
    return "--pack-path", str(state.parent / "none")


def empty_folder(state: Path) -> tuple[str, ...]:
    """A folder of packs that holds none."""
    (state.parent / "empty").mkdir()
    return "--pack-path", str(state.parent / "empty")


def no_database(state: Path) -> tuple[str, ...]:
    """A database that cannot be reached."""
    del state
    return "--database", "postgresql://hpa:geheim@127.0.0.1:1/hpa"


def other_database(state: Path) -> tuple[str, ...]:
    """A database of another kind."""
    del state
    return "--database", "mysql://x"


BROKEN: list[tuple[Callable[[Path], tuple[str, ...]], str, str, str]] = [
    (open_to_all, "permissions", "wrong", "everybody may write into"),
    (open_key, "permissions", "wrong", "others may read or write secret.key"),
    (open_key, "key", "wrong", "its mode is 0644"),
    (other_key, "key", "wrong", "no key opens region/a"),
    (damaged, "database", "wrong", "the file is damaged"),
    (garbage, "database", "wrong", "file is not a database"),
    (newer, "schema", "wrong", "revision 9999"),
    (expired, "tls", "wrong", "it expired at"),
    (ending, "tls", "warning", "4 days"),
    (bad_pack, "pack acme.nic", "wrong", "test.failed"),
    (one_namespace, "pack acme.nic", "wrong", "pack.namespace: the namespace acme.nic is also that of"),
    (one_feature, "pack beta.tpm", "wrong", "set.exclusive"),
    (nothing_to_change, "overlay site", "wrong", "overlay.pack"),
    (unknown_pack, "packs", "wrong", "cannot enable 'onap.none'"),
    (for_others, "address", "wrong", "others can reach this address"),
    (no_host, "address", "wrong", "this machine does not have the address"),
    (no_folder, "packs", "wrong", "none"),
    (empty_folder, "packs", "warning", "holds no pack and no overlay"),
    (no_database, "database", "wrong", "refused"),
    (other_database, "database", "wrong", "the database URL begins with 'mysql'"),
]


@pytest.mark.parametrize(
    ("spoil", "check", "how", "said"), BROKEN, ids=[f"{spoil.__name__}-{check}" for spoil, check, _, _ in BROKEN]
)
def test_what_is_broken_is_told(
    spoil: Callable[[Path], tuple[str, ...]], check: str, how: str, said: str, state: Path
) -> None:
    """The check says so, the exit code is 1 unless it is a warning, and no password is shown."""
    options = spoil(state)
    code, found = doctor(state, *options)
    assert found[check]["state"] == how
    assert said in found[check]["message"]
    assert code == (1 if how == "wrong" else 0)
    assert "geheim" not in json.dumps(found)
    assert len(found) > 10 or check == "database"


def test_all_that_serve_understands_is_understood(state: Path) -> None:
    """The command line of a service, with doctor in place of serve, is looked at as a whole."""
    line = ["--host", "127.0.0.1", "--enable", "onap.openstack-compat", "--insecure-http", "--grace", "5"]
    code, found = doctor(state, *line, "--log-format", "text", "--secret-key-file", state / "secret.key")
    assert (code, found["pack onap.openstack-compat"]["state"]) == (1, "wrong")
    assert "set.exclusive" in found["pack onap.openstack-compat"]["message"]
    assert str(state / "secret.key") in found["key"]["message"]


def test_the_environment_of_a_service(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a unit or a pod sets for the service counts for doctor, too."""
    with closing(listen("127.0.0.1", 0, encrypted=False, insecure=False)) as taken:
        monkeypatch.setenv("HPA_ENABLE", "onap.none")
        monkeypatch.setenv("HPA_PORT", str(taken.port))
        ran = hpa("doctor", "--state-dir", state, "-o", "json")
    found = {row["check"]: row for row in json.loads(ran.out)}
    assert "another program listens there" in found["address"]["message"]
    assert found["packs"]["message"].startswith("cannot enable 'onap.none'")
    assert ran.code == 1


def test_what_was_removed_by_command(tmp_path: Path) -> None:
    """What is kept out is in the way of no other, and is told as removed."""
    one_feature(tmp_path / "state")
    packs = tmp_path / "packs"
    with running(tmp_path / "state", "--pack-path", str(packs / "acme")):
        pass
    assert hpa("pack", "remove", "acme.tpm", "--state-dir", tmp_path / "state").code == 0
    code, found = doctor(tmp_path / "state", "--pack-path", packs)
    assert (code, found["pack beta.tpm"]["state"], found["pack acme.tpm"]["state"]) == (0, "fine", "fine")
    assert found["pack acme.tpm"]["message"].endswith("was removed by command")


@pytest.mark.parametrize(
    ("free", "how"), [(50, "wrong"), (99, "wrong"), (101, "warning"), (1023, "warning"), (1025, "fine")]
)
def test_a_full_disk(free: int, how: str, tmp_path: Path) -> None:
    """Below 1 GiB it is a warning, below 100 MiB nothing can be relied on; the figure is told."""
    result = disk_result(tmp_path, free * 1024**2)
    assert (result.state, f"{free} MiB" in result.message) == (how, True)


@pytest.mark.parametrize(
    ("ahead", "how", "said"),
    [
        (0.4, "fine", "0.4 s ahead of"),
        (-4.9, "fine", "4.9 s behind"),
        (5.1, "warning", "5.1 s ahead of"),
        (-59.0, "warning", "59.0 s behind"),
        (61.0, "wrong", "61.0 s ahead of"),
        (-4000.0, "wrong", "4000.0 s behind"),
    ],
)
def test_clocks_that_differ(ahead: float, how: str, said: str) -> None:
    """Tokens expire by the database's clock: seconds are a warning, a minute is wrong."""
    found = DatabaseCondition("db", True, "PostgreSQL 15", "0001", "0001", 1, ahead, ())
    assert clock_result(found).state == how
    assert said in clock_result(found).message
    assert clock_result(replace(found, shared=False)).state == "fine"
