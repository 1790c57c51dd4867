# SPDX-License-Identifier: Apache-2.0
"""Keeps what is ours in A&AI: before the first write of a plan, and after its last."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from hpa_discovery.aai.applying import SETTLED_AFTER
from hpa_discovery.store import flavor_objects, intents
from hpa_discovery.store.intents import Intent
from hpa_discovery.work.holding import Overtaken

if TYPE_CHECKING:
    from hpa_discovery.aai.applying import Applied
    from hpa_discovery.aai.desired import Desired, Ours
    from hpa_discovery.aai.plan import Plan
    from hpa_discovery.store.database import Store, Transaction
    from hpa_discovery.work.holding import Held


class Owning:
    """For one apply: `commit` is what apply_region calls, `settle` belongs into the transaction of its results."""

    def __init__(self, store: Store, held: Held, desired: Desired, ours: Ours) -> None:
        self._store = store
        self._held = held
        self._wanted = tuple(_intents(desired))
        self._there = frozenset(flavor.id for flavor in desired.flavors if flavor.presence != "gone")
        self._before = ours

    def commit(self, plan: Plan, ours: Ours) -> None:
        """Keep what this plan is about to write. Overtaken when somebody else may be writing by now; StoreError."""
        claim = self._held.claim
        with self._store.write("keeping what will be written to A&AI") as transaction:
            _insist(intents.want(transaction, claim, (*self._wanted, *self._adopted(ours))), self._held)
            intents.leave(transaction, claim, _capabilities(plan))
            flavor_objects.create(transaction, claim, ours.asked - self._before.asked)
            flavor_objects.leave(transaction, claim, ours.flavors)

    def settle(self, transaction: Transaction, applied: Applied) -> None:
        """Keep what is known after the writes: of what left, what A&AI shows no more is forgotten in the end."""
        claim, ours, known = self._held.claim, applied.ours, self._before.flavors | self._before.asked
        if applied.plan is None:
            return
        _insist(intents.leave(transaction, claim, applied.absent), self._held)
        intents.settle(transaction, claim, applied.absent, SETTLED_AFTER)
        created = flavor_objects.created(transaction, claim.region).keys()
        # Whom A&AI refused in this run, and who was not asked for before, made nothing of ours.
        flavor_objects.disown(transaction, claim, created - known - ours.flavors - ours.asked)
        absent = self._absent_flavors(applied.plan, created)
        flavor_objects.leave(transaction, claim, ours.flavors | absent)
        flavor_objects.settle(transaction, claim, absent, SETTLED_AFTER)

    def _adopted(self, ours: Ours) -> Iterator[Intent]:
        known = self._before.capabilities.keys() | {each.capability_id for each in self._wanted}
        for key, instance in ours.capabilities.items():
            if key not in known:
                yield Intent(key, instance.flavor, instance.feature, "", "", instance.discriminator, {})

    def _absent_flavors(self, plan: Plan, created: Collection[str]) -> frozenset[str]:
        """Of the objects that are ours, those of flavors that are gone and that A&AI did not show."""
        shown = {action.flavor for action in plan.actions if not action.capability}
        return frozenset(created) - shown - self._there


def _intents(desired: Desired) -> Iterator[Intent]:
    for flavor in desired.flavors:
        if flavor.presence == "present":
            for each in flavor.capabilities:
                yield Intent(
                    each.id, flavor.id, each.feature, each.version, each.architecture, each.discriminator, each.content
                )


def _capabilities(plan: Plan) -> list[str]:
    return [action.capability for action in plan.writes if action.kind == "delete" and action.capability]


def _insist(held: bool, by: Held) -> None:
    if not held:
        raise Overtaken(f"publishing {by.region.name}: another run took over")
