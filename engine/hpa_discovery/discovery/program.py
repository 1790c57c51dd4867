# SPDX-License-Identifier: Apache-2.0
"""One rule, compiled: each, let, when, require, emit, in that order, for one subject.

The same code answers a subject and explains it: explain passes a Trace, which
is filled on the way.
"""

from __future__ import annotations

from typing import Any

from hpa_discovery.discovery.bindings import BoundEach, Names, ParseExpression, RuleFault, bind_lets, fill
from hpa_discovery.discovery.dependencies import dependencies
from hpa_discovery.discovery.emission import BoundEmit
from hpa_discovery.discovery.masking import Masks, masks_of, spread
from hpa_discovery.discovery.memo import Answer, Memo
from hpa_discovery.discovery.trace import ItemTrace, RuleTrace, Trace, Verdict
from hpa_discovery.discovery.view import View
from hpa_discovery.errors import BudgetError, TemplateError
from hpa_discovery.language.budgets import Meter
from hpa_discovery.language.conditions import compile_condition, compile_leaf, judge
from hpa_discovery.language.messages import compile_message
from hpa_discovery.language.pack import Pack
from hpa_discovery.language.rule import Requirement, Rule
from hpa_discovery.model import ANY_DISCRIMINATOR, Capability, Diagnostic, Unknown


class Run:
    """One subject on its way through the rules, and what they found so far."""

    __slots__ = ("answers", "diagnostics", "meter", "trace", "unknown", "view")

    def __init__(self, view: View, meter: Meter, trace: Trace | None = None) -> None:
        self.view = view
        self.meter = meter
        self.answers: list[tuple[Program, Capability]] = []
        self.unknown: list[Unknown] = []
        self.diagnostics: list[Diagnostic] = []
        self.trace = trace


class BoundRequirement:
    """A `require`, compiled."""

    __slots__ = ("code", "level", "message", "requirement", "test")

    def __init__(self, requirement: Requirement, masks: Masks) -> None:
        self.requirement = requirement
        self.test = compile_leaf(requirement.leaf)
        self.code = requirement.code
        self.level = requirement.level
        self.message = compile_message(requirement.message, masks.hides if masks.names else None)


