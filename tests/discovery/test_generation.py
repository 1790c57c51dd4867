# SPDX-License-Identifier: Apache-2.0
"""A generation asked: which rules answer, in which order, and how they share the steps of a subject."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from discovery.small_packs import CONTRACTS, SOURCE, ask, codes, emit, generation, lets, pack, unknowns
from hpa_discovery.discovery.generation import Generation, compile_packs
from hpa_discovery.errors import UsageError
from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.model import Outcome


def features(outcome: Outcome) -> list[str]:
    """The features that are answered, in order."""
    return [found.feature for found in outcome.capabilities]


CALLS: dict[str, Callable[[Generation, str], Any]] = {
    "evaluate": lambda known, source: known.evaluate(source, {}),
    "explain": lambda known, source: known.explain(source, {}),
    "see": lambda known, source: known.see(source, {}),
    "source": lambda known, source: known.source(source),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("source", ["", "openstack", "openstack.flavors", "OPENSTACK.FLAVOR"])
def test_unknown_sources(call: Callable[[Generation, str], Any], source: str) -> None:
    """A source that there is not is wrong usage, and those that there are are named."""
    with pytest.raises(UsageError, match=f"'{source}'.*openstack.flavor"):
        call(generation({"let": lets(x="flavor.a")}), source)


def test_a_source_without_rules() -> None:
    """Of a source that no pack has rules for nothing is said and nothing is unknown."""
    known = generation({"let": lets(x="flavor.a")})
    for source in ("kubernetes.node", "redfish.system"):
        assert known.evaluate(source, {"a": "x"}) == Outcome()
    assert compile_packs([], CONTRACTS).evaluate(SOURCE, {"a": "x", "extra_specs": {}}) == Outcome()


BLIND: list[dict[str, Any]] = [
    {"let": lets(x="flavor.extra_specs.a || flavor.name"), "emit": emit(feature="first")},
    {"let": lets(x="flavor.name"), "emit": emit(feature="second")},
    {"let": lets(x="to_string(entries(flavor.extra_specs))"), "emit": emit(feature="third")},
    {"let": lets(x="flavor.name"), "emit": emit(feature="first", discriminator="d")},
    {"let": lets(x="flavor.n"), "emit": emit(feature="second", discriminator="e")},
    {"let": lets(x="flavor.extra_specs.a"), "emit": emit(feature="first", discriminator="f")},
]


def test_blind_rules_are_not_asked() -> None:
    """Without extra specs their readers' features are unknown, once each; the other rules answer and report."""
    known = generation(*BLIND)
    flavor = {"name": "n", "n": 5}
    for say in (known.evaluate, known.explain):
        outcome = say(SOURCE, flavor)
        assert [(found.feature, found.discriminator) for found in outcome.capabilities] == [
            ("first", "d"),
            ("second", ""),
        ]
        assert codes(outcome) == ["subject.unreadable", "let.type"]
        assert unknowns(outcome) == [
            ("first", "*", "subject.unreadable"),
            ("third", "*", "subject.unreadable"),
            ("second", "*", "let.type"),
        ]
        assert {found.rule for found in outcome.unknown[:2]} == {""}
    whole = known.evaluate(SOURCE, {**flavor, "extra_specs": {"a": "x"}})
    assert (codes(whole), [found.feature for found in whole.unknown]) == (["let.type"], ["second"])


def test_nothing_blind_is_told_all_the_same() -> None:
    """That the extra specs could not be read is told even where no rule asks for them."""
    outcome = ask({"let": lets(x="flavor.name")}, flavor={"name": "n"})
    assert (features(outcome), codes(outcome), outcome.unknown) == (["f-a"], ["subject.unreadable"], ())


def test_explain_asks_everybody_who_can_see() -> None:
    """Explain keeps a record of each rule that is not blind, whether or not the index would pick it."""
    spec = {"let": lets(x="flavor.extra_specs.a", y="flavor.a"), "when": {"var": "y", "equals": "x"}}
    known = generation(*BLIND, {**spec, "let": lets(y="flavor.a", x="flavor.name")}, spec)
    for flavor, names in (({"name": "n"}, "bdeg"), ({"name": "n", "extra_specs": {}}, "abcdefgh")):
        trace = known.explain(SOURCE, flavor).trace
        assert sorted(rule.rule.id for rule in trace.rules) == [f"acme.test/{name}" for name in names]
        assert known.evaluate(SOURCE, flavor).trace is None


