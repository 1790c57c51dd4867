# SPDX-License-Identifier: Apache-2.0
"""Mutants of conditions: every operator flipped, every leaf dropped, `all` and `any` exchanged.

A branch of one condition has no mutant with the other word: both say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from hpa_discovery.language.rule import Branch, Condition, Leaf, Not, Operator
from hpa_discovery.language.yaml_reader import Pointer
from hpa_discovery.packs.parts import told

_REVERSED: Mapping[Operator, Operator] = {"lt": "ge", "ge": "lt", "le": "gt", "gt": "le"}


class ConditionMutant(NamedTuple):
    """A changed condition; None is no condition at all. `hint` says which case would notice."""

    pointer: Pointer
    what: str
    hint: str
    condition: Condition | None


def condition_mutants(condition: Condition, pointer: Pointer) -> Iterator[ConditionMutant]:
    """Every mutant of the condition that stands at `pointer`."""
    if isinstance(condition, Leaf):
        yield from _leaf_mutants(condition, pointer)
    elif isinstance(condition, Not):
        for mutant in condition_mutants(condition.condition, (*pointer, "not")):
            changed = None if mutant.condition is None else Not(mutant.condition)
            yield mutant._replace(condition=changed)
    else:
        yield from _branch_mutants(condition, pointer)


def flipped(leaf: Leaf) -> Condition:
    """The condition that is true where the leaf is false, and unknown where it is unknown."""
    if leaf.operator == "present":
        return replace(leaf, operand=not leaf.operand)
    if leaf.operator in _REVERSED:
        return replace(leaf, operator=_REVERSED[leaf.operator])
    return Not(leaf)


def never(leaf: Leaf) -> Leaf:
    """A leaf on the same name that is not true where the given one is: a requirement has no `not`."""
    other = flipped(leaf)
    return other if isinstance(other, Leaf) else Leaf(leaf.var, "in", ())


def _leaf_mutants(leaf: Leaf, pointer: Pointer) -> Iterator[ConditionMutant]:
    shown = told(leaf)
    yield ConditionMutant(
        pointer,
        f"`{shown}` turned into its opposite",
        f"add a case in which the answer depends on `{shown}` alone",
        flipped(leaf),
    )
    yield ConditionMutant(
        pointer,
        f"`{shown}` left out",
        f"add a case in which only `{shown}` decides, or remove it if something else says the same",
        None,
    )


def _branch_mutants(branch: Branch, pointer: Pointer) -> Iterator[ConditionMutant]:
    parts = branch.conditions
    if len(parts) > 1:
        other = replace(branch, kind="any" if branch.kind == "all" else "all")
        hint = "add a case in which some of the conditions hold and some do not"
        yield ConditionMutant((*pointer, branch.kind), f"{branch.kind} turned into {other.kind}", hint, other)
    for number, part in enumerate(parts):
        for mutant in condition_mutants(part, (*pointer, branch.kind, number)):
            changed = () if mutant.condition is None else (mutant.condition,)
            rest = (*parts[:number], *changed, *parts[number + 1 :])
            yield mutant._replace(condition=replace(branch, conditions=rest) if rest else None)
