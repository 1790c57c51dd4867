# SPDX-License-Identifier: Apache-2.0
"""What the test cases of a pack have never shown.

Complete means: every condition leaf seen true and seen not true (a `present`
leaf: false), every requirement met and failed, every `each` with an item, and
every attribute written. Whether an optional attribute is ever left out is a
question for mutation.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from hpa_discovery.discovery.replay import group_items, written
from hpa_discovery.discovery.trace import ItemTrace, RuleTrace
from hpa_discovery.language.conditions import Judgement
from hpa_discovery.language.rule import Rule
from hpa_discovery.language.yaml_reader import Pointer
from hpa_discovery.packs.bench import Bench, Case
from hpa_discovery.packs.cases import benches
from hpa_discovery.packs.load import LoadedPack
from hpa_discovery.packs.parts import (
    EACH,
    REQUIRE,
    WHEN,
    attribute_parts,
    attribute_pointer,
    each_parts,
    group_when,
    judged_leaves,
    leaf_parts,
    told,
)
from hpa_discovery.packs.places import Place, Places

Event = Literal["true", "not true", "met", "failed", "item", "written"]


class Point(NamedTuple):
    """Something that the cases of a rule should show."""

    pointer: Pointer
    event: Event


@dataclass(frozen=True, slots=True)
class Gap:
    """A point that no case shows, and the case that would."""

    rule: str
    place: Place
    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.place}: {self.rule}: {self.message}; {self.hint}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many points the rules of a pack have, how many were shown, and which were not."""

    namespace: str
    points: int
    gaps: tuple[Gap, ...]

    @property
    def complete(self) -> bool:
        """Whether the cases show everything."""
        return not self.gaps

    @property
    def shown(self) -> int:
        """The number of points that the cases show."""
        return self.points - len(self.gaps)


def measure(loaded: LoadedPack) -> Coverage:
    """The coverage of a pack that was loaded with its tests. PackError when the pack is refused."""
    places = Places(loaded.root)
    points = 0
    gaps: list[Gap] = []
    for bench, cases in benches(loaded):
        wanted = points_of(bench.rule)
        seen = seen_points(bench, cases)
        points += len(wanted)
        gaps += [_gap(bench.rule, point, *wanted[point], places) for point in wanted if point not in seen]
    namespace = loaded.pack.namespace if loaded.pack else ""
    return Coverage(namespace, points, tuple(gaps))


def points_of(rule: Rule) -> dict[Point, tuple[str, str]]:
    """Every point of the rule, with the message and the hint of its gap."""
    points: dict[Point, tuple[str, str]] = {}
    for each in each_parts(rule):
        points[Point(each.pointer, "item")] = (
            f"each {each.each.name} never had an item",
            f"add a case in which {each.each.path} has one",
        )
    for part in leaf_parts(rule):
        shown = told(part.leaf)
        points[Point(part.pointer, "true")] = f"`{shown}` was never true", f"add a case in which {shown}"
        points[Point(part.pointer, "not true")] = f"`{shown}` was always true", f"add a case in which not {shown}"
    for number, item in enumerate(rule.requires):
        pointer, shown = (*REQUIRE, number), told(item.leaf)
        points[Point(pointer, "met")] = f"the requirement {item.code} was never met", f"add a case in which {shown}"
        points[Point(pointer, "failed")] = (
            f"the requirement {item.code} never failed",
            f"add a case in which not {shown}, with diagnostics: [{item.code}]",
        )
    for attribute in attribute_parts(rule):
        source = attribute.entry.var or attribute.entry.value
        points[Point(attribute.pointer, "written")] = (
            f"the attribute {attribute.entry.key} was never written",
            f"add a case in which {source} has a value",
        )
    return points


def seen_points(bench: Bench, cases: Sequence[Case]) -> set[Point]:
    """The points that the cases show."""
    seen: set[Point] = set()
    for case in cases:
        trace = bench.explain(case).trace
        for rule_trace in trace.rules if trace is not None else ():
            seen.update(_seen(rule_trace))
    return seen


def _seen(trace: RuleTrace) -> Iterator[Point]:
    rule = trace.rule
    for item in trace.items:
        if rule.each is not None and rule.each.name in item.names:
            yield Point(EACH, "item")
        if item.when is not None:
            yield from (_leaf(*leaf) for leaf in judged_leaves(item.when, WHEN))
        for requirement, judgement in item.requirements:
            event: Event = "met" if judgement.truth is True else "failed"
            yield Point((*REQUIRE, rule.requires.index(requirement)), event)
        yield from _seen_in_emit(rule, item)


def _seen_in_emit(rule: Rule, item: ItemTrace) -> Iterator[Point]:
    for group in group_items(rule, item):
        yield Point((*attribute_pointer((group.place,)), "each"), "item")
        if group.when is not None:
            yield from (_leaf(*leaf) for leaf in judged_leaves(group.when, group_when(group.place)))
    for entry in written(rule, item):
        yield Point(attribute_pointer(entry.place), "written")


def _leaf(pointer: Pointer, judgement: Judgement) -> Point:
    return Point(pointer, "true" if judgement.truth is True else "not true")


def _gap(rule: Rule, point: Point, message: str, hint: str, places: Places) -> Gap:
    return Gap(rule.id, places.in_rule(rule.id, point.pointer), message, hint)
