# SPDX-License-Identifier: Apache-2.0
"""Which alarms the outcomes of a listing ask for: one a cause, however many subjects it hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hpa_discovery.alarms.raising import MOST_QUALIFIER

if TYPE_CHECKING:
    from hpa_discovery.model import Diagnostic
    from hpa_discovery.store.seen import Seen

OVER_BUDGET = "result.over_budget"
UNREADABLE = "source.unreadable"
_UNREADABLE = "subject.unreadable"
_LONGEST_NAME = 100  # a cloud may give longer ones, and then there is no room for the reason
TYPES = ("conflict", "driver.failing", OVER_BUDGET, UNREADABLE)


@dataclass(frozen=True, slots=True)
class Fault:
    """An alarm of a region: its type, what tells it from others of the type, and what is told."""

    type: str
    qualifier: str
    text: str


def faults(found: Sequence[Seen]) -> tuple[Fault, ...]:
    """By type and qualifier: the driver, the rule whose answer is disputed, or the budget that is used up."""
    hit: dict[tuple[str, str], tuple[Seen, Diagnostic, set[str]]] = {}
    for seen in found:
        for diagnostic in seen.outcome.diagnostics:
            if (kind := _type(diagnostic)) is not None:
                key = kind, diagnostic.code if kind == OVER_BUDGET else diagnostic.rule
                hit.setdefault(key, (seen, diagnostic, set()))[2].add(seen.subject_id)
    return tuple(
        Fault(kind, which[:MOST_QUALIFIER], _text(example, diagnostic, len(ids), len(found)))
        for (kind, which), (example, diagnostic, ids) in sorted(hit.items(), key=lambda item: item[0])
    )


def _type(diagnostic: Diagnostic) -> str | None:
    if diagnostic.code == _UNREADABLE:
        return UNREADABLE
    if diagnostic.level != "error":
        return None
    if diagnostic.code.startswith("driver."):
        return "driver.failing"
    if diagnostic.code == "conflict.instance":
        return "conflict"
    return OVER_BUDGET if diagnostic.code.startswith("limit.") else None


def _text(example: Seen, diagnostic: Diagnostic, count: int, total: int) -> str:
    # What a driver's fault says changes from one try to the next, and an alarm that changes is told again.
    why = "" if diagnostic.code.startswith("driver.") else f": {diagnostic.message}"
    return f"{count} of {total} subjects, such as {example.name[:_LONGEST_NAME]}: {diagnostic.code}{why}"
