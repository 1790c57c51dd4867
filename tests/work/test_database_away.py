# SPDX-License-Identifier: Apache-2.0
"""A database that goes away in the middle of a step, whichever of its writes that hits: afterwards all comes right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hpa_discovery.work.orders import Order
from hpa_discovery.work.steps import publish_now
from peers.aai.journal import needless
from work.dying import FailingDatabase

if TYPE_CHECKING:
    from work.deployments import Deployment

MOST_WRITES = 20


def change(deployment: Deployment, number: int) -> None:
    """A flavor comes, one changes, one is gone for good."""
    deployment.cloud.add("stays", f"new{number}", hw_pages=str(number))
    deployment.cloud.flavors.pop(f"new{number - 2}", None)


def fail_at(deployment: Deployment, number: int, *, kept: bool) -> str:
    """Both steps, of which one write fails; what that was for, "" where there was none."""
    database = FailingDatabase(deployment.store, number, kept=kept)
    mine, deployment.workplace = deployment.workplace, deployment.using(store=database)
    deployment.try_round()
    deployment.workplace = mine
    deployment.lose_leases()
    return database.failed


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("deployment", ["sqlite", "postgresql"], indirect=True)
def test_at_any_write(deployment: Deployment, *, kept: bool) -> None:
    """Before it is kept, or when nobody hears that it was: nothing is lost, nothing written twice, no alarm stays."""
    failed = []
    for number in range(MOST_WRITES):
        change(deployment, number)
        failed.append(fail_at(deployment, number, kept=kept))
        assert {kind for kind, _ in deployment.alarms()} == set()

        deployment.round(2)
        deployment.assert_right()
        if not failed[-1]:
            break

    what = "\n".join(failed)
    for each in ("claiming a discover step", "keeping what owner/region one has", "claiming a publish step"):
        assert each in what
    for each in ("keeping what will be written to A&AI", "keeping what became of owner/region one in A&AI"):
        assert each in what
    assert failed[-1] == ""
    assert needless(deployment.aai.control.writes()) == []


def test_what_is_ours_is_ours_though_nobody_heard_of_the_commit(deployment: Deployment) -> None:
    """Nothing was sent then, and the region is unregistered with no doubt about anything."""
    deployment.cloud.add("a")
    deployment.do("discover")
    assert fail_at(deployment, 4, kept=True) == "keeping what will be written to A&AI"
    assert "writes" not in deployment.aai.control.counts()
    assert deployment.ours().asked == {"a"}

    deployment.round()
    publish_now(deployment.workplace, deployment.region.id, Order(unregister=True))
    assert deployment.ours().flavors == {"a"}  # for an hour: nobody could know that nothing was sent
