# SPDX-License-Identifier: Apache-2.0
"""What onap.openstack writes, for flavors that Nova takes and for anything else: OOF and A&AI can always read it."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from hpa_discovery.discovery.rows import answer_row
from hpa_discovery.model import Outcome
from hpa_discovery.packs.contracts import load_contracts, load_vocabulary
from hpa_discovery.resources import bundled
from rules.onap_openstack import SOURCE, generation, loaded
from strategies.flavors import any_flavors, contexts, onap_flavors, valid_flavors

OPTIONS = settings(
    max_examples=5000 if os.environ.get("HPA_PROVE") else 300,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
UNITS = {"KB", "MB", "GB"}


@cache
def validators() -> tuple[Draft202012Validator, Draft202012Validator]:
    """For a capability, and for the JSON in one of its attribute values."""
    schema = json.loads((bundled("schemas") / "hpa-capability.json").read_text(encoding="utf-8"))
    value = {"$ref": "#/$defs/attributeValue", "$defs": schema["$defs"]}
    return Draft202012Validator(schema), Draft202012Validator(value)


def check_readable(row: dict[str, Any]) -> None:
    """Every capability fits A&AI's schema, and every value is what OOF reads without failing."""
    capability_schema, value_schema = validators()
    for capability in row["capabilities"]:
        assert not list(capability_schema.iter_errors(capability)), capability
        for attribute in capability["hpa-feature-attributes"]:
            text = attribute["hpa-attribute-value"]
            value = json.loads(text)
            assert not list(value_schema.iter_errors(value)), text
            assert yaml.safe_load(text) == value
            assert len(text) <= len(json.dumps(value, separators=(",", ":")))
            if "unit" in value:
                assert value["unit"] in UNITS
                assert re.fullmatch("[0-9]+", value["value"])


def check_vocabulary(outcome: Outcome) -> None:
    """Every attribute is a word of the vocabulary, with a value that it allows."""
    for capability in outcome.capabilities:
        words = load_vocabulary()[capability.feature]["attributes"]
        for attribute in capability.attributes:
            word = words.get(attribute.key) or words.get(re.sub(r"[0-9]+$", "{n}", attribute.key)) or words["{any}"]
            check_word(word, attribute.value, attribute.unit)


def check_word(word: dict[str, Any], value: Any, unit: str | None) -> None:
    """The value is of the word's kind and within its enum, pattern and units."""
    assert isinstance(value, tuple) is (word["kind"] == "list")
    assert (unit is not None) is (word["kind"] == "size")
    if word["kind"] == "integer":
        assert re.fullmatch("[0-9]+", value)
    if unit is not None:
        assert unit in word["units"]
    if "enum" in word:
        assert value in word["enum"]
    if "pattern" in word:
        assert re.fullmatch(word["pattern"], value)


def check(flavor: Any, context: Any) -> Outcome:
    """All of it for one flavor; and the index hides no rule that has something to say."""
    outcome = generation().evaluate(SOURCE, flavor, context)
    asked = generation().explain(SOURCE, flavor, context)
    assert outcome.capabilities == asked.capabilities
    assert outcome.unknown == asked.unknown
    assert outcome.diagnostics == asked.diagnostics
    check_readable(answer_row(load_contracts()[SOURCE], flavor, outcome, "owner", "region"))
    check_vocabulary(outcome)
    return outcome


@OPTIONS
@given(valid_flavors(), contexts())
def test_flavors_that_nova_takes(flavor: dict[str, Any], context: dict[str, Any]) -> None:
    """Whatever Nova takes is answered with readable values, or with a diagnostic for what is unknown."""
    outcome = check(flavor, context)
    assert {unknown.feature for unknown in outcome.unknown} <= set(generation().source(SOURCE).features)
    assert bool(outcome.unknown) <= bool(outcome.diagnostics)


@OPTIONS
@given(onap_flavors(), contexts())
def test_flavors_in_onaps_forms(flavor: dict[str, Any], context: dict[str, Any]) -> None:
    """What ONAP's driver reads well is read here too, but for pages that only hosts know and NUMA nodes of no CPU."""
    outcome = check(flavor, context)
    assert {unknown.code for unknown in outcome.unknown} <= {"hugepages.host", "let.type"}
    assert {unknown.feature for unknown in outcome.unknown} <= {"hugePages", "numa"}


@OPTIONS
@given(any_flavors(), st.one_of(contexts(), any_flavors()))
def test_anything_at_all(flavor: Any, context: Any) -> None:
    """No flavor and no context makes the rules fail, or write what nobody can read."""
    check(flavor, context)


def test_the_cases_of_the_pack() -> None:
    """The pack's own cases, which reach every corner of its rules, give readable values."""
    cases = [case for cases in loaded().tests.values() for case in cases]
    assert len(cases) > 300
    for case in cases:
        check(case["flavor"], case.get("context"))


def test_all_at_once() -> None:
    """The flavors of all cases, laid over one another, still give one capability for each instance."""
    specs: dict[str, Any] = {}
    for cases in loaded().tests.values():
        specs |= {**cases[0]["flavor"].get("extra_specs", {})}
    flavor = {"id": "1", "name": "all", "vcpus": 4, "ram": 8192, "disk": 1, "swap": 0, "OS-FLV-EXT-DATA:ephemeral": 0}
    outcome = check({**flavor, "extra_specs": specs}, None)
    instances = [capability.instance for capability in outcome.capabilities]
    assert len(instances) == len(set(instances))
    assert {capability.feature for capability in outcome.capabilities} >= set(loaded().pack.features) - {"ovsDpdk"}
