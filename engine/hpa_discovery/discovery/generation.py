# SPDX-License-Identifier: Apache-2.0
"""One immutable compiled set of packs: `compile_packs` makes it, `evaluate` asks it. Thread-safe, no locks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from hpa_discovery.discovery.bindings import RuleFault, parse_rule_expression
from hpa_discovery.discovery.context import SeenContext, read_context
from hpa_discovery.discovery.contract import Contract, Path, member
from hpa_discovery.discovery.driven import AskDriver, DrivenAnswerer, not_asked
from hpa_discovery.discovery.facts import Needs
from hpa_discovery.discovery.index import RuleIndex
from hpa_discovery.discovery.program import Program
from hpa_discovery.discovery.readers import hidden_members, readers
from hpa_discovery.discovery.recall import Recall
from hpa_discovery.discovery.run import Answerer, Run
from hpa_discovery.discovery.subject import check_subject
from hpa_discovery.discovery.trace import Trace
from hpa_discovery.discovery.triggers import reads_needs, rule_needs
from hpa_discovery.discovery.view import View
from hpa_discovery.discovery.weighing import weigh
from hpa_discovery.errors import BudgetError, UsageError
from hpa_discovery.language.budgets import DEFAULT, Limits, Meter
from hpa_discovery.language.driver import Driver
from hpa_discovery.language.pack import Pack
from hpa_discovery.language.reads import paths
from hpa_discovery.language.rule import Rule
from hpa_discovery.model import ANY_DISCRIMINATOR, Diagnostic, Outcome, Unknown


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule or driver ready to be asked, with what the index must know of it."""

    made_of: Rule | Driver
    program: Answerer
    needs: Needs
    blind_without: frozenset[Path]


def compile_rule(rule: Rule, pack: Pack, contract: Contract) -> CompiledRule:
    """One rule, compiled. ExpressionError, TemplateError or BudgetError when lint would refuse what it reads."""
    return CompiledRule(rule, Program(rule, pack), rule_needs(rule, parse_rule_expression), readers(rule, contract))


def compile_driver(driver: Driver, pack: Pack, contract: Contract, ask: AskDriver) -> CompiledRule:
    """One driver, as the rules beside it see it. ExpressionError or BudgetError when lint would refuse its `reads`."""
    read = {path for text in driver.reads for path in paths(parse_rule_expression(text).tree)}
    needs = reads_needs(driver.reads, parse_rule_expression)
    return CompiledRule(driver, DrivenAnswerer(driver, pack, ask), needs, hidden_members(read, contract))


class SourceRules:
    """The rules and drivers of one source, in the order of their answers."""

    __slots__ = ("_blind", "_index", "_seen", "contract", "features", "programs", "recall")

    def __init__(self, contract: Contract, rules: Sequence[CompiledRule]) -> None:
        self.contract = contract
        self.programs = tuple(rule.program for rule in rules)
        self.features = tuple(dict.fromkeys(feature for program in self.programs for feature in program.features))
        self.recall = Recall()
        self._index = RuleIndex(contract.root, ((order, rule.needs) for order, rule in enumerate(rules)))
        self._seen: tuple[SeenContext | None, frozenset[int]] = (None, frozenset())
        self._blind = {
            path: frozenset(order for order, rule in enumerate(rules) if path in rule.blind_without)
            for path in contract.unknown_when_absent
        }

    def candidates(self, subject: dict[str, Any], context: SeenContext) -> list[int]:
        """The places of the rules that may have something to say about the subject, ascending."""
        seen, orders = self._seen
        if seen is not context:  # the subjects of a region come one after the other, with one context
            orders = self._index.of_context(context.value)
            self._seen = context, orders
        return sorted(orders | self._index.of_subject(subject))

    def blind(self, subject: Any) -> list[Path]:
        """The members that the subject lacks because its source could not read them."""
        return [path for path in self._blind if type(member(subject, path)) is not dict]

    def readers(self, path: Path) -> frozenset[int]:
        """The places of the rules that cannot answer without the member at `path`."""
        return self._blind[path]


