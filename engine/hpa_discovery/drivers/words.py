# SPDX-License-Identifier: Apache-2.0
"""The capabilities of a driver's answer against the vocabulary: what lint refuses in a rule is refused here.

Lint cannot look into a driver, so its words are known only when it answers. Features and attributes
that are like none of the vocabulary are its own, as in a rule. Drivers of ONAP's contract are not looked at:
what they write is known to ONAP, right or not, and they run as they are.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from hpa_discovery.language.values import show
from hpa_discovery.language.vocabulary import (
    AttributeWords,
    FeatureWords,
    attribute_of,
    instance_problem,
    meant_attribute,
    value_problem,
)
from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.resources import bundled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hpa_discovery.model import Attribute, Capability

_LONGEST = 100  # characters
_MOST_COMPARED = 64  # words of its own in one answer: to find what was meant takes long


@cache
def load_vocabulary() -> Mapping[str, FeatureWords]:
    """schemas/vocabulary.yaml: every feature with what it says."""
    path = bundled("schemas") / "vocabulary.yaml"
    features: Mapping[str, FeatureWords] = read_yaml(path.read_bytes(), str(path)).value["features"]
    return features


def wrong_words(capabilities: Iterable[Capability]) -> str | None:
    """The first thing that is wrong in the capabilities of one answer; None when nothing is."""
    vocabulary = load_vocabulary()
    own: set[tuple[str, str]] = set()
    for capability in capabilities:
        known = vocabulary.get(capability.feature)
        if known is None:
            continue
        without = "" if capability.discriminator else instance_problem(capability.feature, known)
        if without:
            return f"no discriminator: {without}"
        for attribute in capability.attributes:
            problem = _problem(capability.feature, attribute, known["attributes"], own)
            if problem:
                return problem
    return None


def _problem(feature: str, attribute: Attribute, known: Mapping[str, AttributeWords], own: set[tuple[str, str]]) -> str:
    key = attribute.key
    # Braces make a template of a rule's key; and what is long is like no known word, only slow to compare.
    plain = "{" not in key and len(key) <= _LONGEST
    spoken = attribute_of(key, known) if plain else known.get(key)
    if spoken is not None:
        wrong = value_problem(attribute.value, attribute.unit, spoken)
        return f"{key} of {feature}, which is {wrong}" if wrong else ""
    if not plain or (feature, key) in own or len(own) >= _MOST_COMPARED:
        return ""
    own.add((feature, key))
    meant = meant_attribute(key, known)
    return f"the attribute {show(key)} of {feature}; did you mean {meant}?" if meant else ""
