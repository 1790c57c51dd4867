# SPDX-License-Identifier: Apache-2.0
"""Overlays: a site's own changes to packs, read, checked and applied.

What an overlay names must exist: a parameter that is misspelt would otherwise
change nothing, and nobody would know.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from hpa_discovery.language.budgets import DEFAULT, Limits
from hpa_discovery.language.driver import Driver
from hpa_discovery.language.pack import Overlay, Pack, Settlement, answered
from hpa_discovery.language.signatures import type_word
from hpa_discovery.language.spelling import nearest
from hpa_discovery.language.values import show
from hpa_discovery.language.yaml_reader import Pointer, read_yaml
from hpa_discovery.model import Finding
from hpa_discovery.packs.draft import UNTOLD, PackDocument
from hpa_discovery.packs.files import Refused, read_file, shown
from hpa_discovery.packs.ignores import without_ignored
from hpa_discovery.packs.partial import read_as
from hpa_discovery.packs.partial_pack import partial_overlay
from hpa_discovery.packs.versions import allows

MOST_FINDINGS = 100  # of one overlay about its pack


@dataclass(frozen=True, slots=True)
class OverlayDraft:
    """An overlay with the file it stands in.

    Of one with faults, `settled` says whether all is known that it takes out of packs.
    """

    overlay: Overlay
    document: PackDocument
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Site:
    """What is known of the packs that overlays are applied to.

    `unknown` are, by namespace, the members of a refused pack of which there may
    be more (LoadedPack.unknown); `left_out` are the namespaces of packs that
    are there and not used; `complete` says whether all packs have a namespace.
    """

    unknown: Mapping[str, Collection[str]] = field(default_factory=dict)
    left_out: Collection[str] = ()
    complete: bool = True

    def may_have(self, pack: str, member: str) -> bool:
        """Whether the pack may have more of these members than are known."""
        return member in self.unknown.get(pack, ())

    def may_be(self, pack: str) -> bool:
        """Whether there may be such a pack beside those that are used."""
        return pack in self.left_out or not self.complete


@dataclass(frozen=True, slots=True)
class ReadOverlays:
    """The overlays as far as they can be read, and what is wrong with them."""

    overlays: tuple[OverlayDraft, ...]
    findings: tuple[Finding, ...]


_PLAIN_SITE = Site()


def read_overlays(files: Iterable[Path], limits: Limits = DEFAULT) -> ReadOverlays:
    """Read and check overlay files. Never raises for what they say."""
    overlays: list[OverlayDraft] = []
    findings: list[Finding] = []
    total = 0
    for number, file in enumerate(files):
        name = shown(file.parent, file.name)
        text = read_file(file, file.parent, limits)
        if isinstance(text, Refused):
            findings.append(Finding(text.code, "error", text.message, name))
            overlays.append(_unread(file.name, name))
            continue
        total += len(text)
        if number >= limits.pack_files or total > limits.pack_bytes:
            message = f"there are more than {limits.pack_files} overlays, or {limits.pack_bytes} bytes of them"
            findings.append(Finding("limit.pack", "error", message, name))
            overlays.append(_unread(file.name, name))
            break
        document = PackDocument(file.name, name, read_yaml(text, name, limits))
        document, faults = read_as("overlay", document)
        told = [*document.yaml.findings, *(fault for fault in faults if fault is not UNTOLD)]
        findings += without_ignored(told, [document])
        overlays.append(_draft(document))
    return ReadOverlays(tuple(overlays), tuple(findings))


def _unread(name: str, file: str) -> OverlayDraft:
    return _draft(read_as("overlay", PackDocument(name, file, read_yaml("", file)))[0])


def _draft(document: PackDocument) -> OverlayDraft:
    if document.doubts is None:
        return OverlayDraft(_overlay(document.value), document)
    overlay, settled = partial_overlay(document.value)
    return OverlayDraft(overlay, document, settled)


def _overlay(value: Mapping[str, Any]) -> Overlay:
    return Overlay(
        id=value["metadata"]["id"],
        pack=value["target"]["pack"],
        version=value["target"]["version"],
        disable={item["rule"]: item["reason"] for item in value.get("disable", ())},
        params=value.get("params", {}),
        tables=value.get("tables", {}),
        settlements=tuple(Settlement(**item) for item in value.get("onConflict", ())),
    )


def apply(
    packs: Sequence[Pack], overlays: Sequence[OverlayDraft], site: Site = _PLAIN_SITE
) -> tuple[list[Pack], list[Finding]]:
    """The packs as the overlays change them, and what is wrong with the overlays.

    An overlay with findings still changes what it can, so that all findings
    come at once; whoever gets findings must not use the packs.
    """
    changed = {pack.namespace: pack for pack in packs}
    findings = list(_twice(overlays))
    for draft in overlays:
        pack = changed.get(draft.overlay.pack)
        if pack is None:
            if not site.may_be(draft.overlay.pack):
                findings.append(_no_pack(draft, changed))
            continue
        findings += islice(_check(draft, pack, site), MOST_FINDINGS)
        changed[pack.namespace] = _changed(pack, draft.overlay)
    for draft in overlays:
        for index, settlement in enumerate(draft.overlay.settlements):
            # Where the pack that is to answer is left out, there is no conflict to settle.
            if settlement.use in changed or not site.may_be(settlement.use):
                if not site.may_have(settlement.use, "rules"):
                    findings += _check_settlement(draft, index, settlement, changed)
                _settle(settlement, changed)
    return list(changed.values()), findings


def _no_pack(draft: OverlayDraft, known: Iterable[str]) -> Finding:
    meant = nearest(draft.overlay.pack, known)
    hint = f"did you mean {meant}?" if meant else f"there are: {', '.join(sorted(known)) or 'none'}"
    message = f"there is no pack {draft.overlay.pack}"
    return draft.document.finding("overlay.pack", message, ("target", "pack"), hint=hint)


def _check(draft: OverlayDraft, pack: Pack, site: Site) -> Iterator[Finding]:
    overlay, document = draft.overlay, draft.document
    if not (site.may_have(pack.namespace, "version") or allows(overlay.version, pack.version)):
        message = f"the overlay is for versions {overlay.version} of {pack.namespace}, and this is {pack.version}"
        hint = "look whether what it changes is still there, then widen the range"
        yield document.finding("overlay.version", message, ("target", "version"), hint=hint)
    rules = {name for rule in pack.rules for name in (rule.id, *rule.replaces)} | {each.id for each in pack.drivers}
    for index, rule in enumerate(overlay.disable if not site.may_have(pack.namespace, "rules") else ()):
        if rule not in rules:
            yield _no_name(draft, ("disable", index, "rule"), f"{pack.namespace} has no rule {rule}", rule, rules)
    for name, value in overlay.params.items():
        pointer: Pointer = ("params", name)
        if name not in pack.params:
            if site.may_have(pack.namespace, "params"):
                continue
            yield _no_name(draft, pointer, f"{pack.namespace} has no parameter {name}", name, pack.params, key=True)
        elif pack.params[name] is not None and type_word(value) != type_word(pack.params[name]):
            message = f"{name} is {show(value)}; its default is {show(pack.params[name])}"
            hint = f"give a value of the type {type_word(pack.params[name])}"
            yield document.finding("overlay.value", message, pointer, hint=hint)
    for name in overlay.tables if not site.may_have(pack.namespace, "tables") else ():
        if name not in pack.tables:
            message = f"{pack.namespace} has no table {name}"
            yield _no_name(draft, ("tables", name), message, name, pack.tables, key=True)


def _no_name(
    draft: OverlayDraft, pointer: Pointer, message: str, name: str, known: Iterable[str], *, key: bool = False
) -> Finding:
    meant = nearest(name, known)
    hint = f"did you mean {meant}?" if meant else f"there are: {', '.join(sorted(known)) or 'none'}"
    return draft.document.finding("overlay.name", message, pointer, key=key, hint=hint)


def _changed(pack: Pack, overlay: Overlay) -> Pack:
    return replace(
        pack,
        rules=tuple(rule for rule in pack.rules if overlay.disable.keys().isdisjoint((rule.id, *rule.replaces))),
        drivers=tuple(driver for driver in pack.drivers if driver.id not in overlay.disable),
        params={**pack.params, **overlay.params},
        tables={name: {**rows, **overlay.tables.get(name, {})} for name, rows in pack.tables.items()},
    )


def _twice(overlays: Sequence[OverlayDraft]) -> Iterator[Finding]:
    """Two overlays that say different things about one thing: no order between them is right."""
    said: dict[tuple[str, ...], tuple[Any, str]] = {}
    for draft in overlays:
        for what, value, pointer in _statements(draft.overlay):
            earlier = said.setdefault(what, (value, draft.document.file))
            if earlier[0] != value:
                message = f"{earlier[1]} says something else about {'.'.join(what[1:])} of {what[0]}"
                yield draft.document.finding("overlay.conflict", message, pointer, hint="keep one of them")


def _statements(overlay: Overlay) -> Iterator[tuple[tuple[str, ...], Any, Pointer]]:
    for name, value in overlay.params.items() if overlay.pack else ():
        yield (overlay.pack, "params", name), value, ("params", name)
    for table, rows in overlay.tables.items() if overlay.pack else ():
        for key, row in rows.items():
            yield (overlay.pack, "tables", table, key), row, ("tables", table, key)
    for index, settled in enumerate(overlay.settlements):
        yield (settled.source, settled.feature), settled.use, ("onConflict", index, "use")


def _check_settlement(
    draft: OverlayDraft, index: int, settlement: Settlement, packs: Mapping[str, Pack]
) -> Iterator[Finding]:
    owners = [name for name, pack in packs.items() if answers(pack, settlement.source, settlement.feature)]
    if settlement.use in owners or not (settlement.source and settlement.feature):
        return
    message = f"{settlement.use} does not answer {settlement.feature} of {settlement.source}"
    hint = f"these packs do: {', '.join(owners)}" if owners else "no pack does"
    yield draft.document.finding("overlay.conflict", message, ("onConflict", index, "use"), hint=hint)


def answers(pack: Pack, source: str, feature: str) -> bool:
    """Whether a rule or driver of the pack answers the feature for subjects of the source."""
    return (source, feature) in answered(pack)


def _settle(settlement: Settlement, packs: dict[str, Pack]) -> None:
    """Leave the feature to one pack."""
    for name, pack in packs.items():
        if name != settlement.use and answers(pack, settlement.source, settlement.feature):
            kept = tuple(
                rule
                for rule in pack.rules
                if (rule.source, rule.emit.feature) != (settlement.source, settlement.feature)
            )
            packs[name] = replace(pack, rules=kept, drivers=tuple(_without(settlement, pack.drivers)))


def _without(settlement: Settlement, drivers: Sequence[Driver]) -> Iterator[Driver]:
    """The drivers that still have a feature to answer, each without the settled one."""
    for driver in drivers:
        if driver.source != settlement.source:
            yield driver
            continue
        rest = replace(driver, settled=driver.settled | {settlement.feature})
        if rest.answers:
            yield rest
