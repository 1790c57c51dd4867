# SPDX-License-Identifier: Apache-2.0
"""From the answers of all rules to one outcome: who wins an instance, and what is over budget."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from discovery.small_packs import CONTRACTS, SOURCE, codes, emit, generation, lets, pack, unknowns
from hpa_discovery.discovery.context import read_context
from hpa_discovery.discovery.generation import compile_packs
from hpa_discovery.discovery.program import Program, Run
from hpa_discovery.discovery.view import View
from hpa_discovery.discovery.weighing import weigh
from hpa_discovery.language.budgets import DEFAULT, Limits, Meter
from hpa_discovery.model import Capability, Level, Outcome, make_attribute

LEVELS: dict[str, Level] = {"g": "generic", "v": "vendor", "s": "site"}
# the rule's name, whose letter is its level; the discriminator; the value
Answer = tuple[str, str, str]


def program(name: str) -> Program:
    """A rule called acme.<name>/a; `v1` and `v2` are of two packs of level vendor."""
    made = pack({}, namespace=f"acme.{name}", level=LEVELS[name[0]])
    return Program(made.rules[0], made)


def capability(discriminator: str, value: str, feature: str = "numa") -> Capability:
    """A capability whose attribute `k` has this value."""
    return Capability(feature, "v1", "generic", discriminator, (make_attribute("k", value),))


def weighed(answers: Sequence[tuple[Program, Capability]], limits: Limits = DEFAULT) -> Outcome:
    """The outcome of these answers."""
    run = Run(View(CONTRACTS[SOURCE], {}, read_context(None, CONTRACTS[SOURCE], limits)), Meter({}, 0))
    run.answers += answers
    return weigh(run, limits)


def values(outcome: Outcome) -> list[tuple[str, str]]:
    """(discriminator, value) of the capabilities, in order."""
    return [(found.discriminator, str(found.attributes[0].value)) for found in outcome.capabilities]


OTHER = ("v9", "other", "o")
STANDS = ("other", "o")
WINNERS: dict[str, tuple[list[Answer], list[tuple[str, str]]]] = {
    "nobody": ([], []),
    "one": ([("g", "i", "x")], [("i", "x")]),
    "two instances": ([("g", "i", "x"), ("g", "j", "y")], [("i", "x"), ("j", "y")]),
    "vendor over generic": ([("g", "i", "x"), OTHER, ("v", "i", "y")], [STANDS, ("i", "y")]),
    "vendor before generic": ([("v", "i", "y"), OTHER, ("g", "i", "x")], [("i", "y"), STANDS]),
    "site over vendor": ([("v", "i", "x"), OTHER, ("s", "i", "y")], [STANDS, ("i", "y")]),
    "site over both": ([("v", "i", "x"), ("s", "i", "y"), ("g", "i", "z"), OTHER], [("i", "y"), STANDS]),
    "rising": ([("g", "i", "x"), ("v", "i", "y"), OTHER, ("s", "i", "z")], [STANDS, ("i", "z")]),
    "equal answers": ([("v1", "i", "x"), OTHER, ("v2", "i", "x")], [("i", "x"), STANDS]),
    "three equal answers": ([("v1", "i", "x"), OTHER, ("v2", "i", "x"), ("v3", "i", "x")], [("i", "x"), STANDS]),
    "equal answers of two levels": ([("g", "i", "x"), OTHER, ("v", "i", "x")], [STANDS, ("i", "x")]),
    "the higher level ends a dispute": (
        [("v1", "i", "x"), ("v2", "i", "y"), OTHER, ("s", "i", "z")],
        [STANDS, ("i", "z")],
    ),
    "a dispute below is none": ([("s", "i", "z"), OTHER, ("v1", "i", "x"), ("v2", "i", "y")], [("i", "z"), STANDS]),
}


@pytest.mark.parametrize(("answers", "expected"), WINNERS.values(), ids=WINNERS)
def test_the_higher_level_wins(answers: list[Answer], expected: list[tuple[str, str]]) -> None:
    """Site over vendor over generic, where the winner's rule stands; equal answers are one; nothing is told."""
    outcome = weighed([(program(name), capability(instance, value)) for name, instance, value in answers])
    assert values(outcome) == expected
    assert (outcome.unknown, outcome.diagnostics) == ((), ())