def ordered_packs() -> list[Any]:
    """Packs whose namespaces, features and rule ids are out of order."""
    plain = {"let": lets(x="flavor.name")}
    items = {**plain, "each": {"as": "i", "in": "flavor.items", "max": 4}}
    late = pack({**plain, "emit": emit(feature="a", discriminator="late")}, namespace="acme.z")
    early = pack(
        {**plain, "emit": emit(feature="m")},
        {**items, "emit": emit(feature="b", discriminator="{{ i }}")},
        {**plain, "emit": emit(feature="m", discriminator="second")},
        {**plain, "emit": emit(feature="unlisted")},
        namespace="acme.b",
        features=("z", "b", "m"),
    )
    early = replace(early, rules=early.rules[::-1])
    return [late, early, pack({**plain, "emit": emit(feature="b", discriminator="p")}, namespace="acme.a")]


def test_the_order_of_answers() -> None:
    """Pack namespace, then the pack's list of features, then rule id, then item; unlisted features come last."""
    flavor = {"extra_specs": {}, "name": "n", "items": ["y", "x"]}
    outcome = compile_packs(ordered_packs(), CONTRACTS).evaluate(SOURCE, flavor)
    assert [(found.feature, found.discriminator) for found in outcome.capabilities] == [
        ("b", "p"),
        ("b", "y"),
        ("b", "x"),
        ("m", ""),
        ("m", "second"),
        ("unlisted", ""),
        ("a", "late"),
    ]


@pytest.mark.parametrize("flavor", [{"name": "n", "items": ["y", "x"]}, {"name": 5, "items": [1]}, {"items": "text"}])
def test_the_order_of_packs(flavor: dict[str, Any]) -> None:
    """Equal packs give equal outcomes, whatever the order they came in."""
    outcomes = {
        repr(compile_packs(order, CONTRACTS).evaluate(SOURCE, {"extra_specs": {}, **flavor}))
        for order in permutations(ordered_packs())
    }
    assert len(outcomes) == 1


def counting(number: str) -> dict[str, Any]:
    """A rule that takes about as many steps as the number says."""
    return {"let": lets(x=f"to_string(length(range({number})))", y="flavor.name")}


PLAIN: dict[str, Any] = {"let": lets(x="flavor.name")}
NAMED = {"extra_specs": {}, "name": "n"}


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_greedy_rule_silences_nobody(place: int) -> None:
    """A rule that needs more than all steps is unknown, wherever it stands, and the others answer."""
    rules = [PLAIN, PLAIN]
    rules.insert(place, counting("`200000`"))
    known = generation(*rules)
    for outcome in (known.evaluate(SOURCE, NAMED), known.evaluate(SOURCE, NAMED), known.explain(SOURCE, NAMED)):
        greedy = f"f-{'abc'[place]}"
        assert features(outcome) == [name for name in ("f-a", "f-b", "f-c") if name != greedy]
        assert unknowns(outcome) == [(greedy, "*", "limit.steps")]
        assert [(found.code, found.rule) for found in outcome.diagnostics] == [
            ("limit.steps", f"acme.test/{greedy[-1]}")
        ]


def test_a_rule_may_take_what_others_leave() -> None:
    """One that needs far more than its share is answered in its place, as long as the others leave enough."""
    known = generation(PLAIN, counting("`150000`"), *[PLAIN] * 8)
    outcome = known.evaluate(SOURCE, NAMED)
    assert features(outcome) == [f"f-{letter}" for letter in "abcdefghij"]
    assert (outcome.unknown, outcome.diagnostics) == ((), ())
    assert outcome.capabilities[1].attributes[0].value == "150000"


