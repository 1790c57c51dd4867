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
from hpa_discovery.service.problems import CONFLICT, UNAVAILABLE, Problem
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.store import audit
from hpa_discovery.store.audit import Ending


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
def changing(runtime: Runtime, change: Change) -> Iterator[None]:
    """Audit what ends the block. StoreError stays what it is.

    What cannot be used becomes a Problem 409; a file that cannot be read or written, as on a full disk, one of 503.
    """
    try:
        yield
    except Problem as problem:
        note(runtime, change, "refused", problem.detail)
        raise
    except StoreError as error:
        note(runtime, change, "failed", str(error))
        raise
    except DataError as error:
        note(runtime, change, "refused", str(error))
        raise Problem(CONFLICT, str(error)) from error
    except OSError as error:
        told = f"{change.action} {change.target}: {said(error)}"
        note(runtime, change, "failed", told)
        raise Problem(UNAVAILABLE, told, missing=["disk"]) from error


def note(runtime: Runtime, change: Change, outcome: Ending, why: str) -> None:
    """Add a row about what was not done.

    Event `store.unwritten` {message} when it cannot be: what was not done, and why, is what the caller must hear.
    """
    act = audit.Act(change.by, change.action, change.target, outcome, {"why": why}, change.request_id)
    try:
        with runtime.store.write("noting what was not done") as transaction:
            audit.record(transaction, act)
    except StoreError as error:
        runtime.observer.event("store.unwritten", {"message": f"{error}; not noted: {why}"})


def said(error: Exception) -> str:
    """What an error says to people: that of a file without its number, and with its name."""
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
