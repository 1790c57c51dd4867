# SPDX-License-Identifier: Apache-2.0
"""The rule index: whichever facts rules need, it picks those rules of whose facts one holds, and no others."""

from __future__ import annotations

import os
from collections.abc import Iterable
from random import Random
from typing import Any

import pytest

from discovery.small_packs import ask, generation, lets
from hpa_discovery.discovery.contract import member
from hpa_discovery.discovery.facts import ALWAYS, NEVER, Fact, Needs, Test
from hpa_discovery.discovery.index import RuleIndex
from hpa_discovery.language.quantities import read_int

A = ("flavor", "a")
ROUNDS = 300 if os.environ.get("HPA_PROVE") else 15


def picked(index: RuleIndex, flavor: dict[str, Any], context: dict[str, Any] | None = None) -> set[int]:
    """The orders of the rules to ask."""
    return index.of_subject(flavor) | index.of_context(context or {})


def index_of(*needs: Needs) -> RuleIndex:
    """An index of rules 0, 1, 2 ..., each with its needs."""
    return RuleIndex("flavor", list(enumerate(needs)))


def one(test: Test, operand: Any = None, *, to_int: bool = False, path: tuple[str, ...] = A) -> Needs:
    """The needs of a rule that looks for one fact."""
    return frozenset({Fact(path, test, operand, to_int)})


NO_TEXTS: list[Any] = [0, 1, -1.5, True, False, [], ["x"], {}, {"x": 1}]
TEXTS: list[Any] = ["", "x", "xy", " 5 "]
# the fact, the values for which a rule is asked, those for which it is not
VALUES: dict[str, tuple[Needs, list[Any], list[Any]]] = {
    "present": (one("present"), [*TEXTS, *NO_TEXTS], []),
    "equals": (one("equals", "x"), ["x", *NO_TEXTS], ["", "xy", "X", " x"]),
    "equals empty": (one("equals", ""), ["", *NO_TEXTS], ["x", " "]),
    "prefix": (one("prefix", "hw:"), ["hw:", "hw:x", *NO_TEXTS], ["hw", "", "HW:x", " hw:", "h", "hx"]),
    "prefix beyond ASCII": (one("prefix", "ü€"), ["ü€", "ü€😀"], ["ü", "u", "😀"]),
    "outside": (one("outside", ("x", "y")), ["", "z", "xy", *NO_TEXTS], ["x", "y"]),
    "nontext": (one("nontext"), NO_TEXTS, TEXTS),
    "lt": (one("lt", 5), [4, -1, 4.0, "4", "x", 4.5, True, []], [5, 6, 5.0, 10**30]),
    "le": (one("le", 5), [5, 5.0, 4], [6, 6.0]),
    "gt": (one("gt", 5), [6, 6.0, 10**30, "x", 6.5], [5, 4, -(10**30)]),
    "ge": (one("ge", 5), [5, 5.0, 6], [4, 4.0]),
    "a fraction as bound": (one("gt", 2.5), [3, 3.0], [2, 2.0]),
    "nonnumber": (one("nonnumber"), ["5", "", 2.5, True, [], {}], [5, 5.0, 0, -1]),
    "to_int lt": (one("lt", 5, to_int=True), ["4", " 4 ", "-9", 4, 4.0, "x", "", 4.5, True], ["5", 5, "+5", "9" * 18]),
    "to_int ge": (one("ge", 5, to_int=True), ["5", "+5", 5, "9" * 18, "9" * 19], ["4", 4]),
    "nonint": (one("nonint", to_int=True), ["x", "", "2.0", 2.5, True, [], "9" * 19], ["5", " 5 ", 5, 5.0]),
    "nonobject": (one("nonobject"), ["", "x", 0, False, [], [{}]], [{}, {"x": None}]),
    "key": (one("key", "p:"), [{"p:": 1}, {"x": 1, "p:x": ""}, {"p:x": None}], [{}, {"p": 1}, {"x": "p:"}, "p:", 1]),
    "any key": (one("key", ""), [{"": 1}, {"x": None}], [{}, "x", [], 1]),
}  # fmt: skip


@pytest.mark.parametrize(("needs", "asked", "silent"), VALUES.values(), ids=VALUES)
def test_one_fact(needs: Needs, asked: list[Any], silent: list[Any]) -> None:
    """A rule is asked where its fact holds, or the value is not even of the kind it expects; null is absent."""
    index = index_of(needs)
    assert [value for value in asked if picked(index, {"a": value}) != {0}] == []
    assert [value for value in [*silent, None] if picked(index, {"a": value})] == []
    assert not picked(index, {})
    assert not picked(index, {"b": asked[0]}, {"a": asked[0]})


