# SPDX-License-Identifier: Apache-2.0
"""The pack as a whole: ids, files, what it provides and needs, and what of it nobody reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from hpa_discovery.language.reads import paths
from hpa_discovery.language.rule import ROOTS
from hpa_discovery.language.vocabulary import alike
from hpa_discovery.model import Finding
from hpa_discovery.packs.checks.survey import Survey
from hpa_discovery.packs.checks.vocabulary import feature_problem
from hpa_discovery.packs.draft import PackDraft
from hpa_discovery.packs.versions import allows, engine_version


def check_identity(pack: PackDraft, surveys: Sequence[Survey]) -> Iterator[Finding]:
    """Findings about the pack's own file and about its rules beside each other."""
    yield from _ids(pack)
    yield from _replaces(pack)
    yield from _provides(pack)
    yield from _requires(pack)
    if not pack.refused and len(surveys) == len(pack.rules) and all(survey.readable for survey in surveys):
        yield from _unread(pack, surveys)


def _stem(name: str) -> str:
    return PurePosixPath(name).stem


def _ids(pack: PackDraft) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for draft in pack.rules:
        namespace = pack.namespace or draft.rule.id.partition("/")[0]
        wanted = f"{namespace}/{_stem(draft.document.name)}"
        pointer = ("metadata", "id")
        if draft.rule.id != wanted:
            message = f"the id is {draft.rule.id}; in this file of this pack it must be {wanted}"
            yield draft.finding("rule.id", message, pointer, hint=f"write id: {wanted}, or rename the file")
        if draft.rule.id in first:
            message = f"the id {draft.rule.id} is also that of {first[draft.rule.id]}"
            yield draft.finding("rule.duplicate_id", message, pointer, hint="give one of them another file name and id")
        first.setdefault(draft.rule.id, draft.document.file)


def _replaces(pack: PackDraft) -> Iterator[Finding]:
    present = {draft.rule.id for draft in pack.rules}
    taken: dict[str, str] = {}
    for draft in pack.rules:
        for index, old in enumerate(draft.rule.replaces):
            pointer = ("metadata", "replaces", index)
            if old in present:
                message = f"{old} is still a rule of this pack, so nothing can replace it"
                yield draft.finding("rule.replaces", message, pointer, hint="remove one of them")
            elif old in taken:
                message = f"{old} is also replaced by {taken[old]}"
                yield draft.finding("rule.replaces", message, pointer, hint="keep one")
            taken.setdefault(old, draft.rule.id)


def _provides(pack: PackDraft) -> Iterator[Finding]:
    emitted = {draft.rule.emit.feature for draft in pack.rules}
    emitted |= {feature for draft in pack.drivers for feature in draft.driver.features}
    by_others = pack.refused or "" in emitted  # an unknown feature may be any
    provided = set(pack.features)
    seen: set[str] = set()
    for index, feature in enumerate(pack.features):
        pointer = ("provides", "features", index)
        if feature in seen:
            yield pack.document.finding("pack.provides", f"{feature} is listed twice", pointer, hint="keep one")
        elif feature not in emitted and not by_others:
            message = f"the pack provides {feature}, but none of its rules or drivers answers it"
            meant = alike(feature, tuple(sorted(emitted)))
            hint = f"did you mean {meant}?" if meant else "remove it, or add a rule"
            yield pack.document.finding("pack.provides", message, pointer, hint=hint)
        elif feature not in emitted and feature not in pack.vocabulary:
            code, message = feature_problem(feature, tuple(pack.vocabulary))
            yield pack.document.finding(code, message, pointer)
        seen.add(feature)
    for draft in pack.rules if "features" not in pack.unknown else ():
        if draft.rule.emit.feature not in provided:
            message = f"the rule emits {draft.rule.emit.feature}, which the pack does not provide"
            hint = "add it to provides.features in pack.yaml; the order there is that of the answers"
            yield draft.finding("pack.provides", message, ("spec", "emit", "feature"), hint=hint)


def _requires(pack: PackDraft) -> Iterator[Finding]:
    requires = pack.requires
    wanted, running = requires.get("engine"), engine_version() if "engine" in requires else None
    if wanted is not None and running is not None and not allows(wanted, running):
        message = f"the pack needs hpa-discovery {wanted}, and this is {running}"
        yield pack.document.finding("pack.engine", message, ("requires", "engine"), hint="install a version that fits")
    sources = frozenset(requires.get("sources", ROOTS))
    for draft in pack.rules if "sources" not in pack.unknown else ():
        if draft.rule.source not in sources:
            message = f"the rule reads {draft.rule.source}, which requires.sources of the pack leaves out"
            hint = f"add {draft.rule.source} to requires.sources in pack.yaml"
            yield draft.finding("pack.sources", message, ("spec", "source"), hint=hint)


def _unread(pack: PackDraft, surveys: Sequence[Survey]) -> Iterator[Finding]:
    read = set(_member_reads(surveys))
    for group, names in (("params", pack.params), ("tables", pack.tables)):
        # Whoever reads the whole group may read any of it.
        for name in names if (group,) not in read and group not in pack.unknown else ():
            if (group, name) not in read:
                message = f"no rule reads {group}.{name}"
                yield pack.document.finding("pack.unused", message, (group, name), key=True, hint="remove it")


def _member_reads(surveys: Iterable[Survey]) -> Iterator[tuple[str, ...]]:
    for survey in surveys:
        for expression in survey.expressions.values():
            if survey.reads & {"params", "tables"}:
                yield from (path[:2] for path in paths(expression.tree))
        for site in survey.templates:
            yield from (path[:2] for path in site.template.paths)
