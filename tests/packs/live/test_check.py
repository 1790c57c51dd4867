# SPDX-License-Identifier: Apache-2.0
"""Whether a pack may be used: lint and its tests decide, in this process or another."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpa_discovery.packs.live.check import CheckResult, check_pack, read_result
from packs.live.sites import Vendor


def codes(result: CheckResult) -> list[str]:
    """What was found."""
    return [finding.code for finding in result.findings]


def test_good(tmp_path: Path) -> None:
    """A pack without errors whose cases pass may be used."""
    result = check_pack(Vendor(tmp_path / "acme").write().folder)
    assert (result.ok, result.findings) == (True, ())


def test_lint_error(tmp_path: Path) -> None:
    """What lint refuses is refused, and no case is run."""
    pack = Vendor(tmp_path / "acme").write(feature="pciePasthrough").folder
    result = check_pack(pack)
    assert not result.ok
    assert "vocabulary.feature" in codes(result)


def test_failing_case(tmp_path: Path) -> None:
    """DESIGN 7: a pack whose own tests fail is refused; the finding says which, where, and what differs."""
    result = check_pack(Vendor(tmp_path / "acme").write(count="3", expected="2").folder)
    assert (result.ok, codes(result)) == (False, ["test.failed"])
    finding = result.findings[0]
    assert Path(finding.file).name == "device.test.yaml"
    assert "'it is there'" in finding.message
    assert finding.rule == "acme.nic/device"
    assert finding.line > 0


def test_warnings(tmp_path: Path) -> None:
    """Warnings are told and keep nothing from being used."""
    pack = Vendor(tmp_path / "acme").write().folder
    text = (pack / "pack.yaml").read_text(encoding="utf-8")
    (pack / "pack.yaml").write_text(text.replace("[pciePassthrough]", "[pciePassthrough, sriovNICNetwork]"))
    result = check_pack(pack)
    assert result.findings
    assert result.ok == all(finding.severity != "error" for finding in result.findings)


def test_from_process_to_process(tmp_path: Path) -> None:
    """A result stays what it is on its way through JSON."""
    result = check_pack(Vendor(tmp_path / "acme").write(expected="2").folder)
    assert read_result(result.as_json()) == result


@pytest.mark.parametrize(
    "value",
    [{}, [], None, {"findings": [{}]}, {"findings": [{"code": "x", "severity": "fine", "message": "", "file": ""}]}],
)
def test_no_result(value: object) -> None:
    """What is no result is not taken for one without findings."""
    with pytest.raises((TypeError, KeyError)):
        read_result(value)  # type: ignore[arg-type]  # what a process may send is anything
