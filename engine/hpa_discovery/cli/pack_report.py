# SPDX-License-Identifier: Apache-2.0
"""What came of testing one pack: its cases, its coverage and its mutants, for people and for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from hpa_discovery.cli.printable import many

if TYPE_CHECKING:
    from hpa_discovery.packs.cases import CasesRun
    from hpa_discovery.packs.coverage import Coverage
    from hpa_discovery.packs.mutation import Mutation
    from hpa_discovery.packs.places import Place


@dataclass(frozen=True, slots=True)
class PackReport:
    """The results of one pack; None for what was not asked for."""

    cases: CasesRun
    coverage: Coverage | None
    mutation: Mutation | None

    @property
    def failed(self) -> bool:
        """Whether a case failed, something is not covered, or a mutant survived."""
        incomplete = [part for part in (self.coverage, self.mutation) if part is not None and not part.complete]
        return bool(self.cases.failed or incomplete)

    def lines(self) -> list[str]:
        """What a person reads: everything that is amiss, then one line of figures."""
        told = [line for result in self.cases.failed for line in result.lines()]
        if self.coverage is not None:
            told += map(str, self.coverage.gaps)
        if self.mutation is not None:
            told += map(str, self.mutation.survivors)
            told += [f"{rule}: no mutants were tried, since its cases do not pass" for rule in self.mutation.skipped]
        return [*told, f"{self.cases.namespace}: {self._figures()}"]

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        told: dict[str, Any] = {
            "pack": self.cases.namespace,
            "passed": not self.failed,
            "cases": [
                {
                    "rule": result.rule,
                    "name": result.name,
                    **_place(result.place),
                    "passed": result.passed,
                    "differences": [asdict(difference) for difference in result.differences],
                }
                for result in self.cases.results
            ],
        }
        if self.coverage is not None:
            told["coverage"] = {
                "points": self.coverage.points,
                "shown": self.coverage.shown,
                "gaps": [
                    {"rule": gap.rule, **_place(gap.place), "message": gap.message, "hint": gap.hint}
                    for gap in self.coverage.gaps
                ],
            }
        if self.mutation is not None:
            told["mutation"] = {
                "mutants": self.mutation.mutants,
                "killed": self.mutation.killed,
                "survivors": [
                    {"rule": item.rule, **_place(item.place), "change": item.what, "hint": item.hint}
                    for item in self.mutation.survivors
                ],
                "skipped": list(self.mutation.skipped),
            }
        return told

    def _figures(self) -> str:
        total = len(self.cases.results)
        parts = [f"{total - len(self.cases.failed)} of {many(total, 'case')} passed"]
        if self.coverage is not None:
            parts.append(f"coverage {self.coverage.shown} of {self.coverage.points}")
        if self.mutation is not None:
            parts.append(f"{many(len(self.mutation.survivors), 'mutant')} of {self.mutation.mutants} survived")
        return ", ".join(parts)


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line, "column": place.column}
