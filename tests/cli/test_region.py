# SPDX-License-Identifier: Apache-2.0
"""hpa region, on the database of a deployment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.running import Ran, hpa
from hpa_discovery.cli.deployment import Told, actor
from hpa_discovery.service.state_lock import held
from hpa_discovery.store import audit, operations
from hpa_discovery.store.opening import open_store

URL = "https://keystone.example:5000/v3"
PASSWORD = "of-the-cloud"  # noqa: S105 - of nobody
CREDENTIAL = f"username: hpa\npassword: {PASSWORD}\nuser_domain_name: Default\nproject_name: hpa\n"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory that is not there yet, beside files that describe a cloud."""
    (tmp_path / "cloud.yaml").write_text(CREDENTIAL)
    (tmp_path / "aai.password").write_text("of-aai\n")
    return tmp_path / "state"


def region(state: Path, verb: str, *given: str | Path, stdin: str = "") -> Ran:
    """Run a verb of `hpa region`."""
    return hpa("region", verb, *given, "--state-dir", state, stdin=stdin)


def added(state: Path, *given: str | Path) -> Ran:
    """Add acme/RegionOne."""
    credential = ("--credential", state.parent / "cloud.yaml")
    return region(state, "add", "acme/RegionOne", "--auth-url", URL, *credential, *given)


def shown(state: Path) -> dict[str, Any]:
    """What `hpa region show -o json` says of it."""
    ran = region(state, "show", "acme/RegionOne", "-o", "json")
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_a_region_is_added(state: Path) -> None:
    """With what the options say; the deployment is made where there was none, and passwords are never shown."""
    aai = (
        "--aai-url",
        "https://aai.example:8443",
        "--aai-user",
        "AAI",
        "--aai-password",
        state.parent / "aai.password",
    )
    ran = added(state, "--interval", "2h", "--name-prefix", "onap.", *aai)
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert "added acme/RegionOne" in ran.err
    found = shown(state)
    assert (found["interval_seconds"], found["name_prefix"], found["aai"]["user"]) == (7200, "onap.", "AAI")
    assert (found["credentials"], found["aai"]["mode"]) == ({"cloud": True, "aai": True}, "plan")
    table = region(state, "show", "acme/RegionOne").out
    assert URL in table
    assert "kept for cloud, aai" in table
    assert PASSWORD not in table + json.dumps(found)
    with open_store(state, Told()).read("audit") as transaction:
        (act,) = audit.page(transaction, wanted=audit.Wanted(action="region.add"))
    assert (act.act.actor, act.act.target) == (actor(), "acme/RegionOne")


def test_settings_come_from_a_file_or_standard_input(state: Path) -> None:
    """JSON or YAML as the HTTP API takes it; options stand above it."""
    document = {"coordinates": {"auth_url": URL}, "credential": {"username": "hpa", "password": "x"}, "enabled": False}
    ran = region(state, "add", "acme/RegionOne", "--from", "-", "--on", stdin=json.dumps(document))
    assert ran.code == 0, ran.err
    assert shown(state)["enabled"] is True


