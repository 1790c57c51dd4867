# SPDX-License-Identifier: Apache-2.0
"""A step in hand: it is claimed when it starts, its lease is renewed while it works, and it is given up once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hpa_discovery.errors import HpaError, StoreError
from hpa_discovery.store import activations, operations, region_secrets, regions, schedule

if TYPE_CHECKING:
    from hpa_discovery.store.database import Transaction
    from hpa_discovery.store.region import Region
    from hpa_discovery.store.region_secrets import Target
    from hpa_discovery.store.schedule import Claim, Kind
    from hpa_discovery.work.workplace import Workplace

# Every request and every driver has a deadline; what takes longer than this is stuck all the same.
LONGEST = timedelta(hours=2)
_DOING: dict[Kind, str] = {"discover": "discovering", "publish": "publishing"}
_RENEWALS = 3  # in one lease, so that two may fail


class Overtaken(HpaError):
    """The fence of the step was taken: nothing of it may be written any more."""


@dataclass(frozen=True, slots=True)
class Held:
    """A claimed step with its region, as it was at the claim, and the operations that it serves."""

    claim: Claim
    region: Region
    operations: tuple[int, ...]

    @property
    def resource(self) -> str:
        """The region as alarms name it."""
        return f"region/{self.region.name}"

    def overtaken(self, why: str = "another run took over") -> Overtaken:
        """The error for whoever finds the fence taken."""
        return Overtaken(f"{_DOING[self.claim.kind]} {self.region.name}: {why}")


def take(workplace: Workplace, region: int, kind: Kind, *, at_once: bool = False) -> Held | None:
    """Claim the step; None when it is not due, or somebody else is at it or at another one of the region.

    None, too, for a discovery while the deployment serves another generation than this host, which may be of another
    engine: in turns they would change A&AI to and fro. `at_once` claims it though it is not due, or the region is
    switched off.
    """
    with workplace.store.write(f"claiming a {kind} step") as transaction:
        if kind == "discover" and _is_behind(transaction, workplace):
            return None
        claim = schedule.claim(transaction, region, kind, workplace.name, workplace.lease, at_once=at_once)
        found = None if claim is None else regions.find(transaction, region)
        if claim is None or found is None:
            return None
        return Held(claim, found, operations.start(transaction, kind, found.name))


def _is_behind(transaction: Transaction, workplace: Workplace) -> bool:
    active = activations.active(transaction).generation
    return active is not None and active != workplace.serves().digest


def retry(workplace: Workplace, held: Held, error: str) -> None:
    """The step came to nothing, and is tried again later. StoreError: it is left to its lease."""
    with workplace.store.write(f"ending a {held.claim.kind} step") as transaction:
        if schedule.fail(transaction, held.claim, error):
            operations.fail(transaction, held.operations, error)


def insist(workplace: Workplace, held: Held) -> None:
    """Overtaken when the region was changed, switched off or removed since its step was claimed. StoreError."""
    with workplace.store.read(f"looking whether {held.region.name} changed") as transaction:
        if not schedule.is_held(transaction, held.claim):
            raise held.overtaken("the region was changed, or another run took over")


def credential(transaction: Transaction, workplace: Workplace, region: Region, target: Target) -> str | None:
    """What is kept for the cloud or the A&AI of the region as it was read before; None where nothing is.

    Overtaken when the region was changed since: a new credential must not go to the old place. StoreRefused when no
    key opens it.
    """
    found = region_secrets.read(transaction, workplace.secrets, region, target)
    now = regions.find(transaction, region.id)  # after the secret: both are changed in one transaction
    if now is None or now.revision != region.revision:
        raise Overtaken(f"reading the {target} credential of {region.name}: the region was changed")
    return found


@contextmanager
def renewed(workplace: Workplace, claim: Claim) -> Iterator[None]:
    """Renew the lease for as long as the block works, at most LONGEST."""
    done = threading.Event()
    thread = threading.Thread(target=_renew, args=(workplace, claim, done), name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _renew(workplace: Workplace, claim: Claim, done: threading.Event) -> None:
    until = time.monotonic() + LONGEST.total_seconds()
    while not done.wait(workplace.lease.total_seconds() / _RENEWALS):
        if workplace.left.is_set() or time.monotonic() > until:
            return
        try:
            with workplace.store.write("renewing a lease") as transaction:
                if not schedule.renew(transaction, claim, workplace.lease):
                    return
        except StoreError as error:
            workplace.observer.event("work.unrenewed", {"region": claim.region, "message": str(error)})
