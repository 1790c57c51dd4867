# SPDX-License-Identifier: Apache-2.0
"""Requirements: which of several failing ones is reported, and when the answer stands."""

from __future__ import annotations

from typing import Any

import pytest

from hpa_discovery.discovery.generation import compile_packs
from hpa_discovery.language.pack import Pack
from hpa_discovery.language.rule import parse_rule
from hpa_discovery.model import Outcome
from hpa_discovery.packs.contracts import load_contracts

SOURCE = "openstack.flavor"


EMIT = {
    "feature": "basicCapabilities",
    "version": "v1",
    "architecture": "generic",
    "attributes": [{"key": "numVirtualCpu", "from": "vcpus"}],
}
LETS = {
    "vcpus": {"path": "flavor.vcpus", "type": "integer"},
    "absent": {"path": "flavor.absent", "type": "integer"},
}


def requirement(code: str, level: str, message: str) -> dict[str, Any]:
    """A requirement that fails."""
    return {"var": "absent", "present": True, "code": code, "level": level, "message": message}


def evaluate(spec: dict[str, Any], flavor: dict[str, Any]) -> Outcome:
    """What one rule says of a flavor."""
    whole = {"source": SOURCE, "emit": EMIT, **spec}
    rule = parse_rule({"metadata": {"id": "acme.test/one", "title": "One", "maturity": "stable"}, "spec": whole})
    pack = Pack("acme.test", "1.0.0", "vendor", "default", ("basicCapabilities",), {}, {}, (rule,))
    return compile_packs([pack], load_contracts()).evaluate(SOURCE, {"vcpus": 1, "extra_specs": {}, **flavor})


def ask(levels: list[str]) -> Outcome:
    """What a rule says whose requirements, of these levels, all fail."""
    requires = [requirement(f"case.number_{'abc'[number]}", level, "no") for number, level in enumerate(levels)]
    return evaluate({"let": LETS, "when": {"var": "vcpus", "present": True}, "require": requires}, {})


def told(message: str, lets: dict[str, Any], flavor: dict[str, Any], **spec: Any) -> list[str]:
    """The messages of a requirement that fails, one for each item."""
    requires = [requirement("case.told", "warning", message)]
    outcome = evaluate({"let": {**LETS, **lets}, "require": requires, **spec}, flavor)
    return [diagnostic.message for diagnostic in outcome.diagnostics if diagnostic.code == "case.told"]


CASES = [
    (["error", "error"], ["case.number_a"], False),
    (["warning", "error", "info"], ["case.number_a", "case.number_b"], False),
    (["warning", "info"], ["case.number_a", "case.number_b"], True),
]


@pytest.mark.parametrize(("levels", "codes", "answered"), CASES)
def test_the_first_error_ends_the_item(levels: list[str], codes: list[str], answered: bool) -> None:
    """Requirements are read in order; after one of level error nothing more is asked, and the feature is unknown."""
    outcome = ask(levels)
    assert [diagnostic.code for diagnostic in outcome.diagnostics] == codes
    assert bool(outcome.capabilities) is answered
    assert [unknown.code for unknown in outcome.unknown] == ([] if answered else codes[-1:])


MESSAGES = [
    ("{{ vcpus }} CPUs, of which {{ absent }} are free", "1 CPUs, of which absent are free"),
    ("{{ flavor.no.such }} and {{ flavor.name }}", "absent and f"),
    ("{{ absent }}", "absent"),
    ("{{ absent | default('none') }}", "none"),
    ("{{ flavor.no | upper }}", "absent"),
    ("{{ 'some' if absent is defined else 'none' }}", "none"),
    ("{% if vcpus %}has {{ absent }}{% else %}no{% endif %}", "has absent"),
    ("{% if absent %}some{% else %}none{% endif %}", "none"),
    ("nothing to fill in", "nothing to fill in"),
    ("{{ flavor.extra_specs }} is an object", "{{ flavor.extra_specs }} is an object"),
]


@pytest.mark.parametrize(("message", "expected"), MESSAGES)
def test_a_message_says_what_is_absent(message: str, expected: str) -> None:
    """What is absent is written so, where the template would write it; conditions see that it is absent."""
    assert told(message, {}, {"name": "f"}) == [expected]


SECRET = {
    "serial": {"path": "flavor.serial", "type": "string", "sensitive": True},
    "part": {"path": "split(serial, '-')[0]", "type": "string"},
}
MASKED = [
    ("{{ serial }} of {{ vcpus }}", "*** of 1"),
    ("{{ part | upper }}", "***"),
    ("{{ flavor.serial }} of {{ flavor.name }}", "*** of f"),
    ("{{ 'yes' if serial == 'hush-1' else 'no' }}", "***"),
    ("a {% if part == 'hush' %}yes{% elif vcpus %}one{% else %}no{% endif %}", "a ***"),
    ("a {% if not vcpus %}none{% elif part == 'hush' %}yes{% else %}no{% endif %}", "a ***"),
    ("{% if vcpus %}{{ serial }}{% endif %}", "***"),
    ("{{ absent }} of {{ serial }}", "absent of ***"),
]


@pytest.mark.parametrize(("message", "expected"), MASKED)
def test_a_message_masks_what_is_sensitive(message: str, expected: str) -> None:
    """Neither a sensitive let, nor what follows from it, nor the member it reads is told, nor whether it equals."""
    assert told(message, SECRET, {"name": "f", "serial": "hush-1"}) == [expected]


def test_a_message_masks_members_of_items() -> None:
    """Of an item only the sensitive member is hidden."""
    lets = {"serial": {"path": "card.serial", "type": "string", "sensitive": True}}
    each = {"as": "card", "in": "flavor.cards", "max": 4}
    cards = [{"serial": "hush", "model": "m"}, {"serial": "hush", "model": "n"}]
    emit = {**EMIT, "discriminator": "{{ card.model }}"}

    assert told("{{ card.model }} {{ card.serial }}", lets, {"cards": cards}, each=each, emit=emit) == [
        "m ***",
        "n ***",
    ]


def test_a_message_masks_items_of_a_sensitive_list() -> None:
    """An item out of what a sensitive let reads is as sensitive, and so is what follows from it."""
    lets = {
        "serials": {"path": "flavor.serials", "type": "list", "sensitive": True},
        "start": {"path": "split(item, '-')[0]", "type": "string"},
    }
    each = {"as": "item", "in": "flavor.serials", "max": 4}
    emit = {**EMIT, "discriminator": "{{ item }}"}

    assert told("{{ item }} {{ start }}", lets, {"serials": ["hush-1"]}, each=each, emit=emit) == ["*** ***"]
