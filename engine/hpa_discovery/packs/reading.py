# SPDX-License-Identifier: Apache-2.0
"""From the files of a pack to what its checks look at: strict YAML first, then the schema of what each file is.

A file with faults is read as far as it goes (partial.py), so that a fault in
one place hides nothing that is wrong in another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hpa_discovery.drivers.folders import digest_of
from hpa_discovery.errors import DataError
from hpa_discovery.language.budgets import Limits
from hpa_discovery.language.driver import parse_driver
from hpa_discovery.language.rule import parse_rule
from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.model import Finding
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.draft import UNTOLD, DriverDraft, PackDocument, PackDraft, RuleDraft, TestDraft
from hpa_discovery.packs.files import OVERLAY_SUFFIX, PACK_FILE, TEST_SUFFIX, PackFiles, is_driver, shown
from hpa_discovery.packs.partial import mapping, read_as, unread
from hpa_discovery.packs.partial_pack import PartialPack, partial_pack
from hpa_discovery.packs.partial_rule import partial_rule
from hpa_discovery.packs.schemas import Kind

# Of YAML and the schemas in one pack: whoever has more has no use for them, and they would take long to find.
MOST_FINDINGS = 500
# What cannot be said of a rule some of whose names are not known.
_ABOUT_NAMES = frozenset(
    {"condition.unknown_name", "emit.unknown_name", "expr.identifier", "expr.unknown_name", "template.unknown_name"}
)
_A_RULE_HAS = ("apiVersion", "kind", "metadata", "spec")


class PackReader:
    """The documents of one pack; `findings` is what YAML and the schemas find wrong with them."""

    def __init__(self, files: PackFiles, limits: Limits) -> None:
        self._root = files.root
        self._refused = files.refused
        self.findings = list(files.findings)
        self.documents: dict[str, PackDocument] = {}
        for name, text in files.texts.items():
            file = shown(files.root, name)
            self.documents[name] = PackDocument(name, file, read_yaml(text, file, limits))
            self.findings += self.documents[name].yaml.findings
            if len(self.findings) > MOST_FINDINGS:
                break
        self._complete = len(self.documents) == len(files.texts)

    def draft(self, with_tests: bool) -> PackDraft | None:
        """The pack as far as it can be read; None when nothing more can be said of it."""
        if not self._complete:
            self._stopped()
            return None
        document, pack = self._pack()
        tables = dict(self._tables(document, pack))
        self.findings += self._misnamed(pack)
        others = self._others(pack)
        rules, tests = tuple(self._rules(others)), tuple(self._tests(others))
        drivers = tuple(self._drivers())
        if len(self.findings) > MOST_FINDINGS:
            self._stopped()
        read = {item.document.name for group in (rules, tests, drivers) for item in group}
        named = {item.name for item in others if not item.name.endswith(OVERLAY_SUFFIX)}
        missed = (named | set(filter(is_driver, self.documents))) - read
        return PackDraft(
            self._root,
            document,
            rules,
            tests,
            tables,
            load_contracts(),
            pack.value,
            pack.unknown,
            with_tests,
            frozenset(missed | self._refused),
            drivers,
        )

    def _stopped(self) -> None:
        message = f"more than {MOST_FINDINGS} findings; the other files of the pack are not read"
        self.findings.append(Finding("limit.findings", "error", message, shown(self._root, PACK_FILE)))

    def _pack(self) -> tuple[PackDocument, PartialPack]:
        document = self.documents.get(PACK_FILE)
        if document is None:
            file = shown(self._root, PACK_FILE)
            if not self.findings:
                message = f"no {PACK_FILE} in {self._root}"
                self.findings.append(Finding("pack.missing", "error", message, file))
            document = PackDocument(PACK_FILE, file, read_yaml("", file))
        document = self._read_as("pack", document)
        if document.doubts is None:
            return document, PartialPack(document.value, frozenset())
        return document, partial_pack(document.value)

    def _read_as(self, kind: Kind, document: PackDocument) -> PackDocument:
        if len(self.findings) > MOST_FINDINGS:
            return unread(document)
        document, findings = read_as(kind, document)
        self.findings += [finding for finding in findings if finding is not UNTOLD]
        return document

    def _tables(self, document: PackDocument, pack: PartialPack) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for name, file in (pack.value.get("tables") or {}).items():
            table = self.documents.get(file)
            if table is not None:
                table = self._read_as("table", table)
                if table.doubts is None:
                    yield name, table.value
            elif file and file not in self._refused:
                message = f"the table file {file} is not in the pack"
                self.findings.append(document.finding("pack.table", message, ("tables", name)))

    def _rules(self, documents: Sequence[PackDocument]) -> Iterator[RuleDraft]:
        for item in documents:
            if not item.name.endswith((TEST_SUFFIX, OVERLAY_SUFFIX)):
                document = self._read_as("rule", item)
                if document.doubts is None:
                    yield RuleDraft(parse_rule(document.value), document)
                elif document.readable and _looks_like_a_rule(document):
                    yield _partial(document)

    def _tests(self, documents: Sequence[PackDocument]) -> Iterator[TestDraft]:
        for item in documents:
            if item.name.endswith(TEST_SUFFIX):
                document = self._read_as("rule-test", item)
                if document.readable:
                    yield TestDraft(document.name.removesuffix(TEST_SUFFIX), document)

    def _drivers(self) -> Iterator[DriverDraft]:
        for item in self.documents.values():
            if not is_driver(item.name):
                continue
            document = self._read_as("driver", item)
            if document.doubts is None:
                folder = (self._root / item.name).parent
                try:
                    digest = digest_of(folder)
                except (DataError, OSError) as error:
                    self.findings.append(document.finding("driver.folder", str(error)))
                    continue
                yield DriverDraft(parse_driver(document.value, str(folder.absolute()), digest), document)

    def _others(self, pack: PartialPack) -> list[PackDocument]:
        """What is neither pack.yaml nor a table. Where not all tables are known, a rule is what looks like one."""
        known = {PACK_FILE, *(pack.value.get("tables") or {}).values(), *filter(is_driver, self.documents)}
        found = [item for name, item in self.documents.items() if name not in known and not name.endswith(".yml")]
        if "files" not in pack.unknown:
            return found
        return [item for item in found if item.name.endswith(TEST_SUFFIX) or _looks_like_a_rule(item)]

    def _misnamed(self, pack: PartialPack) -> Iterator[Finding]:
        tables = set((pack.value.get("tables") or {}).values())
        for name in self.documents.keys() - tables if "files" not in pack.unknown else ():
            if name.endswith(".yml"):
                message = f"{name} ends in .yml; rules and tests end in .yaml"
                yield self.documents[name].finding("file.extension", message, hint="rename it")


def _looks_like_a_rule(document: PackDocument) -> bool:
    if document.yaml.value is None:
        return "/" not in document.name
    return not mapping(document.yaml.value).keys().isdisjoint(_A_RULE_HAS)


def _partial(document: PackDocument) -> RuleDraft:
    rule, names, reads, conditions = partial_rule(document.value)
    untold = _ABOUT_NAMES if not names else frozenset()
    return RuleDraft(rule, document, untold if conditions else untold | {"rule.dead"}, reads)
