# SPDX-License-Identifier: Apache-2.0
"""What is remembered equals what would be said afresh, in every detail, and does not grow without end."""

from __future__ import annotations

import tracemalloc
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from discovery.small_packs import CONTRACTS, SOURCE, codes, emit, generation, lets, pack
from hpa_discovery.discovery.context import SeenContext, read_context
from hpa_discovery.discovery.dependencies import dependencies
from hpa_discovery.discovery.memo import Memo, Said
from hpa_discovery.discovery.program import Program, Run
from hpa_discovery.discovery.recall import Recall
from hpa_discovery.discovery.view import View
from hpa_discovery.errors import BudgetError
from hpa_discovery.language.budgets import DEFAULT, Meter
from hpa_discovery.model import Outcome

FLAVORS = CONTRACTS[SOURCE]
ABSENT = object()
VALUES: list[Any] = [
    ABSENT, None, 0, 1, 2, True, False, 0.0, -0.0, 1.0, 1.5, 10**299, "", "0", "1", "1.0", "true", "True", "null",
    "None", " 1", "[]", [], [1], [True], [1.0], ["1"], [[1]], {}, {"p": "1"}, {"p": 1}, {"p": True}, {"p": None},
    {"q": "1"}, {"p": "1", "q": "1"}, {"q": "1", "p": "1"}, {"p": {"p": "1"}}, {"p": ["1"]}, ["p", "1"], "p",
    "x" * 3000, {"p" * 3000: "1"}, {"p": "x" * 3000}, {f"p{number}": "1" for number in range(100)},
]  # fmt: skip


def seen(context: Any = None) -> SeenContext:
    """A context, read."""
    return read_context(context, FLAVORS, DEFAULT)


def flavor_of(value: Any, **members: Any) -> dict[str, Any]:
    """A flavor whose member `a` is this, or absent."""
    return {"extra_specs": {}, **({} if value is ABSENT else {"a": deepcopy(value)}), **members}


READERS: dict[str, dict[str, Any]] = {
    "as text": {"let": lets(x="to_string(flavor.a)")},
    "its type": {"let": lets(x="type(flavor.a)")},
    "a string": {"let": lets(x="flavor.a")},
    "an integer": {"let": {"x": {"path": "flavor.a", "type": "integer", "maximum": 1}}},
    "a number": {"let": lets(x=("flavor.a", "number"))},
    "a boolean": {"let": lets(x=("flavor.a", "boolean"), y="'y'"), "emit": emit({"key": "k", "from": "y"})},
    "to_int": {"let": lets(x=("to_int(flavor.a)", "integer"))},
    "keys": {"let": lets(x=("keys(flavor.a)", "list"))},
    "a member": {"let": lets(x="to_string(flavor.a.p)")},
    "two members": {"let": lets(x="to_string([flavor.a, flavor.b])")},
    "entries": {"let": lets(x="to_string(entries(flavor.a, 'p'))")},
    "entries and a member": {"let": lets(x="to_string([entries(flavor.a, 'p'), flavor.b])")},
    "lookup": {"let": lets(x="to_string(lookup(flavor.a, 'p', not_null(flavor.b, '')))")},
    "a condition": {"let": lets(x="flavor.name", y=("flavor.a", "integer")), "when": {"var": "y", "equals": 1}},
    "a requirement": {
        "let": lets(x="to_string(flavor.a)"),
        "require": [{"var": "x", "equals": "1", "code": "a.b", "level": "error", "message": "it is {{ x }}"}],
    },
    "items": {
        "each": {"as": "i", "in": "flavor.a", "max": 2},
        "let": lets(x="to_string(i)"),
        "emit": emit(discriminator="{{ x }}"),
    },
    "a template": {"let": lets(x="flavor.name"), "emit": emit({"key": "k{{ flavor.a }}", "from": "x"})},
    "the whole": {"let": lets(x="to_string(flavor)")},
}


