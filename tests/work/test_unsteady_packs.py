# SPDX-License-Identifier: Apache-2.0
"""Packs and drivers that change their minds: A&AI is written only where it differs, and loses nothing in doubt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from discovery.small_packs import CONTRACTS, emit, lets, pack
from discovery.test_driven import card, driver
from drivers.fleets import driver as real_driver
from drivers.fleets import fleet_of
from hpa_discovery.discovery.driven import DriverAnswer, no_answer
from hpa_discovery.discovery.generation import Compiler
from hpa_discovery.drivers.supervisor import Pauses
from hpa_discovery.work import discovering
from work.deployments import ALWAYS, PAGES, serving

if TYPE_CHECKING:
    from pathlib import Path

    from hpa_discovery.language.driver import Driver
    from hpa_discovery.language.pack import Pack
    from work.deployments import Deployment, Serving

MANY = tuple(f"f{number:02}" for number in range(30))
DRIVER = driver(features=("pciePassthrough",), reads=())
Says = Callable[[str], DriverAnswer]


def driven(says: Says, *others: Pack) -> Serving:
    """One rule, and a driver that says this of each flavor by its id."""

    def ask(_driver: Driver, subject: Any, _context: Any) -> DriverAnswer:
        return says(subject["id"])

    whole = replace(pack(ALWAYS), drivers=(DRIVER,))
    return serving(whole, *others, compiler=Compiler(CONTRACTS, ask=ask))


def one_value(value: str) -> Says:
    """The same of all."""
    return lambda _: DriverAnswer((card(value=value),))


def published(deployment: Deployment, *, names: tuple[str, ...] = MANY, serves: Serving | None = None) -> None:
    """These flavors are in A&AI as the packs want it, and writes are counted from now on."""
    deployment.serves = serves or serving(pack(ALWAYS, PAGES))
    deployment.cloud.add(*names, hw_pages="1")
    deployment.round()
    deployment.assert_right()
    deployment.aai.control.forget()


def written(deployment: Deployment) -> list[str]:
    """The methods of what was written."""
    return [each["method"] for each in deployment.aai.control.writes()]


def pages(name: str = "v1", value: str = "{{ x }}", **members: Any) -> dict[str, Any]:
    """The rule PAGES with another hpa-version, text or member."""
    said = emit({"key": "count", "value": value}, feature="hugePages", **{"version": name, **members})
    return {**PAGES, "emit": said}


@pytest.mark.parametrize(
    "other",
    [
        pack(ALWAYS, PAGES, version="9.9.9"),
        pack(ALWAYS, PAGES, namespace="another.name"),
        pack(ALWAYS, PAGES, level="site"),
        pack(PAGES, ALWAYS),
    ],
    ids=["version", "namespace", "level", "order"],
)
def test_a_pack_that_says_the_same_in_another_guise(deployment: Deployment, other: Pack) -> None:
    """Ids and contents come from what is said, not from who says it: nothing is written."""
    published(deployment)
    deployment.serves = serving(other)
    deployment.round(2)
    assert written(deployment) == []
    assert deployment.alarms() == {}


def test_another_hpa_version_replaces_and_is_not_held(deployment: Deployment) -> None:
    """It has new ids; the new ones come before the old ones go, however many there are."""
    published(deployment, serves=serving(pack(ALWAYS, pages("v1"))))
    deployment.serves = serving(pack(ALWAYS, pages("v2")))
    deployment.round()
    assert written(deployment) == ["PUT", "DELETE"] * len(MANY)
    deployment.assert_right()
    assert deployment.alarms() == {}


@pytest.mark.parametrize(("names", "held"), [(MANY[:20], False), (MANY, True)], ids=["few", "many"])
def test_a_pack_that_is_taken_away_and_comes_back(deployment: Deployment, names: tuple[str, ...], held: bool) -> None:
    """A few capabilities go with it; many are held, and cost nothing when it is put back."""
    published(deployment, names=names)
    deployment.serves = serving(pack(ALWAYS))
    deployment.round(2)
    assert len(deployment.deletes()) == (0 if held else len(names))
    assert deployment.alarm_types() == (["plan.held"] if held else [])

    deployment.aai.control.forget()
    deployment.serves = serving(pack(ALWAYS, PAGES))
    deployment.round()
    assert written(deployment) == ([] if held else ["PUT"] * len(names))
    deployment.assert_right()
    assert deployment.alarms() == {}


@pytest.mark.parametrize(("level", "first", "alarms"), [("site", "PUT", []), ("vendor", "", ["conflict"])])
def test_a_pack_that_takes_over_and_gives_up(deployment: Deployment, level: Any, first: str, alarms: list[str]) -> None:
    """A higher level changes what stands and changes it back; an equal one is a conflict, and what stands stays."""
    published(deployment)
    rival = pack(pages(value="7"), namespace="rival.test", level=level)
    deployment.serves = serving(pack(ALWAYS, PAGES), rival)
    deployment.round(2)
    assert deployment.deletes() == []
    assert len(written(deployment)) == (2 * len(MANY) if first else 0)
    assert deployment.alarm_types() == alarms

    deployment.serves = serving(pack(ALWAYS, PAGES))
    deployment.round()
    assert deployment.deletes() == []
    deployment.assert_right()
    assert deployment.alarms() == {}


def test_an_answer_that_is_another_each_time(deployment: Deployment) -> None:
    """Only its own capabilities are written again, one change each; the rules' stay as they are."""
    number = count()
    published(deployment, serves=driven(lambda _: DriverAnswer((card(value=f"{next(number)}"),))))
    deployment.round(3)
    assert written(deployment) == ["DELETE", "PUT"] * len(MANY) * 3
    assert deployment.deletes() == []
    deployment.assert_right()


