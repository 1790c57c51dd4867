# SPDX-License-Identifier: Apache-2.0
"""Drivers beside rules: when they are asked, and how their answers are weighed with those of the rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from discovery.small_packs import CONTRACTS, SOURCE, emit, lets, pack
from hpa_discovery.discovery.driven import DriverAnswer, no_answer
from hpa_discovery.discovery.explain import explain
from hpa_discovery.discovery.generation import Compiler, Generation, compile_packs
from hpa_discovery.language.driver import Driver
from hpa_discovery.language.pack import Pack
from hpa_discovery.model import Capability, Diagnostic, Level, Unknown, make_attribute

ALIAS = 'flavor.extra_specs."pci_passthrough:alias"'
FLAVOR = {"id": "f1", "extra_specs": {"pci_passthrough:alias": "qat:1"}}


def driver(name: str = "cards", reads: tuple[str, ...] = (ALIAS,), **members: Any) -> Driver:
    """A driver of the pack acme.test."""
    whole = Driver(
        id=f"acme.test/{name}",
        title=name,
        source=SOURCE,
        reads=reads,
        features=("pciePassthrough", "sriovNICNetwork"),
        start="python",
        command=("cards:Cards",),
        timeout=1.0,
        memory=64,
        processes=1,
        folder="/nowhere",
        digest="0" * 64,
    )
    return replace(whole, **members)


def card(discriminator: str = "qat", value: str = "driver", feature: str = "pciePassthrough") -> Capability:
    """What a driver or rule may say."""
    return Capability(feature, "v1", "generic", discriminator, (make_attribute("by", value),))


def rule(value: str = "rule") -> dict[str, Any]:
    """A rule that answers the same instance as `card`."""
    said = emit({"key": "by", "value": value}, feature="pciePassthrough", discriminator="qat")
    return {"let": lets(x=ALIAS), "when": {"var": "x", "present": True}, "emit": said}


class Asked:
    """Answers as told, and counts."""

    def __init__(self, answer: DriverAnswer) -> None:
        self.answer = answer
        self.subjects: list[Any] = []

    def __call__(self, driver: Driver, subject: Any, context: Any) -> DriverAnswer:
        """The answer, whatever the subject."""
        self.subjects.append((driver.id, subject, context))
        return self.answer


def generation(asked: Asked, *packs: Pack) -> Generation:
    """A generation whose drivers are asked so."""
    return Compiler(CONTRACTS, ask=asked).compile(packs)


def with_driver(*specs: Any, level: Level = "vendor", **members: Any) -> Pack:
    """The pack acme.test with rules and one driver."""
    return pack(*specs, level=level, drivers=(driver(**members),))


@pytest.mark.parametrize(
    ("reads", "flavor", "asked"),
    [
        ((ALIAS,), FLAVOR, True),
        ((ALIAS,), {"extra_specs": {}}, False),
        ((ALIAS,), {"extra_specs": {"pci_passthrough:alias": None}}, False),
        (("split(flavor.extra_specs.a, ',')[?@ != '']",), {"extra_specs": {"a": ","}}, False),
        ((ALIAS, "context.pci_aliases"), FLAVOR, False),
        ((), {"extra_specs": {}}, True),
        (("flavor.vcpus > `4`",), {"vcpus": 8, "extra_specs": {}}, True),
    ],
)
def test_when_it_is_asked(reads: tuple[str, ...], flavor: Any, asked: bool) -> None:
    """A driver is asked when all that it reads is present; an empty list counts as absent."""
    ask = Asked(DriverAnswer())
    generation(ask, with_driver(reads=reads)).evaluate(SOURCE, flavor, {"vim": {}})
    assert ask.subjects == ([("acme.test/cards", flavor, {"vim": {}})] if asked else [])


def test_it_is_asked_every_time() -> None:
    """Nobody promises that a driver says the same again, so nothing of it is remembered."""
    ask = Asked(DriverAnswer((card(),)))
    known = generation(ask, with_driver())
    for _ in range(3):
        assert known.evaluate(SOURCE, FLAVOR).capabilities == (card(),)
    assert len(ask.subjects) == 3


def test_extra_specs_that_could_not_be_read() -> None:
    """A driver that reads what the source could not read is not asked: its features are unknown."""
    ask = Asked(DriverAnswer())
    outcome = generation(ask, with_driver()).evaluate(SOURCE, {"id": "f1"})
    assert ask.subjects == []
    assert [item.feature for item in outcome.unknown] == ["pciePassthrough", "sriovNICNetwork"]
    assert [item.code for item in outcome.diagnostics] == ["subject.unreadable"]


@pytest.mark.parametrize(("level", "who"), [("site", "driver"), ("generic", "rule")])
def test_levels(level: Level, who: str) -> None:
    """A driver has the level of its pack: the higher one answers."""
    rules = pack(rule(), namespace="acme.rules", level="vendor")
    outcome = generation(Asked(DriverAnswer((card(),))), rules, with_driver(level=level)).evaluate(SOURCE, FLAVOR)
    assert [found.attributes[0].value for found in outcome.capabilities] == [who]


def test_conflict() -> None:
    """At equal level neither is written, and both are named."""
    rules = pack(rule(), namespace="acme.rules")
    outcome = generation(Asked(DriverAnswer((card(),))), rules, with_driver()).evaluate(SOURCE, FLAVOR)
    assert outcome.capabilities == ()
    (diagnostic,) = outcome.diagnostics
    assert diagnostic.code == "conflict.instance"
    assert "acme.rules/a and acme.test/cards" in diagnostic.message


def test_a_driver_beside_rules_of_its_pack() -> None:
    """Other instances stand beside each other, in the order of the pack's features."""
    answer = DriverAnswer((card("nic"), card("pf", feature="sriovNICNetwork")))
    both = replace(with_driver(rule()), features=("sriovNICNetwork", "pciePassthrough"))
    outcome = generation(Asked(answer), both).evaluate(SOURCE, FLAVOR)
    assert sorted(found.discriminator for found in outcome.capabilities) == ["nic", "pf", "qat"]