REFUSED = {
    "a login plugin": ("auth_type: v3oidcpassword\npassword: x\n", "never by files, programs or login plugins"),
    "a file": ("password_file: /etc/passwd\npassword: x\n", "never by files"),
    "no object": ("- x\n", "an object is needed"),
    "no YAML": ("password: [\n", "it has errors"),
    "no JSON": ('{"password": \n', "it is not JSON"),
    "a clouds.yaml": ("clouds:\n  one:\n    auth: {password: x}\n", "it is a clouds.yaml; give a file with"),
    "a URL": ("auth_url: http://k.example\npassword: x\n", "auth_url is given by --auth-url"),
    "a number": ("username: hpa\npassword: 12345\n", "--credential: credential of acme/RegionOne: password must be"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_credential(state: Path, name: str) -> None:
    """Only values are taken, and the message says what is wrong with them."""
    text, reason = REFUSED[name]
    (state.parent / "cloud.yaml").write_text(text)
    ran = added(state)
    assert ran.code == 1
    assert reason in ran.err


def test_what_is_no_place(state: Path) -> None:
    """A URL without a scheme, a file that is no CA and is not told, and an A&AI with a version: each by its option."""
    ca = state.parent / "cloud.yaml"
    for given, reason in (
        (("--auth-url", "k.example:5000"), "--auth-url: 'k.example:5000' cannot be asked"),
        (("--cloud-ca", ca), "--cloud-ca: reading the CA: it does not hold a line -----BEGIN"),
        (("--aai-url", "https://aai.example/aai/v28"), "--aai-url: 'https://aai.example/aai/v28' ends in a version"),
        (("--aai-url", "https://aai.example", "--aai-ca", ca), "--aai-ca: reading the CA"),
        (("--interval", "400d"), "is 34560000 s: it must be whole seconds from 10 to 2592000"),
    ):
        ran = added(state, *given)
        assert (ran.code, reason in ran.err, PASSWORD in ran.err) == (1, True, False), ran.err
    ran = region(state, "add", "acme/RegionOne")
    assert "--auth-url: it is needed; --credential: it is needed" in ran.err
    assert added(state, "--interval", "30s").code == 0
    assert shown(state)["interval_seconds"] == 30


def test_a_region_that_is_not_there(state: Path) -> None:
    """The message says what was to be done, and which name was probably meant."""
    added(state)
    for verb, given in (("show", ()), ("set", ("--off",)), ("discover", ()), ("remove", ())):
        ran = region(state, verb, "acne/RegionOne", *given)
        assert ran.code == 1
        assert "region acne/RegionOne: there is no region acne/RegionOne; did you mean acme/RegionOne?" in ran.err
    ran = region(state, "show", "other/cloud")
    assert "hpa region list names those that there are" in ran.err
    assert "did you mean acme/RegionOne" in hpa("plan", "acme/Regionone", "--state-dir", state).err
    odd = region(state, "set", "acme/x\ny", "--off")
    assert (odd.code, odd.err.count("\n")) == (1, 1)


def test_a_secret_on_the_command_line(state: Path) -> None:
    """It is not repeated, and the message says where it goes; of two options one may read standard input."""
    for given in (("--credential", '{"password":"hunter2"}'), ("--aai-password", "hunter2"), ("--aai-ca", "hunter2")):
        ran = added(state, *given)
        assert (ran.code, "hunter2" in ran.err, "a file, or - for standard input" in ran.err) == (2, False, True)
    ran = added(state, "--aai-password", "-", "--aai-ca", "-")
    assert (ran.code, "--aai-password reads standard input already" in " ".join(ran.err.split())) == (2, True)
    ran = region(state, "add", "acme/RegionOne", "--auth-url", URL, "--credential", "-")
    assert (ran.code, "reading the credential in standard input" in ran.err) == (1, True)


def test_wrong_usage(state: Path) -> None:
    """A name of another form, and a change of nothing."""
    added(state)
    assert region(state, "show", "acme").code == 2
    ran = region(state, "set", "acme/RegionOne")
    assert (ran.code, "nothing is said" in ran.err) == (2, True)


def test_a_region_is_listed_changed_and_removed(state: Path) -> None:
    """From its first day to its last."""
    added(state)
    assert added(state).code == 1
    row = json.loads(region(state, "list", "-o", "json").out)[0]
    assert (row["owner"], row["region"], row["listing"]) == ("acme", "RegionOne", None)
    assert "none yet" in region(state, "list").out
    other = region(state, "list", "other/", "-o", "json")
    assert (json.loads(other.out), other.err) == ([], "no region begins with other/\n")
    changed = region(state, "set", "acme/RegionOne", "--mode", "apply", "--region-name", "One")
    assert (changed.code, "revision 2" in changed.err) == (0, True)
    found = shown(state)
    assert (found["aai"]["mode"], found["coordinates"]) == ("apply", {"auth_url": URL, "region_name": "One"})
    elsewhere = region(state, "set", "acme/RegionOne", "--auth-url", "https://evil.example:5000/v3")
    assert (elsewhere.code, "credential again" in elsewhere.err) == (1, True)
    assert region(state, "remove", "acme/RegionOne").code == 0
    gone = region(state, "remove", "acme/RegionOne")
    assert (gone.code, "there are none yet, hpa region add registers one" in gone.err) == (1, True)


def test_a_discovery_is_asked_for(state: Path) -> None:
    """The operation waits for a service."""
    added(state)
    ran = region(state, "discover", "acme/RegionOne")
    assert (ran.code, "operation 1" in ran.err) == (0, True)
    with open_store(state, Told()).read("operations") as transaction:
        (one,) = operations.page(transaction)
    assert (one.kind, one.state, one.made_by) == ("discover", "waiting", actor())
    with held(state):
        assert "is discovered by the service that runs here" in region(state, "discover", "acme/RegionOne").err


def test_whoever_looks_needs_no_key(state: Path) -> None:
    """Only what seals or opens a credential does, and it says so."""
    added(state)
    (state / "secret.key").unlink()
    assert region(state, "list").code == 0
    assert shown(state)["credentials"]["cloud"]
    assert region(state, "discover", "acme/RegionOne").code == 0
    ran = region(state, "set", "acme/RegionOne", "--credential", state.parent / "cloud.yaml")
    assert (ran.code, "--secret-key-file names one" in ran.err) == (1, True)
    assert not (state / "secret.key").exists()
    assert region(state, "remove", "acme/RegionOne").code == 0


def test_there_is_no_deployment(tmp_path: Path) -> None:
    """Nothing is made for whoever only asks."""
    ran = region(tmp_path / "state", "list")
    assert (ran.code, "there is no deployment" in ran.err) == (1, True)
    assert not (tmp_path / "state").exists()
