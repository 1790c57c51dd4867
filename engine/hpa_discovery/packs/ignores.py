# SPDX-License-Identifier: Apache-2.0
"""`# hpa: ignore[code] reason`: a finding that its author knows of. Errors cannot be ignored."""

from __future__ import annotations

from collections.abc import Iterable

from hpa_discovery.model import Finding
from hpa_discovery.packs.draft import PackDocument


def without_ignored(findings: Iterable[Finding], documents: Iterable[PackDocument]) -> tuple[Finding, ...]:
    """The findings that remain, in the order of files and lines."""
    ignored = {
        (document.file, line, code)
        for document in documents
        for ignore in document.yaml.ignores
        for line in (ignore.line, ignore.line + 1)
        for code in ignore.codes
    }
    kept = [
        finding
        for finding in findings
        if finding.severity == "error" or (finding.file, finding.line, finding.code) not in ignored
    ]
    return tuple(sorted(dict.fromkeys(kept), key=lambda finding: (finding.file, finding.line, finding.column)))
