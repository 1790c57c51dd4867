# SPDX-License-Identifier: Apache-2.0
"""The figures of steps say what waits for a thread, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hpa_discovery.store import schedule
from hpa_discovery.store.region_figures import take_figures
from store.regional import NEVER_WAIT, added, claimed, pass_lease

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store
    from hpa_discovery.store.region_figures import StepFigures


def publishing(store: Store) -> StepFigures:
    """How the steps that publish stand."""
    with store.read("counting") as transaction:
        return take_figures(transaction).steps["publish"]


def test_what_waits_for_its_region_alone(store: Store) -> None:
    """A step whose region another step has is not said to wait, for as long as that one is under way."""
    region, other = added(store), added(store, "acme/RegionTwo")
    claim = claimed(store, region.id)
    with store.write("asking") as transaction:
        schedule.soon(transaction, [region.id], "publish", NEVER_WAIT)
    assert (publishing(store).due, publishing(store).lag_s) == (0, 0.0)
    with store.write("asking") as transaction:
        schedule.soon(transaction, [other.id], "publish", NEVER_WAIT)
    assert publishing(store).due == 1
    pass_lease(store, claim)
    assert publishing(store).due == 2
