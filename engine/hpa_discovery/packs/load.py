# SPDX-License-Identifier: Apache-2.0
"""Load packs: read, check, build. The one way in for lint, start, reload, the API and the tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpa_discovery.language.budgets import DEFAULT, Limits
from hpa_discovery.language.pack import Pack
from hpa_discovery.language.rule import parse_rule
from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.model import Finding
from hpa_discovery.packs.contracts import load_contracts, load_vocabulary
from hpa_discovery.packs.draft import PackDocument, PackDraft, RuleDraft, TestDraft
from hpa_discovery.packs.files import OVERLAY_SUFFIX, PACK_FILE, TEST_SUFFIX, PackFiles, read_files, shown
from hpa_discovery.packs.ignores import without_ignored
from hpa_discovery.packs.schemas import Kind, validate

# Of the YAML of one pack: whoever has more has no use for them, and they would take long to find.
MOST_FINDINGS = 500


@dataclass(frozen=True, slots=True)
class LoadedPack:
    """A pack as loaded. `pack` is None when an error was found; `tests` maps rule ids to their cases."""

    root: Path
    pack: Pack | None
    findings: tuple[Finding, ...]
    tests: Mapping[str, tuple[Mapping[str, Any], ...]]

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
    reader = _Reader(files, limits)
    draft = reader.draft(tests)
    findings = reader.findings
    if draft is not None and not linted:
        from hpa_discovery.packs.checks.every import check_pack  # noqa: PLC0415 - slow, and not always needed

        findings += check_pack(draft)
    kept = without_ignored(findings, reader.documents.values())
    if draft is None or any(finding.severity == "error" for finding in kept):
        return LoadedPack(root, None, kept, {})
    return LoadedPack(root, _build(draft), kept, _cases(draft))


class _Reader:
    """Documents from texts: strict YAML first, then the schema of what the file is."""

    def __init__(self, files: PackFiles, limits: Limits) -> None:
        self.root = files.root
        self.findings = list(files.findings)
        self.refused = files.refused
        self.documents: dict[str, PackDocument] = {}
        for name, text in files.texts.items():
            file = shown(files.root, name)
            self.documents[name] = PackDocument(name, file, read_yaml(text, file, limits))
            self.findings += self.documents[name].yaml.findings
            if len(self.findings) > MOST_FINDINGS:
                break
        self.complete = len(self.documents) == len(files.texts)

    def draft(self, with_tests: bool) -> PackDraft | None:
        if not self.complete:
            message = f"more than {MOST_FINDINGS} findings; the other files of the pack are not read"
            self.findings.append(Finding("limit.findings", "error", message, shown(self.root, PACK_FILE)))
            return None
        document = self.documents.get(PACK_FILE)
        if document is None:
            if not self.findings:
                message = f"no {PACK_FILE} in {self.root}"
                self.findings.append(Finding("pack.missing", "error", message, shown(self.root, PACK_FILE)))
            return None
        if not self._accepts(document, "pack"):
            # What else is wrong is said all the same; without pack.yaml nobody knows which files are tables.
            for other in self._others(name for name in self.documents if "/" in name):
                self._accepts(other, "rule-test" if other.name.endswith(TEST_SUFFIX) else "rule")
            return None
        tables = dict(self._tables(document))
        table_files = set((document.value.get("tables") or {}).values())
        self.findings += self._misnamed(table_files)
        rules, tests = tuple(self._rules(table_files)), tuple(self._tests(table_files))
        read = {item.document.name for item in rules} | {item.document.name for item in tests}
        return PackDraft(
            self.root,
            document,
            rules,
            tests,
            tables,
            load_contracts(),
            load_vocabulary(),
            with_tests,
            frozenset(item.name for item in self._others(table_files) if not _is_overlay(item)) - read | self.refused,
        )

    def _accepts(self, document: PackDocument, kind: Kind) -> bool:
        """Whether the document is sound YAML and what `kind` says; what is wrong is kept."""
        if document.yaml.findings:
            return False
        violations = validate(kind, document.value)
        for fault in violations:
            self.findings.append(
                document.finding(fault.code, fault.message, fault.pointer, key=fault.on_key, hint=fault.hint)
            )
        return not violations

    def _tables(self, document: PackDocument) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for name, file in (document.value.get("tables") or {}).items():
            table = self.documents.get(file)
            if table is None:
                message = f"the table file {file} is not in the pack"
                self.findings.append(document.finding("pack.table", message, ("tables", name)))
            elif self._accepts(table, "table"):
                yield name, table.value

    def _rules(self, tables: Iterable[str]) -> Iterator[RuleDraft]:
        for document in self._others(tables):
            if not document.name.endswith((TEST_SUFFIX, OVERLAY_SUFFIX)) and self._accepts(document, "rule"):
                yield RuleDraft(parse_rule(document.value), document)

    def _tests(self, tables: Iterable[str]) -> Iterator[TestDraft]:
        for document in self._others(tables):
            if document.name.endswith(TEST_SUFFIX) and self._accepts(document, "rule-test"):
                yield TestDraft(document.name.removesuffix(TEST_SUFFIX), document)

    def _others(self, tables: Iterable[str]) -> Sequence[PackDocument]:
        known = {PACK_FILE, *tables}
        return [
            document for name, document in self.documents.items() if name not in known and not name.endswith(".yml")
        ]

    def _misnamed(self, tables: Iterable[str]) -> Iterator[Finding]:
        for name in self.documents.keys() - set(tables):
            if name.endswith(".yml"):
                message = f"{name} ends in .yml; rules and tests end in .yaml"
                yield self.documents[name].finding("file.extension", message, hint="rename it")


def _is_overlay(document: PackDocument) -> bool:
    return document.name.endswith(OVERLAY_SUFFIX)


def _build(draft: PackDraft) -> Pack:
    value = draft.document.value
    return Pack(
        namespace=draft.namespace,
        version=draft.metadata["version"],
        level=value["level"],
        activation=value["activation"],
        features=draft.features,
        params={name: item.get("default") for name, item in draft.params.items()},
        tables=draft.tables,
        rules=tuple(item.rule for item in draft.rules),
        name=draft.metadata["name"],
        license=draft.metadata["license"],
        requires=value.get("requires") or {},
        describe_params={name: item.get("description", "") for name, item in draft.params.items()},
    )


def _cases(draft: PackDraft) -> dict[str, tuple[Mapping[str, Any], ...]]:
    return {f"{draft.namespace}/{test.rule_name}": tuple(test.document.value) for test in draft.tests}
