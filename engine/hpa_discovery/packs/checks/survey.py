# SPDX-License-Identifier: Apache-2.0
"""One rule gone through once: every expression, template and condition with the names it sees.

The checks that follow look at what was collected here, so nothing is parsed
twice. Expressions that cannot be parsed have no tree; their lets are taken to
hold anything of their type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from hpa_discovery.discovery.bindings import parse_rule_expression
from hpa_discovery.errors import BudgetError, ExpressionError, TemplateError
from hpa_discovery.language.expressions import Expression
from hpa_discovery.language.rule import AttributeEntry, Branch, Condition, Each, GroupEntry, Leaf, Let, Not, Rule
from hpa_discovery.language.templates import Template, compile_template
from hpa_discovery.language.yaml_reader import Pointer
from hpa_discovery.packs.checks.guesses import ANY, BOOLEAN, NUMBER, SIZE, STRING, Guess, array_of
from hpa_discovery.packs.checks.inference import infer
from hpa_discovery.packs.checks.scope import Fault, Scope
from hpa_discovery.packs.checks.syntax import expression_fault, template_fault

# Of one rule, enough to mend it by: saying what was meant takes time, and a hostile rule has thousands of slips.
MOST_FAULTS = 100


class LeafSite(NamedTuple):
    """A leaf of a condition or requirement."""

    leaf: Leaf
    pointer: Pointer
    scope: Scope


class TemplateSite(NamedTuple):
    """A template that compiles. `role` says what it writes: message, key, value, unit, discriminator, architecture."""

    template: Template
    pointer: Pointer
    scope: Scope
    role: str


class EntrySite(NamedTuple):
    """One attribute; `each` is its group's, if it stands in one."""

    entry: AttributeEntry
    pointer: Pointer
    scope: Scope
    each: Each | None


class LetSite(NamedTuple):
    """One let, what its expression gives, the names that reads, and where it stands."""

    let: Let
    pointer: Pointer
    given: Guess
    reads: frozenset[str]
    outside: Scope


class EachSite(NamedTuple):
    """One `each`, what its expression gives, and where it stands."""

    each: Each
    pointer: Pointer
    given: Guess
    outside: Scope


@dataclass(slots=True)
class Survey:
    """All texts of one rule, and the faults met while reading them: (pointer, fault)."""

    rule: Rule
    faults: list[tuple[Pointer, Fault]] = field(default_factory=list)
    lets: list[LetSite] = field(default_factory=list)
    eaches: list[EachSite] = field(default_factory=list)
    templates: list[TemplateSite] = field(default_factory=list)
    leaves: list[LeafSite] = field(default_factory=list)
    conditions: list[tuple[Condition, Pointer]] = field(default_factory=list)
    entries: list[EntrySite] = field(default_factory=list)
    reads: set[str] = field(default_factory=set)
    expressions: dict[str, Expression] = field(default_factory=dict)
    readable: bool = True

    def expression(self, text: str) -> Expression:
        """An expression within the language's limits, parsed once. Raises as expressions.parse does."""
        known = self.expressions.get(text)
        if known is None:
            known = self.expressions[text] = parse_rule_expression(text)
        return known


def survey(rule: Rule, roots: Mapping[str, Guess], *, readable: bool = True) -> Survey:
    """Go through the rule; `roots` is what is known of the subject, context, tables and params.

    Of a rule that is not `readable`, some texts that may read names are missing.
    """
    return _Surveyor(rule, readable).run(Scope(roots, {}, later=frozenset(let.name for let in rule.lets)))