class Generation:
    """Compiled packs. Equal packs give equal outcomes, whatever the order they came in."""

    __slots__ = ("_limits", "packs", "sources")

    def __init__(self, packs: Sequence[Pack], sources: Mapping[str, SourceRules], limits: Limits = DEFAULT) -> None:
        self.packs = tuple(packs)
        self.sources = sources
        self._limits = limits

    def source(self, name: str) -> SourceRules:
        """The rules of one source; UsageError when it is none."""
        try:
            return self.sources[name]
        except KeyError:
            raise UsageError(f"unknown source {name!r}; known are {', '.join(self.sources)}") from None

    def see(self, source: str, context: Any) -> SeenContext:
        """A context to pass to evaluate and explain for many subjects, read once."""
        return read_context(context, self.source(source).contract, self._limits)

    def evaluate(self, source: str, subject: Any, context: Any = None) -> Outcome:
        """What the packs say of one subject. `context` is plain JSON, or what `see` made of it."""
        return self._run(self.source(source), subject, context, None)

    def explain(self, source: str, subject: Any, context: Any = None) -> Outcome:
        """As evaluate, but every rule of the source is asked, and `trace` holds why it answered as it did."""
        return self._run(self.source(source), subject, context, Trace())

    def _run(self, rules: SourceRules, subject: Any, context: Any, trace: Trace | None) -> Outcome:
        seen = read_context(context, rules.contract, self._limits)
        problem = check_subject(subject, f"the {rules.contract.root}", self._limits) or seen.error
        if problem is not None:
            return nothing_known(rules, problem)
        if trace is not None:
            return self._look(rules, subject, seen, trace)[0]
        key = rules.recall.key(subject, seen)
        outcome = rules.recall.get(key)
        if outcome is None:
            outcome, steps = self._look(rules, subject, seen, None)
            if steps is not None:
                rules.recall.keep(key, outcome, steps)
        return outcome

    def _look(
        self, rules: SourceRules, subject: Any, seen: SeenContext, trace: Trace | None
    ) -> tuple[Outcome, int | None]:
        """What the rules say of a checked subject, and the steps it took; None when a driver was asked, too."""
        run = Run(View(rules.contract, subject, seen), Meter({}, self._limits.steps), trace)
        run.diagnostics += seen.problems
        blind = rules.blind(subject)
        hidden = _report_blind(rules, run, blind) if blind else frozenset()
        orders = rules.candidates(subject, seen)
        _ask([rules.programs[order] for order in orders if order not in hidden], run)
        steps = self._limits.steps - run.meter.left
        if trace is not None:
            # The others have nothing to say; the steps it takes to see that are not the subject's.
            run.meter = Meter({}, self._limits.steps)
            silent = sorted(set(range(len(rules.programs))) - hidden - set(orders))
            _turn([rules.programs[order] for order in silent], run)
        return weigh(run, self._limits), steps if run.lasting else None


def _report_blind(rules: SourceRules, run: Run, blind: Iterable[Path]) -> frozenset[int]:
    """Say what could not be read; the places of the rules that are not to be asked."""
    hidden: frozenset[int] = frozenset()
    for path in blind:
        orders = rules.readers(path)
        name = ".".join((rules.contract.root, *path))
        message = f"{name} could not be read, so what depends on it is unknown, not absent"
        features = (feature for order in sorted(orders) for feature in rules.programs[order].features)
        run.diagnostics.append(Diagnostic("subject.unreadable", "", "warning", message))
        run.unknown += _unknowns(features, "", run.diagnostics[-1])
        hidden |= orders
    return hidden


def _unknowns(features: Iterable[str], rule: str, cause: Diagnostic) -> list[Unknown]:
    return [Unknown(feature, ANY_DISCRIMINATOR, rule, cause.code, cause.message) for feature in dict.fromkeys(features)]


def _ask(programs: Sequence[Answerer], run: Run) -> None:
    """Ask the rules; packs share the steps evenly and so do the rules of a pack, so that none can silence another.

    Those that need more are asked again when the others have answered, and share what is left then.
    """
    greedy = [program for program, _ in _round(programs, run)]
    if not greedy:
        return
    if run.trace is not None:
        asked_again = {program.id for program in greedy}
        run.trace.rules = [traced for traced in run.trace.rules if traced.rule.id not in asked_again]
    for program, fault in _round(greedy, run):
        program.give_up(run, fault)
    places = {program.id: place for place, program in enumerate(programs)}
    run.answers.sort(key=lambda answer: places[answer[0].id])


