# SPDX-License-Identifier: Apache-2.0
"""What hpa doctor says of regions: how they stand, which are stale, which alarms stand, which secrets do not open."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from cli.doctoring import begun, doctor
from cli.running import hpa
from hpa_discovery.alarms.raising import Alarms
from hpa_discovery.cli.deployment import Told
from hpa_discovery.store import regions
from hpa_discovery.store.alarm_rows import Identity
from hpa_discovery.store.clock import later
from hpa_discovery.store.opening import open_store
from hpa_discovery.store.tables import REGION
from store.listed import listed, seen

CLOUD = {"coordinates": {"auth_url": "https://keystone.example:5000/v3"}}
CREDENTIAL = {"username": "hpa", "password": "x", "user_domain_name": "Default", "project_name": "hpa"}
AAI = {"url": "https://aai.example:8443", "user": "AAI", "password": "x"}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory with a database and a key."""
    return begun(tmp_path / "state")


def add(state: Path, name: str, **more: object) -> int:
    """Register a region; its number."""
    body = json.dumps({**CLOUD, "credential": CREDENTIAL, **more})
    ran = hpa("region", "add", f"acme/{name}", "--from", "-", "--state-dir", state, stdin=body)
    assert ran.code == 0, ran.err
    with open_store(state, Told()).read("a region") as transaction:
        region = regions.get(transaction, "acme", name)
    assert region is not None
    return region.id


def test_there_are_none(state: Path) -> None:
    """That is fine, and it says how to register one."""
    code, found = doctor(state)
    assert (code, found["regions"]["message"], found["alarms"]["state"]) == (0, "there are none", "fine")
    assert "hpa region add" in found["regions"]["hint"]


def test_how_they_stand(state: Path) -> None:
    """Applied, only planned, without an A&AI, and off; which are planned is told with what to do."""
    add(state, "one", aai={**AAI, "mode": "apply"})
    add(state, "two", aai=AAI)
    add(state, "three")
    add(state, "four", enabled=False)
    code, found = doctor(state)
    assert code == 0
    assert found["regions"]["message"] == "4: 1 are applied, 1 only planned, 1 have no A&AI, 1 are off"
    assert "hpa plan acme/two" in found["regions"]["hint"]
    assert not [name for name in found if name.startswith("regions:")]


def test_what_is_stale(state: Path) -> None:
    """Named with since when and why; those that were never listed too, when they had an hour for it."""
    number = add(state, "one")
    add(state, "two")
    store = open_store(state, Told())
    listed(store, number, seen("1", "numa"))
    listed(store, number, error="keystone says 503")
    code, found = doctor(state)
    assert (code, found["regions: stale"]["state"]) == (0, "warning")
    assert found["regions: stale"]["message"].startswith("1 stale: acme/one since 20")
    assert "keystone says 503" in found["regions: stale"]["message"]
    assert "regions: never listed" not in found
    with store.write("registered long ago") as transaction:
        transaction.execute(REGION.update().values(created_at=later(-7200)))
    assert doctor(state)[1]["regions: never listed"]["message"] == "1: acme/two"


def test_which_alarms_stand(state: Path) -> None:
    """One that is major is a warning, one that is critical is wrong; what is over or minor is not told."""
    held, down = Identity("region/acme/one", "plan.held"), Identity("region/acme/two", "source.unreachable")
    store = open_store(state, Told())
    with store.write("raising") as transaction:
        Alarms().raise_(transaction, held, "29 of 30")
        Alarms().raise_(transaction, Identity("region/acme/one", "conflict"), "minor")
        Alarms().raise_(transaction, Identity("region/acme/three", "plan.held"), "over")
        Alarms().clear(transaction, Identity("region/acme/three", "plan.held"))
    code, found = doctor(state)
    assert (code, found["alarms"]["state"]) == (0, "warning")
    said = "0 critical, 1 major, 1 of them looked after by nobody: plan.held of region/acme/one"
    assert found["alarms"]["message"] == said
    with store.write("raising") as transaction:
        Alarms().raise_(transaction, down, "all hosts", severity="critical")
    code, found = doctor(state)
    assert (code, found["alarms"]["state"]) == (1, "wrong")
    assert "1 critical, 1 major, 2 of them" in found["alarms"]["message"]


def test_secrets_that_do_not_open(state: Path) -> None:
    """Those of regions are named, with what to do; so is a region that has none."""
    add(state, "one")
    (state / "secret.key").write_bytes(Fernet.generate_key() + b"\n")
    code, found = doctor(state)
    assert (code, found["key"]["state"]) == (1, "wrong")
    assert "region/acme/one/cloud" in found["key"]["message"]
    assert "hpa region set --credential" in found["key"]["hint"]
    given = json.dumps({"credential": None})
    assert hpa("region", "set", "acme/one", "--from", "-", "--state-dir", state, stdin=given).code == 0
    code, found = doctor(state)
    assert found["key"]["state"] == "fine"
    assert found["regions: no credential"]["message"] == "1: acme/one"


def test_openstacksdk_that_is_missing(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong as soon as a region is switched on, with what to install; without such nobody needs it."""
    monkeypatch.setitem(sys.modules, "openstack", None)
    add(state, "one", enabled=False)
    assert (doctor(state)[0], "openstacksdk" in doctor(state)[1]) == (0, False)
    add(state, "two")
    code, found = doctor(state)
    assert (code, found["openstacksdk"]["state"]) == (1, "wrong")
    assert "not installed" in found["openstacksdk"]["message"]
    assert "pip install 'hpa-discovery[openstack]'" in found["openstacksdk"]["hint"]
    monkeypatch.undo()
    assert (doctor(state)[0], "openstacksdk" in doctor(state)[1]) == (0, False)
