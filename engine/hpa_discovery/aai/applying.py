# SPDX-License-Identifier: Apache-2.0
"""Makes A&AI right: read, plan, let the caller commit, write; again where A&AI changed meanwhile.

What follows a write without an answer is right in every case. If it was done, the next
read shows it. If it is done later, the resource-versions of whatever was written since
refuse it, or it creates what we have in `Ours` until then and delete when it is not
wanted any more. So nothing is sent twice in one apply, and the next one reads first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from hpa_discovery.aai.actual import Actual
from hpa_discovery.aai.adopting import adoptable
from hpa_discovery.aai.answers import NOT_FOUND
from hpa_discovery.aai.desired import Ours, intended
from hpa_discovery.aai.plan import counted
from hpa_discovery.aai.planning import Policy, make_plan
from hpa_discovery.aai.reading import read_region
from hpa_discovery.aai.sending import Refusal, Sender, waits
from hpa_discovery.aai.unregister import unregister_plan
from hpa_discovery.errors import AaiRefused, ConnectorError, IncompleteRead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from hpa_discovery.aai.client import AaiClient
    from hpa_discovery.aai.desired import Desired, Instance
    from hpa_discovery.aai.paths import Place
    from hpa_discovery.aai.plan import Action, Key, Plan
    from hpa_discovery.aai.sending import Sent
    from hpa_discovery.errors import DataError
    from hpa_discovery.model import Observer

    Read = Callable[["Target"], Actual]
    Make = Callable[[Actual, Ours], "Made"]
    Commit = Callable[[Plan, Ours], None]

ROUNDS = 3
# A&AI gives up on a request after minutes (aai.crud.timeoutlimit); only then does absent mean that it will not come.
SETTLED_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Target:
    """One region of one A&AI, and how it wants its plans."""

    client: AaiClient
    place: Place
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did.

    `plan` is the first plan, None where A&AI could not be read. `silent` actions have no
    answer and `left` ones were not tried; `stopped` says why, and `held` why nothing was
    sent. `ours` replaces what the caller had. `absent` are ids of ours that are not
    wanted and were not found, and `absent_flavors` flavor objects likewise: they may be
    forgotten SETTLED_AFTER their last write.
    """

    ours: Ours
    plan: Plan | None = None
    rounds: int = 0
    done: tuple[Action, ...] = ()
    refused: tuple[Refusal, ...] = ()
    silent: tuple[Action, ...] = ()
    left: tuple[Action, ...] = ()
    held: str = ""
    stopped: DataError | None = None
    absent: frozenset[str] = frozenset()
    absent_flavors: frozenset[str] = frozenset()

    @property
    def complete(self) -> bool:
        """Whether A&AI now has what is desired, as far as that is known."""
        return not (self.refused or self.silent or self.left or self.held or self.stopped)

    @property
    def failed(self) -> tuple[Action, ...]:
        """What was tried and is not known to be done."""
        return (*(refusal.action for refusal in self.refused), *self.silent)

    @property
    def troubled(self) -> frozenset[Key]:
        """The actions to send `apart` the next time, so that they hold up nobody else."""
        return frozenset(each.key for each in self.failed)

    def as_json(self) -> dict[str, Any]:
        """What was done, for programs: counts, and each action that was not done with what A&AI said."""
        return {
            "complete": self.complete,
            "rounds": self.rounds,
            "done": counted(self.done),
            "refused": [{**each.action.as_json(), "error": str(each.error)} for each in self.refused],
            "silent": [action.as_json() for action in self.silent],
            "left": [action.as_json() for action in self.left],
            "held": self.held,
            "stopped": str(self.stopped or ""),
        }


class Made(NamedTuple):
    """A plan, what was ours when it was made, what is wanted, and the flavors that are not gone."""

    plan: Plan
    ours: Ours
    wanted: Mapping[str, Instance]
    there: frozenset[str]


def plan_region(target: Target, desired: Desired, ours: Ours) -> Plan:
    """What an apply would do now. AaiRefused, ConnectorError, IncompleteRead when A&AI cannot be read."""
    actual = _read(target)
    return _planner(target, desired)(actual, actual.settle(ours)).plan


def apply_region(
    target: Target,
    desired: Desired,
    ours: Ours,
    *,
    commit: Commit,
    apart: frozenset[Key] = frozenset(),
    observer: Observer | None = None,
) -> Applied:
    """Write what differs.

    `commit` gets each plan before its first write, with all that is ours from then on:
    once it returned, nothing is forgotten. What it raises ends the apply. `apart` is
    `troubled` of the last apply. What A&AI does never raises; it is in the answer.
    """
    return _Applying(target, _read, _planner(target, desired), commit, observer).run(ours, apart)


def unregister_region(target: Target, ours: Ours, *, commit: Commit, observer: Observer | None = None) -> Applied:
    """Delete all that is ours; otherwise as apply_region. Below a cloud-region that A&AI does not have nothing is."""

    def make(actual: Actual, now: Ours) -> Made:
        return Made(unregister_plan(target.place, now, actual), now, {}, frozenset())

    return _Applying(target, _read_what_is_left, make, commit, observer).run(ours, frozenset())


def _read(target: Target) -> Actual:
    return read_region(target.client, target.place)


def _read_what_is_left(target: Target) -> Actual:
    try:
        return _read(target)
    except AaiRefused as refused:
        if refused.number != NOT_FOUND:  # by A&AI itself, and not by what stands before it
            raise
        return Actual({})


