# SPDX-License-Identifier: Apache-2.0
"""Which entry of a rule wrote which attribute, told after the fact from a trace.

The engine writes attributes without noting where each came from, since that
would cost every subject. What a rule answered follows from the names it saw,
so its groups are run again here on the names of the trace, with the engine's
own parts, and the attributes are dealt out to the entries in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hpa_discovery.discovery.bindings import BoundEach, RuleFault, bind_lets, fill, parse_rule_expression
from hpa_discovery.discovery.trace import ItemTrace
from hpa_discovery.errors import BudgetError, TemplateError
from hpa_discovery.language.budgets import DEFAULT, Meter
from hpa_discovery.language.conditions import Judgement, judge
from hpa_discovery.language.rule import AttributeEntry, GroupEntry, Rule
from hpa_discovery.language.templates import compile_template
from hpa_discovery.model import Attribute

Names = Mapping[str, Any]
# Where in `attributes` an entry stands: (3,), or (3, 0) for the first one of the group at 3.
EntryPlace = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GroupItem:
    """One item of a group: the names its attributes saw, and whether its `when` is true."""

    place: int
    names: Names
    when: Judgement | None

    @property
    def writes(self) -> bool:
        """Whether the group's attributes are written for this item."""
        return self.when is None or self.when.truth is True


@dataclass(frozen=True, slots=True)
class Written:
    """One attribute of a capability, with the entry that wrote it and the names the entry saw."""

    place: EntryPlace
    entry: AttributeEntry
    names: Names
    attribute: Attribute


def group_items(rule: Rule, item: ItemTrace) -> list[GroupItem]:
    """The items of every group of a rule that came as far as `emit`; up to the one that could not be answered."""
    if item.verdict not in ("fired", "withheld"):
        return []
    found: list[GroupItem] = []
    try:
        for place, entry in enumerate(rule.emit.entries):
            if isinstance(entry, GroupEntry):
                found.extend(_run_group(place, entry, item.names))
    except (RuleFault, BudgetError):
        return found
    return found


def written(rule: Rule, item: ItemTrace) -> list[Written]:
    """The attributes of the item's capability in order, each with its entry; [] when there is none."""
    if item.capability is None:
        return []
    groups = group_items(rule, item)
    rest = iter(item.capability.attributes)
    found = []
    for place, entry, names in _entries(rule, item.names, groups):
        if _has_value(entry, names):
            found.append(Written(place, entry, names, next(rest)))
    return found


def _run_group(place: int, group: GroupEntry, names: Names) -> Iterator[GroupItem]:
    meter = Meter(names, DEFAULT.steps)
    each = BoundEach(group.each, parse_rule_expression)
    lets = bind_lets(group.lets, parse_rule_expression)
    for item in each.items(names, meter):
        inner = {**names, each.name: item}
        meter.names = inner
        fill(lets, inner, meter)
        yield GroupItem(place, inner, None if group.when is None else judge(group.when, inner))
        meter.names = names


def _entries(rule: Rule, names: Names, groups: list[GroupItem]) -> Iterator[tuple[EntryPlace, AttributeEntry, Names]]:
    for place, entry in enumerate(rule.emit.entries):
        if isinstance(entry, AttributeEntry):
            yield (place,), entry, names
            continue
        for item in groups:
            if item.place == place and item.writes:
                for inner, attribute in enumerate(entry.attributes):
                    yield (place, inner), attribute, item.names


def _has_value(entry: AttributeEntry, names: Names) -> bool:
    if entry.var is not None:
        return names.get(entry.var) not in (None, "", [])
    try:
        return bool(compile_template(entry.value or "").run(names, Meter(names, DEFAULT.steps)))
    except TemplateError:
        return False
