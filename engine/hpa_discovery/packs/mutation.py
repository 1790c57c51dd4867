# SPDX-License-Identifier: Apache-2.0
"""Mutation testing of rules: a mutant that passes all cases of its rule is a missing test.

Only the rule at hand is compiled again for each mutant, and a mutant is done
with at the first case that fails. For one that survives, a neighbour of the
cases that tells it from the rule is looked for, to say which case is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hpa_discovery.discovery.contract import Contract
from hpa_discovery.errors import BudgetError, DataError
from hpa_discovery.language.pack import Pack
from hpa_discovery.language.rule import Rule
from hpa_discovery.packs.bench import Bench, Case
from hpa_discovery.packs.cases import benches, differences, usable
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.load import LoadedPack
from hpa_discovery.packs.mutants import Mutant, mutants
from hpa_discovery.packs.places import Place, Places
from hpa_discovery.packs.witness import find_witness


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no case noticed, and the case that would."""

    rule: str
    place: Place
    what: str
    hint: str

    def __str__(self) -> str:
        return f"{self.place}: {self.rule}: {self.what} and every case still passes; {self.hint}"


@dataclass(frozen=True, slots=True)
class Mutation:
    """How many mutants the rules of a pack have and which survived.

    `skipped` are the rules whose cases do not pass, or that have none: there is
    nothing to compare their mutants with.
    """

    namespace: str
    mutants: int
    survivors: tuple[Survivor, ...]
    skipped: tuple[str, ...]

    @property
    def killed(self) -> int:
        """The number of mutants that a case noticed."""
        return self.mutants - len(self.survivors)

    @property
    def complete(self) -> bool:
        """Whether every rule was judged and no mutant survived."""
        return not self.survivors and not self.skipped


def mutate(loaded: LoadedPack) -> Mutation:
    """Try all mutants of a pack that was loaded with its tests. PackError when the pack is refused."""
    pack = usable(loaded)
    places = Places(loaded.root)
    count = 0
    survivors: list[Survivor] = []
    skipped: list[str] = []
    for bench, cases in benches(loaded):
        if not cases or not _passes(bench, cases):
            skipped.append(bench.rule.id)
            continue
        made, survived = _try_all(bench, pack, cases)
        count += made
        survivors += [_survivor(bench.rule, mutant, places) for mutant in survived]
    return Mutation(pack.namespace, count, tuple(survivors), tuple(skipped))


def _try_all(bench: Bench, pack: Pack, cases: Sequence[Case]) -> tuple[int, list[Mutant[Rule]]]:
    """How many mutants the rule has, and those that pass all cases."""
    contract = load_contracts()[bench.rule.source]
    count, survived = 0, []
    for mutant in mutants(bench.rule):
        other = _bench(mutant.part, pack, contract)
        if other is None:
            continue
        passes = _passes(other, cases)
        witness = find_witness(bench, other, cases) if passes else ""
        if passes and mutant.needs_witness and not witness:
            continue
        count += 1
        if passes:
            survived.append(replace(mutant, hint=f"{mutant.hint}, such as {witness}") if witness else mutant)
    return count, survived


def _bench(rule: Rule, pack: Pack, contract: Contract) -> Bench | None:
    """The mutant on its bench; None when it does not compile, which lint would have said."""
    try:
        return Bench(rule, pack, contract)
    except (DataError, BudgetError):
        return None


def _passes(bench: Bench, cases: Sequence[Case]) -> bool:
    return not any(differences(bench, case) for case in cases)


def _survivor(rule: Rule, mutant: Mutant[Rule], places: Places) -> Survivor:
    place = places.in_rule(rule.id, mutant.pointer, mutant.offset)
    return Survivor(rule.id, place, mutant.what, mutant.hint)
