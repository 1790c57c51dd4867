# SPDX-License-Identifier: Apache-2.0
"""What a new version of one rule changes in meaning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hpa_discovery.language.rule import AttributeEntry, Each, Entry, GroupEntry, Let, Requirement, Rule
from hpa_discovery.packs.publishing.narrowing import Direction, of_conditions, of_lets
from hpa_discovery.packs.publishing.steps import Change, Step

_STEPS: dict[Direction, Step] = {"fewer": "major", "more": "minor", "unclear": "patch", "same": "none"}
_TOLD: dict[Direction, str] = {
    "fewer": "is true for fewer subjects",
    "more": "is true for more subjects",
    "unclear": "is another one; recorded subjects show what that does",
    "same": "",
}
_ALLOWS: dict[Direction, str] = {
    "fewer": "allows fewer values",
    "more": "allows more values",
    "unclear": "is read or limited in another way",
    "same": "",
}
_IDENTITY = ("feature", "version", "architecture", "discriminator")


@dataclass(frozen=True, slots=True)
class _Attribute:
    """An attribute by its key; `group` is over what it repeats, "" for the plain ones."""

    entry: AttributeEntry
    group: str


def compare_rules(old: Rule, new: Rule) -> Iterator[Change]:
    """The changes from one rule to the rule that has its place."""
    if old.id != new.id:
        yield Change("minor", "rule", new.id, f"takes the place of {old.id}")
    if old.source != new.source:
        yield Change("major", "rule", new.id, f"reads {new.source} instead of {old.source}")
    yield from _identity(old, new)
    direction = of_conditions(old.when, new.when)
    if direction != "same":
        yield Change(_STEPS[direction], "rule", new.id, f"its condition {_TOLD[direction]}")
    yield from _each(old.each, new.each, new.id, "it")
    yield from _requirements(old, new)
    yield from _lets(old.lets, new.lets, new.id)
    yield from _attributes(old, new)
    yield from _described(old, new)


def _identity(old: Rule, new: Rule) -> Iterator[Change]:
    for name in _IDENTITY:
        before, after = getattr(old.emit, name), getattr(new.emit, name)
        if before != after:
            yield Change(
                "major", "capability", new.id, f"its {name} is {after or 'none'} instead of {before or 'none'}"
            )


def _each(old: Each | None, new: Each | None, rule: str, what: str) -> Iterator[Change]:
    if old is None or new is None:
        if old is not new:
            yield Change("major", "rule", rule, f"{what} is answered {'for each item' if new else 'once'} now")
        return
    if old.max != new.max:
        step: Step = "major" if new.max < old.max else "minor"
        yield Change(step, "rule", rule, f"{what} repeats for at most {new.max} items instead of {old.max}")
    if (old.path, old.name) != (new.path, new.name):
        yield Change("patch", "rule", rule, f"{what} repeats for the items of another expression")


def _requirements(old: Rule, new: Rule) -> Iterator[Change]:
    for item in new.requires:
        if item not in old.requires:
            step: Step = "major" if item.level == "error" else "patch"
            yield Change(step, "rule", new.id, f"requires {_about(item)}")
    for item in old.requires:
        if item not in new.requires:
            step = "minor" if item.level == "error" else "patch"
            yield Change(step, "rule", new.id, f"no longer requires {_about(item)}")


def _about(item: Requirement) -> str:
    return f"{item.leaf.var} {item.leaf.operator} {item.leaf.operand!r}, or {item.level} {item.code}"


def _lets(old: Sequence[Let], new: Sequence[Let], rule: str) -> Iterator[Change]:
    """The lets of one rule or of one group: each group may have a name of its own for another thing."""
    before, after = {let.name: let for let in old}, {let.name: let for let in new}
    for let in old:
        if let.name in after:
            yield from _let(let, after[let.name], rule)
    gone = [let for let in old if let.name not in after]
    come = [let for let in new if let.name not in before]
    for let in _without(come, gone):
        limited = _is_limited(let)
        how = "is new and limited: without a value within its limits there is no capability" if limited else "is new"
        yield Change("major" if limited else "patch", "rule", rule, f"the name {let.name} {how}")
    for let in _without(gone, come):
        yield Change("minor" if _is_limited(let) else "patch", "rule", rule, f"the name {let.name} is gone")


def _let(old: Let, new: Let, rule: str) -> Iterator[Change]:
    direction = of_lets(old, new)
    if direction != "same":
        yield Change(_STEPS[direction], "rule", rule, f"the name {old.name} {_ALLOWS[direction]}")
    elif old != new:
        yield Change("patch", "rule", rule, f"the name {old.name} is {'' if new.sensitive else 'not '}masked")


def _without(some: Sequence[Let], others: Sequence[Let]) -> list[Let]:
    """Those of `some` that none of `others` is under another name: to rename changes no answer."""
    return [let for let in some if not any(replace(other, name=let.name) == let for other in others)]


def _is_limited(let: Let) -> bool:
    return any(limit is not None for limit in (let.enum, let.pattern, let.minimum, let.maximum))


def _attributes(old: Rule, new: Rule) -> Iterator[Change]:
    before, after = _by_key(old), _by_key(new)
    for use, attribute in before.items():
        name = f"{new.id} {attribute.entry.key}"
        if use not in after:
            yield Change("major", "attribute", name, "is gone")
        else:
            yield from _attribute(attribute, after[use], name)
    for use, attribute in after.items():
        if use not in before:
            yield _new(attribute.entry, f"{new.id} {attribute.entry.key}")
    if before.keys() == after.keys() and list(before) != list(after):
        yield Change("patch", "rule", new.id, "its attributes have another order")
    yield from _groups(old, new)


def _new(entry: AttributeEntry, name: str) -> Change:
    """One that must be there withholds the whole capability where it has no value."""
    if entry.optional or (entry.value is not None and "{" not in entry.value):
        return Change("minor", "attribute", name, "is new")
    return Change("major", "attribute", name, "is new and not optional: without it there is no capability")


def _by_key(rule: Rule) -> dict[tuple[str, int], _Attribute]:
    """By key and a count of its uses: several groups may write one key, each for other items."""
    found: dict[tuple[str, int], _Attribute] = {}
    used: Counter[str] = Counter()
    for entry in rule.emit.entries:
        for item in _entries(entry):
            found[item.entry.key, used[item.entry.key]] = item
            used[item.entry.key] += 1
    return found


def _entries(entry: Entry) -> Iterator[_Attribute]:
    if isinstance(entry, AttributeEntry):
        yield _Attribute(entry, "")
    else:
        yield from (_Attribute(item, entry.each.path) for item in entry.attributes)


def _attribute(old: _Attribute, new: _Attribute, name: str) -> Iterator[Change]:
    before, after = old.entry, new.entry
    if before.unit != after.unit:
        yield Change(
            "major", "attribute", name, f"its unit is {after.unit or 'none'} instead of {before.unit or 'none'}"
        )
    if before.optional != after.optional:
        step: Step = "minor" if after.optional else "major"
        yield Change(step, "attribute", name, "is optional now" if after.optional else "is not optional any more")
    if (before.var, before.value) != (after.var, after.value):
        yield Change("patch", "attribute", name, "its value is made in another way")
    if bool(old.group) != bool(new.group):
        yield Change("major", "attribute", name, "repeats now" if new.group else "does not repeat any more")


def _groups(old: Rule, new: Rule) -> Iterator[Change]:
    """Groups are known by their place; what comes or goes with a whole group, its attributes tell."""
    before = [entry for entry in old.emit.entries if isinstance(entry, GroupEntry)]
    after = [entry for entry in new.emit.entries if isinstance(entry, GroupEntry)]
    for first, second in zip(before, after, strict=False):
        yield from _each(first.each, second.each, new.id, f"the group of {first.attributes[0].key}")
        yield from _lets(first.lets, second.lets, new.id)
        direction = of_conditions(first.when, second.when)
        if direction != "same":
            told = f"the condition of the group of {first.attributes[0].key} {_TOLD[direction]}"
            yield Change(_STEPS[direction], "rule", new.id, told)


def _described(old: Rule, new: Rule) -> Iterator[Change]:
    if old.maturity != new.maturity:
        step: Step = "minor" if new.maturity == "deprecated" else "patch"
        yield Change(step, "rule", new.id, f"is {new.maturity}; it was {old.maturity}")
    if old.title != new.title:
        yield Change("patch", "rule", new.id, f"is called {new.title!r} instead of {old.title!r}")
