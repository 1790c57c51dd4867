# SPDX-License-Identifier: Apache-2.0
"""The parts of a rule that tests must exercise, each with its place in the file.

A pointer is what leads to a part in the rule file: ("spec", "when", "any", 0).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hpa_discovery.language.conditions import Judgement
from hpa_discovery.language.rule import AttributeEntry, Branch, Condition, Each, GroupEntry, Leaf, Not, Rule
from hpa_discovery.language.yaml_reader import Pointer

WHEN: Pointer = ("spec", "when")
REQUIRE: Pointer = ("spec", "require")
ATTRIBUTES: Pointer = ("spec", "emit", "attributes")
EACH: Pointer = ("spec", "each")
LET: Pointer = ("spec", "let")


class LeafPart(NamedTuple):
    """A leaf of a condition."""

    pointer: Pointer
    leaf: Leaf


class AttributePart(NamedTuple):
    """An attribute entry."""

    pointer: Pointer
    entry: AttributeEntry


class EachPart(NamedTuple):
    """An `each`, of the rule or of a group."""

    pointer: Pointer
    each: Each


def leaf_parts(rule: Rule) -> Iterator[LeafPart]:
    """Every leaf of the rule's `when` and of its groups'."""
    for pointer, condition in whens(rule):
        yield from leaves_of(condition, pointer)


def whens(rule: Rule) -> Iterator[tuple[Pointer, Condition]]:
    """Every `when` with its pointer."""
    if rule.when is not None:
        yield WHEN, rule.when
    for place, entry in enumerate(rule.emit.entries):
        if isinstance(entry, GroupEntry) and entry.when is not None:
            yield group_when(place), entry.when


def group_when(place: int) -> Pointer:
    """Where the `when` of the group at `place` stands."""
    return (*ATTRIBUTES, place, "when")


def leaves_of(condition: Condition, pointer: Pointer) -> Iterator[LeafPart]:
    """The leaves of one condition that stands at `pointer`."""
    if isinstance(condition, Leaf):
        yield LeafPart(pointer, condition)
    elif isinstance(condition, Not):
        yield from leaves_of(condition.condition, (*pointer, "not"))
    else:
        for number, part in enumerate(condition.conditions):
            yield from leaves_of(part, (*pointer, condition.kind, number))


def judged_leaves(judgement: Judgement, pointer: Pointer) -> Iterator[tuple[Pointer, Judgement]]:
    """The leaves of a condition that stands at `pointer`, each as it was judged."""
    condition = judgement.condition
    if isinstance(condition, Leaf):
        yield pointer, judgement
        return
    for number, part in enumerate(judgement.parts):
        step: Pointer = (condition.kind, number) if isinstance(condition, Branch) else ("not",)
        yield from judged_leaves(part, (*pointer, *step))


def attribute_parts(rule: Rule) -> Iterator[AttributePart]:
    """Every attribute entry, those of groups too."""
    for place, entry in enumerate(rule.emit.entries):
        if isinstance(entry, AttributeEntry):
            yield AttributePart(attribute_pointer((place,)), entry)
        else:
            for inner, attribute in enumerate(entry.attributes):
                yield AttributePart(attribute_pointer((place, inner)), attribute)


def attribute_pointer(place: tuple[int, ...]) -> Pointer:
    """Where the entry stands whose place in `attributes` is (i,), or (i, j) in a group."""
    return (*ATTRIBUTES, place[0]) if len(place) == 1 else (*ATTRIBUTES, place[0], "attributes", place[1])


def each_parts(rule: Rule) -> Iterator[EachPart]:
    """Every `each`, the rule's first."""
    if rule.each is not None:
        yield EachPart(EACH, rule.each)
    for place, entry in enumerate(rule.emit.entries):
        if isinstance(entry, GroupEntry):
            yield EachPart((*ATTRIBUTES, place, "each"), entry.each)


def told(leaf: Leaf) -> str:
    """A leaf as a message says it: `policy equals 'dedicated'`."""
    if leaf.operator == "present":
        return f"{leaf.var} is {'present' if leaf.operand else 'absent'}"
    operand = list(leaf.operand) if isinstance(leaf.operand, list | tuple) else leaf.operand
    return f"{leaf.var} {leaf.operator} {operand!r}"
