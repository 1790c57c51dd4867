# SPDX-License-Identifier: Apache-2.0
"""Every way in which one small thing of a rule can be wrong: the rules that its tests must tell from the right one.

No mutant is made of `all` and `any` of one condition, which say the same, nor
of a minimum or maximum left out, since a case that notices it moved by one
notices that too. A mandatory attribute made optional answers alike wherever
the attribute cannot be missing, and then there is nothing in the rule that its
author could remove: such a mutant counts only with a witness. Any other mutant
that no subject can tell from the rule shows a part that the rule does not need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from hpa_discovery.language.rule import AttributeEntry, Condition, Each, Entry, GroupEntry, Let, Requirement, Rule
from hpa_discovery.language.yaml_reader import Pointer
from hpa_discovery.model import UNITS
from hpa_discovery.packs.mutant_conditions import condition_mutants, never
from hpa_discovery.packs.mutant_expressions import expression_mutants
from hpa_discovery.packs.parts import ATTRIBUTES, EACH, LET, REQUIRE, WHEN, told

Part = TypeVar("Part")
Part_co = TypeVar("Part_co", covariant=True)
Other = TypeVar("Other")


@dataclass(frozen=True, slots=True)
class Mutant(Generic[Part_co]):
    """A rule, or a part of one, with one thing changed; None is a part left out.

    `pointer` is where the change stands in the rule file, `offset` the
    character of the expression there. `hint` says which case would notice;
    with `needs_witness` the mutant may answer like the rule for every subject.
    """

    pointer: Pointer
    what: str
    hint: str
    part: Part_co
    offset: int | None = None
    needs_witness: bool = False


def mutants(rule: Rule) -> Iterator[Mutant[Rule]]:
    """Every mutant of the rule, in the order of the file. Some may not compile."""
    if rule.each is not None:
        yield from _lifted(_each(rule.each, EACH), lambda each: replace(rule, each=each))
    for number, let in enumerate(rule.lets):
        yield from _lifted(_let(let, LET), _into_lets(rule, number))
    yield from _lifted(_when(rule.when, WHEN), lambda when: replace(rule, when=when))
    for number, item in enumerate(rule.requires):
        yield from _lifted(_requirement(item, (*REQUIRE, number)), _into_requires(rule, number))
    for number, entry in enumerate(rule.emit.entries):
        yield from _lifted(_entry(entry, (*ATTRIBUTES, number)), _into_entries(rule, number))


def _lifted(changes: Iterable[Mutant[Part]], put: Callable[[Part], Other]) -> Iterator[Mutant[Other]]:
    """The changes of a part as changes of what holds it."""
    for change in changes:
        yield Mutant(change.pointer, change.what, change.hint, put(change.part), change.offset, change.needs_witness)


def _put(items: tuple[Part, ...], at: int, new: Part | None) -> tuple[Part, ...]:
    return (*items[:at], *(() if new is None else (new,)), *items[at + 1 :])


def _into_lets(rule: Rule, at: int) -> Callable[[Let | None], Rule]:
    return lambda let: replace(rule, lets=_put(rule.lets, at, let))


def _into_requires(rule: Rule, at: int) -> Callable[[Requirement | None], Rule]:
    return lambda item: replace(rule, requires=_put(rule.requires, at, item))


def _into_entries(rule: Rule, at: int) -> Callable[[Entry | None], Rule]:
    return lambda entry: replace(rule, emit=replace(rule.emit, entries=_put(rule.emit.entries, at, entry)))


def _into_group_lets(group: GroupEntry, at: int) -> Callable[[Let | None], GroupEntry]:
    return lambda let: replace(group, lets=_put(group.lets, at, let))


def _into_group(group: GroupEntry, at: int) -> Callable[[AttributeEntry | None], GroupEntry]:
    return lambda entry: replace(group, attributes=_put(group.attributes, at, entry))


def _when(condition: Condition | None, pointer: Pointer) -> Iterator[Mutant[Condition | None]]:
    for found in () if condition is None else condition_mutants(condition, pointer):
        yield Mutant(found.pointer, found.what, found.hint, found.condition)


def _requirement(item: Requirement, pointer: Pointer) -> Iterator[Mutant[Requirement | None]]:
    shown = told(item.leaf)
    hint = f"add a case in which not {shown}, with diagnostics: [{item.code}]"
    yield Mutant(pointer, f"the requirement {item.code} left out", hint, None)
    changed = replace(item, leaf=never(item.leaf))
    yield Mutant(pointer, f"`{shown}` turned into its opposite", f"add a case in which {shown}", changed)


def _each(each: Each, pointer: Pointer) -> Iterator[Mutant[Each]]:
    for found in expression_mutants(each.path):
        yield _read((*pointer, "in"), found.what, found.offset, replace(each, path=found.text))


def _read(pointer: Pointer, what: str, offset: int, part: Part) -> Mutant[Part]:
    return Mutant(pointer, what, "add a case in which this part of the expression decides", part, offset)


def _let(let: Let, pointer: Pointer) -> Iterator[Mutant[Let | None]]:
    here = (*pointer, let.name)
    for found in expression_mutants(let.path):
        yield _read((*here, "path"), found.what, found.offset, replace(let, path=found.text))
    outside = "add a case with a value that it refuses, with diagnostics: [let.type], or remove it if there is none"
    if let.enum is not None:
        yield Mutant((*here, "enum"), f"the enum of {let.name} left out", outside, replace(let, enum=None))
    if let.pattern is not None:
        yield Mutant((*here, "pattern"), f"the pattern of {let.name} left out", outside, replace(let, pattern=None))
    if let.default is not None:
        hint = f"add a case in which {let.path} gives nothing"
        yield Mutant((*here, "default"), f"the default of {let.name} left out", hint, replace(let, default=None))
    for word, limit in (("minimum", let.minimum), ("maximum", let.maximum)):
        if limit is not None:
            yield from _moved(let, word, limit, (*here, word))


def _moved(let: Let, word: str, limit: float, pointer: Pointer) -> Iterator[Mutant[Let | None]]:
    """A limit one further out, which a value just outside notices, and one further in, which the limit itself does."""
    outwards = -1 if word == "minimum" else 1
    for step in (outwards, -outwards):
        moved = limit + step
        changed = replace(let, minimum=moved) if word == "minimum" else replace(let, maximum=moved)
        value = moved if step == outwards else limit
        outcome = "refused, with diagnostics: [let.type]" if step == outwards else "allowed"
        case = f"add a case in which {let.name} would be {value}, which is {outcome}"
        hint = f"{case}, or remove the {word} if nothing comes near it"
        yield Mutant(pointer, f"the {word} of {let.name} moved from {limit} to {moved}", hint, changed)


def _entry(entry: Entry, pointer: Pointer) -> Iterator[Mutant[Entry | None]]:
    if isinstance(entry, AttributeEntry):
        yield from _attribute(entry, pointer)
        return
    yield from _lifted(_each(entry.each, (*pointer, "each")), lambda each: replace(entry, each=each))
    for number, let in enumerate(entry.lets):
        yield from _lifted(_let(let, (*pointer, "let")), _into_group_lets(entry, number))
    yield from _lifted(_when(entry.when, (*pointer, "when")), lambda when: replace(entry, when=when))
    for number, attribute in enumerate(entry.attributes):
        yield from _lifted(_attribute(attribute, (*pointer, "attributes", number)), _into_group(entry, number))


def _attribute(entry: AttributeEntry, pointer: Pointer) -> Iterator[Mutant[AttributeEntry | None]]:
    source = entry.var or entry.value
    hint = f"add a case in which {source} has a value"
    yield Mutant(pointer, f"the attribute {entry.key} left out", hint, None)
    if entry.unit in UNITS:
        other = UNITS[UNITS.index(entry.unit) - 1]
        yield Mutant((*pointer, "unit"), f"the unit {entry.unit} turned into {other}", hint, replace(entry, unit=other))
    rest = "which is written without it" if entry.optional else "with diagnostics: [emit.missing]"
    yield Mutant(
        pointer,
        f"the attribute {entry.key} made {'mandatory' if entry.optional else 'optional'}",
        f"add a case in which {source} has no value, {rest}",
        replace(entry, optional=not entry.optional),
        needs_witness=not entry.optional,
    )