class _Surveyor:
    def __init__(self, rule: Rule, readable: bool) -> None:
        self._rule = rule
        self._found = Survey(rule, readable=readable)

    def run(self, scope: Scope) -> Survey:
        rule, found = self._rule, self._found
        if rule.each is not None:
            scope = self._each(rule.each, ("spec", "each"), scope)
        scope = self._lets(rule.lets, ("spec", "let"), scope)
        if rule.when is not None:
            self._when(rule.when, ("spec", "when"), scope)
        for index, requirement in enumerate(rule.requires):
            pointer: Pointer = ("spec", "require", index)
            found.leaves.append(LeafSite(requirement.leaf, pointer, scope))
            self._template(requirement.message, (*pointer, "message"), scope, "message")
        self._emit(scope)
        return found

    def _emit(self, scope: Scope) -> None:
        emit = self._rule.emit
        self._template(emit.architecture, ("spec", "emit", "architecture"), scope, "architecture")
        if emit.discriminator is not None:
            self._template(emit.discriminator, ("spec", "emit", "discriminator"), scope, "discriminator")
        for index, entry in enumerate(emit.entries):
            pointer: Pointer = ("spec", "emit", "attributes", index)
            if isinstance(entry, GroupEntry):
                self._group(entry, pointer, scope)
            else:
                self._attribute(entry, pointer, scope, None)

    def _group(self, group: GroupEntry, pointer: Pointer, scope: Scope) -> None:
        inner = self._each(group.each, (*pointer, "each"), scope)
        later = inner.later | {let.name for let in group.lets}
        inner = Scope(inner.names, inner.lets, inner.items, later)
        inner = self._lets(group.lets, (*pointer, "let"), inner)
        if group.when is not None:
            self._when(group.when, (*pointer, "when"), inner)
        for index, entry in enumerate(group.attributes):
            self._attribute(entry, (*pointer, "attributes", index), inner, group.each)

    def _attribute(self, entry: AttributeEntry, pointer: Pointer, scope: Scope, each: Each | None) -> None:
        self._found.entries.append(EntrySite(entry, pointer, scope, each))
        if entry.var is not None:
            self._found.reads.add(entry.var)
        for role, text in (("key", entry.key), ("value", entry.value), ("unit", entry.unit)):
            if text is not None:
                self._template(text, (*pointer, role), scope, role)

    def _each(self, each: Each, pointer: Pointer, scope: Scope) -> Scope:
        given, _ = self._expression(each.path, (*pointer, "in"), scope)
        self._found.eaches.append(EachSite(each, pointer, given, scope))
        item = given.element if given.types == frozenset({"array"}) and given.element is not None else ANY
        return scope.with_item(each.name, item)

    def _lets(self, lets: Sequence[Let], pointer: Pointer, scope: Scope) -> Scope:
        for let in lets:
            own = Scope(scope.names, scope.lets, scope.items, scope.later, let.name)
            given, reads = self._expression(let.path, (*pointer, let.name, "path"), own)
            self._found.lets.append(LetSite(let, (*pointer, let.name), given, reads, scope))
            scope = scope.with_let(let, _bound(let, given))
        return scope

    def _expression(self, text: str, pointer: Pointer, scope: Scope) -> tuple[Guess, frozenset[str]]:
        try:
            expression = self._found.expression(text)
        except (ExpressionError, BudgetError) as error:
            self._found.faults.append((pointer, expression_fault(text, error)))
            self._found.readable = False
            return ANY, frozenset()
        given, faults, reads = infer(text, expression.tree, scope, MOST_FAULTS - len(self._found.faults))
        self._found.faults += [(pointer, fault) for fault in faults]
        self._found.reads |= reads
        return given, reads

    def _template(self, text: str, pointer: Pointer, scope: Scope, role: str) -> None:
        try:
            template = compile_template(text)
        except (TemplateError, BudgetError) as error:
            self._found.faults.append((pointer, template_fault(text, error)))
            self._found.readable = False
            return
        self._found.reads.update(template.names)
        self._found.templates.append(TemplateSite(template, pointer, scope, role))

    def _when(self, condition: Condition, pointer: Pointer, scope: Scope) -> None:
        self._found.conditions.append((condition, pointer))
        self._condition(condition, pointer, scope)

    def _condition(self, condition: Condition, pointer: Pointer, scope: Scope) -> None:
        if isinstance(condition, Not):
            self._condition(condition.condition, (*pointer, "not"), scope)
        elif isinstance(condition, Branch):
            for index, part in enumerate(condition.conditions):
                self._condition(part, (*pointer, condition.kind, index), scope)
        else:
            self._found.leaves.append(LeafSite(condition, pointer, scope))


def _bound(let: Let, given: Guess) -> Guess:
    """What is known of a let's value, once its type has been checked."""
    if let.type == "list":
        return given if given.types == frozenset({"array"}) else array_of(ANY)
    if let.type == "object":
        fits = given.types == frozenset({"object"}) and let.default is None
        return given if fits else Guess(frozenset({"object"}))
    plain = _PLAIN.get(let.type, ANY)
    kept = given.types == plain.types and let.default is None
    return replace(plain, schema=given.schema, place=given.place) if kept else plain


_PLAIN = {"string": STRING, "integer": NUMBER, "number": NUMBER, "boolean": BOOLEAN, "size": SIZE}
