# SPDX-License-Identifier: Apache-2.0
"""From input rows to answers, one for one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hpa_discovery.cli.context_file import Context, merge
from hpa_discovery.discovery.generation import Generation, nothing_known
from hpa_discovery.discovery.place import place_of
from hpa_discovery.discovery.rows import Row, answer_row, identify

if TYPE_CHECKING:
    from hpa_discovery.cli.subjects import InputRow
    from hpa_discovery.discovery.contract import Contract
    from hpa_discovery.model import Outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of one subject; `owner` and `region` are where in A&AI it belongs."""

    contract: Contract
    subject: Any
    outcome: Outcome
    owner: str
    region: str

    @property
    def identity(self) -> dict[str, str | None]:
        """The subject's id and name."""
        return identify(self.contract, self.subject)

    @property
    def failed(self) -> bool:
        """Whether the subject could not be answered in full because of an error."""
        return any(diagnostic.level == "error" for diagnostic in self.outcome.diagnostics)

    def row(self) -> Row:
        """The answer as programs read it."""
        return answer_row(self.contract, self.subject, self.outcome, self.owner, self.region)


@dataclass(frozen=True, slots=True)
class Answers:
    """How rows are answered. `owner` and `region` are None where the context says them."""

    generation: Generation
    source: str
    context: Context
    owner: str | None
    region: str | None

    def of(self, rows: Iterable[InputRow]) -> Iterator[Answer]:
        """One answer a row, in order; a row with a problem is answered with that."""
        rules = self.generation.source(self.source)
        shared = self.generation.see(self.source, self.context)
        for row in rows:
            context = merge(self.context, row.context)
            if row.problem is not None:
                outcome = nothing_known(rules, row.problem)
            else:
                outcome = self.generation.evaluate(self.source, row.subject, shared if row.context is None else context)
            yield Answer(rules.contract, row.subject, outcome, *place_of(context, self.owner, self.region))