class Program:
    """A compiled rule; a higher `rank` wins an instance."""

    __slots__ = (
        "_base",
        "_each",
        "_emit",
        "_lets",
        "_memo",
        "_requires",
        "_when",
        "feature",
        "id",
        "rank",
        "rule",
        "version",
    )

    def __init__(self, rule: Rule, pack: Pack, expressions: ParseExpression) -> None:
        self.rule = rule
        self.id = rule.id
        self.version = pack.version
        self.feature = rule.emit.feature
        self.rank = pack.rank
        self._base: Names = {"tables": pack.tables, "params": pack.params}
        self._each = None if rule.each is None else BoundEach(rule.each, expressions)
        discreet = spread(rule)
        self._lets = bind_lets(discreet.lets, expressions)
        self._when = None if rule.when is None else compile_condition(rule.when)
        masks = masks_of(rule)
        self._requires = tuple(BoundRequirement(item, masks) for item in rule.requires)
        self._emit = BoundEmit(discreet.emit, expressions)
        self._memo = Memo(dependencies(rule))

    def answer(self, run: Run) -> None:
        """Add what the rule says of the subject to `run`. BudgetError when it takes too many steps."""
        key = self._memo.key(run.view) if run.trace is None else None
        if key is None:
            self._ask(run)
            return
        answer = self._memo.get(key)
        if answer is None:
            answer = self._asked_alone(run)
            self._memo.keep(key, answer)
        else:
            run.meter.spend(answer.steps)
        for capability in answer.capabilities:
            run.answers.append((self, capability))
        if answer.diagnostics:
            run.unknown += answer.unknown
            run.diagnostics += answer.diagnostics

    def take_back(self, run: Run) -> None:
        """As if the rule had not been asked."""
        self.forget(run)
        if run.trace is not None:
            run.trace.rules = [traced for traced in run.trace.rules if traced.rule is not self.rule]

    def give_up(self, run: Run, error: BudgetError) -> None:
        """Take back what the rule said so far and report that it ran out of steps."""
        self.forget(run)
        traced = [] if run.trace is None else [rule.items for rule in run.trace.rules if rule.rule is self.rule]
        record = traced[0][-1] if traced and traced[0] else None
        self._fail(run, RuleFault(error.code, str(error)), ANY_DISCRIMINATOR, record)

    def forget(self, run: Run) -> None:
        """Take the rule's answers, unknowns and diagnostics out of `run`."""
        run.answers = [answer for answer in run.answers if answer[0] is not self]
        run.unknown = [unknown for unknown in run.unknown if unknown.rule != self.id]
        run.diagnostics = [diagnostic for diagnostic in run.diagnostics if diagnostic.rule != self.id]

    def _asked_alone(self, run: Run) -> Answer:
        """What the rule says, apart from what others said before it."""
        before = run.meter.left
        own = Run(run.view, run.meter)
        self._ask(own)
        capabilities = tuple(capability for _, capability in own.answers)
        return Answer(capabilities, tuple(own.unknown), tuple(own.diagnostics), before - run.meter.left)

    def _ask(self, run: Run) -> None:
        names = {**run.view.names, **self._base}
        run.meter.names = names
        trace = self._start_trace(run)
        if self._each is None:
            self._answer_item(names, run, trace)
            return
        try:
            items = self._each.items(names, run.meter)
        except RuleFault as fault:
            self._fail(run, fault, ANY_DISCRIMINATOR, _item_trace(trace, names, None))
            return
        for item in items:
            inner = names.copy()
            inner[self._each.name] = item
            run.meter.names = inner
            self._answer_item(inner, run, trace, item)

    def _answer_item(self, names: Names, run: Run, trace: RuleTrace | None, item: Any = None) -> None:
        meter = run.meter
        record = _item_trace(trace, names, item)
        try:
            fill(self._lets, names, meter)
        except RuleFault as fault:
            self._fail(run, fault, ANY_DISCRIMINATOR, record)
            return
        if record is not None and self.rule.when is not None:
            record.when = judge(self.rule.when, names)
        if self._when is not None and self._when(names) is not True:
            return
        if self._requires and not self._meets(names, run, record):
            return
        try:
            capability = self._emit.write(names, meter)
            large = self._emit.excess(capability)
        except RuleFault as fault:
            meter.names = names
            self._fail(run, fault, self._instance(names, run), record, "withheld")
            return
        if large:
            run.diagnostics.append(Diagnostic("result.large", self.id, "warning", large))
        if record is not None:
            record.capability, record.verdict = capability, "fired"
        run.answers.append((self, capability))

    def _meets(self, names: Names, run: Run, record: ItemTrace | None) -> bool:
        """Whether no requirement of level error fails; the first that does ends the item."""
        for bound in self._requires:
            if record is not None:
                record.requirements.append((bound.requirement, judge(bound.requirement.leaf, names)))
            if bound.test(names) is True:
                continue
            message = _message(bound, names, run.meter)
            if bound.level == "error":
                self._fail(run, RuleFault(bound.code, message), self._instance(names, run), record)
                return False
            run.diagnostics.append(Diagnostic(bound.code, self.id, bound.level, message))
        return True

    def _instance(self, names: Names, run: Run) -> str:
        try:
            return self._emit.discriminator(names, run.meter) or ANY_DISCRIMINATOR
        except RuleFault:
            return ANY_DISCRIMINATOR

    def _fail(
        self, run: Run, fault: RuleFault, instance: str, record: ItemTrace | None, verdict: Verdict = "unknown"
    ) -> None:
        run.diagnostics.append(Diagnostic(fault.code, self.id, "error", fault.message))
        run.unknown.append(Unknown(self.feature, instance, self.id, fault.code, fault.message))
        if record is not None:
            record.verdict, record.reason = verdict, f"{fault.code}: {fault.message}"

    def _start_trace(self, run: Run) -> RuleTrace | None:
        if run.trace is None:
            return None
        trace = RuleTrace(self.rule, self.id.rpartition("/")[0], self.version)
        run.trace.rules.append(trace)
        return trace


def _message(bound: BoundRequirement, names: Names, meter: Meter) -> str:
    try:
        return bound.message(names, meter) or bound.requirement.message
    except TemplateError:  # a list or an object, which no text can hold
        return bound.requirement.message


def _item_trace(trace: RuleTrace | None, names: Names, item: Any) -> ItemTrace | None:
    if trace is None:
        return None
    record = ItemTrace(names=names, item=item)
    trace.items.append(record)
    return record
