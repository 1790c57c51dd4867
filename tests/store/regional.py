# SPDX-License-Identifier: Apache-2.0
"""Short ways to a region and to a claim of its steps."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from hpa_discovery.store import regions, schedule
from hpa_discovery.store.region import Region
from store.filling import keys

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store
    from hpa_discovery.store.schedule import Claim, Kind

MINUTE = timedelta(minutes=1)
NEVER_WAIT = timedelta(0)


def added(store: Store, name: str = "acme/RegionOne", **settings: object) -> Region:
    """A region of this name, as it is kept."""
    owner, region_id = name.split("/")
    with store.write("adding a region") as transaction:
        draft = Region(owner, region_id, "openstack.flavor", **settings)  # type: ignore[arg-type]  # settings of any type
        return regions.add(transaction, keys(), draft, {})


def claimed(store: Store, region: int, kind: Kind = "discover", lease: timedelta = MINUTE) -> Claim:
    """A claim of the step, which is made due first."""
    with store.write("claiming") as transaction:
        schedule.soon(transaction, [region], kind, NEVER_WAIT)
        found = schedule.claim(transaction, region, kind, "test", lease)
    assert found is not None
    return found


def ended(store: Store, claim: Claim, after: timedelta | None = None) -> None:
    """The step is done."""
    with store.write("ending") as transaction:
        assert schedule.finish(transaction, claim, after)


def pass_lease(store: Store, claim: Claim) -> None:
    """The lease of the claim has run out."""
    past = "statement_timestamp() - interval '1 second'"
    if not store.shared:
        past = "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-1 seconds')"
    with store.write("pretending that time has passed") as transaction:
        transaction.execute(
            text(f"UPDATE step SET lease_until = {past}, due_at = {past} WHERE region = :region AND kind = :kind"),  # noqa: S608 - ours alone
            {"region": claim.region, "kind": claim.kind},
        )
