# SPDX-License-Identifier: Apache-2.0
"""What a driver that is tried would be asked in service: as a generation does it, with no other driver and no rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hpa_discovery.discovery.driven import DriverAnswer
from hpa_discovery.discovery.generation import Compiler
from hpa_discovery.language.driver import Driver
from hpa_discovery.language.pack import Pack
from hpa_discovery.model import Diagnostic
from hpa_discovery.packs.contracts import load_contracts


@dataclass(frozen=True, slots=True)
class Question:
    """The context as the driver gets it, JSON in text parsed; whether it would be asked; what is wrong with either."""

    context: Any
    asked: bool
    problems: tuple[Diagnostic, ...]


class TrialQuestions:
    """Questions to one driver. ExpressionError or BudgetError when what it reads cannot be understood."""

    def __init__(self, driver: Driver) -> None:
        self.contract = load_contracts()[driver.source]
        namespace = driver.id.rpartition("/")[0]
        pack = Pack(namespace, "0.0.0", "vendor", "default", driver.features, {}, {}, (), (driver,))
        self._asked = False
        self._generation = Compiler({driver.source: self.contract}, ask=self._note).compile([pack])

    def of(self, subject: Any, context: Any) -> Question:
        """What would be asked about a subject."""
        self._asked = False
        source = self.contract.source
        seen = self._generation.see(source, context)
        outcome = self._generation.evaluate(source, subject, seen)
        return Question(seen.value, self._asked, outcome.diagnostics)

    def _note(self, driver: Driver, subject: Any, context: Any) -> DriverAnswer:
        self._asked = True
        return DriverAnswer()
