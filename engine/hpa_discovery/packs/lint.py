# SPDX-License-Identifier: Apache-2.0
"""`hpa lint`: packs, single files of packs, sets of packs, and overlays. No driver is ever run.

A path is a pack folder, a folder of such folders, or one file: then its whole
pack is looked at, and what is said is what concerns the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.model import Finding
from hpa_discovery.packs.checks.sets import Member
from hpa_discovery.packs.combine import combine
from hpa_discovery.packs.draft import PackDocument
from hpa_discovery.packs.files import PACK_FILE, TEST_SUFFIX, find_packs, read_files, shown
from hpa_discovery.packs.lint_targets import Targets, find_targets
from hpa_discovery.packs.load import LoadedPack, load_pack
from hpa_discovery.packs.overlays import read_overlays
from hpa_discovery.packs.renames import gone
from hpa_discovery.packs.schemas import Kind, validate
from hpa_discovery.resources import bundled


@dataclass(frozen=True, slots=True)
class LintResult:
    """What was found: `findings` by file and line, the packs as loaded, and how many files were looked at."""

    findings: tuple[Finding, ...]
    packs: tuple[LoadedPack, ...]
    files: int

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return not any(finding.severity == "error" for finding in self.findings)


def lint_paths(paths: Sequence[Path], *, base: Path | None = None) -> LintResult:
    """Look at everything at `paths`; with `base`, an earlier copy of the packs, at ids that are gone too.

    UsageError for a path that is not there or holds no pack.
    """
    targets = find_targets(paths)
    loaded = tuple(load_pack(root, tests=True) for root in targets.packs)
    findings = [finding for pack in loaded for finding in _concerning(pack, targets)]
    for stray in targets.strays:
        findings += _stray(stray)
    findings += _together(loaded, tuple(targets.overlays))
    if base is not None:
        # Of a pack with rules that cannot be read, nobody knows which are gone.
        whole = [item for item in loaded if item.unknown.isdisjoint({"namespace", "rules"})]
        findings += gone([Member(item.root, item.known) for item in whole if item.known is not None], base)
    ordered = sorted(dict.fromkeys(findings), key=lambda found: (found.file, found.line, found.column, found.code))
    return LintResult(tuple(ordered), loaded, _count(targets))


def _concerning(pack: LoadedPack, targets: Targets) -> Iterator[Finding]:
    names = targets.only.get(pack.root)
    yield from (finding for finding in pack.findings if names is None or finding.file in names)


def _count(targets: Targets) -> int:
    read = {path for root in targets.packs for path in _files(root, targets)}
    return len(read | {shown(path.parent, path.name) for path in (*targets.strays, *targets.overlays)})


def _files(root: Path, targets: Targets) -> set[str]:
    if root in targets.only:
        return targets.only[root]
    return {shown(root, name) for name in read_files(root, tests=True).texts}


def _stray(path: Path) -> Iterator[Finding]:
    """A rule or test file outside of any pack: what can be said without one."""
    name = shown(path.parent, path.name)
    message = f"the file is in no pack: there is no {PACK_FILE} beside it or above it"
    yield Finding("pack.missing", "error", message, name, hint="make one with: hpa new pack NAME")
    files = read_files(path.parent, tests=True)
    yield from (finding for finding in files.findings if finding.file == name)
    if path.name not in files.texts:
        return
    document = PackDocument(path.name, name, read_yaml(files.texts[path.name], name))
    yield from document.yaml.findings
    kind: Kind = "rule-test" if path.name.endswith(TEST_SUFFIX) else "rule"
    for fault in validate(kind, document.value) if not document.yaml.findings else ():
        yield document.finding(fault.code, fault.message, fault.pointer, key=fault.on_key, hint=fault.hint)


def _together(loaded: Sequence[LoadedPack], overlay_files: Sequence[Path]) -> Iterator[Finding]:
    """The packs as a site would use them: optional ones only where an overlay names them.

    An overlay may be about a bundled pack that was not asked about.
    """
    read = read_overlays(overlay_files)
    yield from read.findings
    named = {draft.overlay.pack for draft in read.overlays}
    named |= {settled.use for draft in read.overlays for settled in draft.overlay.settlements}
    present = {"", *(item.known.namespace for item in loaded if item.known is not None)}
    candidates = [*loaded, *(_bundled(named - present) if named - present else ())]
    used = [
        item
        for item in candidates
        if item.known is None or item.known.activation == "default" or item.known.namespace in named
    ]
    _, findings = combine(used, read.overlays)
    yield from findings


def _bundled(names: set[str]) -> Iterator[LoadedPack]:
    for root in find_packs(bundled("rules")):
        item = load_pack(root)
        if item.pack is not None and item.pack.namespace in names:
            yield item
