# SPDX-License-Identifier: Apache-2.0
"""Whether a pack or overlay may be used, and the one way to find out: lint, then its tests."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, get_args

from hpa_discovery.model import Finding, Severity
from hpa_discovery.packs.cases import CaseResult, run_cases
from hpa_discovery.packs.load import load_pack

_SEVERITIES = get_args(Severity)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What was found in a pack. Without errors it may be used."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no error among the findings."""
        return not any(finding.severity == "error" for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """The form in which it crosses from process to process."""
        return {"findings": [asdict(finding) for finding in self.findings]}


class Check(Protocol):
    """Whoever says whether the pack in a folder may be used."""

    def __call__(self, root: Path) -> CheckResult:
        """The result about the pack in `root`. Never raises for what the pack says."""


def check_pack(root: Path) -> CheckResult:
    """Lint the pack as `hpa lint` does, then run its cases as `hpa test` does. DESIGN 7: both before it serves."""
    loaded = load_pack(root, tests=True)
    if not loaded.ok:
        return CheckResult(loaded.findings)
    return CheckResult((*loaded.findings, *(_failed(result) for result in run_cases(loaded).failed)))


def _failed(result: CaseResult) -> Finding:
    differences = "; ".join(map(str, result.differences))
    message = f"the case {result.name!r} fails: {differences}"
    place = result.place
    hint = "run it again with: hpa test"
    return Finding("test.failed", "error", message, place.file, place.line, place.column, hint, result.rule)


def read_result(value: dict[str, Any]) -> CheckResult:
    """The result from its JSON form. TypeError or KeyError for what is none."""
    findings = tuple(Finding(**finding) for finding in value["findings"])
    if any(finding.severity not in _SEVERITIES for finding in findings):
        raise TypeError("a finding of no known severity")
    return CheckResult(findings)
