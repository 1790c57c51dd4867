# SPDX-License-Identifier: Apache-2.0
"""A pack on its way in: its documents with their places, before and while it is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hpa_discovery.discovery.contract import Contract
from hpa_discovery.language.driver import Driver
from hpa_discovery.language.rule import Rule
from hpa_discovery.language.vocabulary import FeatureWords
from hpa_discovery.language.yaml_reader import Document, Pointer
from hpa_discovery.model import Finding, Severity
from hpa_discovery.packs.catalogue import severity_of
from hpa_discovery.packs.contracts import load_vocabulary

# In place of a finding that would only follow from another: checks yield it, and nobody is told.
UNTOLD: Final = Finding("", "info", "", "")


@dataclass(frozen=True, slots=True)
class PackDocument:
    """One YAML file of a pack. `file` is its path as findings show it, `name` its path in the pack.

    `doubts` are the places of which nothing is known, because they were found
    faulty; None for a file without faults. `cut` is its value without them.
    """

    name: str
    file: str
    yaml: Document
    doubts: frozenset[Pointer] | None = None
    cut: Any = None

    @property
    def value(self) -> Any:
        """What the file says, as plain values."""
        return self.yaml.value if self.doubts is None else self.cut

    @property
    def readable(self) -> bool:
        """Whether anything is known of it."""
        return self.doubts is None or () not in self.doubts

    def _tells(self, pointer: Pointer) -> bool:
        """Whether what stands at `pointer` was written by the author, and is not in doubt."""
        if self.doubts is None:
            return True
        part = self.yaml.value
        for depth, step in enumerate(pointer):
            known = step in part if isinstance(part, dict) else isinstance(part, list) and step in range(len(part))
            if pointer[:depth] in self.doubts or not known:
                return False
            part = part[step]
        return pointer not in self.doubts

    def finding(  # noqa: PLR0913 - a finding has as many parts
        self,
        code: str,
        message: str,
        pointer: Pointer = (),
        *,
        key: bool = False,
        offset: int | None = None,
        hint: str = "",
        rule: str = "",
    ) -> Finding:
        """A finding at the value (or key, or character of the text) at `pointer`; UNTOLD where that is in doubt."""
        if not self._tells(pointer):
            return UNTOLD
        if offset is None:
            mark = self.yaml.mark(pointer, key)
        else:
            mark = self.yaml.mark_inside(pointer, offset)
        severity: Severity = severity_of(code)
        return Finding(code, severity, message, self.file, mark.line, mark.column, hint, rule)


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule, with the file it stands in.

    Of one with faults, `untold` are the codes that cannot be answered, and
    `readable` says whether all is there that may read a name.
    """

    rule: Rule
    document: PackDocument
    untold: frozenset[str] = frozenset()
    readable: bool = True

    def finding(
        self, code: str, message: str, pointer: Pointer, *, key: bool = False, offset: int | None = None, hint: str = ""
    ) -> Finding:
        """A finding of this rule."""
        if code in self.untold:
            return UNTOLD
        return self.document.finding(code, message, pointer, key=key, offset=offset, hint=hint, rule=self.rule.id)


@dataclass(frozen=True, slots=True)
class DriverDraft:
    """A driver, with the driver.yaml it stands in."""

    driver: Driver
    document: PackDocument

    def finding(self, code: str, message: str, pointer: Pointer, *, hint: str = "") -> Finding:
        """A finding about this driver."""
        return self.document.finding(code, message, pointer, hint=hint, rule=self.driver.id)


@dataclass(frozen=True, slots=True)
class TestDraft:
    """A test file. Of one with faults, None stands for what its schema refuses."""

    rule_name: str
    document: PackDocument


@dataclass(frozen=True, slots=True)
class PackDraft:
    """All of one pack that could be read.

    `said` is what pack.yaml says, in the form its schema asks for, and `unknown`
    the members of it that are not known whole (partial_pack.py). `refused` are
    the files, by their path in the pack, that are neither among the rules nor
    the tests because they could not be read.
    """

    root: Path
    document: PackDocument
    rules: Sequence[RuleDraft]
    tests: Sequence[TestDraft]
    tables: Mapping[str, Mapping[str, Any]]
    contracts: Mapping[str, Contract]
    said: Mapping[str, Any]
    unknown: frozenset[str] = frozenset()
    with_tests: bool = True
    refused: frozenset[str] = frozenset()
    drivers: Sequence[DriverDraft] = ()

    @property
    def vocabulary(self) -> Mapping[str, FeatureWords]:
        """The features with what schemas/vocabulary.yaml says; read when a check asks, as using a pack does not."""
        return load_vocabulary()

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The pack's metadata."""
        return self.said["metadata"]  # type: ignore[no-any-return]  # the schema says it is an object

    @property
    def namespace(self) -> str:
        """The pack's namespace."""
        return str(self.metadata["namespace"])

    @property
    def params(self) -> Mapping[str, Mapping[str, Any]]:
        """The pack's parameters: {name: {default, description}}."""
        return self.said.get("params") or {}

    @property
    def features(self) -> tuple[str, ...]:
        """The features the pack provides, in the order of its answers."""
        return tuple(self.said["provides"]["features"])

    @property
    def requires(self) -> Mapping[str, Any]:
        """What the pack needs: {engine, sources, drivers}, each where it is given."""
        return self.said.get("requires") or {}

    @property
    def table_files(self) -> Mapping[str, str]:
        """The file of each table."""
        return self.said.get("tables") or {}
