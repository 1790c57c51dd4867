# SPDX-License-Identifier: Apache-2.0
"""One rule, compiled: each, let, when, require, emit, in that order, for one subject.

The same code answers a subject and explains it: explain passes a Trace, which
is filled on the way.
"""

from __future__ import annotations

from typing import Any

from hpa_discovery.discovery.bindings import Names, RuleFault, fill
from hpa_discovery.discovery.bound_rule import BoundRule
from hpa_discovery.discovery.emission import capability_excess
from hpa_discovery.discovery.memo import Said
from hpa_discovery.discovery.run import Run
from hpa_discovery.discovery.trace import ItemTrace, RuleTrace, Verdict
from hpa_discovery.language.conditions import judge
from hpa_discovery.language.pack import Pack
from hpa_discovery.language.rule import Rule
from hpa_discovery.model import ANY_DISCRIMINATOR, Diagnostic, Unknown

_PER_ITEM = 4  # steps: names of its own, and maybe a diagnostic


class Program:
    """A rule ready to be asked; a higher `rank` wins an instance.

    Its parts are bound when it is asked for the first time: of many vendors'
    rules a cloud meets few. What lint lets pass can be bound.
    """

    __slots__ = ("_bound", "_pack", "features", "id", "namespace", "rank", "rule", "version")

    def __init__(self, rule: Rule, pack: Pack) -> None:
        self.rule = rule
        self.id = rule.id
        self.namespace = pack.namespace
        self.version = pack.version
        self.features: tuple[str, ...] = (rule.emit.feature,)
        self.rank = pack.rank
        self._pack = pack
        self._bound: BoundRule | None = None

    def bound(self) -> BoundRule:
        """The rule's parts. ExpressionError, TemplateError or BudgetError where lint would refuse the rule."""
        bound = self._bound
        if bound is None:
            bound = self._bound = BoundRule(self.rule, self._pack)
        return bound

    def answer(self, run: Run) -> None:
        """Add what the rule says of the subject to `run`. BudgetError when it takes too many steps."""
        bound = self._bound or self.bound()
        key = bound.memo.key(run.view) if run.trace is None else None
        if key is None:
            self._ask(bound, run)
            return
        said = bound.memo.get(key)
        if said is None:
            said = self._asked_alone(bound, run)
            bound.memo.keep(key, said)
        else:
            run.meter.left -= said.steps
            if run.meter.left < 0:
                run.meter.spend(0)
        for capability in said.capabilities:
            run.answers.append((self, capability))
        if said.diagnostics:
            run.unknown += said.unknown
            run.diagnostics += said.diagnostics

    def give_up(self, run: Run, fault: RuleFault) -> None:
        """Report that the rule ran out of steps; what it said so far is taken back already."""
        traced = [] if run.trace is None else [rule.items for rule in run.trace.rules if rule.rule is self.rule]
        record = traced[0][-1] if traced and traced[0] else None
        self._fail(run, fault, ANY_DISCRIMINATOR, record)

    def _asked_alone(self, bound: BoundRule, run: Run) -> Said:
        """What the rule says, apart from what others said before it."""
        before = run.meter.left
        own = Run(run.view, run.meter)
        self._ask(bound, own)
        capabilities = tuple(capability for _, capability in own.answers)
        return Said(capabilities, tuple(own.unknown), tuple(own.diagnostics), before - run.meter.left)

    def _ask(self, bound: BoundRule, run: Run) -> None:
        names = {**run.view.names, **bound.base}
        run.meter.names = names
        trace = self._start_trace(run)
        if bound.each is None:
            self._answer_item(bound, names, run, _item_trace(trace, names, None))
            return
        try:
            items = bound.each.items(names, run.meter)
        except RuleFault as fault:
            self._fail(run, fault, ANY_DISCRIMINATOR, _item_trace(trace, names, None))
            return
        for item in items:
            run.meter.spend(_PER_ITEM)
            inner = names.copy()
            inner[bound.each.name] = item
            run.meter.names = inner
            self._answer_item(bound, inner, run, _item_trace(trace, inner, item))

    def _answer_item(self, bound: BoundRule, names: Names, run: Run, record: ItemTrace | None) -> None:
        meter = run.meter
        try:
            fill(bound.lets, names, meter)
        except RuleFault as fault:
            self._fail(run, fault, ANY_DISCRIMINATOR, record)
            return
        fires = bound.when is None or bound.when(names, meter)
        if record is not None and self.rule.when is not None:
            record.when = judge(self.rule.when, names)
        if not fires:
            return
        if bound.requires and not self._meets(bound, names, run, record):
            return
        try:
            capability = bound.emit.write(names, meter)
            large = capability_excess(capability)
        except RuleFault as fault:
            meter.names = names
            self._fail(run, fault, bound.instance(names, meter), record, "withheld")
            return
        if large:
            run.diagnostics.append(Diagnostic("result.large", self.id, "warning", large))
        if record is not None:
            record.capability, record.verdict = capability, "fired"
        run.answers.append((self, capability))

    def _meets(self, bound: BoundRule, names: Names, run: Run, record: ItemTrace | None) -> bool:
        """Whether no requirement of level error fails; the first that does ends the item."""
        for required in bound.requires:
            holds = required.holds(names, run.meter)
            if record is not None:
                record.requirements.append((required.requirement, judge(required.requirement.leaf, names)))
            if holds:
                continue
            message = required.told(names, run.meter)
            if required.level == "error":
                self._fail(run, RuleFault(required.code, message), bound.instance(names, run.meter), record)
                return False
            run.diagnostics.append(Diagnostic(required.code, self.id, required.level, message))
        return True

    def _fail(
        self, run: Run, fault: RuleFault, instance: str, record: ItemTrace | None, verdict: Verdict = "unknown"
    ) -> None:
        run.diagnostics.append(Diagnostic(fault.code, self.id, "error", fault.message))
        run.unknown.append(Unknown(self.rule.emit.feature, instance, self.id, fault.code, fault.message))
        if record is not None:
            record.verdict, record.reason = verdict, f"{fault.code}: {fault.message}"

    def _start_trace(self, run: Run) -> RuleTrace | None:
        if run.trace is None:
            return None
        trace = RuleTrace(self.rule, self.id.rpartition("/")[0], self.version)
        run.trace.rules.append(trace)
        return trace


def _item_trace(trace: RuleTrace | None, names: Names, item: Any) -> ItemTrace | None:
    if trace is None:
        return None
    record = ItemTrace(names=names, item=item)
    trace.items.append(record)
    return record