DISPUTES: dict[str, tuple[list[Answer], list[str]]] = {
    "two": ([("v1", "i", "x"), ("v2", "i", "y")], ["v1", "v2"]),
    "in the order of their ids": ([("v2", "i", "x"), ("v1", "i", "y")], ["v1", "v2"]),
    "three, all different": ([("v1", "i", "x"), ("v2", "i", "y"), ("v3", "i", "z")], ["v1", "v2", "v3"]),
    "two against one": ([("v1", "i", "x"), ("v2", "i", "y"), ("v3", "i", "y")], ["v1", "v2", "v3"]),
    "above a generic one": ([("g", "i", "x"), ("v1", "i", "x"), ("v2", "i", "y")], ["v1", "v2"]),
    "before a generic one": ([("v1", "i", "x"), ("v2", "i", "y"), ("g", "i", "x")], ["v1", "v2"]),
    "at the top after one below": (
        [("v1", "i", "x"), ("v2", "i", "y"), ("s1", "i", "x"), ("s2", "i", "y")],
        ["s1", "s2"],
    ),
}


@pytest.mark.parametrize(("answers", "names"), DISPUTES.values(), ids=DISPUTES)
def test_different_answers_of_equal_level(answers: list[Answer], names: list[str]) -> None:
    """None is written; conflict.instance names those who differ, and the instance is unknown."""
    rows = [*answers, OTHER]
    outcome = weighed([(program(name), capability(instance, value)) for name, instance, value in rows])
    ids = [f"acme.{name}/a" for name in names]
    assert values(outcome) == [STANDS]
    assert unknowns(outcome) == [("numa", "i", "conflict.instance")]
    (told,) = outcome.diagnostics
    assert (told.code, told.rule, told.level) == ("conflict.instance", ids[0], "error")
    assert " and ".join(ids) in told.message
    assert "numa i" in told.message
    assert (outcome.unknown[0].rule, outcome.unknown[0].reason) == (told.rule, told.message)


def test_a_rule_that_differs_from_itself() -> None:
    """Two items of one rule that say different things of one instance are told as such."""
    one = program("v")
    outcome = weighed([(one, capability("", "x")), (one, capability("", "y")), (one, capability("", "x"))])
    assert outcome.capabilities == ()
    assert unknowns(outcome) == [("numa", "*", "conflict.instance")]
    assert "acme.v/a twice" in outcome.diagnostics[0].message


INSTANCES = [
    capability("i", "y", feature="cpuPinning"),
    capability("i", "y")._replace(version="v2"),
    capability("i", "y")._replace(architecture="Intel64"),
    capability("j", "y"),
]


@pytest.mark.parametrize("other", INSTANCES, ids=["feature", "version", "architecture", "discriminator"])
def test_what_makes_an_instance(other: Capability) -> None:
    """Answers that differ in feature, version, architecture or discriminator are two things, whoever gives them."""
    first = capability("i", "x")
    outcome = weighed([(program("v1"), first), (program("v2"), other)])
    assert outcome == ((first, other), (), (), None)


DIFFERENCES = [
    make_attribute("k", "x", "MB"),
    make_attribute("k", ("x",)),
    make_attribute("other", "x"),
]


@pytest.mark.parametrize("attribute", DIFFERENCES)
def test_what_makes_a_difference(attribute: object) -> None:
    """The same value with a unit, as a list, or under another key is another answer."""
    other = capability("i", "x")._replace(attributes=(attribute,))
    assert codes(weighed([(program("v1"), capability("i", "x")), (program("v2"), other)])) == ["conflict.instance"]


