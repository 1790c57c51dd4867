# SPDX-License-Identifier: Apache-2.0
"""How regions stand is counted by the database; of many only the first are named."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hpa_discovery.store import regions
from hpa_discovery.store.clock import later
from hpa_discovery.store.region import AaiSettings, Region
from hpa_discovery.store.region_census import MOST_NAMED, take_census
from hpa_discovery.store.tables import REGION
from store.filling import keys
from store.listed import listed, seen
from store.regional import added

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store
    from hpa_discovery.store.region_census import Census

HOUR = timedelta(hours=1)
PLANS, APPLIES = (AaiSettings("https://aai.example", mode=mode) for mode in ("plan", "apply"))


def census(store: Store) -> Census:
    """The census, with an hour for the first listing."""
    with store.read("the census") as transaction:
        return take_census(transaction, HOUR)


def test_no_regions(store: Store) -> None:
    """Nothing is counted, and nobody is named."""
    found = census(store)
    assert (found.count, found.off, found.applying, found.planning.count, found.stale) == (0, 0, 0, 0, ())


def test_each_is_counted_where_it_belongs(store: Store) -> None:
    """By mode and A&AI where it is on; one that is off is nothing else."""
    added(store, "a/applies", aai=APPLIES)
    added(store, "a/plans", aai=PLANS)
    added(store, "a/without")
    added(store, "a/off", aai=APPLIES, enabled=False)
    found = census(store)
    assert (found.count, found.off, found.applying, found.without_aai) == (4, 1, 1, 1)
    assert (found.planning.count, found.planning.names) == (1, ("a/plans",))
    assert found.without_credential.names == ("a/applies", "a/plans", "a/without")


def test_a_credential_counts_for_its_own_region(store: Store) -> None:
    """Names are compared whole, whatever stands in them."""
    for name in ("One", "o%e"):
        with store.write("adding") as transaction:
            region = Region("acme", name, "openstack.flavor")
            regions.add(transaction, keys(), region, {"cloud": "{}"} if name == "One" else {"aai": "x"})
    assert census(store).without_credential.names == ("acme/o%e",)


def test_what_was_never_listed(store: Store) -> None:
    """It counts after the time that was given for it, and not where a listing failed: that is stale."""
    failed, good = added(store, "a/failed"), added(store, "a/good")
    added(store, "a/never")
    listed(store, good.id, seen("1"))
    listed(store, failed.id, error="no route")
    assert census(store).unlisted.count == 0
    with store.write("registered long ago") as transaction:
        transaction.execute(REGION.update().values(created_at=later(-7200)))
    found = census(store)
    assert found.unlisted.names == ("a/never",)
    assert [(each.name, each.error) for each in found.stale] == [("a/failed", "no route")]


def test_of_many_the_first_are_named(store: Store) -> None:
    """All of them are counted."""
    for number in range(MOST_NAMED + 2):
        region = added(store, f"a/{number}", aai=PLANS)
        listed(store, region.id, error="no route")
    found = census(store)
    assert (found.planning.count, len(found.planning.names)) == (MOST_NAMED + 2, MOST_NAMED)
    assert (found.stale_count, len(found.stale)) == (MOST_NAMED + 2, MOST_NAMED)
