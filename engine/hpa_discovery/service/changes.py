# SPDX-License-Identifier: Apache-2.0
"""Changes that came to nothing stand in the audit log, too: those that were refused, and those that failed.

What is done is audited where it is done, in the transaction that does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hpa_discovery.errors import DataError, StoreError
from hpa_discovery.service.passage import Passage
from hpa_discovery.service.problems import CONFLICT, Problem
from hpa_discovery.store import audit
from hpa_discovery.store.audit import Outcome
from hpa_discovery.store.database import Store


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody wants to change. `by` is the name of the token."""

    action: str
    target: str
    by: str
    request_id: str


def change_of(passage: Passage, action: str, target: str) -> Change:
    """The change that a request asks for."""
    assert passage.caller is not None  # the gate lets nobody else in
    return Change(action, target, passage.caller.name, passage.request_id)


@contextmanager
def changing(store: Store, change: Change) -> Iterator[None]:
    """Audit what ends the block; what cannot be used becomes a Problem 409, while StoreError stays what it is."""
    try:
        yield
    except Problem as problem:
        note(store, change, "refused", problem.detail)
        raise
    except StoreError as error:
        note(store, change, "failed", str(error))
        raise
    except DataError as error:
        note(store, change, "failed", str(error))
        raise Problem(CONFLICT, str(error)) from None


def note(store: Store, change: Change, outcome: Outcome, why: str) -> None:
    """Add a row about what was not done; StoreError."""
    act = audit.Act(change.by, change.action, change.target, outcome, {"why": why}, change.request_id)
    with store.write("noting what was not done") as transaction:
        audit.record(transaction, act)