def test_a_discriminator_that_is_another_each_time(deployment: Deployment) -> None:
    """What it said before would all go: the plan is held, and neither grows A&AI nor what is ours."""
    number = count()
    published(deployment, serves=driven(lambda _: DriverAnswer((card(f"d{next(number)}"),))))
    ours = deployment.ours()
    deployment.round(3)
    assert written(deployment) == []
    assert deployment.alarm_types() == ["plan.held"]
    assert deployment.ours() == ours


LOOKALIKES = [
    "qat",
    "QAT",
    "q\u0430t",
    "qat\u0301",
    "q\u00e1t",
    "qa\u0301t",
    "<b>qat</b>",
    "q/a/../t",
    "\U0001f600",
    "q" * 5000,
]


def test_discriminators_that_look_alike_are_apart(deployment: Deployment) -> None:
    """Case, letters of another script, composed or not: each is an instance, written once."""
    whole = driven(lambda _: DriverAnswer(tuple(card(each) for each in LOOKALIKES)))
    published(deployment, names=MANY[:2], serves=whole)
    deployment.round()
    assert written(deployment) == []
    less = LOOKALIKES[1:]
    deployment.serves = driven(lambda _: DriverAnswer(tuple(card(each) for each in less)))
    deployment.round()
    assert len(deployment.deletes()) == 2
    deployment.assert_right()


def test_a_driver_that_fails_for_some_flavors_and_recovers(deployment: Deployment) -> None:
    """What it says of the others is written meanwhile; theirs stands, and becomes right with the next answer."""
    published(deployment, serves=driven(one_value("1")))
    bad = set(MANY[::3])
    timeout = no_answer(DRIVER, "driver.timeout", "did not answer")
    deployment.serves = driven(lambda each: timeout if each in bad else one_value("2")(each))
    deployment.round(3)
    assert written(deployment) == ["DELETE", "PUT"] * (len(MANY) - len(bad))
    assert deployment.deletes() == []
    assert deployment.alarm_types() == ["driver.failing"]

    deployment.aai.control.forget()
    deployment.serves = driven(one_value("2"))
    deployment.round()
    assert written(deployment) == ["DELETE", "PUT"] * len(bad)
    deployment.assert_right()
    assert deployment.alarms() == {}


MISCHIEF: dict[str, list[Any]] = {
    "leave": [3],
    "hang": [],
    "junk": [],
    "flood": [],
    "fail": [],
    "answer": [{"capabilities": None}],
}