def test_greedy_rules_share_what_is_left() -> None:
    """A rule that keeps to its share is answered; what the others leave goes to those that need more."""
    for first, second, answered in (
        ("`60000`", "`60000`", ["f-a", "f-b", "f-c"]),
        ("`100000`", "`10`", ["f-a", "f-b", "f-c"]),
        ("`100000`", "`60000`", ["f-b", "f-c"]),
        ("`100000`", "`100000`", ["f-c"]),
    ):
        outcome = ask(counting(first), counting(second), PLAIN, flavor=NAMED)
        assert features(outcome) == answered
        assert [found.feature for found in outcome.unknown] == [
            name for name in ("f-a", "f-b", "f-c") if name not in answered
        ]


def test_a_greedy_pack_silences_no_other() -> None:
    """Packs share the steps evenly, however many rules they have."""
    greedy = pack(*[counting("`60000`")] * 20, namespace="acme.a")
    modest = pack({**counting("`60000`"), "emit": emit(feature="modest")}, namespace="acme.b")
    outcome = compile_packs([greedy, modest], CONTRACTS).evaluate(SOURCE, NAMED)
    assert "modest" in features(outcome)
    assert "modest" not in {found.feature for found in outcome.unknown}
    assert len(outcome.capabilities) + len(outcome.unknown) == 21


def test_a_greedy_rule_takes_back_what_it_said() -> None:
    """What a rule said of its first items is not written when it runs out of steps at a later one."""
    spec = {
        "each": {"as": "i", "in": "flavor.items", "max": 8},
        "let": lets(x="to_string(length(range(i)))", y="flavor.n"),
        "emit": emit(discriminator="{{ x }}"),
    }
    outcome = ask(spec, PLAIN, flavor={**NAMED, "items": [1, 2, 300_000]})
    assert (features(outcome), codes(outcome)) == (["f-b"], ["limit.steps"])
    assert unknowns(outcome) == [("numa", "*", "limit.steps")]


def test_the_limits_are_the_generations() -> None:
    """A generation made for fewer steps, smaller subjects or contexts keeps to them."""
    known = generation(counting("`500`"), limits=replace(DEFAULT, steps=400, subject_bytes=200))
    assert codes(known.evaluate(SOURCE, NAMED)) == ["limit.steps"]
    assert codes(known.evaluate(SOURCE, {"name": "n" * 300})) == ["limit.subject"]
    assert codes(known.evaluate(SOURCE, NAMED, {"a": "n" * 300})) == ["context.subject"]


def flavors() -> list[tuple[dict[str, Any], Any]]:
    """Many subjects and contexts, of which some repeat and some are bad."""
    values: list[Any] = ["x", "y", 5, 5.0, "5", None, True, [], ["x"], {"a": "x"}, "n" * 2000, "\ud800"]
    return [
        ({"extra_specs": {"a": first}, "name": second, "items": ["p", first]}, {"c": second})
        for first in values
        for second in values
    ]


def test_many_threads() -> None:
    """One generation asked by many threads at once says what a fresh one says of each subject alone."""
    items = {"each": {"as": "i", "in": "flavor.items", "max": 4}, "let": lets(x="to_string(i)")}
    rules = [
        {"let": lets(x="flavor.extra_specs.a"), "when": {"var": "x", "startsWith": "x"}},
        {"let": lets(x="join('', entries(flavor.extra_specs)[].value)")},
        {"let": lets(x="to_string(context.c)", y=("to_int(flavor.extra_specs.a)", "integer"))},
        {**items, "emit": emit(feature="items", discriminator="{{ x }}")},
        counting("`40000`"),
    ]
    cases = flavors()
    expected = [repr(generation(*rules).evaluate(SOURCE, *case)) for case in cases]
    known = generation(*rules)
    with ThreadPoolExecutor(8) as threads:
        turns = [threads.submit(lambda turn: [repr(known.evaluate(SOURCE, *case)) for case in cases[turn::2]], turn)
                 for turn in (0, 1, 0, 1, 0, 1, 0, 1)]  # fmt: skip
        for number, turn in enumerate(turns):
            assert turn.result() == expected[number % 2 :: 2]
