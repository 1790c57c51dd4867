# SPDX-License-Identifier: Apache-2.0
"""What a new version of a pack changes in meaning, and which version step that asks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hpa_discovery.errors import UsageError
from hpa_discovery.language.driver import Driver
from hpa_discovery.language.pack import Pack
from hpa_discovery.packs.cases import usable
from hpa_discovery.packs.load import LoadedPack, load_pack
from hpa_discovery.packs.publishing.changes import compare_packs
from hpa_discovery.packs.publishing.recorded import Recorded, compare_cases
from hpa_discovery.packs.publishing.steps import Change, Step
from packs.samples import write_pack

Edit = tuple[str, str, str]
RULE, TABLE = "pinning.yaml", "tables/devices.yaml"


def load(folder: Path, *edits: Edit) -> LoadedPack:
    """The sample pack with some edits, as far as its schemas say; what lint knows beyond them does not matter here."""
    return load_pack(write_pack(folder, *edits), tests=True, linted=True)


def _changes(folder: Path, *edits: Edit) -> list[Change]:
    old, new = load(folder / "old"), load(folder / "new", *edits)
    return compare_packs(usable(old), usable(new))


# What is edited, and what is told of it: (step, a part of the message), in order.
CASES: dict[str, tuple[list[Edit], list[tuple[Step, str]]]] = {
    "nothing": ([], []),
    "a comment": ([(RULE, "spec:\n", "spec:\n  # told\n")], []),
    "level": ([("pack.yaml", "level: vendor", "level: generic")], [("major", "has level generic instead of vendor")]),
    "optional": (
        [("pack.yaml", "activation: default", "activation: optional")],
        [("major", "has activation optional instead of default")],
    ),
    "license": ([("pack.yaml", "Apache-2.0", "MIT")], [("patch", "has license MIT instead of Apache-2.0")]),
    "name": ([("pack.yaml", "name: acme-test", "name: acme-x")], [("major", "is published as acme-x instead of")]),
    "engine": (
        [("pack.yaml", "provides:", 'requires: {engine: ">=0.1"}\nprovides:')],
        [("minor", "is >=0.1 instead of any")],
    ),
    "a feature more": (
        [("pack.yaml", "[cpuPinning, numa, pciePassthrough]", "[cpuPinning, numa, pciePassthrough, gpu]")],
        [("minor", "is new")],
    ),
    "order of features": (
        [("pack.yaml", "[cpuPinning, numa,", "[numa, cpuPinning,")],
        [("patch", "is the order now")],
    ),
    "a parameter more": (
        [("pack.yaml", "params:\n", "params:\n  other: {default: 1}\n")],
        [("minor", "is new")],
    ),
    "a default": (
        [("pack.yaml", "default: generic", "default: Intel64")],
        [("patch", "is 'Intel64' by default instead of 'generic'")],
    ),
    "a row more": ([(TABLE, "card:", 'nic: {vendor: "8086"}\ncard:')], [("minor", "gained nic")]),
    "a row less": ([(TABLE, "card:", "nic:")], [("major", "lost card"), ("minor", "gained nic")]),
    "a row changed": ([(TABLE, "37c8", "37c9")], [("patch", "says other things of card")]),
    "title": ([(RULE, "CPU pinning", "Pinning")], [("patch", "is called 'Pinning' instead of 'CPU pinning'")]),
    "version of the capability": (
        [(RULE, "version: v1", "version: v2")],
        [("major", "its version is v2 instead of v1")],
    ),
    "architecture": (
        [(RULE, '"{{ params.architecture }}"', "generic")],
        [("major", "its architecture is generic instead of {{ params.architecture }}")],
    ),
    "discriminator": (
        [("device.yaml", '"{{ name }}"\n', '"pci-{{ name }}"\n')],
        [("major", "its discriminator is pci-{{ name }} instead of {{ name }}")],
    ),
    "a word less": (
        [(RULE, "[dedicated, shared, mixed]", "[dedicated, shared]")],
        [("major", "the name policy allows fewer values")],
    ),
    "a word more": (
        [(RULE, "shared, mixed]", "shared, mixed, other]")],
        [("minor", "the name policy allows more values")],
    ),
    "another path": (
        [(RULE, '"hw:cpu_policy"', '"hw:cpu_policy2"')],
        [("patch", "the name policy is read or limited in another way")],
    ),
    "a name more with limits": (
        [(RULE, "  when: {any", "    more: {path: flavor.name, type: string, enum: [a]}\n  when: {any")],
        [("major", "the name more is new and limited: without a value within its limits there is no capability")],
    ),
    "a name more without": (
        [(RULE, "  when: {any", "    more: {path: flavor.name, type: string}\n  when: {any")],
        [("patch", "the name more is new")],
    ),
    "a name more with limits in a group": (
        [("numa.yaml", "        when: {", "          n: {path: nodes, type: integer, maximum: 9}\n        when: {")],
        [("major", "the name n is new and limited")],
    ),
    "a name is renamed": (
        [("device.yaml", "    product:\n", "    id:\n"), ("device.yaml", "from: product", "from: id")],
        [("patch", "its value is made in another way")],
    ),
    "the condition asks for less": (
        [(RULE, "{any: [", "{any: [{var: thread, equals: isolate}, ")],
        [("minor", "its condition is true for more subjects")],
    ),
    "the condition asks for more": (
        [(RULE, "{any: [{var: policy, present: true}, {var: thread, present: true}]}", "{var: policy, present: true}")],
        [("major", "its condition is true for fewer subjects")],
    ),
    "the condition is gone": (
        [("device.yaml", '  when: {not: {var: name, startsWith: "vgpu-"}}\n', "")],
        [("minor", "its condition is true for more subjects")],
    ),
    "an attribute less": (
        [("device.yaml", "      - {key: pciCount, from: count}\n", "")],
        [("major", "is gone")],
    ),
    "an attribute is renamed": (
        [("device.yaml", "pciDeviceId", "pciDevice")],
        [("major", "is gone"), ("major", "is new and not optional")],
    ),
    "an optional attribute more": (
        [(RULE, "    attributes:\n", "    attributes:\n      - {key: more, from: policy, optional: true}\n")],
        [("minor", "is new")],
    ),
    "a constant attribute more": (
        [(RULE, "    attributes:\n", '    attributes:\n      - {key: more, value: "yes"}\n')],
        [("minor", "is new")],
    ),
    "an attribute more that must be there": (
        [(RULE, "    attributes:\n", "    attributes:\n      - {key: more, from: policy}\n")],
        [("major", "is new and not optional")],
    ),
    "unit": ([("numa.yaml", "unit: MB", "unit: GB")], [("major", "its unit is GB instead of MB")]),
    "optional now": (
        [("device.yaml", "from: count}", "from: count, optional: true}")],
        [("minor", "is optional now")],
    ),
    "value": ([("device.yaml", "from: count}", "from: name}")], [("patch", "its value is made in another way")]),
    "a requirement less": (
        [("device.yaml", "level: error", "level: warning")],
        [("patch", "requires device present True, or warning"), ("minor", "no longer requires device present True")],
    ),
    "fewer items": ([("device.yaml", "max: 16", "max: 8")], [("major", "repeats for at most 8 items instead of 16")]),
    "more items": ([("device.yaml", "max: 16", "max: 32")], [("minor", "repeats for at most 32 items instead of 16")]),
    "items of something else": (
        [("device.yaml", "',')\n    max", "';')\n    max")],
        [("patch", "it repeats for the items of another expression")],
    ),
    "maturity": ([(RULE, "stable", "incubating")], [("patch", "is incubating; it was stable")]),
    "group": (
        [("numa.yaml", "        when: {var: memory, present: true}\n", "")],
        [("minor", "the condition of the group of numaMem-{{ i }} is true for more subjects")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_change(case: str, tmp_path: Path) -> None:
    """Each kind of change is told once, with the step that Semantic Versioning asks for."""
    edits, expected = CASES[case]
    found = _changes(tmp_path, *edits)
    assert [change.step for change in found] == [step for step, _ in expected], found
    for change, (_, part) in zip(found, expected, strict=True):
        assert part in change.message


def _pack(folder: Path) -> Pack:
    return usable(load(folder))


def test_rules_that_come_and_go(tmp_path: Path) -> None:
    """A rule that is gone is major, one that comes is minor, and one that replaces another is compared with it."""
    pack = _pack(tmp_path)
    first, *others = pack.rules
    less = replace(pack, rules=tuple(others))
    assert [(item.step, item.name) for item in compare_packs(pack, less)] == [("major", first.id)]
    assert [(item.step, item.name) for item in compare_packs(less, pack)] == [("minor", first.id)]
    renamed = replace(first, id="acme.test/other", replaces=(first.id,), title="Other")
    found = compare_packs(pack, replace(pack, rules=(renamed, *others)))
    assert [(item.step, item.message) for item in found] == [
        ("minor", f"takes the place of {first.id}"),
        ("patch", f"is called 'Other' instead of {first.title!r}"),
    ]


def test_a_rule_that_is_still_there_is_itself(tmp_path: Path) -> None:
    """A rule that says it replaces another is not compared with it as long as that one is there."""
    pack = _pack(tmp_path)
    first = pack.rules[0]
    copy = replace(first, id="acme.test/other", replaces=(first.id,), title="Other")
    found = compare_packs(pack, replace(pack, rules=(*pack.rules, copy)))
    assert [(item.step, item.name) for item in found] == [("minor", "acme.test/other")]


def test_parts_that_go(tmp_path: Path) -> None:
    """Features, parameters, tables, sources and the namespace: what goes, or has another name, is major."""
    pack = replace(_pack(tmp_path), requires={"sources": ["openstack.flavor", "redfish.system"]})
    for less in (
        replace(pack, features=pack.features[1:]),
        replace(pack, params={}),
        replace(pack, tables={}),
        replace(pack, requires={"sources": ["openstack.flavor"]}),
        replace(pack, namespace="acme.other"),
    ):
        assert [change.step for change in compare_packs(pack, less)] == ["major"]
    for less in (replace(pack, params={}), replace(pack, tables={}), replace(pack, features=pack.features[1:])):
        assert [change.step for change in compare_packs(less, pack)] == ["minor"]


def test_a_list_of_sources_is_less_than_none(tmp_path: Path) -> None:
    """Without a list a pack may read every source: the first one takes away those that are not in it."""
    pack = _pack(tmp_path)
    listed = replace(pack, requires={"sources": ["openstack.flavor"]})
    lost = [("major", "kubernetes.node", "is gone"), ("major", "redfish.system", "is gone")]
    assert [(item.step, item.name, item.message) for item in compare_packs(pack, listed)] == lost
    assert [item.step for item in compare_packs(listed, pack)] == ["minor", "minor"]
    every = replace(pack, requires={"sources": ["redfish.system", "openstack.flavor", "kubernetes.node"]})
    assert compare_packs(pack, every) == []


def test_a_limited_name_that_goes_is_minor(tmp_path: Path) -> None:
    """What ended items does not any more; a name without limits changes nothing that can be read off it."""
    limited = (RULE, "  when: {any", "    more: {path: flavor.name, type: string, pattern: a}\n  when: {any")
    plain = (RULE, "  when: {any", "    more: {path: flavor.name, type: string}\n  when: {any")
    for number, (edit, step) in enumerate(((limited, "minor"), (plain, "patch"))):
        old = usable(load(tmp_path / str(number), edit))
        found = compare_packs(old, usable(load(tmp_path / f"{number} less")))
        assert [(item.step, item.message) for item in found] == [(step, "the name more is gone")]


SECOND_GROUP = """unit: MB}
      - each: {as: i, in: range(nodes), max: 8}
        let:
          memory: {path: "lookup(flavor.extra_specs, 'big.', i)", type: string, pattern: "[0-9]"}
        attributes:
          - {key: "numaMem-{{ i }}", from: memory, unit: GB}
