# SPDX-License-Identifier: Apache-2.0
"""One rule alone, compiled as in production, for its tests, their coverage and its mutants.

A rule test answers for one file, so no other rule of the pack has a say; the
tables are the pack's, and the parameters are the pack's defaults under those
of the case.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hpa_discovery.discovery.contract import Contract
from hpa_discovery.discovery.generation import Generation, SourceRules, compile_rule
from hpa_discovery.discovery.program import Program
from hpa_discovery.language.pack import Pack
from hpa_discovery.language.rule import Rule
from hpa_discovery.model import Outcome

Case = Mapping[str, Any]


class Bench:
    """A rule on the bench. ExpressionError, TemplateError or BudgetError when it cannot be compiled."""

    def __init__(self, rule: Rule, pack: Pack, contract: Contract) -> None:
        self.rule = rule
        self._pack = pack
        self._contract = contract
        self._generations = {_key({}): self._compile({})}

    def evaluate(self, case: Case) -> Outcome:
        """What the rule says of the case's subject."""
        return self._generation(case).evaluate(self.rule.source, case.get(self.rule.root), case.get("context"))

    def explain(self, case: Case) -> Outcome:
        """The same with a trace."""
        return self._generation(case).explain(self.rule.source, case.get(self.rule.root), case.get("context"))

    def _generation(self, case: Case) -> Generation:
        params = case.get("params") or {}
        key = _key(params)
        if key not in self._generations:
            self._generations[key] = self._compile(params)
        return self._generations[key]

    def _compile(self, params: Mapping[str, Any]) -> Generation:
        pack = replace(self._pack, rules=(self.rule,), params={**self._pack.params, **params})
        compiled = compile_rule(self.rule, pack, self._contract)
        assert isinstance(compiled.program, Program)
        compiled.program.bound()  # a mutant may be a rule that lint would refuse
        return Generation((pack,), {self.rule.source: SourceRules(self._contract, (compiled,))})


def _key(params: Mapping[str, Any]) -> str:
    return json.dumps(params, sort_keys=True)
