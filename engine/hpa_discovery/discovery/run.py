# SPDX-License-Identifier: Apache-2.0
"""One subject on its way through rules and drivers, and what is asked of either."""

from __future__ import annotations

from collections.abc import Set
from typing import Protocol

from hpa_discovery.discovery.bindings import RuleFault
from hpa_discovery.discovery.trace import Trace
from hpa_discovery.discovery.view import View
from hpa_discovery.language.budgets import Meter
from hpa_discovery.model import Capability, Diagnostic, Unknown


class Answerer(Protocol):
    """Whoever answers features: a rule or a driver. A higher `rank` wins an instance."""

    id: str
    namespace: str
    rank: int
    features: tuple[str, ...]

    def answer(self, run: Run) -> None:
        """Add what it says of the subject to `run`. BudgetError when it takes too many steps."""

    def give_up(self, run: Run, fault: RuleFault) -> None:
        """Report that it ran out of steps; what it said so far is taken back already."""


class Run:
    """What is known of one subject so far. `lasting` is whether the same would be said of it again."""

    __slots__ = ("answers", "diagnostics", "lasting", "meter", "trace", "unknown", "view")

    def __init__(self, view: View, meter: Meter, trace: Trace | None = None) -> None:
        self.view = view
        self.meter = meter
        self.answers: list[tuple[Answerer, Capability]] = []
        self.unknown: list[Unknown] = []
        self.diagnostics: list[Diagnostic] = []
        self.trace = trace
        self.lasting = True

    def forget(self, answerers: Set[str]) -> None:
        """Take back what the rules or drivers with these ids said."""
        self.answers = [answer for answer in self.answers if answer[0].id not in answerers]
        self.unknown = [unknown for unknown in self.unknown if unknown.rule not in answerers]
        self.diagnostics = [diagnostic for diagnostic in self.diagnostics if diagnostic.rule not in answerers]