def test_nested_prefixes() -> None:
    """Of prefixes that start with one another each one that a text starts with is found."""
    prefixes = ["", "h", "hw", "hw:", "hw:cpu", "hw:cpu_policy", "hw:mem", "i", "hx", "gz"]
    index = index_of(*(one("prefix", prefix) for prefix in prefixes))
    keys = index_of(*(one("key", prefix) for prefix in prefixes))
    for text in [
        "",
        "g",
        "h",
        "hw",
        "hw:",
        "hw:cpu_policy=x",
        "hw:memory",
        "hw:d",
        "hz",
        "i",
        "ix",
        "z",
        "hw\U0010ffff",
    ]:
        expected = {number for number, prefix in enumerate(prefixes) if text.startswith(prefix)}
        assert picked(index, {"a": text}) == expected
        assert picked(keys, {"a": {text: None}}) == expected
        assert picked(keys, {"a": {"other": "x", text: "y"}}) == expected | {0}


def test_many_thresholds() -> None:
    """Bounds below, at and above a number are told apart, however many there are."""
    tests: list[Test] = ["lt", "le", "gt", "ge"]
    rows = [(test, bound, to_int) for test in tests for bound in range(-20, 20) for to_int in (False, True)]
    index = index_of(*(one(test, bound, to_int=to_int) for test, bound, to_int in rows))
    for number in (-21, -20, -1, 0, 1, 19, 20, 7.0, "7", 10**30, -(10**30)):
        facts = [Fact(A, test, bound, to_int) for test, bound, to_int in rows]
        assert picked(index, {"a": number}) == {place for place, fact in enumerate(facts) if holds(fact, number)}


def test_always_and_never() -> None:
    """A rule without known needs is asked about everything; one that never fires about nothing."""
    index = index_of(ALWAYS, NEVER, one("present"), one("present", path=("flavor",)))
    assert picked(index, {}) == {0, 3}
    assert picked(index, {"a": "x"}) == {0, 2, 3}
    assert picked(index, {"a": None}, {"a": "x"}) == {0, 3}


def test_the_subject_and_the_context_themselves() -> None:
    """They are objects always: their keys are looked for, and that they are none is never the case."""
    roots = [("flavor",), ("context",)]
    index = index_of(*(one("key", "p:", path=path) for path in roots), *(one("nonobject", path=path) for path in roots))
    assert picked(index, {"p:x": None}, {"q": "p:"}) == {0}
    assert picked(index, {"q": "p:"}, {"p:x": 1}) == {1}


def test_another_sources_subject() -> None:
    """It is never there, so nothing is asked because of it, and nothing fails."""
    index = index_of(one("nontext", path=("node", "a")), one("present"))
    assert picked(index, {"node": {"a": 5}, "a": "x"}) == {1}
    spec = {"let": lets(x="node.a"), "when": {"var": "x", "present": True}}
    assert ask(spec, flavor={"extra_specs": {}, "node": {"a": "x"}}).capabilities == ()


def test_one_rule_with_many_facts() -> None:
    """One fact that holds is enough, and a rule is picked once."""
    needs = frozenset({Fact(A), Fact(A, "equals", "x"), Fact(("context", "c")), Fact(("flavor", "o"), "key", "p")})
    index = index_of(NEVER, needs)
    for flavor, context in (({"a": "x"}, {"c": 1}), ({}, {"c": 1}), ({"o": {"px": 1}}, {}), ({"a": []}, {})):
        assert picked(index, flavor, context) == {1}
    assert picked(index, {"o": "px"}, {"c": None}) == set()


def test_objects_and_texts_in_each_others_place() -> None:
    """Where some rules expect a text and others an object, each is asked of what it can say something of."""
    index = index_of(
        one("equals", "x"),
        one("key", "p:"),
        one("nonobject"),
        one("equals", "x", path=(*A, "b")),
        one("present"),
    )
    for value, expected in (
        ("x", {0, 2, 4}),
        ("y", {2, 4}),
        ({}, {0, 4}),
        ({"p:": 1}, {0, 1, 4}),
        ({"b": "x"}, {0, 3, 4}),
        ({"b": "y"}, {0, 4}),
        ({"b": {"c": 1}}, {0, 3, 4}),
        ({"b": None}, {0, 4}),
        ([{"b": "x"}], {0, 2, 4}),
        (None, set()),
    ):
        assert picked(index, {"a": value}) == expected


PATHS = [A, ("flavor", "b"), ("flavor", "a", "b"), ("flavor", "a", "b", "c"), ("context", "a"), ("context", "b", "p:x")]
KEYS = ["a", "b", "c", "p", "p:", "p:x", "p:xy", "q", "", "ü"]
WORDS = ["", "x", "xy", "p:", "p:x", "p:xyz", "5", " 7 ", "-1", "ü", "2.0"]
NUMBERS: list[Any] = [0, 1, 5, -1, 5.0, 2.5, 10**25]
TESTS: list[Test] = ["present", "key", "equals", "prefix", "outside", "lt", "le", "gt", "ge", "nontext", "nonint",
                     "nonnumber", "nonobject"]  # fmt: skip


