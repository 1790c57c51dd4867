# SPDX-License-Identifier: Apache-2.0
"""What a new version of a pack changes in meaning, and which step of its version that asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hpa_discovery.language.driver import Driver
from hpa_discovery.language.pack import Pack
from hpa_discovery.language.rule import ROOTS, Rule
from hpa_discovery.packs.publishing.rule_changes import compare_rules
from hpa_discovery.packs.publishing.steps import Change, Step
from hpa_discovery.packs.versions import raised


def compare_packs(old: Pack, new: Pack) -> list[Change]:
    """Every change from one version of a pack to another, the pack's own first."""
    return [
        *_itself(old, new),
        *_requirements(old.requires, new.requires),
        *_names("feature", old.features, new.features),
        *_rules(old, new),
        *_params(old, new),
        *_tables(old.tables, new.tables),
        *_drivers(old.drivers, new.drivers),
    ]


def pairs_of(old: Sequence[Rule], new: Sequence[Rule]) -> Iterator[tuple[Rule, Rule]]:
    """Each rule of the old pack that is still there, with the one that it is now: of its id, or that replaces it."""
    by_id = {name: rule for rule in new for name in (*rule.replaces, rule.id)} | {rule.id: rule for rule in new}
    yield from ((rule, by_id[rule.id]) for rule in old if rule.id in by_id)


def _itself(old: Pack, new: Pack) -> Iterator[Change]:
    if old.namespace != new.namespace:
        yield Change("major", "pack", new.namespace, f"has another namespace; it was {old.namespace}")
    if old.name != new.name:
        yield Change("major", "pack", new.namespace, f"is published as {new.name} instead of {old.name}")
    if old.level != new.level:
        yield Change("major", "pack", new.namespace, f"has level {new.level} instead of {old.level}")
    if old.activation != new.activation:
        step: Step = "major" if new.activation == "optional" else "minor"
        yield Change(step, "pack", new.namespace, f"has activation {new.activation} instead of {old.activation}")
    if old.license != new.license:
        yield Change("patch", "pack", new.namespace, f"has license {new.license} instead of {old.license}")


def _requirements(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    before, after = old.get("engine", ""), new.get("engine", "")
    if before != after:
        step: Step = "minor" if raised(before, after) else "patch"
        yield Change(step, "pack", "requires.engine", f"is {after or 'any'} instead of {before or 'any'}")
    yield from _names("source", _sources(old), _sources(new))


def _sources(requires: Mapping[str, Any]) -> list[str]:
    """Without a list a pack may read every source."""
    return sorted(requires.get("sources", ROOTS))


def _names(what: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    yield from (Change("major", what, name, "is gone") for name in old if name not in new)
    yield from (Change("minor", what, name, "is new") for name in new if name not in old)
    if sorted(old) == sorted(new) and list(old) != list(new):
        yield Change("patch", what, ", ".join(new), "is the order now")


def _rules(old: Pack, new: Pack) -> Iterator[Change]:
    pairs = list(pairs_of(old.rules, new.rules))
    known, taken = {rule.id for rule, _ in pairs}, {rule.id for _, rule in pairs}
    yield from (Change("major", "rule", rule.id, _lost(rule)) for rule in old.rules if rule.id not in known)
    yield from (Change("minor", "rule", rule.id, _come(rule)) for rule in new.rules if rule.id not in taken)
    for before, after in pairs:
        yield from compare_rules(before, after)


def _lost(rule: Rule) -> str:
    return f"is gone, and its answers about {rule.emit.feature} with it"


def _come(rule: Rule) -> str:
    return f"is new: {rule.emit.feature} of {rule.source}"


def _params(old: Pack, new: Pack) -> Iterator[Change]:
    yield from _names("parameter", [*old.params], [name for name in old.params if name in new.params])
    for name, value in new.params.items():
        if name not in old.params:
            yield Change("minor", "parameter", name, "is new")
        elif old.params[name] != value:
            yield Change("patch", "parameter", name, f"is {value!r} by default instead of {old.params[name]!r}")


def _tables(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> Iterator[Change]:
    for name, rows in old.items():
        if name not in new:
            yield Change("major", "table", name, "is gone")
        else:
            yield from _rows(name, rows, new[name])
    yield from (Change("minor", "table", name, "is new") for name in new if name not in old)


def _rows(table: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    gone, come = [key for key in old if key not in new], [key for key in new if key not in old]
    other = [key for key in old if key in new and old[key] != new[key]]
    if gone:
        yield Change("major", "table", table, f"lost {_some(gone)}")
    if come:
        yield Change("minor", "table", table, f"gained {_some(come)}")
    if other:
        yield Change("patch", "table", table, f"says other things of {_some(other)}")


def _some(keys: Sequence[str]) -> str:
    shown = ", ".join(map(str, keys[:3]))
    return shown if len(keys) <= 3 else f"{shown} and {len(keys) - 3} more"


def _drivers(old: Sequence[Driver], new: Sequence[Driver]) -> Iterator[Change]:
    before, after = {driver.id: driver for driver in old}, {driver.id: driver for driver in new}
    yield from _names("driver", [*before], [name for name in before if name in after])
    yield from (Change("minor", "driver", name, "is new, and must be allowed") for name in after if name not in before)
    for name, driver in before.items():
        if name in after:
            yield from _driver(driver, after[name])


def _driver(old: Driver, new: Driver) -> Iterator[Change]:
    if old.source != new.source:
        yield Change("major", "driver", new.id, f"reads {new.source} instead of {old.source}")
    yield from _names(f"feature of {new.id}", sorted(old.features), sorted(new.features))
    for text in new.reads:
        if text not in old.reads:
            yield Change("major", "driver", new.id, f"is asked only where there is {text}")
    for text in old.reads:
        if text not in new.reads:
            yield Change("minor", "driver", new.id, f"is asked also where there is no {text}")
    if old.digest != new.digest:
        yield Change("patch", "driver", new.id, "is another program, and must be allowed again")