def many(count: int) -> list[tuple[Program, Capability]]:
    """So many instances, the last one of another feature."""
    one = program("v")
    other = program("v2")
    answers = [(one, capability(str(number), "x")) for number in range(count - 1)]
    return [*answers, (other, capability("", "x", feature="cpuPinning"))]


def test_as_many_as_there_may_be() -> None:
    """A subject may have 256 capabilities; what is said twice counts once."""
    answers = many(256)
    for outcome in (weighed(answers), weighed([*answers, answers[0]])):
        assert len(outcome.capabilities) == 256
        assert (outcome.unknown, outcome.diagnostics) == ((), ())


def test_too_many() -> None:
    """Of more than 256 nothing is cut: all of the pack that has the most is unknown, and the other is written."""
    outcome = weighed(many(257))
    assert [found.feature for found in outcome.capabilities] == ["cpuPinning"]
    assert codes(outcome) == ["limit.capabilities"]
    assert "257 capabilities, 256 of acme.v; at most 256" in outcome.diagnostics[0].message
    assert unknowns(outcome) == [("numa", "*", "limit.capabilities")]


def test_too_many_of_several_packs() -> None:
    """One after the other is withheld until the rest fits; what they share of a feature is unknown, too."""
    counts = {"v1": 200, "v2": 200, "v3": 100}
    answers = [(program(name), capability(f"{name}{n}", "x")) for name, count in counts.items() for n in range(count)]
    outcome = weighed(answers, Limits(capabilities=150))
    assert [found.discriminator for found in outcome.capabilities] == [f"v3{n}" for n in range(100)]
    told = [diagnostic.message.rpartition(" so ")[2] for diagnostic in outcome.diagnostics]
    assert told == ["none of acme.v2 is", "none of acme.v1 is"]
    assert unknowns(outcome) == [("numa", "*", "limit.capabilities")] * 2


def test_too_many_with_items() -> None:
    """Two rules whose items make 257 capabilities: both features are unknown, and others' diagnostics stay."""
    each = {"as": "item", "in": "flavor.items", "max": 256}
    rules = [
        {
            "each": each,
            "let": lets(x="to_string(item)"),
            "emit": emit(feature=feature, discriminator="{{ x }}"),
        }
        for feature in ("f-a", "f-b")
    ]
    bad = {"let": lets(x="flavor.n")}
    flavor = {"extra_specs": {}, "items": list(range(129)), "n": 5}
    outcome = generation(*rules, bad).evaluate(SOURCE, flavor)
    assert outcome.capabilities == ()
    assert codes(outcome) == ["let.type", "limit.capabilities"]
    assert unknowns(outcome) == [
        ("f-c", "*", "let.type"),
        ("f-a", "*", "limit.capabilities"),
        ("f-b", "*", "limit.capabilities"),
    ]
    fewer = generation(*rules, bad).evaluate(SOURCE, {**flavor, "items": list(range(128))})
    assert (len(fewer.capabilities), codes(fewer)) == (256, ["let.type"])


def test_packs_of_two_levels() -> None:
    """As compiled: a site's pack wins the one instance and leaves the generic pack's others."""
    rule = {"each": {"as": "i", "in": "flavor.items", "max": 8}, "let": lets(x="flavor.name")}
    one = emit(discriminator="{{ i }}")
    generic = pack({**rule, "emit": one}, namespace="acme.a", level="generic")
    site = pack(
        {"let": lets(x="'site'"), "when": {"var": "x", "present": True}, "emit": emit(discriminator="p")},
        namespace="acme.b",
        level="site",
    )
    flavor = {"extra_specs": {}, "name": "n", "items": ["o", "p", "q"]}
    outcome = compile_packs([site, generic], CONTRACTS).evaluate(SOURCE, flavor)
    assert values(outcome) == [("o", "n"), ("q", "n"), ("p", "site")]
