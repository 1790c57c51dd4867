# SPDX-License-Identifier: Apache-2.0
"""Keeps what is ours in A&AI: before the first write of a plan, and after its last."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from hpa_discovery.aai.applying import SETTLED_AFTER
from hpa_discovery.store import flavor_objects, intents, unanswered
from hpa_discovery.store.intents import Intent

if TYPE_CHECKING:
    from datetime import datetime

    from hpa_discovery.aai.applying import Applied
    from hpa_discovery.aai.desired import Desired, Ours
    from hpa_discovery.aai.plan import Action, Plan
    from hpa_discovery.store.database import Store, Transaction
    from hpa_discovery.work.holding import Held

_AT_ONCE = timedelta(0)
# Of intents in one transaction: while it lasts nobody else writes to SQLite.
PORTION = 2000


class Owning:
    """For one apply: `commit` is what apply_region calls, `settle` belongs into the transaction of its results.

    `unanswered` is since when a write of an earlier turn may still come true.
    """

    def __init__(
        self, store: Store, held: Held, desired: Desired, ours: Ours, unanswered: datetime | None = None
    ) -> None:
        self._store = store
        self._held = held
        self._wanted = tuple(_intents(desired))
        self._before = ours
        self._unanswered = unanswered
        self._changing = frozenset(ours.changing)

    def commit(self, plan: Plan, ours: Ours) -> None:
        """Keep what this plan is about to write. Overtaken when somebody else may be writing by now; StoreError."""
        claim, created = self._held.claim, _objects(plan.writes, "create")
        wanted = [*self._written(plan, created), *self._adopted(ours)]
        for start in range(0, len(wanted), PORTION):
            with self._store.write("keeping what will be in A&AI") as transaction:
                some = wanted[start : start + PORTION]
                _insist(intents.want(transaction, claim, some, ours.changing.keys()), self._held)
        with self._store.write("keeping what will be written to A&AI") as transaction:
            _insist(intents.leave(transaction, claim, _capabilities(plan.writes)), self._held)
            flavor_objects.disown(transaction, claim, self._foreign(transaction, ours))
            flavor_objects.ask(transaction, claim, ours.asked & created)
            flavor_objects.own(transaction, claim, ours.flavors)
            unanswered.begin(transaction, claim)
        self._changing |= ours.changing.keys()

    def settle(self, transaction: Transaction, applied: Applied) -> None:
        """Keep what is known after the writes: what is gone is forgotten, unless a write of it may still come true."""
        claim, ours = self._held.claim, applied.ours
        if applied.plan is None:
            return
        absent = applied.absent | set(_capabilities(applied.done))
        _insist(intents.want(transaction, claim, self._found(applied.plan), self._changing), self._held)
        intents.leave(transaction, claim, absent)
        landing = self._landing(transaction, applied)
        intents.settle(transaction, claim, absent, landing)
        if not landing:  # or a delete that is under way may still come true
            intents.end_changes(transaction, claim, self._changing - ours.changing.keys())
        flavor_objects.disown(transaction, claim, self._foreign(transaction, ours))
        flavor_objects.own(transaction, claim, ours.flavors)
        flavor_objects.settle(transaction, claim, applied.absent_flavors | _objects(applied.done, "delete"), landing)

    def _landing(self, transaction: Transaction, applied: Applied) -> timedelta:
        if applied.silent:
            unanswered.begin(transaction, self._held.claim)
            return SETTLED_AFTER
        unanswered.end(transaction, self._held.claim, self._unanswered)
        return _AT_ONCE if self._unanswered is None else SETTLED_AFTER

    def _foreign(self, transaction: Transaction, ours: Ours) -> frozenset[str]:
        """Objects that A&AI refused to make, or that it has from others."""
        known = ours.flavors | ours.asked | self._before.flavors
        return frozenset(flavor_objects.created(transaction, self._held.claim.region)) - known

    def _written(self, plan: Plan, created: Collection[str]) -> Iterator[Intent]:
        """What this plan writes, and what nobody knows as ours yet."""
        writes = {action.capability for action in plan.writes}
        for each in self._wanted:
            known = each.capability_id in self._before.capabilities and each.capability_id not in writes
            if not known or each.subject_id in created:
                yield each

    def _found(self, plan: Plan) -> list[Intent]:
        """What stands in A&AI as it is wanted though nobody here wrote it, such as before the database was lost."""
        kept = {
            action.capability for action in plan.actions if action.kind == "keep"
        } - self._before.capabilities.keys()
        return [each for each in self._wanted if each.capability_id in kept]

    def _adopted(self, ours: Ours) -> Iterator[Intent]:
        known = self._before.capabilities.keys() | {each.capability_id for each in self._wanted}
        for key, instance in ours.capabilities.items():
            if key not in known:
                yield Intent(key, instance.flavor, instance.feature, "", "", instance.discriminator, {})


def _intents(desired: Desired) -> Iterator[Intent]:
    for flavor in desired.flavors:
        if flavor.presence == "present":
            for each in flavor.capabilities:
                yield Intent(
                    each.id, flavor.id, each.feature, each.version, each.architecture, each.discriminator, each.content
                )


def _capabilities(actions: Iterable[Action]) -> list[str]:
    return [action.capability for action in actions if action.kind == "delete" and action.capability]


def _objects(actions: Collection[Action], kind: str) -> frozenset[str]:
    return frozenset(action.flavor for action in actions if action.kind == kind and not action.capability)


def _insist(held: bool, by: Held) -> None:
    if not held:
        raise by.overtaken()
