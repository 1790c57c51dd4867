# SPDX-License-Identifier: Apache-2.0
"""hpa token, audit and secrets, alone and beside a running service."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from cryptography.fernet import Fernet, MultiFernet

from cli.running import Ran, hpa
from hpa_discovery.cli.deployment import Told, actor
from hpa_discovery.cli.durations import as_moment
from hpa_discovery.store import audit, tokens
from hpa_discovery.store.opening import open_store
from hpa_discovery.store.secret_values import Secrets
from service.daemon import running


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory that is not there yet."""
    return tmp_path / "state"


def listed(state: Path) -> dict[str, dict[str, Any]]:
    """What `hpa token list` says, by name."""
    ran = hpa("token", "list", "--state-dir", state, "-o", "json")
    assert ran.code == 0
    return {row["name"]: row for row in json.loads(ran.out)}


def create(state: Path, name: str, *options: str) -> Ran:
    """Make a viewer's token."""
    return hpa("token", "create", name, "--role", "viewer", "--state-dir", state, *options)


def test_a_token_is_printed_and_nothing_else(state: Path) -> None:
    """So that a shell can write it to a file; the list shows all about it but the token."""
    ran = create(state, "ci", "--expires", "90d", "--region", "a/b", "--region", "c/d")
    table = hpa("token", "list", "--state-dir", state)

    assert (ran.code, ran.err, len(ran.out.split())) == (0, "", 1)
    row = listed(state)["ci"]
    assert (row["role"], row["state"], row["regions"], row["created_by"]) == (
        "viewer",
        "valid",
        ["a/b", "c/d"],
        actor(),
    )
    assert row["expires_at"] is not None
    assert ran.out.strip() not in table.out + json.dumps(row)
    assert "a/b, c/d" in table.out


def test_a_token_ends(state: Path) -> None:
    """Revoked and expired ones stay in the list, and cannot be revoked again."""
    create(state, "a")
    with open_store(state, Told()).write("creating") as transaction:
        tokens.create(transaction, "b", role="viewer", by="test", lifetime=timedelta(hours=-1))
    revoked = hpa("token", "revoke", "a", "--state-dir", state)
    again = hpa("token", "revoke", "a", "--state-dir", state)

    assert (revoked.code, revoked.err) == (0, "revoked a\n")
    assert (again.code, "no token with this name is valid" in again.err) == (1, True)
    assert {name: row["state"] for name, row in listed(state).items()} == {"a": "revoked", "b": "expired"}


@pytest.mark.parametrize(
    ("options", "code", "complaint"),
    [
        (("--expires", "0d"), 2, "'0d' is no span"),
        (("--expires", "3y"), 2, "'3y' is no span: write a whole number and s, m, h, d or w"),
        (("--expires", "-3d"), 2, "'-3d' is no span"),
        (("--expires", "999999w"), 2, "'999999w' is no span"),
        (("--region", "a"), 2, "'a' must be OWNER/REGION"),
        (("--region", "a/b/c"), 2, "must be OWNER/REGION"),
        (("--role", "root"), 2, "'root' is not one of"),
    ],
)
def test_what_is_refused(options: tuple[str, ...], code: int, complaint: str, state: Path) -> None:
    """Wrong usage is told with what is allowed, and no token is made."""
    ran = create(state, "x", *options)
    assert ran.code == code
    assert complaint in ran.err
    assert ran.out == ""
    assert not state.exists()


def test_a_name_is_used_once(state: Path) -> None:
    """Even after its token was revoked, so that the audit stays clear."""
    create(state, "ci")
    hpa("token", "revoke", "ci", "--state-dir", state)
    ran = create(state, "ci")
    assert (ran.code, "this name is taken" in ran.err) == (1, True)


NOWHERE = [("token", "list"), ("audit", "-o", "json"), ("token", "revoke", "x"), ("secrets", "rotate")]


@pytest.mark.parametrize("command", NOWHERE, ids=" ".join)
def test_looking_makes_nothing(state: Path, command: tuple[str, ...]) -> None:
    """Who names a state directory without a deployment is told so, and nobody began one thereby."""
    ran = hpa(*command, "--state-dir", state)
    assert (ran.code, ran.out, f"there is no deployment in {state}" in ran.err) == (1, "", True)
    assert not state.exists()


