# SPDX-License-Identifier: Apache-2.0
"""The alarms that come by themselves: what each means, how bad it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpa_discovery.store.alarm_rows import Severity


@dataclass(frozen=True, slots=True)
class AlarmType:
    """One type: the severity it is raised with, what it means, and what an operator does."""

    name: str
    severity: Severity
    meaning: str
    remedy: str


# From the least to the worst; an indeterminate one may be anything.
SEVERITIES: tuple[Severity, ...] = ("indeterminate", "warning", "minor", "major", "critical")

TYPES = {
    each.name: each
    for each in (
        AlarmType(
            "source.unreachable",
            "major",
            "a cloud could not be listed; A&AI keeps what it has",
            "check the network, the address and the credentials of the region",
        ),
        AlarmType(
            "source.incomplete",
            "minor",
            "a cloud was listed only in part; the last good listing is stale, and nothing is deleted",
            "see the error of the region's last listing",
        ),
        AlarmType(
            "source.unreadable",
            "minor",
            "a cloud does not show a part of its subjects; what depends on it is unknown, and A&AI keeps what it has",
            "give the user of the region the right to read it",
        ),
        AlarmType(
            "driver.failing",
            "major",
            "a driver crashes, hangs or lies; its features are unknown",
            "see the driver's status, and ask its vendor",
        ),
        AlarmType(
            "pack.rejected",
            "major",
            "a pack failed its checks; its last good version serves",
            "correct what the findings name, or remove the pack",
        ),
        AlarmType(
            "conflict",
            "minor",
            "two packs answer the same instance; neither answer is written",
            "settle it with an overlay",
        ),
        AlarmType(
            "aai.refusing",
            "major",
            "A&AI cannot be reached or refuses a write; the others go on",
            "see the message of A&AI in the text",
        ),
        AlarmType(
            "plan.held",
            "major",
            "a plan would delete more than it may, or write more than could be read again; nothing of it is written",
            "look at the plan, then apply it with --allow-deletes, or correct the rights of the region's user; "
            "use fewer packs where it is too large",
        ),
        AlarmType(
            "result.over_budget",
            "minor",
            "a subject or its result is over a budget; what it concerns is unknown",
            "see the diagnostics of the subject",
        ),
    )
}


def at_least(severity: Severity) -> tuple[Severity, ...]:
    """The severity and all that are worse."""
    return SEVERITIES[SEVERITIES.index(severity) :]
