# SPDX-License-Identifier: Apache-2.0
"""What a scaffolded rule reads and writes: an attribute of the vocabulary, and subjects with and without its value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hpa_discovery.errors import UsageError
from hpa_discovery.packs.contracts import load_vocabulary

_KINDS = ("integer", "text", "list", "size")  # the plainest first


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source keeps the sample value: the expression, and a subject with `{value}` and one without."""

    path: str
    there: str
    absent: str
    feature: str


PLACES: Mapping[str, Place] = {
    "openstack.flavor": Place(
        'flavor.extra_specs."{key}"',
        'flavor: {name: sample, extra_specs: {"{key}": "{value}"}}',
        "flavor: {name: sample, extra_specs: {}}",
        "pciePassthrough",
    ),
    "kubernetes.node": Place(
        'node.metadata.labels."{key}"',
        'node: {metadata: {name: sample, labels: {"{key}": "{value}"}}}',
        "node: {metadata: {name: sample, labels: {}}}",
        "pciDevice",
    ),
    "redfish.system": Place(
        'system.Oem."{key}"',
        'system: {Name: sample, Oem: {"{key}": "{value}"}}',
        "system: {Name: sample, Oem: {}}",
        "pciDevice",
    ),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One attribute with a value that it may have, one that it may not have, and how the rule reads it.

    `read` is an expression around `{path}`, `limits` the lines below it, `expected`
    the attribute's value as a test case writes it.
    """

    feature: str
    version: str
    attribute: str
    shared: bool
    read: str
    limits: tuple[str, ...]
    value: str
    expected: str
    wrong: str


def sample_of(feature: str) -> Sample:
    """The sample for a feature. UsageError when the vocabulary has no attribute of it that is plain enough."""
    entry = load_vocabulary().get(feature)
    if entry is None:
        return _sample(feature, {"versions": ["v1"], "discriminator": None}, f"{feature}Count", {"kind": "integer"})
    plain = {key: item for key, item in entry["attributes"].items() if "{" not in key and "pattern" not in item}
    for kind in _KINDS:
        for key, item in plain.items():
            if item["kind"] == kind:
                return _sample(feature, entry, key, item)
    raise UsageError(f"no attribute of {feature} suits a first rule; choose another feature and change it afterwards")


def _sample(feature: str, entry: Mapping[str, Any], key: str, attribute: Mapping[str, Any]) -> Sample:
    kind = "enum" if "enum" in attribute else attribute["kind"]
    read, limits, value, expected, wrong = _ways(attribute)[kind]
    shared = entry["discriminator"] is not None
    return Sample(feature, entry["versions"][0], key, shared, read, limits, value, expected, wrong)


def _ways(attribute: Mapping[str, Any]) -> Mapping[str, tuple[str, tuple[str, ...], str, str, str]]:
    """By kind: read, limits, value, expected, wrong."""
    words = [str(word) for word in attribute.get("enum", ("?",))]
    unit = attribute.get("units", ("MB",))[0]
    return {
        "integer": ("to_int({path})", ("type: integer", "minimum: 1"), "1", '{value: "1"}', "0"),
        "enum": (
            "{path}",
            ("type: string", "enum: [" + ", ".join(f'"{word}"' for word in words) + "]"),
            words[0],
            f'{{value: "{words[0]}"}}',
            "something-else",
        ),
        "text": ("{path}", ("type: string", 'pattern: "[A-Za-z0-9 ._-]+"'), "sample", '{value: "sample"}', "!"),
        "list": (
            "split({path}, ',')",
            ("type: list", 'pattern: "[a-z0-9_.-]+"'),
            "one,two",
            '{value: ["one", "two"]}',
            "!",
        ),
        "size": (
            f"to_size({{path}}, '{unit}')",
            ("type: size",),
            "64",
            f'{{value: "64", unit: {unit}}}',
            "much",
        ),
    }


def rule_values(namespace: str, name: str, source: str, sample: Sample) -> dict[str, str]:
    """What the templates of a rule and of its tests are filled with."""
    place = PLACES[source]
    key = f"{namespace}:{name}" if source == "openstack.flavor" else f"{namespace}/{name}"
    discriminator = f'discriminator: "{name}"\n' if sample.shared else ""
    return {
        "id": f"{namespace}/{name}",
        "title": name.replace("-", " ").capitalize(),
        "source": source,
        "path": sample.read.replace("{path}", place.path.replace("{key}", key)),
        "limits": "\n".join(f"      {line}" for line in sample.limits),
        "feature": sample.feature,
        "version": sample.version,
        "attribute": sample.attribute,
        "discriminator": f"    {discriminator}" if discriminator else "",
        "expected_discriminator": f"      {discriminator}" if discriminator else "",
        "expected": sample.expected,
        "subject_there": _subject(place.there, key, sample.value),
        "subject_absent": place.absent,
        "subject_wrong": _subject(place.there, key, sample.wrong),
    }


def _subject(text: str, key: str, value: str) -> str:
    return text.replace("{key}", key).replace("{value}", value)
