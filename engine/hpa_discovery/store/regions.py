# SPDX-License-Identifier: Apache-2.0
"""Regions: which clouds are looked at, how often, and what A&AI is to be told of them.

Credentials are not here: `region_secrets` keeps them, sealed. A region has a
number, which is never given twice, and a revision, which rises with each change.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, select, tuple_, update

from hpa_discovery.errors import StoreRefused
from hpa_discovery.store import flavor_objects, operations, region_secrets, schedule
from hpa_discovery.store.clock import now
from hpa_discovery.store.inserting import insert_once
from hpa_discovery.store.region import AaiSettings, Region
from hpa_discovery.store.region_limits import check_region
from hpa_discovery.store.tables import FLAVOR_OBJECT, INTENT, REGION

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from sqlalchemy import ColumnElement, RowMapping

    from hpa_discovery.store.database import Transaction
    from hpa_discovery.store.region_secrets import Target
    from hpa_discovery.store.secret_values import Secrets

MOST_PAGE = 500
# After every text that begins with a prefix, in the order of bytes.
_LAST = "\U0010ffff"


def add(transaction: Transaction, secrets: Secrets, region: Region, credentials: Mapping[Target, str | None]) -> Region:
    """Register a region, whose discovery is due at once; as it is kept, with its number and revision 1.

    StoreRefused for one that exists, and for what is outside the limits of `region_limits`.
    """
    check_region(region)
    values = {"owner": region.owner, "region_id": region.region_id, "source": region.source, "revision": 1}
    added = insert_once(transaction, REGION, values | _settings(region))
    kept = get(transaction, region.owner, region.region_id)
    if not added or kept is None:
        raise StoreRefused(f"adding region {region.name}: it exists already; change it, or choose another name")
    schedule.enroll(transaction, kept.id, enabled=region.enabled)
    region_secrets.keep(transaction, secrets, region, credentials)
    return kept


def change(
    transaction: Transaction, secrets: Secrets, region: Region, credentials: Mapping[Target, str | None]
) -> Region:
    """Give the region these settings, made from those of its `revision`; as it is kept then.

    StoreRefused when it has another revision by now, for a new source, and when it moves to another host or port
    while a secret is kept and `credentials` does not give it anew. What runs for it may write nothing any more,
    and it is discovered at once; where it is switched off, what was asked for has failed.
    """
    check_region(region)
    doing = f"changing region {region.name}"
    before = _locked(transaction, region.owner, region.region_id)
    if before is None:
        raise StoreRefused(f"{doing}: there is no such region")
    if before.revision != region.revision:
        raise StoreRefused(
            f"{doing}: the change was made on revision {region.revision}, and it has revision {before.revision} by "
            "now; read it again"
        )
    if before.source != region.source:
        raise StoreRefused(
            f"{doing}: its source {before.source} cannot become {region.source}; remove it and add it again"
        )
    region_secrets.insist_on_secrets(transaction, before, region, credentials)
    values = {"revision": before.revision + 1, "changed_at": now()}
    transaction.execute(update(REGION).where(REGION.c.id == before.id).values(**values, **_settings(region)))
    region_secrets.keep(transaction, secrets, region, credentials)
    schedule.restart(transaction, before.id)
    if before.aai.url != region.aai.url:
        flavor_objects.ask_anew(transaction, before.id)
    if not region.enabled:
        schedule.pause(transaction, before.id)
        operations.fail_open(transaction, region.name, "the region was switched off")
    kept = find(transaction, before.id)
    assert kept is not None
    return kept


def remove(transaction: Transaction, owner: str, region_id: str, *, leave_behind: bool = False) -> bool:
    """Forget a region, its secrets and all that was listed; False when there is none.

    StoreRefused while something in A&AI is ours: nobody would know that any more. `leave_behind` does it all the same.
    """
    region = _locked(transaction, owner, region_id)
    if region is None:
        return False
    ours = count_ours(transaction, region.id)
    if ours and not leave_behind:
        raise StoreRefused(
            f"removing region {region.name}: {ours} objects in A&AI are ours: unregister it first, as by hpa apply "
            f"{region.name} --unregister, or leave them behind, as by --leave-behind; where a write had no answer it "
            "may still come, so unregister once more after an hour"
        )
    operations.fail_open(transaction, region.name, "the region was removed")
    region_secrets.forget(transaction, region)
    transaction.execute(delete(REGION).where(REGION.c.id == region.id))
    return True


def get(transaction: Transaction, owner: str, region_id: str) -> Region | None:
    """The region of this name."""
    return _one(transaction, _named(owner, region_id))


def find(transaction: Transaction, number: int) -> Region | None:
    """The region of this number."""
    return _one(transaction, REGION.c.id == number)


def page(
    transaction: Transaction,
    after: tuple[str, str] | None = None,
    limit: int = 100,
    prefix: str = "",
    only: Collection[str] | None = None,
) -> tuple[Region, ...]:
    """Up to `limit` (at most 500) regions by owner and region id, those `after` that pair.

    `prefix` is how "<owner>/<region id>" begins. `only` limits them to these names, such as those of a token.
    """
    key = tuple_(REGION.c.owner, REGION.c.region_id)
    rows = select(REGION).where(*_beginning(prefix)).order_by(REGION.c.owner, REGION.c.region_id)
    if after is not None:
        rows = rows.where(key > tuple_(*after))
    if only is not None:
        rows = rows.where(key.in_([tuple(name.split("/", 1)) for name in only if "/" in name]))
    return tuple(_region(row) for row in transaction.execute(rows.limit(min(limit, MOST_PAGE))).mappings())


def count(transaction: Transaction) -> int:
    """How many regions there are."""
    return _count(transaction, REGION.c.id > 0, REGION.c.id)


def count_ours(transaction: Transaction, number: int) -> int:
    """How many objects in A&AI are the region's: capabilities, and flavors that we made."""
    return sum(_count(transaction, table.c.region == number, table.c.region) for table in (INTENT, FLAVOR_OBJECT))