def test_a_process_that_misbehaves_for_some_flavors(deployment: Deployment, tmp_path: Path) -> None:
    """It ends, hangs, floods or lies about some: the rest is written as ever, and theirs stands until it is well."""
    which = real_driver(timeout=2.5, features=("pciePassthrough",))
    with fleet_of(tmp_path / "drivers", which, pauses=Pauses(first=0.0, most=100)) as asked:
        whole = replace(pack(ALWAYS, PAGES), drivers=(which,))
        published(deployment, serves=serving(whole, compiler=Compiler(CONTRACTS, ask=asked.fleet.ask)))
        before = len(deployment.desired().flavors[0].capabilities)
        for name, (do, values) in zip(MANY, MISCHIEF.items(), strict=False):
            deployment.cloud.flavors[name] |= {"do": do, "with": values}
        deployment.cloud.add(MANY[-1], hw_pages="2")
        deployment.round(2)
        assert written(deployment) == ["DELETE", "PUT"]
        assert deployment.alarm_types() == ["driver.failing"]
        [alarm] = deployment.alarms().values()
        assert alarm.text.startswith(f"{len(MISCHIEF)} of {len(MANY)} subjects, such as onap.f00: driver.exit")

        deployment.cloud.add(*MANY[: len(MISCHIEF)], hw_pages="1")
        deployment.round()
    assert written(deployment) == ["DELETE", "PUT"]
    assert {len(each.capabilities) for each in deployment.desired().flavors} == {before}
    deployment.assert_right()
    assert deployment.alarms() == {}


def test_thousands_of_capabilities_of_one_flavor(deployment: Deployment) -> None:
    """It is over its budget, keeps what it had, and holds up no other flavor."""
    published(deployment, serves=driven(one_value("1")))
    many = DriverAnswer(tuple(card(f"d{number}") for number in range(3000)))
    deployment.serves = driven(lambda each: many if each == MANY[0] else one_value("2")(each))
    deployment.round(2)
    assert written(deployment) == ["DELETE", "PUT"] * (len(MANY) - 1)
    assert deployment.alarm_types() == ["result.over_budget"]


def test_a_region_of_which_too_much_is_said(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after its budget is unknown and keeps what it had, so that the memory suffices; an alarm tells it."""
    published(deployment, serves=driven(one_value("1")))
    monkeypatch.setattr(discovering, "MOST_SAID", 10_000)
    deployment.serves = driven(one_value("2" * 3000))
    deployment.round(2)
    assert written(deployment) == ["DELETE", "PUT"] * 4
    [alarm] = deployment.alarms().values()
    assert (alarm.type, alarm.qualifier) == ("result.over_budget", "limit.region")
    assert "such as onap.f04: limit.region: the packs say more than 10000 characters of this region" in alarm.text

    deployment.serves = driven(one_value("3"))
    deployment.round()
    deployment.assert_right()
    assert deployment.alarms() == {}


ODD = {
    "empty": "",
    "a line break": "a\nb",
    "NUL": "a\0b",
    "half a character": "a\ud800",
    "markup": "<b>&amp;</b>",
    "an escape": "\x1b[31mred",
    "an emoji": "\U0001f600",
    "a path": "a/../b?c#d",
    "quotes": "\"'\\" * 100,
    "7 kB": "x" * 7000,
    "64 kB": "x" * 65536,
}


@pytest.mark.parametrize("where", ["value", "architecture", "discriminator", "key"])
def test_texts_of_any_sort(deployment: Deployment, where: str) -> None:
    """Written to the letter and then left alone, or unknown; no other flavor waits for it."""
    attribute = {"key": "{{ x }}" if where == "key" else "k", "value": "{{ x }}" if where == "value" else "v"}
    members = {where: "{{ x }}"} if where in {"architecture", "discriminator"} else {}
    odd = {"let": lets(x="flavor.extra_specs.odd"), "when": {"var": "x", "present": True}}
    for name, text in ODD.items():
        deployment.cloud.add(name, odd=text)
    published(deployment, names=("good",), serves=serving(pack(ALWAYS, {**odd, "emit": emit(attribute, **members)})))
    deployment.round()
    assert written(deployment) == []
    assert deployment.alarm_types() == ["result.over_budget"]