def holds(fact: Fact, value: Any) -> bool:
    """What facts.py says of each test, word by word; a value of another kind than expected concerns the rule too."""
    if value is None:
        return False
    if fact.test == "key":
        return type(value) is dict and any(key.startswith(fact.operand) for key in value)
    whole = value if type(value) is int or (type(value) is float and value.is_integer()) else None
    number = read_int(value) if fact.to_int else whole
    plain = {
        "present": True,
        "nontext": type(value) is not str,
        "nonobject": type(value) is not dict,
        "nonint": read_int(value) is None,
        "nonnumber": whole is None,
    }
    if fact.test in plain:
        return plain[fact.test]
    if fact.test in ("equals", "prefix", "outside"):
        if type(value) is not str:
            return True
        texts = {"equals": value == fact.operand, "prefix": value.startswith(fact.operand)}
        return texts.get(fact.test, value not in fact.operand)
    bound = fact.operand
    return number is None or {
        "lt": number < bound, "le": number <= bound, "gt": number > bound, "ge": number >= bound
    }[fact.test]  # fmt: skip


def random_fact(rng: Random) -> Fact:
    """Any fact about a few members."""
    test = rng.choice(TESTS)
    to_int = test == "nonint" or (test in ("lt", "le", "gt", "ge") and rng.random() < 0.5)
    operands = {"outside": tuple(rng.sample(WORDS, 3)), "lt": 5, "le": 0, "gt": 1, "ge": rng.choice([5, 2.5])}
    operand = operands.get(test, rng.choice(WORDS) if test in ("key", "equals", "prefix") else None)
    return Fact(rng.choice(PATHS), test, operand, to_int)


def random_object(rng: Random, depth: int = 3) -> dict[str, Any]:
    """An object near what the facts look for."""
    values: list[Any] = [*WORDS, *NUMBERS, None, True, [], ["x"]]
    return {
        key: random_object(rng, depth - 1) if depth and rng.random() < 0.4 else rng.choice(values)
        for key in rng.sample(KEYS, rng.choice([0, 1, 2, 4, 6]))
    }


def expected(rules: Iterable[Needs], names: dict[str, Any]) -> set[int]:
    """The rules to ask, found out fact by fact."""
    return {
        order
        for order, needs in enumerate(rules)
        if needs is None or any(holds(fact, member(names, fact.path)) for fact in needs)
    }


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_any_facts_and_subjects(seed: int) -> None:
    """One index, asked about many key sets in a row, picks what a look at every fact of every rule picks."""
    rng = Random(seed)
    rules: list[Needs] = [
        frozenset(random_fact(rng) for _ in range(rng.choice([0, 1, 1, 2, 4]))) if rng.random() < 0.97 else ALWAYS
        for _ in range(rng.choice([1, 5, 60]))
    ]
    index = index_of(*rules)
    for _ in range(150):
        flavor, context = random_object(rng), random_object(rng)
        assert picked(index, flavor, context) == expected(rules, {"flavor": flavor, "context": context})


def test_more_key_sets_than_are_kept() -> None:
    """Thousands of key sets, each seen more than once and in another order, are told apart."""
    rules = [one("prefix", "x"), one("key", "k1", path=("flavor",)), one("present", path=("flavor", "k7"))]
    index = index_of(*rules)
    flavors: list[dict[str, Any]] = [{"a": "xy" if number % 3 else "y", f"k{number}": number} for number in range(1500)]
    for _ in range(2):
        for flavor in (*flavors, *flavors[:20], *(dict(reversed(flavor.items())) for flavor in flavors)):
            assert picked(index, flavor) == expected(rules, {"flavor": flavor})


@pytest.mark.parametrize(("count", "length"), [(1, 100_000), (10_000, 5), (300, 300), (0, 0)])
def test_keys_of_any_size(count: int, length: int) -> None:
    """Long keys and many keys are looked up like all others, again and again."""
    rules = [one("key", "p", path=("flavor",)), one("present", path=("flavor", "p" * length)), one("present")]
    index = index_of(*rules)
    for _ in range(3):
        for start in ("p", "q"):
            flavor: dict[str, Any] = {f"{start * max(length - 5, 0)}{number:05}": "x" for number in range(count)}
            flavor |= {"a": None, "p" * length: 5} if start == "p" and length else {"a": 1}
            assert picked(index, flavor) == expected(rules, {"flavor": flavor})


def test_the_same_rules_whatever_was_asked_before() -> None:
    """A generation that has seen other key sets and contexts picks what a fresh one picks."""
    specs = [
        {"let": lets(x="flavor.a"), "when": {"var": "x", "startsWith": "x"}},
        {"let": lets(x="context.a"), "when": {"var": "x", "equals": "x"}},
        {"let": lets(x="lookup(flavor.o, 'p:', 'x')"), "when": {"var": "x", "present": True}},
    ]
    known = generation(*specs).source("openstack.flavor")
    rng = Random(1)
    asked = generation(*specs)
    for _ in range(200):
        flavor, context = random_object(rng), asked.see("openstack.flavor", random_object(rng))
        fresh = generation(*specs).source("openstack.flavor")
        assert known.candidates(flavor, context) == fresh.candidates(flavor, context)
