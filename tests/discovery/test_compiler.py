# SPDX-License-Identifier: Apache-2.0
"""Packs compiled again: what did not change is kept, what did is made anew, and no answer is from before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from discovery.small_packs import CONTRACTS, SOURCE, emit, lets, pack, texts
from hpa_discovery.discovery.generation import Compiler, Generation, compile_packs
from hpa_discovery.discovery.program import Program
from hpa_discovery.language.pack import Pack

RULES: list[dict[str, Any]] = [
    {"let": lets(x="flavor.name"), "when": {"var": "x", "equals": "n"}},
    {"let": lets(x="to_string(params.p)")},
    {"let": lets(x="to_string(tables.t)")},
]
FLAVOR = {"extra_specs": {}, "name": "n"}
FIRST = pack(*RULES, params={"p": 1, "q": [1]}, tables={"t": {"k": 1}})


def programs(generation: Generation) -> dict[str, Program]:
    """The rules of flavors by id."""
    return {program.id: program for program in generation.source(SOURCE).programs}


def recompiled(first: Pack, second: Pack) -> set[str]:
    """The names of the rules that are compiled again when the second pack comes after the first."""
    compiler = Compiler(CONTRACTS)
    old, new = (programs(compiler.compile([known])) for known in (first, second))
    return {name.rpartition("/")[2] for name, program in new.items() if old.get(name) is not program}


def changed(number: int, spec: dict[str, Any]) -> Pack:
    """The first pack with one rule of another spec."""
    rules = list(RULES)
    rules[number] = spec
    return pack(*rules, params=FIRST.params, tables=FIRST.tables)


def test_nothing_changed() -> None:
    """The same packs, read again, are the same rules: none is compiled."""
    assert recompiled(FIRST, FIRST) == set()
    assert recompiled(FIRST, pack(*RULES, params={"p": 1, "q": [1]}, tables={"t": {"k": 1}})) == set()


ONE_RULE: dict[str, dict[str, Any]] = {
    "a path": {**RULES[0], "let": lets(x="flavor.id")},
    "a type": {**RULES[0], "let": lets(x=("flavor.name", "integer"))},
    "a condition": {**RULES[0], "when": {"var": "x", "equals": "m"}},
    "a number of a condition": {**RULES[0], "when": {"var": "x", "equals": 1}},
    "no condition": {"let": RULES[0]["let"]},
    "a feature": {**RULES[0], "emit": emit(feature="other")},
    "an attribute": {**RULES[0], "emit": emit({"key": "l", "from": "x"}, feature="f-a")},
}


@pytest.mark.parametrize("spec", ONE_RULE.values(), ids=ONE_RULE)
def test_one_rule_changed(spec: dict[str, Any]) -> None:
    """Only the rule that changed is compiled."""
    assert recompiled(FIRST, changed(0, spec)) == {"a"}
    assert recompiled(changed(0, spec), FIRST) == {"a"}


@pytest.mark.parametrize(("old", "new"), [(1, True), (1, 1.0), (0, False), ("1", 1), (1.0, True)])
def test_operands_that_python_takes_for_equal(old: Any, new: Any) -> None:
    """1, 1.0 and true are three operands, and three defaults."""
    for member in ("when", "let"):
        first, second = (
            changed(0, {**RULES[0], "when": {"var": "x", "equals": operand}})
            if member == "when"
            else changed(0, {"let": {"x": {"path": "flavor.name", "type": "string", "default": operand}}})
            for operand in (old, new)
        )
        assert recompiled(first, second) == {"a"}


SURROUNDINGS: dict[str, dict[str, Any]] = {
    "version": {"version": "1.0.1"},
    "level": {"level": "site"},
    "a param": {"params": {"p": 2, "q": [1]}},
    "a param more": {"params": {"p": 1, "q": [1], "r": 1}},
    "a param less": {"params": {"p": 1}},
    "true for 1": {"params": {"p": True, "q": [1]}},
    "1.0 for 1": {"params": {"p": 1.0, "q": [1]}},
    "text for 1": {"params": {"p": "1", "q": [1]}},
    "true for 1 in a list": {"params": {"p": 1, "q": [True]}},
    "a row": {"tables": {"t": {"k": 2}}},
    "a row more": {"tables": {"t": {"k": 1, "l": 1}}},
    "true for 1 in a row": {"tables": {"t": {"k": True}}},
    "1.0 for 1 in a row": {"tables": {"t": {"k": 1.0}}},
    "a table more": {"tables": {"t": {"k": 1}, "u": {}}},
    "another name": {"tables": {"u": {"k": 1}}},
}


@pytest.mark.parametrize("members", SURROUNDINGS.values(), ids=SURROUNDINGS)
def test_the_surroundings_changed(members: dict[str, Any]) -> None:
    """With another version, level, param or table every rule of the pack is compiled, and back again."""
    second = replace(FIRST, **members)
    assert recompiled(FIRST, second) == {"a", "b", "c"}
    assert recompiled(second, FIRST) == {"a", "b", "c"}


def test_rows_in_another_order() -> None:
    """A table says its rows in the order of the file, so another order is another table."""
    first = replace(FIRST, tables={"t": {"k": 1, "l": 2}})
    assert recompiled(first, replace(FIRST, tables={"t": {"l": 2, "k": 1}})) == {"a", "b", "c"}


HARMLESS: dict[str, dict[str, Any]] = {
    "name": {"name": "another"},
    "license": {"license": "MIT"},
    "requires": {"requires": {"engine": ">=1"}},
    "describe_params": {"describe_params": {"p": "what it is"}},
}


@pytest.mark.parametrize("members", HARMLESS.values(), ids=HARMLESS)
def test_what_no_answer_depends_on(members: dict[str, Any]) -> None:
    """What only describes the pack compiles nothing again, and the generation has the new pack."""
    second = replace(FIRST, **members)
    assert recompiled(FIRST, second) == set()
    compiler = Compiler(CONTRACTS)
    compiler.compile([FIRST])
    assert compiler.compile([second]).packs == (second,)


def test_packs_by_themselves() -> None:
    """A change in one pack leaves the rules of the others, and a pack that comes back is compiled afresh."""
    other = pack(*RULES, namespace="acme.other")
    compiler = Compiler(CONTRACTS)
    first = programs(compiler.compile([FIRST, other]))
    second = programs(compiler.compile([other, replace(FIRST, version="2.0.0")]))
    assert {name for name in first if first[name] is second[name]} == {f"acme.other/{letter}" for letter in "abc"}
    third = programs(compiler.compile([other]))
    assert all(third[name] is first[name] for name in third)
    fourth = programs(compiler.compile([FIRST, other]))
    assert fourth.keys() == first.keys()
    assert fourth["acme.other/a"] is first["acme.other/a"]


def test_rules_come_and_go() -> None:
    """A rule more or less compiles no other."""
    more = pack(*RULES, {"let": lets(x="flavor.id")}, params=FIRST.params, tables=FIRST.tables)
    fewer = replace(FIRST, rules=FIRST.rules[:2])
    assert recompiled(FIRST, more) == {"d"}
    assert recompiled(FIRST, fewer) == set()
    assert recompiled(fewer, FIRST) == {"c"}
    assert recompiled(FIRST, replace(FIRST, rules=FIRST.rules[::-1])) == set()


def test_features_in_another_order() -> None:
    """The order of answers is that of the new pack, for which no rule has to be compiled."""
    second = replace(FIRST, features=FIRST.features[::-1])
    assert recompiled(FIRST, second) == set()
    compiler = Compiler(CONTRACTS)
    for known in (FIRST, second, FIRST):
        outcome = compiler.compile([known]).evaluate(SOURCE, FLAVOR)
        assert [found.feature for found in outcome.capabilities] == list(known.features)


def test_a_change_is_answered_at_once() -> None:
    """After each reload the outcome is that of packs compiled afresh, also for subjects asked before."""
    compiler = Compiler(CONTRACTS)
    steps = [FIRST, *(replace(FIRST, **members) for members in SURROUNDINGS.values()), FIRST]
    steps += [changed(0, spec) for spec in ONE_RULE.values()]
    for known in steps:
        generation = compiler.compile([known])
        for _ in range(2):
            assert repr(generation.evaluate(SOURCE, FLAVOR)) == repr(
                compile_packs([known], CONTRACTS).evaluate(SOURCE, FLAVOR)
            )


def test_an_old_generation_goes_on() -> None:
    """Who began with the old packs is answered by them to the end."""
    rule = {"let": lets(x="params.p")}
    compiler = Compiler(CONTRACTS)
    old = compiler.compile([pack(rule, params={"p": "old"})])
    new = compiler.compile([pack(rule, params={"p": "new"})])
    for generation, value in ((old, "old"), (new, "new"), (old, "old")):
        assert texts(generation.evaluate(SOURCE, FLAVOR)) == {"k": f'{{"value":"{value}"}}'}
    assert old.packs[0].params == {"p": "old"}
