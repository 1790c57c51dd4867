# SPDX-License-Identifier: Apache-2.0
"""Why every rule of a source answered a subject as it did, as plain JSON data.

The answer comes from the evaluation itself, run with a Trace. Whatever is
sensitive, or computed from something that is, shows as `***`.

    {"subject": {"id", "name"}, "source",
     "rules": [{"rule", "title", "pack", "version", "feature", "verdict", "why", "items": [
        {"item"?, "verdict", "why", "lets": [...], "when"?, "require"?, "capability"?, "change"}]}],
     "drivers": [{"driver", "features", "verdict", "why", "capabilities"}],
     "unknown": [...], "diagnostics": [...]}

`verdict` is fired, silent, unknown or withheld; `change` is what would make the
item fire. A value that is absent is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hpa_discovery.discovery.counterfactual import Counterfactual
from hpa_discovery.discovery.generation import Generation
from hpa_discovery.discovery.masking import masks_of
from hpa_discovery.discovery.origins import Origins, path_text, read_by, value_at
from hpa_discovery.discovery.program import Program
from hpa_discovery.discovery.replay import Written, written
from hpa_discovery.discovery.rows import identify
from hpa_discovery.discovery.run import Answerer
from hpa_discovery.discovery.trace import DriverTrace, ItemTrace, RuleTrace, Trace
from hpa_discovery.errors import UsageError
from hpa_discovery.language.conditions import Judgement
from hpa_discovery.language.rule import Branch, Leaf, Not
from hpa_discovery.language.spelling import nearest
from hpa_discovery.language.values import MASK
from hpa_discovery.model import Capability, Outcome, Unknown

Explanation = dict[str, Any]
_TRUTHS = {True: "true", False: "false", None: "unknown"}
_WORST_FIRST = ("fired", "unknown", "withheld", "silent")


def explain(
    generation: Generation, source: str, subject: Any, context: Any = None, *, rule: str | None = None
) -> Explanation:
    """The explanation of every rule of the source, or of one. UsageError for an unknown source or rule."""
    rules = generation.source(source)
    programs = [program for program in rules.programs if rule in (None, program.id)]
    if rule is not None and not programs:
        known = [program.id for program in rules.programs]
        meant = nearest(rule, known)
        hint = f"; did you mean {meant}?" if meant else ""
        raise UsageError(f"no rule {rule!r} reads {source}; known are {', '.join(known) or 'none'}{hint}")
    outcome = generation.explain(source, subject, context)
    trace = outcome.trace or Trace()
    traces = {each.rule.id: each for each in trace.rules}
    wanted = {program.id for program in programs}
    own = [program for program in programs if isinstance(program, Program)]
    drivers = [program for program in programs if not isinstance(program, Program)]
    return {
        "subject": identify(rules.contract, subject),
        "source": source,
        "rules": [_explain_rule(program, traces.get(program.id), outcome) for program in own],
        "drivers": [_explain_driver(driver, trace.drivers, outcome) for driver in drivers],
        "unknown": [item.as_json() for item in outcome.unknown if item.rule in wanted or not item.rule],
        "diagnostics": [item.as_json() for item in outcome.diagnostics if item.rule in wanted or not item.rule],
    }


def _explain_rule(program: Program, trace: RuleTrace | None, outcome: Outcome) -> Explanation:
    rule = program.rule
    about = {
        "rule": rule.id,
        "title": rule.title,
        "pack": rule.id.rpartition("/")[0],
        "version": program.version,
        "feature": rule.emit.feature,
    }
    if trace is None:
        return {**about, "verdict": "unknown", "why": _unasked(program, outcome.unknown), "items": []}
    told = _RuleTeller(trace, outcome)
    items = [told.item(item) for item in trace.items]
    if not items:
        return {**about, **told.no_item()}
    verdict = next(word for word in _WORST_FIRST if any(item["verdict"] == word for item in items))
    why = next(item["why"] for item in items if item["verdict"] == verdict)
    return {**about, "verdict": verdict, "why": why, "items": items}


def _explain_driver(driver: Answerer, traces: Iterable[DriverTrace], outcome: Outcome) -> Explanation:
    trace = next((trace for trace in traces if trace.id == driver.id), None)
    about = {"driver": driver.id, "features": list(driver.features)}
    if trace is None:
        return {**about, "verdict": "unknown", "why": _unasked(driver, outcome.unknown), "capabilities": []}
    why = trace.reason or ("its answer" if trace.verdict == "fired" else "it found nothing")
    found = [_capability_row(capability) for capability in trace.capabilities]
    return {**about, "verdict": trace.verdict, "why": why, "capabilities": found}


def _capability_row(capability: Capability) -> Explanation:
    attributes = {attribute.key: attribute.text for attribute in capability.attributes}
    return {"feature": capability.feature, "discriminator": capability.discriminator, "attributes": attributes}


def _unasked(program: Answerer, unknown: Sequence[Unknown]) -> str:
    """Why a rule was not asked at all: it could not see what it reads, or there were no steps left."""
    reasons = [f"{item.code}: {item.reason}" for item in unknown if item.feature in program.features]
    return reasons[0] if reasons else "the subject could not be read"


class _RuleTeller:
    """Tells the items of one rule."""

    def __init__(self, trace: RuleTrace, outcome: Outcome) -> None:
        self._trace = trace
        self._rule = trace.rule
        self._outcome = outcome
        self._masks = masks_of(trace.rule)
        self._origins = Origins(trace.rule)
        self._counterfactual = Counterfactual(trace.rule, self._masks)

    def item(self, item: ItemTrace) -> Explanation:
        verdict, why = self._verdict(item)
        told: Explanation = {"verdict": verdict, "why": why, "lets": list(self._lets(item))}
        each = self._rule.each
        if each is not None and each.name in item.names:
            told["item"] = {"name": each.name, "value": self._masks.show((each.name,), item.item)}
        if item.when is not None:
            told["when"] = self._judgement(item.when)
        if item.requirements:
            told["require"] = [
                {"code": requirement.code, "level": requirement.level, **self._judgement(judgement)}
                for requirement, judgement in item.requirements
            ]
        if item.capability is not None:
            told["capability"] = self._capability(item, item.capability)
        return {**told, "change": [change.as_json() for change in self._counterfactual.for_item(item)]}

    def no_item(self) -> Explanation:
        each = self._rule.each
        why = f"`{each.path}` gives no item" if each is not None else "it was not asked"
        change = [change.as_json() for change in self._counterfactual.for_no_item({})]
        return {"verdict": "silent", "why": why, "items": [], "change": change}

    def _verdict(self, item: ItemTrace) -> tuple[str, str]:
        if item.capability is not None and item.capability not in self._outcome.capabilities:
            return "withheld", self._lost(item.capability)
        if item.verdict == "fired":
            return "fired", "`when` is true" if item.when is not None else "there is no `when`"
        if item.reason:
            # A reason may quote a value that was computed from a sensitive one.
            return item.verdict, item.reason if not self._masks.names else f"{item.reason.partition(':')[0]}: {MASK}"
        if item.when is not None:
            return item.verdict, f"`when` is {_TRUTHS[item.when.truth]}"
        return item.verdict, "a requirement failed"

    def _lost(self, capability: Capability) -> str:
        if any(other.instance == capability.instance for other in self._outcome.capabilities):
            return "another pack of a higher level answers this instance"
        reasons = [unknown for unknown in self._outcome.unknown if unknown.feature == capability.feature]
        return f"{reasons[0].code}: {reasons[0].reason}" if reasons else "the answer was not used"

    def _lets(self, item: ItemTrace) -> Iterator[Explanation]:
        for let in self._rule.lets:
            told: Explanation = {"name": let.name, "type": let.type, "expression": let.path}
            if let.name not in item.names:
                yield {**told, "fault": self._verdict(item)[1]}
                return
            value = item.names[let.name]
            if value is not None:
                told["value"] = self._masks.show((let.name,), value)
            yield {**told, "read": list(self._reads(let.path, item.names))}

    def _reads(self, expression: str, names: Mapping[str, Any]) -> Iterator[Explanation]:
        for path in sorted(read_by(expression)):
            value = value_at(names, path)
            told = {"path": path_text(path)}
            yield told if value is None else {**told, "value": self._masks.show(path, value)}

    def _judgement(self, judgement: Judgement) -> Explanation:
        condition, verdict = judgement.condition, _TRUTHS[judgement.truth]
        if isinstance(condition, Leaf):
            told = {"var": condition.var, condition.operator: _plain(condition.operand), "verdict": verdict}
            value = self._masks.show((condition.var,), judgement.value)
            return told if value is None else {**told, "value": value}
        parts = [self._judgement(part) for part in judgement.parts]
        if isinstance(condition, Not):
            return {"not": parts[0], "verdict": verdict}
        assert isinstance(condition, Branch)
        return {condition.kind: parts, "verdict": verdict}

    def _capability(self, item: ItemTrace, capability: Capability) -> Explanation:
        hidden = self._rule.emit.discriminator
        secret = hidden is not None and self._masks.hides_template(hidden)
        return {
            "feature": capability.feature,
            "version": capability.version,
            "architecture": capability.architecture,
            "discriminator": MASK if secret else capability.discriminator,
            "attributes": [self._attribute(entry) for entry in written(self._rule, item)],
        }

    def _attribute(self, entry: Written) -> Explanation:
        var, attribute = entry.entry.var, entry.attribute
        text = f"{{{{ {var} }}}}" if var is not None else entry.entry.value or ""
        return {
            "key": attribute.key,
            "value": MASK if self._masks.hides_template(text) else _plain(attribute.value),
            **({} if attribute.unit is None else {"unit": attribute.unit}),
            "rule": self._rule.id,
            "pack": f"{self._trace.namespace} {self._trace.version}",
            "from": var if var is not None else text,
            "read": [path_text(path) for path in self._origins.of_template(text)],
        }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
