# SPDX-License-Identifier: Apache-2.0
"""A subject that tells two rules apart, looked for in the neighbourhood of the test cases.

Every member of a case's subject and context is left out or emptied, one and
two at a time. What is not found that way may still exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from hpa_discovery.discovery.origins import path_text
from hpa_discovery.packs.bench import Bench, Case

Path = tuple[str, ...]
_MOST_MEMBERS = 12  # of one case; the pairs of more would take longer than they tell


class _Step(NamedTuple):
    """Empty the text at `path`, or leave the member out."""

    path: Path
    emptied: bool

    def __str__(self) -> str:
        return f"{path_text(self.path)} {'empty' if self.emptied else 'absent'}"


def find_witness(one: Bench, other: Bench, cases: Sequence[Case]) -> str:
    """A case, and what to change in it so that the two rules answer differently; "" when none was found."""
    for case in cases:
        for label, changed in _neighbours(case, one.rule.root):
            if _answer(one, changed) != _answer(other, changed):
                return f"`{case['name']}` with {label}"
    return ""


def _neighbours(case: Case, root: str) -> Iterator[tuple[str, Case]]:
    members = [(name, *path) for name in (root, "context") for path in _members(case.get(name))]
    steps = [_Step(path, emptied) for path in members[:_MOST_MEMBERS] for emptied in (True, False)]
    for step in steps:
        yield str(step), _changed(case, step)
    for first, second in combinations(steps, 2):
        if first.path != second.path:
            yield f"{first} and {second}", _changed(_changed(case, first), second)


def _members(value: Any) -> Iterator[Path]:
    if not isinstance(value, Mapping):
        return
    for name, member in value.items():
        yield from ((name, *path) for path in _members(member))
        yield (name,)


def _changed(value: Any, step: _Step) -> Any:
    """A copy of `value` after the step; the same where an earlier step took the member away."""
    name, *rest = step.path
    if not isinstance(value, Mapping) or name not in value:
        return value
    if rest:
        return {**value, name: _changed(value[name], _Step(tuple(rest), step.emptied))}
    kept = {key: member for key, member in value.items() if key != name}
    return {**value, name: ""} if step.emptied and isinstance(value[name], str) else kept


def _answer(bench: Bench, case: Case) -> Any:
    outcome = bench.evaluate(case)
    unknown = [(item.feature, item.discriminator, item.code) for item in outcome.unknown]
    return outcome.capabilities, unknown, [diagnostic.code for diagnostic in outcome.diagnostics]
