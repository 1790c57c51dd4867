# SPDX-License-Identifier: Apache-2.0
"""What a test case expects against what its rule said: one line per difference, and the YAML that would be right."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hpa_discovery.model import ANY_DISCRIMINATOR, Attribute, Capability, Outcome, Unknown

NOTHING = "nothing"
Instance = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected."""

    what: str
    expected: str
    actual: str

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, got {self.actual}"


def compare(case: Mapping[str, Any], outcome: Outcome) -> Iterator[Difference]:
    """All differences between the case and the outcome: whatever the rule produced must be expected."""
    yield from _capabilities(case["expect"], outcome.capabilities)
    codes = [diagnostic.code for diagnostic in outcome.diagnostics]
    wanted = list(case.get("diagnostics", ()))
    if codes != wanted:
        yield Difference("diagnostics", _list(wanted), _list(codes))
    yield from _unknowns(case.get("unknown", ()), outcome.unknown, wanted)


def write_expectation(outcome: Outcome) -> list[str]:
    """The lines of a test case that expect exactly this outcome."""
    lines = ["expect:" if outcome.capabilities else "expect: []"]
    for capability in outcome.capabilities:
        lines += _written(capability)
    codes = [diagnostic.code for diagnostic in outcome.diagnostics]
    return [*lines, f"diagnostics: {_list(codes)}"] if codes else lines


def _capabilities(expected: Sequence[Mapping[str, Any]], actual: Sequence[Capability]) -> Iterator[Difference]:
    wanted = {_instance(item): item for item in expected}
    found = {capability.instance: capability for capability in actual}
    for instance, times in Counter(map(_instance, expected)).items():
        if times > 1:
            yield Difference(_label(instance), "each capability once", f"it is expected {times} times")
    for instance in wanted.keys() - found.keys():
        yield Difference(_label(instance), "a capability", NOTHING)
    for instance, capability in found.items():
        if instance in wanted:
            yield from _attributes(_label(instance), wanted[instance]["attributes"], capability.attributes)
        else:
            yield Difference(_label(instance), NOTHING, "a capability")
    if wanted.keys() == found.keys() and list(wanted) != list(found):
        yield Difference("order of capabilities", _labels(wanted), _labels(found))


def _attributes(label: str, expected: Mapping[str, Any], actual: Sequence[Attribute]) -> Iterator[Difference]:
    found = {attribute.key: _value(attribute) for attribute in actual}
    for key in [*expected, *(key for key in found if key not in expected)]:
        wanted = _flow(expected[key]) if key in expected else NOTHING
        written = _flow(found[key]) if key in found else NOTHING
        if wanted != written:
            yield Difference(f"{label}, {key}", wanted, written)
    if expected.keys() == found.keys() and list(expected) != list(found):
        yield Difference(f"{label}, order of attributes", _list(expected), _list(found))


def _unknowns(
    expected: Sequence[Mapping[str, str]], actual: Sequence[Unknown], diagnostics: Sequence[str]
) -> Iterator[Difference]:
    """Every expected one must be there; the others must at least have their diagnostic expected."""
    rest = list(actual)
    for item in expected:
        match = next((unknown for unknown in rest if _is(unknown, item)), None)
        if match is None:
            yield Difference("unknown", _flow(item), _list(f"{unknown.feature} {unknown.code}" for unknown in rest))
        else:
            rest.remove(match)
    for unknown in rest:
        if unknown.code not in diagnostics:
            yield Difference("unknown", NOTHING, f"{unknown.feature} {unknown.discriminator} ({unknown.code})")


def _is(unknown: Unknown, item: Mapping[str, str]) -> bool:
    wanted = (item["feature"], item.get("discriminator", ANY_DISCRIMINATOR), item.get("code", unknown.code))
    return (unknown.feature, unknown.discriminator, unknown.code) == wanted


def _instance(item: Mapping[str, Any]) -> Instance:
    return (item["feature"], item["architecture"], item["version"], item.get("discriminator", ""))


def _label(instance: Instance) -> str:
    feature, architecture, version, discriminator = instance
    return " ".join(part for part in (feature, version, architecture, discriminator) if part)


def _labels(instances: Mapping[Instance, Any]) -> str:
    return _list(map(_label, instances))


def _value(attribute: Attribute) -> dict[str, Any]:
    value = attribute.value if isinstance(attribute.value, str) else list(attribute.value)
    return {"value": value} if attribute.unit is None else {"value": value, "unit": attribute.unit}


def _written(capability: Capability) -> Iterator[str]:
    yield f"  - feature: {capability.feature}"
    yield f"    version: {_text(capability.version)}"
    yield f"    architecture: {_text(capability.architecture)}"
    if capability.discriminator:
        yield f"    discriminator: {_text(capability.discriminator)}"
    yield "    attributes:"
    for attribute in capability.attributes:
        yield f"      {_text(attribute.key)}: {_flow(_value(attribute))}"


def _flow(value: Mapping[str, Any]) -> str:
    """A mapping of texts and lists of texts in YAML's flow style; order does not show."""
    return "{" + ", ".join(f"{key}: {_text(value[key])}" for key in sorted(value, key=_last_unit)) + "}"


def _last_unit(key: str) -> tuple[bool, str]:
    return (key == "unit", key)


def _list(values: Any) -> str:
    return "[" + ", ".join(values) + "]"


def _text(value: Any) -> str:
    # JSON text is YAML, and quoting everything leaves no scalar to mistake for another type.
    return json.dumps(value, ensure_ascii=False)
