# SPDX-License-Identifier: Apache-2.0
"""Load packs: read, check, build. The one way in for lint, start, reload, the API and the tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpa_discovery.language.budgets import DEFAULT, Limits
from hpa_discovery.language.pack import Pack
from hpa_discovery.model import Finding
from hpa_discovery.packs.draft import PackDraft
from hpa_discovery.packs.files import read_files
from hpa_discovery.packs.ignores import without_ignored
from hpa_discovery.packs.reading import PackReader


@dataclass(frozen=True, slots=True)
class LoadedPack:
    """A pack as loaded. `pack` is None when an error was found; `tests` maps rule ids to their cases.

    `known` is what could be read of it, errors or not, for findings about packs
    beside each other; `unknown` are its members of which there may be more:
    those of PackDraft.unknown, and rules.
    """

    root: Path
    pack: Pack | None
    findings: tuple[Finding, ...]
    tests: Mapping[str, tuple[Mapping[str, Any], ...]]
    known: Pack | None = None
    unknown: frozenset[str] = frozenset()

    @property
    def ok(self) -> bool:
        """Whether the pack may be used."""
        return self.pack is not None


def load_pack(root: Path, *, tests: bool = False, linted: bool = False, limits: Limits = DEFAULT) -> LoadedPack:
    """The pack in folder `root`, checked whole. Never raises for what the pack says.

    With `tests`, the test files are read and checked too. A bundled pack is `linted`: what lint
    knows beyond the schemas was found before it was released, and would cost a start a third of its time.
    """
    files = read_files(root, tests=tests, limits=limits)
    reader = PackReader(files, limits)
    draft = reader.draft(tests)
    findings = reader.findings
    if draft is not None and not linted:
        from hpa_discovery.packs.checks.every import check_pack  # noqa: PLC0415 - slow, and not always needed

        findings += check_pack(draft)
    kept = without_ignored(findings, reader.documents.values())
    if draft is None:
        return LoadedPack(root, None, kept, {})
    known, unknown = _build(draft), _unknown(draft)
    if unknown or any(finding.severity == "error" for finding in kept):
        return LoadedPack(root, None, kept, {}, known, unknown)
    return LoadedPack(root, known, kept, _cases(draft), known)


def _unknown(draft: PackDraft) -> frozenset[str]:
    whole = all(item.rule.id and item.rule.source and item.rule.emit.feature for item in draft.rules)
    return draft.unknown if whole and not draft.refused else draft.unknown | {"rules"}


def _build(draft: PackDraft) -> Pack:
    value = draft.said
    return Pack(
        namespace=draft.namespace,
        version=draft.metadata["version"],
        level=value["level"],
        activation=value["activation"],
        features=draft.features,
        params={name: item.get("default") for name, item in draft.params.items()},
        tables={name: draft.tables.get(name, {}) for name in draft.table_files},
        rules=tuple(item.rule for item in draft.rules),
        drivers=tuple(item.driver for item in draft.drivers),
        name=draft.metadata["name"],
        license=draft.metadata["license"],
        requires=draft.requires,
        describe_params={name: item.get("description", "") for name, item in draft.params.items()},
    )


def _cases(draft: PackDraft) -> dict[str, tuple[Mapping[str, Any], ...]]:
    return {f"{draft.namespace}/{test.rule_name}": tuple(test.document.value) for test in draft.tests}