def test_what_an_overlay_settled() -> None:
    """A feature that an overlay gives to another pack does not count, known or unknown."""
    answer = DriverAnswer(
        (card(), card("pf", feature="sriovNICNetwork")),
        (Unknown("sriovNICNetwork", "vf", "acme.test/cards", "c", "r"), Unknown("pciePassthrough", "*", "", "c", "r")),
    )
    settled = with_driver(settled=frozenset({"sriovNICNetwork"}))
    outcome = generation(Asked(answer), settled).evaluate(SOURCE, FLAVOR)
    assert [found.feature for found in outcome.capabilities] == ["pciePassthrough"]
    assert [item.feature for item in outcome.unknown] == ["pciePassthrough"]


def test_no_answer_is_unknown() -> None:
    """A driver that gives no answer leaves the rules alone."""
    answer = no_answer(driver(), "driver.timeout", "gave no answer in time")
    outcome = generation(Asked(answer), with_driver(rule())).evaluate(SOURCE, FLAVOR)
    assert [found.attributes[0].value for found in outcome.capabilities] == ["rule"]
    assert [item.code for item in outcome.unknown] == ["driver.timeout", "driver.timeout"]
    assert outcome.diagnostics == (
        Diagnostic("driver.timeout", "acme.test/cards", "error", "the driver gave no answer in time"),
    )


def test_where_nobody_starts_drivers() -> None:
    """Without a way to ask, what a driver would answer is unknown, and only for subjects that concern it."""
    known = compile_packs([with_driver()], CONTRACTS)
    assert [item.code for item in known.evaluate(SOURCE, FLAVOR).diagnostics] == ["driver.not_asked"]
    assert known.evaluate(SOURCE, {"extra_specs": {}}).unknown == ()


def test_reads_that_cannot_be_answered() -> None:
    """An expression that fails for a subject is told, and the driver is not asked."""
    ask = Asked(DriverAnswer())
    outcome = generation(ask, with_driver(reads=("abs(flavor.name)",))).evaluate(
        SOURCE, {"name": "x", "extra_specs": {}}
    )
    assert ask.subjects == []
    assert [item.code for item in outcome.diagnostics] == ["driver.reads"]
    assert len(outcome.unknown) == 2


def test_compiled_once() -> None:
    """A driver that did not change keeps its place; another digest is another driver."""
    compiler = Compiler(CONTRACTS, ask=Asked(DriverAnswer()))
    first = compiler.compile([with_driver()]).source(SOURCE).programs[0]
    assert compiler.compile([with_driver()]).source(SOURCE).programs[0] is first
    assert compiler.compile([with_driver(digest="1" * 64)]).source(SOURCE).programs[0] is not first


@pytest.mark.parametrize(
    ("answer", "flavor", "verdict", "why"),
    [
        (DriverAnswer((card(),)), FLAVOR, "fired", "its answer"),
        (DriverAnswer(), FLAVOR, "silent", "it found nothing"),
        (no_answer(driver(), "driver.exit", "ended"), FLAVOR, "unknown", "driver.exit: the driver ended"),
        (DriverAnswer(), {"extra_specs": {}}, "silent", "not all that it reads is present"),
        (DriverAnswer(), {}, "unknown", "subject.unreadable"),
    ],
)
def test_explain(answer: DriverAnswer, flavor: Any, verdict: str, why: str) -> None:
    """Explain tells of a driver what became of it."""
    (told,) = explain(generation(Asked(answer), with_driver()), SOURCE, flavor)["drivers"]
    assert (told["driver"], told["verdict"]) == ("acme.test/cards", verdict)
    assert why in told["why"]
    assert [found["attributes"] for found in told["capabilities"]] == (
        [{"by": '{"value":"driver"}'}] if verdict == "fired" else []
    )
