# SPDX-License-Identifier: Apache-2.0
"""A pack on its way in: its documents with their places, before and while it is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hpa_discovery.discovery.contract import Contract
from hpa_discovery.language.rule import Rule
from hpa_discovery.language.yaml_reader import Document, Pointer
from hpa_discovery.model import Finding, Severity
from hpa_discovery.packs.catalogue import severity_of


@dataclass(frozen=True, slots=True)
class PackDocument:
    """One YAML file of a pack. `file` is its path as findings show it, `name` its path in the pack."""

    name: str
    file: str
    yaml: Document

    @property
    def value(self) -> Any:
        """What the file says, as plain values."""
        return self.yaml.value

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
        """A finding at the value (or key, or character of the text) at `pointer`."""
        if offset is None:
            mark = self.yaml.mark(pointer, key)
        else:
            mark = self.yaml.mark_inside(pointer, offset)
        severity: Severity = severity_of(code)
        return Finding(code, severity, message, self.file, mark.line, mark.column, hint, rule)


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule that its schema accepts, with the file it stands in."""

    rule: Rule
    document: PackDocument

    def finding(
        self, code: str, message: str, pointer: Pointer, *, key: bool = False, offset: int | None = None, hint: str = ""
    ) -> Finding:
        """A finding of this rule."""
        return self.document.finding(code, message, pointer, key=key, offset=offset, hint=hint, rule=self.rule.id)


@dataclass(frozen=True, slots=True)
class TestDraft:
    """A test file that its schema accepts."""

    rule_name: str
    document: PackDocument


@dataclass(frozen=True, slots=True)
class PackDraft:
    """All of one pack that could be read. `vocabulary` maps features to what schemas/vocabulary.yaml says.

    `refused` are the files, by their path in the pack, that are neither among
    the rules nor the tests because they could not be read.
    """

    root: Path
    document: PackDocument
    rules: Sequence[RuleDraft]
    tests: Sequence[TestDraft]
    tables: Mapping[str, Mapping[str, Any]]
    contracts: Mapping[str, Contract]
    vocabulary: Mapping[str, Any] = field(repr=False)
    with_tests: bool = True
    refused: frozenset[str] = frozenset()

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The pack's metadata."""
        return self.document.value["metadata"]  # type: ignore[no-any-return]  # the schema says it is an object

    @property
    def namespace(self) -> str:
        """The pack's namespace."""
        return str(self.metadata["namespace"])

    @property
    def params(self) -> Mapping[str, Mapping[str, Any]]:
        """The pack's parameters: {name: {default, description}}."""
        return self.document.value.get("params") or {}

    @property
    def features(self) -> tuple[str, ...]:
        """The features the pack provides, in the order of its answers."""
        return tuple(self.document.value["provides"]["features"])