@pytest.mark.parametrize("spec", READERS.values(), ids=READERS)
def test_no_answer_is_taken_for_another(spec: dict[str, Any]) -> None:
    """Whatever was asked before, each value is answered as if it were the first: 1, true, 1.0 and "1" are four."""
    fresh = [
        repr(generation(spec).evaluate(SOURCE, flavor_of(value, name="n", number=number)))
        for number, value in enumerate(VALUES)
    ]
    for first in range(len(VALUES)):
        known = generation(spec)
        order = [*range(first, -1, -1), *range(len(VALUES))]
        for number in order:  # each is asked after every other
            flavor = flavor_of(VALUES[number], name="n", number=number)
            assert repr(known.evaluate(SOURCE, flavor)) == fresh[number]
            # Another flavor with the same value: here the rule remembers and not the generation.
            other = flavor if "flavor)" in str(spec["let"]["x"]["path"]) else {**flavor, "id": f"{first}-{number}"}
            assert repr(known.evaluate(SOURCE, other)) == fresh[number]


CONTEXT_RULES = [{"let": lets(x="to_string(context.a)")}, {"let": lets(x="to_string([flavor.b, context.a.p])")}]


def test_contexts_are_told_apart() -> None:
    """A rule that reads the context answers each one afresh, in whatever order they come."""
    known = generation(*CONTEXT_RULES)
    for turn in range(2):
        for number, value in enumerate(VALUES):
            given = flavor_of(value)
            outcome = known.evaluate(SOURCE, {"extra_specs": {}, "id": turn}, given)
            expected = generation(*CONTEXT_RULES).evaluate(SOURCE, {"extra_specs": {}}, given)
            assert repr(outcome) == repr(expected), number


def program(spec: dict[str, Any]) -> Program:
    """One rule, compiled."""
    made = pack(spec)
    return Program(made.rules[0], made)


def asked(rule: Program, flavor: dict[str, Any], steps: int = 1000) -> Run:
    """A run in which the rule was asked, with so many steps to spend."""
    run = Run(View(FLAVORS, flavor, seen()), Meter({}, steps))
    rule.answer(run)
    return run


@pytest.mark.parametrize(
    "value", ["short", "x" * 1000, 5, None, {"p": "1"}, {f"p{number}": "1" for number in range(9)}]
)
@pytest.mark.parametrize("path", ["to_string(flavor.a)", "to_string(entries(flavor.a, 'p'))", "flavor.a"])
def test_a_remembered_answer_costs_the_same(path: str, value: Any) -> None:
    """The steps of the first time are charged every time, so that a budget ends at the same rule."""
    rule = program({"let": lets(x=path)})
    try:
        first = asked(rule, flavor_of(value))
    except BudgetError:
        pytest.fail("the steps do not suffice")
    taken = 1000 - first.meter.left
    for number in range(3):
        again = asked(rule, flavor_of(value, id=number))
        assert (1000 - again.meter.left, again.answers) == (taken, first.answers)
        assert (again.unknown, again.diagnostics) == (first.unknown, first.diagnostics)
    assert asked(rule, flavor_of(value), taken).meter.left == 0
    with pytest.raises(BudgetError):
        asked(rule, flavor_of(value), taken - 1)
    with pytest.raises(BudgetError):
        asked(program({"let": lets(x=path)}), flavor_of(value), taken - 1)


def test_a_larger_object_takes_more_steps() -> None:
    """Looking for a part of an object is charged by the object's size, whether or not the part is known."""
    rule = program({"let": lets(x="to_string(entries(flavor.a, 'p'))")})
    flavors = [flavor_of({"p": "1", **{f"q{number}": "1" for number in range(count)}}) for count in (0, 9, 40, 9, 0)]
    left = [asked(rule, flavor).meter.left for flavor in flavors]
    fresh = [
        asked(program({"let": lets(x="to_string(entries(flavor.a, 'p'))")}), flavor).meter.left for flavor in flavors
    ]
    assert left == fresh
    assert len(set(left)) == 3


def test_what_ran_out_is_not_remembered() -> None:
    """That a rule ran out of steps is no answer: with more steps it is asked again."""
    rule = program({"let": lets(x="to_string(length(range(`100`)))")})
    with pytest.raises(BudgetError):
        asked(rule, {}, 50)
    assert len(asked(rule, {}).answers) == 1


def test_the_whole_budget_is_the_same_every_time() -> None:
    """A subject whose rules run out of steps has the same outcome when its rules remember it."""
    specs = [{"let": lets(x=f"join('', [flavor.a, '{number}'])")} for number in range(6)]
    for steps in range(5, 120, 5):
        known = generation(*specs, limits=replace(DEFAULT, steps=steps))
        outcomes = {repr(known.evaluate(SOURCE, flavor_of("x" * 40, id=number))) for number in range(3)}
        assert len(outcomes) == 1