def _count(transaction: Transaction, wanted: ColumnElement[bool], column: ColumnElement[int]) -> int:
    return transaction.execute(select(func.count(column)).where(wanted)).scalar_one()


def _settings(region: Region) -> dict[str, Any]:
    return {
        "coordinates": dict(region.coordinates),
        "name_prefix": region.name_prefix,
        "context": dict(region.context),
        "aai": asdict(region.aai),
        "interval_s": int(region.interval.total_seconds()),
        "enabled": region.enabled,
    }


def _named(owner: str, region_id: str) -> ColumnElement[bool]:
    return and_(REGION.c.owner == owner, REGION.c.region_id == region_id)


def _beginning(prefix: str) -> Iterator[ColumnElement[bool]]:
    owner, slash, region_id = prefix.partition("/")
    if slash:
        yield REGION.c.owner == owner
    for column, begin in ((REGION.c.region_id, region_id), (REGION.c.owner, "" if slash else owner)):
        if begin:
            yield column.between(begin, begin + _LAST)


def _locked(transaction: Transaction, owner: str, region_id: str) -> Region | None:
    # Its steps are changed after it, in the order that `schedule` keeps.
    return _one(transaction, _named(owner, region_id), hold=True)


def _one(transaction: Transaction, wanted: ColumnElement[bool], *, hold: bool = False) -> Region | None:
    rows = select(REGION).where(wanted)
    row = transaction.execute(rows.with_for_update() if hold else rows).mappings().one_or_none()
    return None if row is None else _region(row)


def _region(row: RowMapping) -> Region:
    known = {name: row[name] for name in Region.__dataclass_fields__ if name in row}
    return Region(**known | {"aai": AaiSettings(**row["aai"]), "interval": timedelta(seconds=row["interval_s"])})
