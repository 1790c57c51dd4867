# SPDX-License-Identifier: Apache-2.0
"""Features and attributes against schemas/vocabulary.yaml: spelling, kinds, units, values, discriminators.

A word that is near a known one is taken for a slip and refused; one that is
like none is somebody's own, and only a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from hpa_discovery.language.values import show
from hpa_discovery.language.yaml_reader import Pointer
from hpa_discovery.model import UNITS, Finding
from hpa_discovery.packs.checks.guesses import SIZE, Guess
from hpa_discovery.packs.checks.survey import EntrySite, Survey, TemplateSite
from hpa_discovery.packs.draft import PackDraft, RuleDraft

Attribute = Mapping[str, Any]

_ALIKE = 0.8
_LONGEST = 100  # characters; a longer word is like no known one, and comparing takes the square of it
_INSERTED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_KINDS = {
    "text": ("string",),
    "integer": ("number", "string"),
    "size": ("object", "number", "string"),
    "list": ("array",),
}
_SAYS = {"text": "one text", "integer": "one whole number", "size": "a size", "list": "a list of texts"}


def check_vocabulary(draft: RuleDraft, survey: Survey, pack: PackDraft) -> Iterator[Finding]:
    """Findings about what the rule emits."""
    feature = draft.rule.emit.feature
    pointer: Pointer = ("spec", "emit", "feature")
    known = pack.vocabulary.get(feature)
    templates = {site.pointer: site for site in survey.templates}
    if known is None:
        yield _unknown_feature(draft, feature, pack.vocabulary, pointer)
        for site in survey.entries:
            yield from _unit_words(draft, site, templates, UNITS)
        return
    if draft.rule.emit.version not in known["versions"]:
        message = f"{feature} has no version {draft.rule.emit.version}; it has {', '.join(known['versions'])}"
        yield draft.finding("vocabulary.free", message, ("spec", "emit", "version"))
    if not known["exclusive"] and draft.rule.emit.discriminator is None:
        message = f"many packs answer {feature}, so each instance needs a discriminator"
        yield draft.finding("emit.discriminator", message, pointer, hint=f"add discriminator: {known['discriminator']}")
    for site in survey.entries:
        yield from _entry(draft, site, templates, known["attributes"])


def _unknown_feature(draft: RuleDraft, feature: str, known: Iterable[str], pointer: Pointer) -> Finding:
    return draft.finding(*feature_problem(feature, tuple(known)), pointer, hint=_HINTS_FREE)


_HINTS_FREE = "schemas/vocabulary.yaml lists the known words; a new one is best added there"


def feature_problem(feature: str, known: tuple[str, ...]) -> tuple[str, str]:
    """(code, message) for a feature that the vocabulary does not know."""
    meant = alike(feature, known)
    if meant:
        return "vocabulary.feature", f"there is no hpa-feature {feature[:80]}; did you mean {meant}?"
    return "vocabulary.free", f"the vocabulary does not know the hpa-feature {feature[:80]}"


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


def _entry(
    draft: RuleDraft, site: EntrySite, templates: Mapping[Pointer, TemplateSite], known: Mapping[str, Attribute]
) -> Iterator[Finding]:
    key = site.entry.key
    spoken = attribute_of(key, known)
    pointer = (*site.pointer, "key")
    if spoken is None:
        meant = alike(re.sub("[0-9]+$", "{n}", _INSERTED.sub("{n}", key)), tuple(known))
        code = "vocabulary.attribute" if meant else "vocabulary.free"
        message = f"{draft.rule.emit.feature} has no attribute {key[:80]}"
        hint = f"did you mean {meant}?" if meant else f"the vocabulary has: {', '.join(known)}"
        yield draft.finding(code, message, pointer, hint=hint)
        yield from _unit_words(draft, site, templates, UNITS)
        return
    yield from _unit(draft, site, templates, spoken)
    guess = site.scope.names.get(site.entry.var) if site.entry.var is not None else None
    if guess is not None:
        yield from _kind(draft, site, guess, spoken)
    yield from _values(draft, site, templates, spoken)


def attribute_of(key: str, known: Mapping[str, Attribute]) -> Attribute | None:
    """What the vocabulary says of a key, which may be a template."""
    found = known.get(key)
    if found is not None:
        return found
    for name, attribute in known.items():
        if "{" in name and _form(name).fullmatch(_INSERTED.sub("0", key)):
            return attribute
    return None


@lru_cache(maxsize=256)
def _form(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(name).replace(r"\{n\}", "[0-9]+").replace(r"\{any\}", ".+"))


def _unit(
    draft: RuleDraft, site: EntrySite, templates: Mapping[Pointer, TemplateSite], spoken: Attribute
) -> Iterator[Finding]:
    allowed = spoken.get("units", ())
    if site.entry.unit is not None and not allowed:
        message = f"{site.entry.key} is {_SAYS[spoken['kind']]} and has no unit"
        yield draft.finding("vocabulary.unit", message, (*site.pointer, "unit"), hint="leave unit out")
    elif site.entry.unit is not None:
        yield from _unit_words(draft, site, templates, allowed)
    elif allowed and not _brings_unit(site):
        message = f"{site.entry.key} is a size and needs a unit"
        hint = f"add unit: {allowed[0]}, or write a let of type size"
        yield draft.finding("vocabulary.unit", message, (*site.pointer, "key"), hint=hint)


def _brings_unit(site: EntrySite) -> bool:
    """Whether the value may be a size; that of a name that is not there may be, once the name is right."""
    if site.entry.var is None:
        return False
    guess = site.scope.names.get(site.entry.var)
    return guess is None or guess.may_be("object")


def _unit_words(
    draft: RuleDraft, site: EntrySite, templates: Mapping[Pointer, TemplateSite], allowed: Iterable[str]
) -> Iterator[Finding]:
    pointer = (*site.pointer, "unit")
    template = templates.get(pointer)
    unit = None if template is None else template.template.literal
    words = list(allowed)
    if unit is None or unit in words:
        return
    rule = "OOF reads" if unit not in UNITS else f"{site.entry.key} takes"
    yield draft.finding("vocabulary.unit", f"the unit is {show(unit)}; {rule} {', '.join(words)}", pointer)


def _kind(draft: RuleDraft, site: EntrySite, guess: Guess, spoken: Attribute) -> Iterator[Finding]:
    kind = spoken["kind"]
    wanted = _KINDS[kind]
    if guess.may_be(*wanted) or (guess.types == frozenset({"boolean"}) and _true_or_false(spoken)):
        return
    if kind == "text" and guess.types == frozenset({"number"}):
        return
    if guess.types == frozenset({"object"}) and guess != SIZE:
        return  # emit.type says it
    message = f"{site.entry.key} is {_SAYS[kind]}, and {site.entry.var} is not"
    yield draft.finding("vocabulary.kind", message, (*site.pointer, "from"))


def _true_or_false(spoken: Attribute) -> bool:
    return {"true", "false"} <= set(spoken.get("enum", ("true", "false")))


def _values(
    draft: RuleDraft, site: EntrySite, templates: Mapping[Pointer, TemplateSite], spoken: Attribute
) -> Iterator[Finding]:
    pointer: Pointer = (*site.pointer, "value")
    template = templates.get(pointer)
    if template is not None and template.template.literal is not None:
        problem = _value_problem(template.template.literal, spoken)
        if problem:
            yield draft.finding("vocabulary.value", f"{site.entry.key} is {problem}", pointer)
    let = site.scope.lets.get(site.entry.var or "")
    for value in (let.enum or ()) if let is not None and let.type != "list" else ():
        problem = _value_problem(str(value), spoken)
        if problem:
            message = f"{site.entry.var} may hold a value that OOF does not know: {site.entry.key} is {problem}"
            yield draft.finding("vocabulary.value", message, (*site.pointer, "from"))


def _value_problem(value: str, spoken: Attribute) -> str:
    words, pattern = spoken.get("enum"), spoken.get("pattern")
    if words is not None and value not in words:
        meant = alike(value, tuple(words))
        return f"never {show(value)}: " + (f"did you mean {meant}?" if meant else f"it is one of {', '.join(words)}")
    if pattern is not None and not re.fullmatch(pattern, value):
        return f"never {show(value)}: it has the form {pattern}"
    if spoken["kind"] == "integer" and not value.isdecimal():
        return f"never {show(value)}: it is a whole number"
    return ""
