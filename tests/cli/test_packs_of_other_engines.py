# SPDX-License-Identifier: Apache-2.0
"""`hpa pack` where services of another version run, or ran: nothing is changed that they could not serve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.running import Ran, hpa
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.store import activations, audit, removals
from hpa_discovery.store.database import Transaction
from hpa_discovery.store.opening import open_store
from packs.live.sites import Events
from service.runtimes import Deployment, counts, until

OTHER = "0.0.1"
FOLLOWING = "following other hosts and commands"


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """One that served count 1 and then count 2."""
    made = Deployment(tmp_path)
    made.vendor.write()
    with made.running() as runtime:
        made.vendor.write(count="2")
        runtime.keeper.step()
    return made


def run(deployment: Deployment, *arguments: str) -> Ran:
    """`hpa pack` about this deployment."""
    return hpa("pack", *arguments, "--state-dir", deployment.state_dir)


def served(deployment: Deployment) -> list[dict[str, Any]]:
    """What served, newest first, as the command tells it."""
    rows: list[dict[str, Any]] = json.loads(run(deployment, "history", "-o", "json").out)
    return rows


def made_by(deployment: Deployment, engine: str, where: str = "1=1") -> None:
    """Let it look as if another engine had made generations."""
    store = open_store(deployment.state_dir, Events())
    with store.write("pretending") as transaction:
        transaction.exec_driver_sql(f"UPDATE generation SET engine = '{engine}' WHERE {where}")  # noqa: S608 - ours
    store.close()


def of_store(deployment: Deployment, read: Any) -> Any:
    """What the function reads."""
    store = open_store(deployment.state_dir, Events())
    try:
        with store.read("reading") as transaction:
            return read(transaction)
    finally:
        store.close()


def activate(runtime: Runtime, digest: str) -> int:
    """Let a generation serve as another host would; its sequence."""
    with runtime.store.write("activating") as transaction:
        now = activations.active(transaction)
        made = activations.activate(transaction, digest, now.sequence, "another host", "")
    assert made is not None
    return made.sequence


def kept_out(transaction: Transaction) -> set[tuple[str, str]]:
    """All that was removed by command."""
    return removals.removed(transaction)


def removed_acts(transaction: Transaction) -> list[tuple[str, str]]:
    """The outcome of each removal, and of what."""
    rows = audit.page(transaction, wanted=audit.Wanted(action="pack.remove"))
    return [(row.act.outcome, row.act.target) for row in rows]


@pytest.mark.parametrize("named", [False, True])
def test_no_way_back_behind_an_upgrade(deployment: Deployment, named: bool) -> None:
    """What the engine before the upgrade made is not pinned: no service could serve it, or take up anything then."""
    rows = served(deployment)
    before = rows[-1]["generation"]
    made_by(deployment, OTHER, f"digest = '{before}'")
    ran = run(deployment, "rollback", *([before[:10]] if named else []))
    assert ran.code == 1
    assert f"pinning generation {before}: the engine {OTHER} made it" in ran.err
    assert served(deployment) == rows
    with deployment.running() as runtime:
        deployment.vendor.write(count="3")
        until(lambda: counts(runtime) == ["3"])


def test_rolling_back_services_of_another_version(deployment: Deployment) -> None:
    """They serve what their own engine made, whatever the version of the command."""
    made_by(deployment, OTHER)
    rows = served(deployment)
    assert run(deployment, "rollback").code == 0
    assert served(deployment)[0]["generation"] == rows[-1]["generation"]


def test_removing_from_services_of_another_version(deployment: Deployment) -> None:
    """What serves without the pack would be another engine's, so nothing is removed, and it is said why."""
    made_by(deployment, OTHER)
    rows = served(deployment)
    ran = run(deployment, "remove", "acme.nic")
    assert ran.code == 1
    assert f"removing acme.nic: following the store: generation {rows[0]['generation']} serves now" in ran.err
    assert f"the engine {OTHER} made it" in ran.err
    assert served(deployment) == rows
    assert (of_store(deployment, kept_out), of_store(deployment, removed_acts)) == (set(), [])


def test_a_service_says_what_it_cannot_follow(deployment: Deployment) -> None:
    """It serves what it has, and says which engine made what it should serve, until that is taken back."""
    first, second = (row["generation"] for row in reversed(served(deployment)))
    made_by(deployment, OTHER, f"digest = '{first}'")
    with deployment.running() as runtime:
        pinned = activate(runtime, first)
        until(lambda: FOLLOWING in runtime.problems)
        told = runtime.problems[FOLLOWING]
        assert f"generation {first} serves now; the engine {OTHER} made it, and here is " in told
        assert counts(runtime) == ["2"]
        assert {"message": told} in deployment.events.named("packs.not_followed")
        activate(runtime, second)
        until(lambda: runtime.live.active.sequence == pinned + 1)
        until(lambda: not runtime.problems)
        assert counts(runtime) == ["2"]


def test_removing_starts_nothing(deployment: Deployment) -> None:
    """The command changes what serves, and leaves packs alone that became others since."""
    deployment.vendor.write(count="3")
    rows = served(deployment)
    assert run(deployment, "remove", "acme.nic").out == "removed pack acme.nic 1.0.0\n"
    [new] = served(deployment)[: -len(rows)]
    assert (new["reason"], new["made_by"][:4]) == ("removed by command; without acme.nic", "cli:")
    [(outcome, target)] = of_store(deployment, removed_acts)
    assert (outcome, target) == ("done", "acme.nic")


def test_nothing_to_remove_from(tmp_path: Path) -> None:
    """A deployment that served nothing yet stays so."""
    state = tmp_path / "state"
    open_store(state, Events()).close()
    ran = hpa("pack", "remove", "acme.nic", "--state-dir", state)
    assert (ran.code, "removing acme.nic: nothing serves yet; hpa serve begins it" in ran.err) == (1, True)
    assert of_store(Deployment(tmp_path), lambda transaction: activations.active(transaction).sequence) == 0
