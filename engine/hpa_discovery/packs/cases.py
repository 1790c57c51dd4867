# SPDX-License-Identifier: Apache-2.0
"""Run the test cases of a pack: each rule alone, through the evaluation that production uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hpa_discovery.errors import PackError
from hpa_discovery.language.pack import Pack
from hpa_discovery.packs.bench import Bench, Case
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.differences import Difference, compare, write_expectation
from hpa_discovery.packs.load import LoadedPack
from hpa_discovery.packs.places import Place, Places


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case that ran. `write` are the lines that would make it pass, for when the rule is right."""

    rule: str
    name: str
    place: Place
    differences: tuple[Difference, ...] = ()
    write: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.differences

    def lines(self) -> list[str]:
        """What a person reads about a case that failed."""
        told = [f"{self.place}: {self.rule}: {self.name}", *(f"  {difference}" for difference in self.differences)]
        if not self.write:
            return told
        return [*told, "  if the rule is right, write in the case:", *(f"    {line}" for line in self.write)]


@dataclass(frozen=True, slots=True)
class CasesRun:
    """The cases of one pack that ran."""

    namespace: str
    results: tuple[CaseResult, ...]

    @property
    def failed(self) -> tuple[CaseResult, ...]:
        """The results that are not as expected."""
        return tuple(result for result in self.results if not result.passed)


def run_cases(loaded: LoadedPack) -> CasesRun:
    """Run every case of a pack that was loaded with its tests. PackError when the pack is refused."""
    pack = usable(loaded)
    places = Places(loaded.root)
    results = [
        _run_case(bench, case, places.in_tests(bench.rule.id, (number,)))
        for bench, cases in benches(loaded)
        for number, case in enumerate(cases)
    ]
    return CasesRun(pack.namespace, tuple(results))


def usable(loaded: LoadedPack) -> Pack:
    """The pack; PackError with its findings when there is none."""
    if loaded.pack is None:
        raise PackError(f"the pack in {loaded.root} has errors, so it cannot be used", loaded.findings)
    return loaded.pack


def benches(loaded: LoadedPack) -> Iterator[tuple[Bench, Sequence[Case]]]:
    """Every rule of the pack on its bench, with its cases."""
    pack, contracts = usable(loaded), load_contracts()
    for rule in pack.rules:
        yield Bench(rule, pack, contracts[rule.source]), loaded.tests.get(rule.id, ())


def differences(bench: Bench, case: Case) -> tuple[Difference, ...]:
    """What of the case is not as expected; () when it passes."""
    return tuple(compare(case, bench.evaluate(case)))


def _run_case(bench: Bench, case: Case, place: Place) -> CaseResult:
    outcome = bench.evaluate(case)
    found = tuple(compare(case, outcome))
    return CaseResult(bench.rule.id, case["name"], place, found, tuple(write_expectation(outcome)) if found else ())
