# SPDX-License-Identifier: Apache-2.0
"""Features and attributes against schemas/vocabulary.yaml: spelling, kinds, units, values, discriminators.

A word that is near a known one is taken for a slip and refused; one that is
like none is somebody's own, and only a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hpa_discovery.language.values import show
from hpa_discovery.language.vocabulary import (
    KINDS,
    AttributeWords,
    alike,
    attribute_of,
    instance_problem,
    meant_attribute,
    text_problem,
)
from hpa_discovery.language.yaml_reader import Pointer
from hpa_discovery.model import UNITS, Finding
from hpa_discovery.packs.checks.guesses import SIZE, Guess
from hpa_discovery.packs.checks.survey import EntrySite, Survey, TemplateSite
from hpa_discovery.packs.draft import PackDraft, RuleDraft

_KINDS = {
    "text": ("string",),
    "integer": ("number", "string"),
    "size": ("object", "number", "string"),
    "list": ("array",),
}


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
        said = f"{feature} has no version {draft.rule.emit.version}; it has {', '.join(known['versions'])}"
        yield draft.finding("vocabulary.free", said, ("spec", "emit", "version"))
    message = instance_problem(feature, known) if draft.rule.emit.discriminator is None else ""
    if message:
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


def _entry(
    draft: RuleDraft, site: EntrySite, templates: Mapping[Pointer, TemplateSite], known: Mapping[str, AttributeWords]
) -> Iterator[Finding]:
    key = site.entry.key
    spoken = attribute_of(key, known)
    pointer = (*site.pointer, "key")
    if spoken is None:
        meant = meant_attribute(key, known)
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


def _unit(
    draft: RuleDraft, site: EntrySite, templates: Mapping[Pointer, TemplateSite], spoken: AttributeWords
) -> Iterator[Finding]:
    allowed = spoken.get("units", ())
    if site.entry.unit is not None and not allowed:
        message = f"{site.entry.key} is {KINDS[spoken['kind']]} and has no unit"
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


def _kind(draft: RuleDraft, site: EntrySite, guess: Guess, spoken: AttributeWords) -> Iterator[Finding]:
    kind = spoken["kind"]
    wanted = _KINDS[kind]
    if guess.may_be(*wanted) or (guess.types == frozenset({"boolean"}) and _true_or_false(spoken)):
        return
    if kind == "text" and guess.types == frozenset({"number"}):
        return
    if guess.types == frozenset({"object"}) and guess != SIZE:
        return  # emit.type says it
    message = f"{site.entry.key} is {KINDS[kind]}, and {site.entry.var} is not"
    yield draft.finding("vocabulary.kind", message, (*site.pointer, "from"))


def _true_or_false(spoken: AttributeWords) -> bool:
    return {"true", "false"} <= set(spoken.get("enum", ("true", "false")))


def _values(
    draft: RuleDraft, site: EntrySite, templates: Mapping[Pointer, TemplateSite], spoken: AttributeWords
) -> Iterator[Finding]:
    pointer: Pointer = (*site.pointer, "value")
    template = templates.get(pointer)
    if template is not None and template.template.literal is not None:
        problem = text_problem(template.template.literal, spoken)
        if problem:
            yield draft.finding("vocabulary.value", f"{site.entry.key} is {problem}", pointer)
    let = site.scope.lets.get(site.entry.var or "")
    for value in (let.enum or ()) if let is not None and let.type != "list" else ():
        problem = text_problem(str(value), spoken)
        if problem:
            message = f"{site.entry.var} may hold a value that OOF does not know: {site.entry.key} is {problem}"
            yield draft.finding("vocabulary.value", message, (*site.pointer, "from"))
