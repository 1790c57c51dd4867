# SPDX-License-Identifier: Apache-2.0
"""What the vocabulary says of one word or value, whoever wrote it: a rule, or a driver in its answer.

The vocabulary is schemas/vocabulary.yaml as it is read: features with their attributes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from hpa_discovery.language.values import show

FeatureWords = Mapping[str, Any]
AttributeWords = Mapping[str, Any]

KINDS = {"text": "one text", "integer": "one whole number", "size": "a size", "list": "a list of texts"}
_ALIKE = 0.8
_LONGEST = 100  # characters; a longer word is like no known one, and comparing takes the square of it
_INSERTED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


@lru_cache(maxsize=1024)
def alike(word: str, known: tuple[str, ...]) -> str:
    """The known word that was probably meant, or "": the same but for case and signs, or nearly."""
    if len(word) > _LONGEST:
        return ""
    plain = _plain(word)
    for name in known:
        if _plain(name) == plain:
            return name
    rated = [(SequenceMatcher(None, plain, _plain(name)).ratio(), name) for name in known]
    ratio, name = max(rated, default=(0.0, ""))
    return name if ratio >= _ALIKE else ""


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9{}]", "", word.lower())


def attribute_of(key: str, known: Mapping[str, AttributeWords]) -> AttributeWords | None:
    """What the vocabulary says of a key, which may be a template."""
    found = known.get(key)
    if found is not None:
        return found
    for name, attribute in known.items():
        if "{" in name and _form(name).fullmatch(_INSERTED.sub("0", key)):
            return attribute
    return None


def meant_attribute(key: str, known: Mapping[str, AttributeWords]) -> str:
    """The attribute that was probably meant by a key, which may be a template, that is none of them; or ""."""
    return alike(re.sub("[0-9]+$", "{n}", _INSERTED.sub("{n}", key)), tuple(known))


@lru_cache(maxsize=256)
def _form(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(name).replace(r"\{n\}", "[0-9]+").replace(r"\{any\}", ".+"))


def instance_problem(feature: str, known: FeatureWords) -> str:
    """What is wrong with a capability of the feature that has no discriminator; "" when nothing is."""
    return "" if known["exclusive"] else f"many packs answer {feature}, so each instance needs a discriminator"


def value_problem(value: str | tuple[str, ...], unit: str | None, spoken: AttributeWords) -> str:
    """What is wrong with a value and its unit as those of an attribute; "" when nothing is."""
    kind, units = spoken["kind"], spoken.get("units", ())
    if isinstance(value, tuple) is not (kind == "list"):
        return f"never {show(list(value) if isinstance(value, tuple) else value)}: it is {KINDS[kind]}"
    if unit is None and units:
        return f"a size and needs a unit: {', '.join(units)}"
    if unit is not None and unit not in units:
        return f"never in {unit}: " + (
            f"it takes {', '.join(units)}" if units else f"it is {KINDS[kind]} without a unit"
        )
    return "" if isinstance(value, tuple) else text_problem(value, spoken)


def text_problem(value: str, spoken: AttributeWords) -> str:
    """What is wrong with one text as the value of an attribute; "" when nothing is."""
    words, pattern = spoken.get("enum"), spoken.get("pattern")
    if words is not None and value not in words:
        meant = alike(value, tuple(words))
        return f"never {show(value)}: " + (f"did you mean {meant}?" if meant else f"it is one of {', '.join(words)}")
    if pattern is not None and not re.fullmatch(pattern, value):
        return f"never {show(value)}: it has the form {pattern}"
    if spoken["kind"] == "integer" and not (value.isascii() and value.isdecimal()):
        return f"never {show(value)}: it is a whole number"
    return ""
