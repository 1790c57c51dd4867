# SPDX-License-Identifier: Apache-2.0
"""Running the test cases of a pack."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpa_discovery.errors import PackError
from hpa_discovery.packs.cases import run_cases
from hpa_discovery.packs.load import load_pack
from packs.samples import load, write_pack


def test_a_pack_whose_cases_hold_passes(tmp_path: Path) -> None:
    """Every case of the sample pack runs, and nothing differs."""
    run = run_cases(load(tmp_path))

    assert [result.lines() for result in run.failed] == []
    assert (run.namespace, len(run.results)) == ("acme.test", 21)


ONE_DIFFERENCE = [
    pytest.param(
        ("pinning.test.yaml", "PinningPolicy: {value: dedicated}", "PinningPolicy: {value: shared}"),
        'cpuPinning v1 generic, logicalCpuPinningPolicy: expected {value: "shared"}, got {value: "dedicated"}',
        id="value",
    ),
    pytest.param(
        ("numa.test.yaml", '{value: "512", unit: MB}', '{value: "512"}'),
        'numa v1 generic, numaMem-1: expected {value: "512"}, got {value: "512", unit: "MB"}',
        id="unit",
    ),
    pytest.param(
        ("pinning.test.yaml", ("    - feature: cpuPinning\n      version: v1\n      architecture: Intel64\n"
         "      attributes:\n        logicalCpuThreadPinningPolicy: {value: isolate}\n"), "    []\n"),
        "cpuPinning v1 Intel64: expected nothing, got a capability",
        id="not asserted",
    ),
    pytest.param(
        ("pinning.test.yaml", "- name: nothing asked\n  flavor: {extra_specs: {}}\n  expect: []\n",
         ("- name: nothing asked\n  flavor: {extra_specs: {}}\n  expect:\n"
         "    - {feature: numa, version: v1, architecture: generic, attributes: {a: {value: b}}}\n")),
        "numa v1 generic: expected a capability, got nothing",
        id="not there",
    ),
    pytest.param(
        ("numa.test.yaml", '        numaNodes: {value: "2"}\n        numaMem-1: {value: "512", unit: MB}\n',
         '        numaMem-1: {value: "512", unit: MB}\n        numaNodes: {value: "2"}\n'),
        "numa v1 generic, order of attributes: expected [numaMem-1, numaNodes], got [numaNodes, numaMem-1]",
        id="order",
    ),
    pytest.param(
        ("numa.test.yaml", "  unknown: [{feature: numa, code: let.type}]\n  diagnostics: [let.type]\n",
         "  unknown: [{feature: numa, code: limit.each}]\n  diagnostics: [let.type]\n"),
        'unknown: expected {code: "limit.each", feature: "numa"}, got [numa let.type]',
        id="unknown",
    ),
    pytest.param(
        ("device.test.yaml", "  unknown: [{feature: pciePassthrough, discriminator: gpu}]\n",
         "  unknown: [{feature: pciePassthrough}]\n"),
        'unknown: expected {feature: "pciePassthrough"}, got [pciePassthrough pci.alias]',
        id="instance of what is unknown",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "line"), ONE_DIFFERENCE)
def test_each_difference_is_one_line(tmp_path: Path, change: tuple[str, str, str], line: str) -> None:
    """A case that expects something else fails, and says what it expected and what it got."""
    (failed,) = run_cases(load(tmp_path, change)).failed

    assert [str(difference) for difference in failed.differences] == [line]


def test_a_diagnostic_must_be_expected(tmp_path: Path) -> None:
    """A case that leaves out a diagnostic fails for it, and for what is unknown because of it."""
    change = ("device.test.yaml", ("  unknown: [{feature: pciePassthrough, discriminator: gpu}]\n  diagnostics: "
              "[pci.alias]\n"), "")  # fmt: skip
    (failed,) = run_cases(load(tmp_path, change)).failed

    assert [str(difference) for difference in failed.differences] == [
        "diagnostics: expected [], got [pci.alias]",
        "unknown: expected nothing, got pciePassthrough gpu (pci.alias)",
    ]


def test_a_failing_case_says_where_it_stands_and_what_to_write(tmp_path: Path) -> None:
    """The lines of a failure name the case's own line, and the YAML that would make it pass does."""
    expected = '        numaNodes: {value: "2"}\n        numaMem-1: {value: "512", unit: MB}\n'
    (failed,) = run_cases(load(tmp_path, ("numa.test.yaml", expected, "        any: {value: x}\n"))).failed

    assert (failed.place.line, failed.place.file[-14:]) == (1, "numa.test.yaml")
    assert failed.lines()[-6:] == [
        "      - feature: numa",
        '        version: "v1"',
        '        architecture: "generic"',
        "        attributes:",
        '          "numaNodes": {value: "2"}',
        '          "numaMem-1": {value: "512", unit: "MB"}',
    ]
    text = (tmp_path / "numa.test.yaml").read_text()
    start, end = text.index("  expect:"), text.index("- name: one node")
    (tmp_path / "numa.test.yaml").write_text(
        text[:start] + "".join(f"  {line}\n" for line in failed.write) + text[end:]
    )
    assert run_cases(load_pack(tmp_path, tests=True)).failed == ()


def test_a_refused_pack_has_no_run(tmp_path: Path) -> None:
    """The tests of a pack with errors are not run: the error carries its findings."""
    write_pack(tmp_path, ("pinning.yaml", "type: string\n      enum: [prefer", "type: text\n      enum: [prefer"))

    with pytest.raises(PackError) as caught:
        run_cases(load_pack(tmp_path, tests=True))

    assert caught.value.findings
