# SPDX-License-Identifier: Apache-2.0
"""Whether a pack may be used: lint and its tests decide, in this process or another."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpa_discovery.packs.live.verdict import Verdict, check_pack, read_verdict
from packs.live.sites import Vendor


def codes(verdict: Verdict) -> list[str]:
    """What was found."""
    return [finding.code for finding in verdict.findings]


def test_good(tmp_path: Path) -> None:
    """A pack without errors whose cases pass may be used."""
    verdict = check_pack(Vendor(tmp_path / "acme").write().folder)
    assert (verdict.ok, verdict.findings) == (True, ())


def test_lint_error(tmp_path: Path) -> None:
    """What lint refuses is refused, and no case is run."""
    pack = Vendor(tmp_path / "acme").write(feature="pciePasthrough").folder
    verdict = check_pack(pack)
    assert not verdict.ok
    assert "vocabulary.feature" in codes(verdict)


def test_failing_case(tmp_path: Path) -> None:
    """DESIGN 7: a pack whose own tests fail is refused; the finding says which, where, and what differs."""
    verdict = check_pack(Vendor(tmp_path / "acme").write(count="3", expected="2").folder)
    assert (verdict.ok, codes(verdict)) == (False, ["test.failed"])
    finding = verdict.findings[0]
    assert Path(finding.file).name == "device.test.yaml"
    assert "'it is there'" in finding.message
    assert finding.rule == "acme.nic/device"
    assert finding.line > 0


def test_warnings(tmp_path: Path) -> None:
    """Warnings are told and keep nothing from being used."""
    pack = Vendor(tmp_path / "acme").write().folder
    text = (pack / "pack.yaml").read_text(encoding="utf-8")
    (pack / "pack.yaml").write_text(text.replace("[pciePassthrough]", "[pciePassthrough, sriovNICNetwork]"))
    verdict = check_pack(pack)
    assert verdict.findings
    assert verdict.ok == all(finding.severity != "error" for finding in verdict.findings)


def test_from_process_to_process(tmp_path: Path) -> None:
    """A verdict stays what it is on its way through JSON."""
    verdict = check_pack(Vendor(tmp_path / "acme").write(expected="2").folder)
    assert read_verdict(verdict.as_json()) == verdict


@pytest.mark.parametrize(
    "value",
    [{}, [], None, {"findings": [{}]}, {"findings": [{"code": "x", "severity": "fine", "message": "", "file": ""}]}],
)
def test_no_verdict(value: object) -> None:
    """What is no verdict is not taken for one without findings."""
    with pytest.raises((TypeError, KeyError)):
        read_verdict(value)  # type: ignore[arg-type]
