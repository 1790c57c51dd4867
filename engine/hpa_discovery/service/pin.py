# SPDX-License-Identifier: Apache-2.0
"""The pin that keeps a generation serving although newer content is there: since when, by whom and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hpa_discovery.model import Active
from hpa_discovery.store import activations
from hpa_discovery.store.database import Store, Transaction

_SHORT = 12


@dataclass(frozen=True, slots=True)
class Pin:
    """A pinned generation. `by` is a token's name or "cli:<user>"; "" where the history is gone."""

    generation: str
    since: datetime
    by: str
    reason: str

    def __str__(self) -> str:
        """As people are told it."""
        reason = f": {self.reason}" if self.reason else ""
        by = f" by {self.by}" if self.by else ""
        return f"to {self.generation[:_SHORT]} since {self.since:%Y-%m-%d %H:%M:%S} UTC{by}{reason}"

    def as_json(self) -> dict[str, str]:
        """The form in the log and of `hpa pack list -o json`."""
        since = self.since.isoformat()
        return {"generation": self.generation, "since": since, "by": self.by, "reason": self.reason}


def pin_of(transaction: Transaction, active: Active) -> Pin | None:
    """The pin that holds what serves; None when newer content may serve."""
    if not active.pinned or active.generation is None:
        return None
    last = next(iter(activations.history(transaction, limit=1)), None)
    if last is None or last.sequence != active.sequence:
        return Pin(active.generation, active.changed_at, "", "")
    return Pin(active.generation, active.changed_at, last.made_by, last.reason)


def read_pin(store: Store) -> Pin | None:
    """The pin that holds now. StoreError."""
    with store.read("reading whether a generation is pinned") as transaction:
        return pin_of(transaction, activations.active(transaction))
