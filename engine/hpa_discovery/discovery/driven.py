# SPDX-License-Identifier: Apache-2.0
"""A driver beside the rules: it is asked when all it reads is present, and its answers are weighed with theirs.

How a driver is asked is the caller's matter (drivers/fleet.py); here is only when, and what becomes of the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hpa_discovery.discovery.bindings import RuleFault, parse_rule_expression
from hpa_discovery.discovery.run import Run
from hpa_discovery.discovery.trace import DriverTrace, Verdict
from hpa_discovery.errors import ExpressionError
from hpa_discovery.language.driver import Driver
from hpa_discovery.language.pack import Pack
from hpa_discovery.model import ANY_DISCRIMINATOR, Capability, Diagnostic, Unknown


@dataclass(frozen=True, slots=True)
class DriverAnswer:
    """What a driver said of one subject."""

    capabilities: tuple[Capability, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


AskDriver = Callable[[Driver, Any, Any], DriverAnswer]


def no_answer(driver: Driver, code: str, message: str) -> DriverAnswer:
    """What stands in place of an answer: every feature of the driver is unknown."""
    told = f"the driver {message}"
    unknown = (Unknown(feature, ANY_DISCRIMINATOR, driver.id, code, told) for feature in driver.features)
    return DriverAnswer((), tuple(unknown), (Diagnostic(code, driver.id, "error", told),))


def not_asked(driver: Driver, subject: Any, context: Any) -> DriverAnswer:
    """The answer where no driver can be asked."""
    return no_answer(driver, "driver.not_asked", "was not asked: no drivers are started here")


class DrivenAnswerer:
    """An Answerer (run.py) that asks a driver."""

    __slots__ = ("_ask", "_driver", "_reads", "features", "id", "namespace", "rank")

    def __init__(self, driver: Driver, pack: Pack, ask: AskDriver) -> None:
        self.id = driver.id
        self.namespace = pack.namespace
        self.rank = pack.rank
        self.features = driver.answers
        self._driver = driver
        self._reads = [parse_rule_expression(text).run for text in driver.reads]
        self._ask = ask

    def answer(self, run: Run) -> None:
        """Add what the driver says of the subject to `run`."""
        names = run.view.names
        run.meter.names = names
        try:
            present = all(read(names, run.meter) not in (None, []) for read in self._reads)
        except ExpressionError as error:
            self._add(run, no_answer(self._driver, "driver.reads", f"was not asked: {error}"))
            return
        if present:
            run.lasting = False
            self._add(run, self._ask(self._driver, run.view.subject, names["context"]))
        elif run.trace is not None:
            run.trace.drivers.append(DriverTrace(self.id, "silent", "not all that it reads is present"))

    def give_up(self, run: Run, fault: RuleFault) -> None:
        """Report that reading what the driver needs took too many steps."""
        self._add(run, no_answer(self._driver, fault.code, f"was not asked: {fault.message}"))

    def _add(self, run: Run, answer: DriverAnswer) -> None:
        capabilities = tuple(found for found in answer.capabilities if found.feature in self.features)
        run.answers += [(self, capability) for capability in capabilities]
        run.unknown += [unknown for unknown in answer.unknown if unknown.feature in self.features]
        run.diagnostics += answer.diagnostics
        if run.trace is not None:
            reason = "; ".join(f"{item.code}: {item.message}" for item in answer.diagnostics)
            verdict: Verdict = "fired" if capabilities else "unknown" if answer.unknown else "silent"
            run.trace.drivers.append(DriverTrace(self.id, verdict, reason, capabilities))
