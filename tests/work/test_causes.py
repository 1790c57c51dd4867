# SPDX-License-Identifier: Apache-2.0
"""Which alarms outcomes ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hpa_discovery.model import Diagnostic, Outcome
from hpa_discovery.store.seen import Seen
from hpa_discovery.work.causes import faults

if TYPE_CHECKING:
    from hpa_discovery.model import Severity


ONE = "1 of 2 subjects, such as onap.a"


def seen(name: str, *diagnostics: Diagnostic) -> Seen:
    """A subject of which these were told."""
    return Seen(name, f"onap.{name}", {}, Outcome(diagnostics=diagnostics))


def said(code: str, rule: str = "acme/r", level: Severity = "error") -> Diagnostic:
    """A diagnostic."""
    return Diagnostic(code, rule, level, "why")


@pytest.mark.parametrize(
    ("diagnostic", "told"),
    [
        (said("driver.timeout", "acme/d"), [("driver.failing", "acme/d", f"{ONE}: driver.timeout")]),
        (said("conflict.instance"), [("conflict", "acme/r", f"{ONE}: conflict.instance: why")]),
        (said("limit.steps"), [("result.over_budget", "limit.steps", f"{ONE}: limit.steps: why")]),
        (said("driver.slow", level="warning"), []),
        (said("limit.near", level="info"), []),
        (said("let.type"), []),
        (
            said("subject.unreadable", "", "warning"),
            [("source.unreadable", "", f"{ONE}: subject.unreadable: why")],
        ),
    ],
)
def test_what_a_diagnostic_asks_for(diagnostic: Diagnostic, told: list[tuple[str, str, str]]) -> None:
    """Only errors that somebody other than the cloud's owner can mend, and what the region's user may not read."""
    found = faults([seen("a", diagnostic), seen("b")])
    assert [(each.type, each.qualifier, each.text) for each in found] == told


def test_subjects_of_one_cause_are_counted_once() -> None:
    """However many diagnostics each has, and of whatever budgets and codes a driver's are."""
    found = faults(
        [
            seen("a", said("driver.exit", "acme/d"), said("driver.suspended", "acme/d")),
            seen("b", said("driver.suspended", "acme/d"), said("driver.exit", "acme/e")),
        ]
    )
    assert [(each.qualifier, each.text.partition(":")[0]) for each in found] == [
        ("acme/d", "2 of 2 subjects, such as onap.a"),
        ("acme/e", "1 of 2 subjects, such as onap.b"),
    ]