def _round(programs: Sequence[Answerer], run: Run) -> list[tuple[Answerer, RuleFault]]:
    """Ask each rule of each pack once; those that ran out of steps. The rules come pack by pack."""
    if not programs or programs[0].namespace == programs[-1].namespace:
        return _turn(programs, run)
    packs = [list(group) for _, group in groupby(programs, key=attrgetter("namespace"))]
    meter, greedy = run.meter, []
    for waiting, group in zip(range(len(packs), 0, -1), packs, strict=True):
        left = meter.left
        meter.left = allowance = left // waiting
        greedy += _turn(group, run)
        meter.left += left - allowance
    return greedy


def _turn(programs: Sequence[Answerer], run: Run) -> list[tuple[Answerer, RuleFault]]:
    """Ask each rule once; those that ran out of steps, as if they had said nothing."""
    meter, greedy = run.meter, []
    left, waiting = meter.left, len(programs)
    for program in programs:
        meter.left = share = left // waiting
        waiting -= 1
        try:
            program.answer(run)
        except BudgetError as error:
            # Not the error itself: it would keep all that the rule has made.
            greedy.append((program, RuleFault(error.code, str(error))))
            meter.left = 0
        left += meter.left - share
    meter.left = left
    if greedy:
        run.forget({program.id for program, _ in greedy})
    return greedy


def nothing_known(rules: SourceRules, problem: Diagnostic) -> Outcome:
    """The outcome of a subject that could not be looked at: every feature is unknown."""
    return Outcome(unknown=tuple(_unknowns(rules.features, "", problem)), diagnostics=(problem,))


class Compiler:
    """Compiles packs to generations; a rule that did not change since the last time is not compiled again."""

    def __init__(self, contracts: Mapping[str, Contract], limits: Limits = DEFAULT, ask: AskDriver = not_asked) -> None:
        self._contracts = contracts
        self._ask_driver = ask
        self._limits = limits
        self._known: dict[str, CompiledRule] = {}
        self._packs: dict[str, Pack] = {}

    def compile(self, packs: Iterable[Pack]) -> Generation:
        """A generation of checked packs. Order: pack namespace, `provides.features`, rule id."""
        ordered = sorted(packs, key=lambda pack: pack.namespace)
        rules: dict[str, list[CompiledRule]] = {name: [] for name in self._contracts}
        fresh: dict[str, CompiledRule] = {}
        for pack in ordered:
            usable = _same_surroundings(self._packs.get(pack.namespace), pack)
            for rule in _in_order(pack):
                compiled = self._known.get(rule.id) if usable else None
                if compiled is None or not _identical(compiled.made_of, rule):
                    compiled = self._compile_one(rule, pack)
                fresh[rule.id] = compiled
                rules[rule.source].append(compiled)
        self._known = fresh
        self._packs = {pack.namespace: pack for pack in ordered}
        sources = {name: SourceRules(contract, rules[name]) for name, contract in self._contracts.items()}
        return Generation(ordered, sources, self._limits)

    def _compile_one(self, item: Rule | Driver, pack: Pack) -> CompiledRule:
        contract = self._contracts[item.source]
        if isinstance(item, Rule):
            return compile_rule(item, pack, contract)
        return compile_driver(item, pack, contract, self._ask_driver)


def _same_surroundings(old: Pack | None, pack: Pack) -> bool:
    """Whether a rule that did not change means the same in the new pack as in the old one."""
    if old is None or (old.version, old.rank) != (pack.version, pack.rank):
        return False
    return _identical(old.params, pack.params) and _identical(old.tables, pack.tables)


def _identical(old: Any, new: Any) -> bool:
    """Whether two values are equal, type by type and in order: for Python 1, 1.0 and True are equal."""
    return old is new or (old == new and repr(old) == repr(new))


def compile_packs(
    packs: Iterable[Pack], contracts: Mapping[str, Contract], limits: Limits = DEFAULT, ask: AskDriver = not_asked
) -> Generation:
    """A generation of checked packs, all compiled afresh; `ask` is how their drivers are asked."""
    return Compiler(contracts, limits, ask).compile(packs)


def _in_order(pack: Pack) -> list[Rule | Driver]:
    """The pack's rules and drivers in the order of its answers."""
    places = {feature: place for place, feature in enumerate(pack.features)}

    def place(item: Rule | Driver) -> tuple[int, str]:
        features = (item.emit.feature,) if isinstance(item, Rule) else item.features
        return min(places.get(feature, len(places)) for feature in features), item.id

    return sorted((*pack.rules, *pack.drivers), key=place)
