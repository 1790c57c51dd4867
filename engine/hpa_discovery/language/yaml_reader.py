# SPDX-License-Identifier: Apache-2.0
"""The one reader of YAML: lint, start, reload, the API and the tests all read with it.

Strict: see scalars.py for what may stand without quotes; duplicate keys,
anchors, aliases, tags, merges, keys that are not text, indentation by anything but spaces,
and more than one document are findings with line, column and what to write.

| code | what is wrong |
|---|---|
| yaml.syntax | not YAML, or YAML in a form that is nearly always a slip |
| yaml.duplicate_key | a key is given twice |
| yaml.alias | an anchor or alias |
| yaml.tag | a tag |
| yaml.implicit | a plain scalar that readers disagree about, or a key that is not text |
| yaml.document | no document, or more than one |
| limit.file, limit.yaml_depth, limit.yaml_nodes, limit.findings | a limit is used up |
| ignore.form, ignore.reason | an ignore comment that cannot be followed |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hpa_discovery.language.budgets import DEFAULT, Limits
from hpa_discovery.language.yaml_build import MAX_FINDINGS, Builder
from hpa_discovery.language.yaml_events import Mark
from hpa_discovery.language.yaml_ignores import Ignore, IgnoreFault, read_ignores
from hpa_discovery.language.yaml_marks import Marks, Pointer
from hpa_discovery.language.yaml_text import TextFault, decode, indents, size_of, unreadable
from hpa_discovery.model import Finding

__all__ = ["Document", "Ignore", "Mark", "Pointer", "read_yaml"]


@dataclass(frozen=True, slots=True)
class Document:
    """One file as read.

    `value` is made of dict, list, str, int, float, bool and None; it is None
    when the file could not be read to its end. With findings it can be there
    all the same, so that what else is wrong can be said too; it must not be used
    for anything but that. `doubts` are the places in it whose value may be another
    one than was meant, () the whole. `ignores` is what the author asked to leave out.
    """

    value: Any
    findings: tuple[Finding, ...]
    ignores: tuple[Ignore, ...]
    _marks: Marks
    doubts: frozenset[Pointer] = frozenset()

    def mark(self, pointer: Pointer, key: bool = False) -> Mark:
        """Where the value at `pointer` (or its key) stands, or the nearest known value around it."""
        return self._marks.mark(pointer, key=key)

    def mark_inside(self, pointer: Pointer, offset: int) -> Mark:
        """Where character `offset` of the text at `pointer` stands; the text's start if it has several lines."""
        return self._marks.inside(pointer, offset)


def read_yaml(text: str | bytes, file: str, limits: Limits = DEFAULT) -> Document:
    """Read `text`; `file` is only what findings call it. Never raises for what the text says."""
    size = size_of(text, limits.file_bytes)
    if size > limits.file_bytes:
        message = f"the file is larger than {limits.file_bytes} bytes"
        return _unreadable([Finding("limit.file", "error", message, file, hint="split it")])
    try:
        source = decode(text)
    except TextFault as fault:
        return _unreadable([_finding(fault, file)])
    faults = unreadable(source, MAX_FINDINGS)
    if faults:
        return _unreadable([_finding(fault, file) for fault in faults])
    return _read(source, file, limits)


def _read(text: str, file: str, limits: Limits) -> Document:
    findings = [_finding(fault, file) for fault in indents(text, MAX_FINDINGS)]
    builder = Builder(text, file, limits)
    builder.run()
    doubts = frozenset({()}) if findings else frozenset(builder.doubts)
    # Where a tab indents, the parser's own complaint is about the same tab.
    findings += [found for found in builder.findings if not findings or found.code != "yaml.syntax"]
    ignores, faults = read_ignores(text, MAX_FINDINGS)
    findings += [_ignore_finding(fault, file) for fault in faults]
    findings.sort(key=lambda finding: (finding.line, finding.column))
    return Document(builder.value, tuple(findings), ignores, Marks(text, 2 * limits.yaml_nodes), doubts)


def _unreadable(findings: list[Finding]) -> Document:
    return Document(None, tuple(findings), (), Marks("", 0), frozenset({()}))


def _finding(fault: TextFault, file: str) -> Finding:
    return Finding("yaml.syntax", "error", fault.message, file, fault.mark.line, fault.mark.column, fault.hint)


def _ignore_finding(fault: IgnoreFault, file: str) -> Finding:
    return Finding(fault.code, "error", fault.message, file, fault.mark.line, fault.mark.column, fault.hint)