def test_tokens_of_a_running_service(state: Path) -> None:
    """What is created serves at once, what is revoked or expires ends within 5 seconds, and roles are kept."""
    with running(state) as daemon:
        text = create(state, "ci").out.strip()
        assert daemon.discover(text) == 200
        assert daemon.ask("DELETE", "/v1/generations/pin", token=text)[0] == 403

        hpa("token", "revoke", "ci", "--state-dir", state)
        begun = time.monotonic()
        while daemon.discover(text) != 401:
            assert time.monotonic() - begun < 30
            time.sleep(0.1)

        with open_store(state, Told()).write("creating") as transaction:
            short = tokens.create(transaction, "short", role="viewer", by="test", lifetime=timedelta(seconds=6)).text
        assert daemon.discover(short) == 200
        begun = time.monotonic()
        while daemon.discover(short) != 401:
            assert time.monotonic() - begun < 40
            time.sleep(0.1)
        assert listed(state)["ci"]["last_used_at"] is not None


def test_the_audit_tells_who_did_what(state: Path) -> None:
    """Newest first, by any of its members, on as many pages as it takes."""
    for number in range(3):
        create(state, f"t{number}")
    hpa("token", "revoke", "t1", "--state-dir", state)

    rows = hpa("audit", "--state-dir", state, "-o", "jsonl").rows
    assert [(row["action"], row["target"]) for row in rows] == [
        ("token.revoke", "t1"),
        ("token.create", "t2"),
        ("token.create", "t1"),
        ("token.create", "t0"),
    ]
    assert {row["actor"] for row in rows} == {actor()}
    for options, count in [
        (("--target", "t1"), 2),
        (("--action", "token"), 4),
        (("--action", "token.revoke"), 1),
        (("--actor", "nobody"), 0),
        (("--outcome", "refused"), 0),
        (("--limit", "2"), 2),
        (("--since", "1h"), 4),
        (("--until", "1h"), 0),
        (("--since", "2020-01-01"), 4),
        (("--until", "2020-01-01T12:00Z"), 0),
        (("--since", "2020-01-01T12:00+02:00", "--target", "t0"), 1),
    ]:
        found = hpa("audit", "--state-dir", state, "-o", "json", *options)
        assert len(json.loads(found.out)) == count, options
    table = hpa("audit", "--state-dir", state).out
    assert "token.revoke" in table
    assert "role = viewer" in table
    assert hpa("audit", "--state-dir", state, "--since", "yesterday").code == 2


def test_the_audit_goes_over_pages(state: Path) -> None:
    """However many rows are asked for, each comes once."""
    store = open_store(state, Told())
    with store.write("recording") as transaction:
        for number in range(1101):
            audit.record(transaction, audit.Act("test", "act", str(number)))
    store.close()
    rows = hpa("audit", "--state-dir", state, "-o", "jsonl", "--limit", "5000").rows
    assert [row["target"] for row in rows] == [str(number) for number in reversed(range(1101))]


def test_moments_are_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day without a zone is one of UTC, wherever the machine is."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        command = click.Command("x")
        context, option = click.Context(command), click.Option(["--since"])
        assert as_moment(context, option, "2026-01-31") == datetime(2026, 1, 31, tzinfo=UTC)
        assert as_moment(context, option, "2026-01-31T12:00+02:00") == datetime(2026, 1, 31, 10, tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_secrets_are_sealed_anew(state: Path, tmp_path: Path) -> None:
    """With the new key in first place all are rotated; afterwards the old key opens nothing, and is not needed."""
    old, new = Fernet.generate_key(), Fernet.generate_key()
    store = open_store(state, Told())
    with store.write("keeping") as transaction:
        Secrets(MultiFernet([Fernet(old)])).put(transaction, "region/a", "geheim")
    key_file = tmp_path / "secret.key"
    given = ("secrets", "rotate", "--secret-key-file", key_file, "--state-dir", state)

    key_file.write_bytes(new + b"\n")
    key_file.chmod(0o600)
    refused = hpa(*given)
    key_file.write_bytes(new + b"\n" + old + b"\n")
    ran = hpa(*given)

    assert refused.code == 1
    assert "no key of the key file fits" in refused.err
    assert (ran.code, ran.err) == (0, "sealed 1 secret with the first key\n")
    with store.read("reading") as transaction:
        assert Secrets(MultiFernet([Fernet(new)])).get(transaction, "region/a") == "geheim"
    store.close()
    [row] = hpa("audit", "--state-dir", state, "-o", "jsonl", "--action", "secrets").rows
    assert row["detail"] == {"secrets": 1}
