# SPDX-License-Identifier: Apache-2.0
"""Coverage: what the test cases of a pack have never shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hpa_discovery.packs.cases import benches
from hpa_discovery.packs.coverage import Point, measure, points_of, seen_points
from packs.samples import FILES, load


def test_the_sample_pack_is_covered(tmp_path: Path) -> None:
    """Cases that show everything leave no gap."""
    coverage = measure(load(tmp_path))

    assert [str(gap) for gap in coverage.gaps] == []
    # 4 of pinning's two leaves, 2 of numa's leaf, 2 of its group's, 2 of device's, 2 of its requirement;
    # two each; 2 + 2 + 3 attributes
    assert (coverage.points, coverage.shown, coverage.complete) == (21, 21, True)


def _without(name: str, case: str) -> tuple[str, str, str]:
    text = FILES[name]
    found = re.search(rf"- name: {case}\n(?:  .*\n)+", text)
    assert found, case
    return name, found[0], ""


MISSING = [
    pytest.param(
        _without("pinning.test.yaml", "threads only, on another architecture"),
        [
            "pinning.yaml:15:46: acme.test/pinning: `thread is present` was never true",
            "pinning.yaml:21:9: acme.test/pinning: the attribute logicalCpuThreadPinningPolicy was never written",
        ],
        id="leaf and attribute",
    ),
    pytest.param(
        _without("device.test.yaml", "an alias that nobody knows"),
        ["device.yaml:31:7: acme.test/device: the requirement pci.alias never failed"],
        id="requirement",
    ),
    pytest.param(
        _without("numa.test.yaml", "two nodes, memory of the second only"),
        [
            "numa.yaml:28:15: acme.test/numa: `memory is present` was never true",
            "numa.yaml:30:13: acme.test/numa: the attribute numaMem-{{ i }} was never written",
        ],
        id="group",
    ),
]


@pytest.mark.parametrize(("change", "expected"), MISSING)
def test_a_missing_case_is_a_gap_with_its_place(
    tmp_path: Path, change: tuple[str, str, str], expected: list[str]
) -> None:
    """Without a case, what only it showed is reported where it stands in the rule, with what to add."""
    gaps = measure(load(tmp_path, change)).gaps

    told = sorted(str(gap).removeprefix(f"{tmp_path}/").split(";")[0] for gap in gaps)
    assert told == sorted(expected)
    assert all(gap.hint.startswith("add a case in which") for gap in gaps)


def test_an_each_needs_an_item(tmp_path: Path) -> None:
    """A rule whose cases never give an item has shown nothing."""
    bench, _ = next((bench, cases) for bench, cases in benches(load(tmp_path)) if bench.rule.each)

    assert seen_points(bench, [{"flavor": {"extra_specs": {}}}]) == set()
    assert Point(("spec", "each"), "item") in points_of(bench.rule)
    assert Point(("spec", "each"), "item") in seen_points(
        bench, [{"flavor": {"extra_specs": {"pci_passthrough:alias": "card"}}}]
    )