def _planner(target: Target, desired: Desired) -> Make:
    there = frozenset(flavor.id for flavor in desired.flavors if flavor.presence != "gone")

    def make(actual: Actual, ours: Ours) -> Made:
        if target.policy.adopt:
            ours = ours.with_capabilities(adoptable(desired, ours, actual))
        plan = make_plan(target.place, desired, ours, actual, target.policy)
        lost = {each.capability: ours.capabilities[each.capability] for each in _restored(plan.writes, ours)}
        return Made(plan, ours, {**lost, **intended(desired)}, there)

    return make


class _Applying:
    def __init__(self, target: Target, read: Read, make: Make, commit: Commit, observer: Observer | None) -> None:
        self._target = target
        self._read = read
        self._make = make
        self._commit = commit
        self._sender = Sender(target.client, target.place, target.policy.replace, observer)

    def run(self, ours: Ours, apart: frozenset[Key]) -> Applied:
        applied = Applied(ours)
        for number in range(1, ROUNDS + 1):
            applied, again = self._round(applied, apart, number)
            if not again:
                break
        return applied

    def _round(self, applied: Applied, apart: frozenset[Key], number: int) -> tuple[Applied, bool]:
        """One read, one plan, its writes; and whether A&AI changed so that another round is needed."""
        try:
            actual = self._read(self._target)
            made = self._make(actual, actual.settle(applied.ours))
            absent = self._absent(made, actual)
        except (AaiRefused, ConnectorError, IncompleteRead) as error:
            return replace(applied, stopped=error), False
        applied = _planned(applied, made, absent, number)
        plan, ours = made.plan, applied.ours
        if plan.held:
            return replace(applied, held=plan.held), False
        todo, waiting = _still_open(plan, applied)
        applied = replace(applied, left=waiting)
        if not todo:
            return applied, False
        ours = replace(
            ours, asked=ours.asked | _flavors(todo, "create"), changing={**ours.changing, **_changing(todo, ours)}
        )
        self._commit(plan, ours)
        sent = self._sender.send(todo, apart)
        return _after(applied, ours, sent, last=number == ROUNDS), bool(sent.conflicts) and sent.stopped is None

    def _absent(self, made: Made, actual: Actual) -> set[Key]:
        """What is ours, is not wanted and is not there: of what was read in pages, only what two reads do not show."""
        absent = _unwanted(made) - _standing(actual)
        return absent - _standing(self._read(self._target)) if absent and actual.in_pages else absent


def _planned(applied: Applied, made: Made, absent: set[Key], number: int) -> Applied:
    gone = frozenset(key for _, key in absent if key)
    return replace(
        applied,
        plan=applied.plan or made.plan,
        ours=made.ours.with_capabilities(made.wanted).without_changing(gone),
        rounds=number,
        absent=gone,
        absent_flavors=frozenset(flavor for flavor, key in absent if not key),
    )


def _still_open(plan: Plan, applied: Applied) -> tuple[list[Action], tuple[Action, ...]]:
    """What this apply did not try yet: what it may try, and what waits for what failed."""
    failed = applied.failed
    tried = {action.key for action in failed}
    todo: list[Action] = []
    waiting: list[Action] = []
    for action in plan.writes:
        if action.key not in tried:
            (waiting if waits(action, failed) else todo).append(action)
    return todo, tuple(waiting)


def _unwanted(made: Made) -> set[Key]:
    """What is ours and not wanted; a flavor object without a capability."""
    objects = (made.ours.flavors | made.ours.asked) - made.there
    inside = {(each.flavor, key) for key, each in made.ours.capabilities.items() if key not in made.wanted}
    return inside | {(flavor, "") for flavor in objects}


def _standing(actual: Actual) -> set[Key]:
    return {(flavor.id, key) for flavor in actual.flavors.values() for key in ("", *flavor.capabilities)}


def _after(applied: Applied, ours: Ours, sent: Sent, *, last: bool) -> Applied:
    """What is known after the writes; conflicts of the last round count as refused.

    A flavor that was refused, or not tried, may still come of an earlier try, and may be why another one conflicts.
    """
    asked = applied.ours.asked | _flavors([*sent.silent, *(each.action for each in sent.conflicts)], "create")
    flavors = (ours.flavors | _flavors(sent.done, "create")) - _flavors(sent.done, "delete")
    final = last or sent.stopped is not None
    return replace(
        applied,
        ours=replace(ours, flavors=flavors, asked=asked - flavors).without_changing(_ids(sent.done)),
        done=(*applied.done, *sent.done),
        refused=(*applied.refused, *sent.refused, *(sent.conflicts if final else ())),
        silent=(*applied.silent, *sent.silent),
        left=(*applied.left, *sent.left),
        stopped=sent.stopped,
    )


def _flavors(actions: list[Action], kind: str) -> frozenset[str]:
    """The flavors whose objects these actions create or delete."""
    return frozenset(action.flavor for action in actions if action.kind == kind and not action.capability)


def _ids(actions: Iterable[Action]) -> frozenset[str]:
    return frozenset(action.capability for action in actions)


def _changing(actions: Iterable[Action], ours: Ours) -> dict[str, Mapping[str, Any]]:
    """What A&AI may lose with these, and what it may have lost before, as these write it."""
    actions = list(actions)
    changes = [action for action in actions if action.kind == "change" and action.capability]
    return {action.capability: action.content for action in (*changes, *_restored(actions, ours))}


def _restored(actions: Iterable[Action], ours: Ours) -> Iterator[Action]:
    """Those that write what a change that did not end may have lost."""
    return (action for action in actions if action.kind == "create" and action.capability in ours.changing)
