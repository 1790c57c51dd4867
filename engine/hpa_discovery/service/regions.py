# SPDX-License-Identifier: Apache-2.0
"""What people and programs do to regions, each with its row in the audit: for the HTTP API and the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from hpa_discovery.alarms.raising import Alarms
from hpa_discovery.connectors.egress import Egress
from hpa_discovery.errors import DataError, StoreRefused
from hpa_discovery.service.questions import refused
from hpa_discovery.service.region_settings import Wish, changed_region, check
from hpa_discovery.service.region_targets import egress_faults
from hpa_discovery.store import audit, operations, region_secrets, regions, schedule
from hpa_discovery.store.database import Store, Transaction
from hpa_discovery.store.operations import Operation
from hpa_discovery.store.region import Region
from hpa_discovery.store.secret_values import Secrets

DISCOVER = "discover"
_AT_ONCE = timedelta(0)


class NoRegion(DataError):
    """There is no region of this name."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it: the name of a token or "cli:<user>", and the id of the request."""

    name: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Regions:
    """The regions of a deployment. Every method raises StoreError when the database or the keys cannot be used.

    `secrets` is asked only where a credential is sealed or opened: whoever looks needs no key. `egress` is None where
    the rules are those of another process, which tells by an alarm what it may not ask.
    """

    store: Store
    secrets: Callable[[], Secrets]
    egress: Egress | None = None

    def add(self, wish: Wish, by: Actor) -> Region:
        """Register a region, whose discovery is due at once. DataError for one that exists.

        Problem 422 for an address that the rules of egress exclude.
        """
        self.insist_on_rules(wish.region)
        with self.store.write(f"adding region {wish.region.name}") as transaction, _refusals():
            added = regions.add(transaction, self.secrets(), wish.region, wish.credentials)
            _audit(transaction, by, "region.add", added.name, {"source": added.source, "mode": added.aai.mode})
        return added

    def change(self, owner: str, region_id: str, value: Any, by: Actor) -> Region:
        """Give a region the settings in a body with the members of region_settings.CHANGE; all others stay.

        One that is switched off has no alarms any more: nobody looks at it. Problem 422 for those members. NoRegion.
        DataError for another revision, and for a move to another host without the credential that goes there.
        """
        name = f"{owner}/{region_id}"
        with self.store.write(f"changing region {name}") as transaction, _refusals():
            before = found(transaction, owner, region_id)
            wish = changed_region(before, value)
            given = "cloud" in wish.credentials
            check(wish, None if given else region_secrets.read(transaction, self.secrets(), before, "cloud"))
            self.insist_on_rules(wish.region, before)
            changed = regions.change(transaction, self.secrets(), wish.region, wish.credentials)
            if not changed.enabled:
                Alarms().clear_below(transaction, f"region/{name}")
            detail = {"members": sorted(set(value) - {"revision"}), "revision": changed.revision}
            _audit(transaction, by, "region.change", name, detail)
        return changed

    def remove(self, owner: str, region_id: str, by: Actor, *, leave_behind: bool = False) -> None:
        """Forget a region and its alarms. NoRegion; DataError while something of ours is in A&AI."""
        name = f"{owner}/{region_id}"
        with self.store.write(f"removing region {name}") as transaction, _refusals():
            if not regions.remove(transaction, owner, region_id, leave_behind=leave_behind):
                raise NoRegion(f"there is no region {name}")
            Alarms().clear_below(transaction, f"region/{name}")
            _audit(transaction, by, "region.remove", name, {"leave_behind": leave_behind})

    def discover(self, owner: str, region_id: str, by: Actor, *, switch_on: bool = False) -> Operation:
        """Look at a region as soon as there is room. NoRegion; DataError for one that is off, unless to `switch_on`.

        The operation that waits for that already, where there is one: so that asking often costs nothing.
        """
        name = f"{owner}/{region_id}"
        with self.store.write(f"asking for the discovery of region {name}") as transaction:
            region = found(transaction, owner, region_id)
            if not region.enabled and switch_on:
                region = regions.change(transaction, self.secrets(), replace(region, enabled=True), {})
            if not region.enabled:
                raise DataError(
                    f"discovering region {name}: it is switched off; `enabled`, or hpa region set --on, changes that"
                )
            schedule.soon(transaction, [region.id], "discover", _AT_ONCE)
            waiting = operations.page(transaction, region=name, states=["waiting"])
            if (same := next((each for each in waiting if each.kind == DISCOVER), None)) is not None:
                return same
            made = operations.add(transaction, DISCOVER, region=name, by=by.name, request_id=by.request_id)
            _audit(transaction, by, "region.discover", name, {"operation": made.id})
        return made

    def insist_on_rules(self, region: Region, before: Region | None = None) -> None:
        """Problem 422 for an address, among those that differ from `before`, that the rules of egress exclude."""
        if self.egress is not None and (faults := egress_faults(region, before, self.egress)):
            raise refused(faults)


def found(transaction: Transaction, owner: str, region_id: str) -> Region:
    """The region of this name. NoRegion."""
    region = regions.get(transaction, owner, region_id)
    if region is None:
        raise NoRegion(f"there is no region {owner[:200]}/{region_id[:200]}")
    return region


@contextmanager
def _refusals() -> Iterator[None]:
    """What the store refuses is for whoever asked; a database that fails is another thing."""
    try:
        yield
    except StoreRefused as error:
        raise DataError(str(error)) from error


def _audit(transaction: Transaction, by: Actor, action: str, target: str, detail: dict[str, Any]) -> None:
    audit.record(transaction, audit.Act(by.name, action, target, detail=detail, request_id=by.request_id))