"""


def test_groups_with_the_same_words(tmp_path: Path) -> None:
    """Names and attributes of two groups are not taken for each other, and what one of them changes is told."""
    two = ("numa.yaml", "unit: MB}\n", SECOND_GROUP)
    pack = usable(load(tmp_path / "old", two))
    assert compare_packs(pack, pack) == []
    elsewhere = ("numa.yaml", "unit: MB}\n", SECOND_GROUP.replace("big.", "large."))
    found = compare_packs(pack, usable(load(tmp_path / "path", elsewhere)))
    assert [item.message for item in found] == ["the name memory is read or limited in another way"]
    kilo = ("numa.yaml", "unit: MB}\n", SECOND_GROUP.replace("GB", "KB"))
    found = compare_packs(pack, usable(load(tmp_path / "unit", kilo)))
    assert [item.message for item in found] == ["its unit is KB instead of GB"]
    assert [item.message for item in compare_packs(_pack(tmp_path / "one"), pack)] == [
        "is new and not optional: without it there is no capability"
    ]


DRIVER = Driver(
    id="acme.test/asic",
    title="",
    source="openstack.flavor",
    reads=("flavor.a",),
    features=("gpu", "fpga"),
    start="command",
    command=("./a",),
    timeout=1,
    memory=1,
    processes=1,
    folder="",
    digest="1",
)


@pytest.mark.parametrize(
    ("driver", "expected"),
    [
        (replace(DRIVER), []),
        (None, ["major"]),
        (replace(DRIVER, digest="2"), ["patch"]),
        (replace(DRIVER, features=("gpu",)), ["major"]),
        (replace(DRIVER, features=("gpu", "fpga", "numa")), ["minor"]),
        (replace(DRIVER, reads=("flavor.a", "flavor.b")), ["major"]),
        (replace(DRIVER, reads=()), ["minor"]),
        (replace(DRIVER, source="redfish.system"), ["major"]),
    ],
)
def test_drivers(tmp_path: Path, driver: Driver | None, expected: list[Step]) -> None:
    """Of a driver, what it is asked and what it answers counts; another program is a patch."""
    pack = replace(_pack(tmp_path), drivers=(DRIVER,))
    new = replace(pack, drivers=(driver,) if driver else ())
    assert [change.step for change in compare_packs(pack, new)] == expected
    if driver is None:
        assert [change.step for change in compare_packs(new, pack)] == ["minor"]


def test_old_cases_are_evidence(tmp_path: Path) -> None:
    """What cannot be read off a rule, its old cases show: what they gain, lose, or get in another unit or value."""
    old = load(tmp_path / "old")
    edits = [
        ("device.yaml", "to_int(split(request, ':')[1])", "divide(to_int(split(request, ':')[1]), `2`)"),
        (TABLE, '"8086"', '"8087"'),
    ]
    found = list(compare_cases(old, load(tmp_path / "new", *edits)))
    told = {change.name: (change.step, change.message) for change in found}
    count, vendor = '{"value":"1"} instead of {"value":"2"}', '{"value":"8087"} instead of {"value":"8086"}'
    message = f"changed pciePassthrough v1 generic card: pciCount is {count}; pciVendorId is {vendor}"
    assert told["acme.test/device: two cards"] == ("patch", message)
    assert list(compare_cases(old, load(tmp_path / "same"))) == []


def test_lost_cases_say_why(tmp_path: Path) -> None:
    """A capability that the old cases have and the new rules have not is major, with what took it away."""
    edit = (RULE, 'path: flavor.extra_specs."hw:cpu_policy"', 'path: upper(flavor.extra_specs."hw:cpu_policy")')
    found = list(compare_cases(load(tmp_path / "old"), load(tmp_path / "new", edit)))
    assert [(change.step, change.name) for change in found] == [("major", "acme.test/pinning: dedicated CPUs")]
    assert found[0].message.startswith("lost cpuPinning v1 generic: let.type")


def _flavor(**extra_specs: str) -> dict[str, object]:
    return {
        "id": "1",
        "name": "f",
        "extra_specs": {key.replace("__", ":"): value for key, value in extra_specs.items()},
    }


def test_recorded_subjects(tmp_path: Path) -> None:
    """About each subject it is told which capabilities it gains, loses and has otherwise."""
    edits = [
        (RULE, "[dedicated, shared, mixed]", "[dedicated, shared, other]"),
        ("numa.yaml", "unit: MB", "unit: GB"),
        (TABLE, "37c8", "37c9"),
    ]
    old, new = usable(load(tmp_path / "old")), usable(load(tmp_path / "new", *edits))
    recorded = Recorded(old, new, "openstack.flavor")

    def told(**extra_specs: str) -> list[tuple[Step, str]]:
        return [(change.step, str(change)) for change in recorded.compare(_flavor(**extra_specs), {})]

    assert told(hw__cpu_policy="dedicated") == []
    assert [step for step, _ in told(hw__cpu_policy="mixed")] == ["major"]
    assert told(hw__cpu_policy="other") == [("minor", "gained cpuPinning v1 generic")]
    assert [step for step, _ in told(hw__numa_nodes="1", **{"hw__numa_mem.0": "2"})] == ["major"]
    how = 'pciDeviceId is {"value":"37c9"} instead of {"value":"37c8"}'
    assert told(pci_passthrough__alias="card:1") == [("patch", f"changed pciePassthrough v1 generic card: {how}")]


def test_a_source_that_is_not_read(tmp_path: Path) -> None:
    """Subjects of a source that neither version reads are refused, since nothing would be compared."""
    pack = _pack(tmp_path)
    with pytest.raises(UsageError, match=r"reads 'redfish\.system'; they read openstack\.flavor"):
        Recorded(pack, pack, "redfish.system")