def memo(path: str) -> Memo:
    """The memory of a rule with one let."""
    return Memo(dependencies(pack({"let": lets(x=path)}).rules[0]))


def said(steps: int = 5) -> Said:
    """An answer that took so many steps."""
    return Said((), (), (), steps)


@pytest.mark.parametrize(
    "path", ["flavor.a", "[flavor.a, flavor.b]", "entries(flavor.a, 'p')", "[flavor.a.p, flavor.o.p]"]
)
def test_what_is_kept_is_bounded(path: str) -> None:
    """Of any number of answers a few are kept, and none for long values or after long work."""
    known = memo(path)

    def key(value: Any) -> Any:
        return known.key(View(FLAVORS, flavor_of(value), seen()))

    kept = [key({"p": str(number)}) for number in range(5000)] + [key(str(number)) for number in range(5000)]
    for found in kept:
        if found is not None:
            known.keep(found, said())
    assert 0 < sum(1 for found in set(kept) - {None} if known.get(found)) <= 1000
    for value in ("x" * 100_000, {"p": "x" * 100_000}, {f"p{number}": "x" for number in range(10_000)}):
        found = key(value)
        if found is not None and ("x" * 100_000 in str(found) or len(str(found)) > 100_000):
            known.keep(found, said())
            assert known.get(found) is None
    again = key({"p": "again"}) or key("again")
    known.keep(again, said(steps=150_000))
    assert known.get(again) is None
    known.keep(again, said(steps=1))
    assert known.get(again) == said(steps=1)


PAIRS = [(first, second) for first in VALUES for second in VALUES if repr(first) != repr(second)]


def test_recall_tells_subjects_and_contexts_apart() -> None:
    """Subjects, and contexts, that differ in anything have keys that differ; equal ones have equal keys."""
    recall = Recall()
    for first, second in PAIRS:
        one, other = flavor_of(first), flavor_of(second)
        assert recall.key(one, seen()) != recall.key(other, seen())
        assert recall.key({}, seen(one)) != recall.key({}, seen(other))
    for value in VALUES:
        one, other = flavor_of(value), deepcopy(flavor_of(value))
        assert recall.key(one, seen(other)) == recall.key(other, seen(one))


def test_recall_is_bounded() -> None:
    """Of any number of outcomes some are kept, and none of large subjects."""
    recall = Recall()
    keys = [recall.key({"id": number}, seen()) for number in range(20_000)]
    for key in keys:
        recall.keep(key, Outcome(), 5)
    assert 0 < sum(1 for key in keys if recall.get(key) is not None) <= 5000
    large = recall.key({"id": "x" * 100_000}, seen())
    recall.keep(large, Outcome(), 5)
    assert recall.get(large) is None


def test_a_cloud_that_never_repeats() -> None:
    """Thousands of subjects, each with texts and keys of its own, leave little behind."""
    parts = lets(y=("entries(flavor.extra_specs, 'p:')", "list"), x="join('', y[].key)")
    known = generation({"let": lets(x="flavor.a")}, {"let": parts, "when": {"var": "y", "present": True}})
    tracemalloc.start()
    try:
        for number in range(3000):
            specs = {f"p:{number}-{key}": "x" * 20 for key in range(8)}
            assert len(known.evaluate(SOURCE, {"extra_specs": specs, "a": f"{number:0500}"}).capabilities) == 2
        for number in range(60):
            specs = {"p:x": "x", f"{number}{'k' * 900_000}": "x"}
            assert len(known.evaluate(SOURCE, {"extra_specs": specs, "a": "x"}).capabilities) == 2
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 16 << 20


def test_explaining_neither_remembers_nor_recalls() -> None:
    """Explain looks at the rule each time, and what it found changes no later answer."""
    known = generation({"let": lets(x="flavor.a")})
    for value in ("x", 5, "x"):
        explained = known.explain(SOURCE, flavor_of(value))
        outcome = known.evaluate(SOURCE, flavor_of(value))
        assert explained[:3] == outcome[:3]
        assert [item.verdict for item in explained.trace.rules[0].items] == ["unknown" if codes(outcome) else "fired"]
        assert outcome.trace is None
