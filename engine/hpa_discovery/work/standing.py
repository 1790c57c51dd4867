# SPDX-License-Identifier: Apache-2.0
"""How a region stands in A&AI, as JSON for the API and for the next turn: the result of an operation `publish`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from hpa_discovery.aai.answers import without_transaction
from hpa_discovery.aai.refusals import with_remedy
from hpa_discovery.store import operations
from hpa_discovery.store.operations import State

if TYPE_CHECKING:
    from hpa_discovery.aai.applying import Applied
    from hpa_discovery.aai.plan import Key, Plan
    from hpa_discovery.aai.sending import Refusal
    from hpa_discovery.store.database import Transaction
    from hpa_discovery.work.holding import Held

KIND = "publish"
SCHEDULE = "schedule"  # who asked, where nobody did
MOST_TOLD = 50
MOST_APART = 500
# Of JSON for each of these two lists: A&AI's own words and the ids of flavors may be long, and the store refuses a
# result of more than 256 KiB, with all that is kept in its transaction.
MOST_BYTES = 80 * 1024
_DONE: tuple[State, ...] = ("done",)
_ENDED: tuple[State, ...] = ("done", "failed")
_CULPRITS = 5  # that an alarm names
_Row = TypeVar("_Row")


def of_plan(plan: Plan) -> dict[str, Any]:
    """What an apply would do: {mode, counts, deletes, held}."""
    return {"mode": "plan", "counts": plan.counts(), "deletes": plan.deletes, "held": plan.held}


def of_applied(applied: Applied) -> dict[str, Any]:
    """What an apply did.

    {mode, counts, deletes, held, complete, done, silent, left, refused: [{flavor, capability, feature, reason}],
    stopped, apart: [[flavor, capability]]}: counts, deletes are those of its first plan; done, silent, left count
    actions.
    """
    planned = {} if applied.plan is None else of_plan(applied.plan)
    return planned | {
        "mode": "apply",
        "held": applied.held,
        "complete": applied.complete,
        "done": len(applied.done),
        "silent": len(applied.silent),
        "left": len(applied.left),
        "refused": list(_fitting(_refusal(each) for each in applied.refused[:MOST_TOLD])),
        "stopped": "" if applied.stopped is None else str(applied.stopped),
        "apart": list(_fitting(list(key) for key in sorted(applied.troubled)[:MOST_APART])),
    }


def why_incomplete(applied: Applied) -> str:
    """What A&AI refuses or does not answer, with the first culprits; "" where nothing is to be tried again."""
    said = [] if applied.stopped is None else [with_remedy(applied.stopped)]
    if applied.refused:
        culprits = (
            f"{each.action.flavor_name or each.action.flavor} {each.action.feature}: {each.error}".strip()
            for each in applied.refused[:_CULPRITS]
        )
        said.append(f"A&AI refuses {len(applied.refused)} of the writes, such as " + "; ".join(culprits))
    if applied.silent:
        said.append(f"{len(applied.silent)} of the writes had no answer")
    return "; ".join(said)


def apart(transaction: Transaction, region: str) -> frozenset[Key]:
    """What the last turn had trouble with, also one that was stopped."""
    told = _newest(transaction, region, _ENDED) or {}
    return frozenset((flavor, capability) for flavor, capability in told.get("apart", ()))


def last(transaction: Transaction, region: str) -> dict[str, Any] | None:
    """How it stood after the last turn that came to an end; None before the first."""
    return _newest(transaction, region, _DONE)


def keep(transaction: Transaction, held: Held, told: dict[str, Any], by: str, stopped: str) -> None:
    """The result of the operations that the turn served, or of a new one where it stands otherwise than before.

    `by` is who wanted the turn. One that was `stopped` fails them.
    """
    numbers = held.operations
    if not numbers:
        if not told.get("done") and _alike(told) == _alike(_newest(transaction, held.region.name, _ENDED)):
            return
        operations.add(transaction, KIND, region=held.region.name, by=by)
        numbers = operations.start(transaction, KIND, held.region.name)
    if stopped:
        operations.fail(transaction, numbers, stopped, told)
    else:
        operations.finish(transaction, numbers, told)


def _newest(transaction: Transaction, region: str, states: Collection[State]) -> dict[str, Any] | None:
    newest = operations.newest(transaction, KIND, region, states)
    return None if newest is None else dict(newest.result or {})


def _alike(told: dict[str, Any] | None) -> str:
    return without_transaction(json.dumps(told, sort_keys=True))


def _refusal(refusal: Refusal) -> dict[str, str]:
    action = refusal.action
    return {
        "flavor": action.flavor,
        "capability": action.capability,
        "feature": action.feature,
        "reason": str(refusal.error),
    }


def _fitting(rows: Iterable[_Row]) -> Iterator[_Row]:
    """The first of them, as many as have room."""
    room = MOST_BYTES
    for row in rows:
        room -= len(json.dumps(row)) + 2
        if room < 0:
            return
        yield row
