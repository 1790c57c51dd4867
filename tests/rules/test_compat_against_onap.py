# SPDX-License-Identifier: Apache-2.0
"""onap.openstack-compat against ONAP's own driver from PyPI: equal, but for that driver's listed faults.

Compared per capability. A capability is excluded only when onap_faults.py names
a fault of its own, and then the documented difference is asserted instead.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hpa_discovery.discovery.generation import Generation, compile_packs
from hpa_discovery.model import CapabilityWriter, Outcome
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.load import load_pack
from hpa_discovery.resources import bundled
from rules.onap_faults import faults
from rules.onap_oracle import FEATURES, upstream, without_id
from strategies.flavors import any_flavors, contexts, onap_flavors, valid_flavors

SOURCE = "openstack.flavor"
WANTED = {feature: 50 if feature == "ovsDpdk" else 200 for feature in FEATURES}
MEMBERS = {
    "basicCapabilities": ("vcpus", "ram"),
    "localStorage": ("disk", "swap", "OS-FLV-EXT-DATA:ephemeral"),
}
EXAMPLES = 5000 if os.environ.get("HPA_PROVE") else 600
OPTIONS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
CLEAN: Counter[str] = Counter()
FAULTS: Counter[str] = Counter()


@cache
def generation() -> Generation:
    """The compat pack, compiled."""
    loaded = load_pack(Path(bundled("rules") / "onap.openstack-compat"))
    assert loaded.pack is not None, loaded.findings
    return compile_packs([loaded.pack], load_contracts())


class Case:
    """One flavor with what both sides say of it."""

    def __init__(self, flavor: dict[str, Any], context: dict[str, Any]) -> None:
        """Ask both."""
        self.flavor, self.context = flavor, context
        self.theirs = upstream(flavor, context)
        self.outcome: Outcome = generation().evaluate(SOURCE, flavor, context)
        writer = CapabilityWriter("o", "r", "f")
        self.written = [without_id(writer.write(capability)) for capability in self.outcome.capabilities]

    def ours(self, feature: str) -> list[dict[str, Any]]:
        """What we write of a feature."""
        return [capability for capability in self.written if capability["hpa-feature"] == feature]

    def reported(self, feature: str) -> bool:
        """Whether a feature is unknown."""
        return any(unknown.feature == feature for unknown in self.outcome.unknown)

    def specs(self) -> dict[str, Any]:
        """The extra specs, if there are any."""
        found = self.flavor.get("extra_specs")
        return found if isinstance(found, dict) else {}


def value(capability: dict[str, Any], key: str) -> dict[str, Any] | None:
    """The value of one attribute, parsed."""
    for attribute in capability["hpa-feature-attributes"]:
        if attribute["hpa-attribute-key"] == key:
            return json.loads(attribute["hpa-attribute-value"])
    return None


def check(flavor: dict[str, Any], context: dict[str, Any]) -> None:
    """Every feature of one flavor: equal where clean, as documented where not."""
    case = Case(flavor, context)
    found = faults(flavor, context)
    clean = [feature for feature in FEATURES if not found[feature]]
    expected = [case.theirs[feature] for feature in clean if feature in case.theirs]
    if "basicCapabilities" in clean:  # else upstream gives up on the whole flavor
        actual = [capability for capability in case.written if capability["hpa-feature"] in clean]
        assert actual == expected
        CLEAN.update(capability["hpa-feature"] for capability in expected)
    for feature in FEATURES:
        for fault in sorted(found[feature]):
            FAULTS[fault] += 1
        if found[feature]:
            DIFFERENCES[min(found[feature], key=PRIORITY.index)](case, feature)


def silent(case: Case, feature: str) -> None:
    """Nothing is written, and nobody complains: there is nothing to say."""
    assert case.ours(feature) == []
    assert not case.reported(feature)


def withheld(case: Case, feature: str) -> None:
    """Nothing half-filled is written; what was asked for is unknown, with a diagnostic."""
    members = ("vcpus", "ram") if feature == "basicCapabilities" else ("disk", "swap", "OS-FLV-EXT-DATA:ephemeral")
    if feature in ("basicCapabilities", "localStorage") and all(
        case.flavor.get(name) in (None, []) for name in members
    ):
        silent(case, feature)
        return
    assert case.ours(feature) == []
    assert case.reported(feature)


def checked(case: Case, feature: str) -> None:
    """A value that Nova has not is withheld, skipped when it is empty, or written as sound JSON text."""
    for capability in case.ours(feature):
        for attribute in capability["hpa-feature-attributes"]:
            body = json.loads(attribute["hpa-attribute-value"])
            assert body["value"]
            assert "unit" not in body or body["value"].isdigit()
    if not case.ours(feature):
        assert case.reported(feature) or is_empty(case, feature)


def is_empty(case: Case, feature: str) -> bool:
    """Whether all there is to say are null or empty values."""
    if feature == "ovsDpdk":
        return True
    if feature in MEMBERS:
        return all(case.flavor.get(key) in (None, []) for key in MEMBERS[feature])
    return any(item in (None, "", []) for item in case.specs().values())


def one_per_request(case: Case, feature: str) -> None:
    """Every request is answered as upstream would answer it alone; a bad one is unknown."""
    key = "pci_passthrough:alias" if feature == "pciePassthrough" else "aggregate_instance_extra_specs:sriov_nic"
    expected: list[dict[str, Any]] = []
    unsound = False
    for request in case.specs()[key].split(","):
        alone = {**case.flavor, "extra_specs": {key: request}}
        if faults(alone, {})[feature]:
            unsound = True
        else:
            expected.append(upstream({**alone, "vcpus": 1, "ram": 1}, {})[feature])
    actual = case.ours(feature)
    assert [item for item in expected if item not in actual] == []
    if not unsound:
        assert len(actual) == len({json.dumps(item) for item in expected})
        assert not case.reported(feature)


def suffix_is_the_unit(case: Case, feature: str) -> None:
    """The suffix becomes the unit; a size that is not whole in KB is unknown."""
    asked = case.specs()["hw:mem_page_size"]
    digits, prefix, unit = re.fullmatch(r"([0-9]+)([kKMGT]?)i?(b|bit|B)?", asked).groups()
    scale = 1024 ** "KMGT".index(prefix.upper()) if prefix else 1 / 1024
    kilobytes = int(digits) * scale / (8 if unit in ("b", "bit") else 1)
    ours = case.ours(feature)
    if not prefix and unit is None:
        raise AssertionError("a bare number is no fault")
    if kilobytes != int(kilobytes):
        withheld(case, feature)
        return
    got = value(ours[0], "memoryPageSize")
    assert got is not None
    assert int(got["value"]) * 1024 ** ["KB", "MB", "GB"].index(got["unit"]) == kilobytes


def what_is_there(case: Case, feature: str) -> None:
    """CPUs without memory, and memory without CPUs, are written."""
    (ours,) = case.ours(feature)
    specs = case.specs()
    for node in range(int(specs["hw:numa_nodes"])):
        for kind, key in (("cpus", f"numaCpu-{node}"), ("mem", f"numaMem-{node}")):
            text = specs.get(f"hw:numa_{kind}.{node}")
            assert (value(ours, key) or {}).get("value") == text


def told(case: Case, feature: str) -> None:
    """The capability is upstream's; a warning says what it leaves out."""
    assert case.ours(feature) == [case.theirs[feature]]
    assert "numa.extra" in [diagnostic.code for diagnostic in case.outcome.diagnostics]


def escaped(case: Case, feature: str) -> None:
    """The text is written as JSON, whatever is in it."""
    if case.reported(feature):
        return
    for capability in case.ours(feature):
        for attribute in capability["hpa-feature-attributes"]:
            json.loads(attribute["hpa-attribute-value"])


def unknown(case: Case, feature: str) -> None:
    """What could not be read is unknown."""
    assert case.ours(feature) == []
    assert case.reported(feature)


DIFFERENCES = {
    "ESNONE": unknown,
    "DPDKALWAYS": silent,
    "TYPE": checked,
    "UNCHECKED": checked,
    "PCIMULTI": one_per_request,
    "PARTIAL": withheld,
    "EMPTYATTR": silent,
    "HPUNIT": suffix_is_the_unit,
    "JSON": escaped,
    "NUMAPAIR": what_is_there,
    "NUMAEXTRA": told,
}
# A capability may have several faults; the one that decides most about the answer is asserted.
PRIORITY = list(DIFFERENCES)


@OPTIONS
@given(onap_flavors(), contexts())
def test_clean_flavors_are_answered_byte_for_byte(flavor: dict[str, Any], context: dict[str, Any]) -> None:
    """What ONAP's driver reads without a fault, we write as it does."""
    check(flavor, context)


@OPTIONS
@given(valid_flavors(), contexts())
def test_flavors_that_nova_takes(flavor: dict[str, Any], context: dict[str, Any]) -> None:
    """Over all that Nova accepts, a difference is a listed fault of ONAP's driver."""
    check(flavor, context)


@OPTIONS
@given(any_flavors().filter(lambda value: isinstance(value, dict)), contexts())
def test_arbitrary_flavors(flavor: dict[str, Any], context: dict[str, Any]) -> None:
    """Over anything at all, a difference is a listed fault of ONAP's driver."""
    if generation().evaluate(SOURCE, flavor, context).diagnostics[:1]:
        first = generation().evaluate(SOURCE, flavor, context).diagnostics[0]
        if first.code.startswith(("subject.", "limit.")) and first.code != "subject.unreadable":
            return  # no flavor at all
    check(flavor, context)


@OPTIONS
@given(onap_flavors(), st.sampled_from(["dpdk", "ovs"]), st.sampled_from(["17.05", "2.9", "v1"]), st.booleans())
def test_a_declared_virtual_switch(flavor: dict[str, Any], library: str, version: str, as_text: bool) -> None:
    """A declared OVS-DPDK is written as ONAP writes it, given as JSON text or as an object."""
    info: Any = {"ovsDpdk": {"libname": library, "libversion": version}}
    check(flavor, {"vim": {"cloud_extra_info": json.dumps(info) if as_text else info}})


def test_enough_was_compared(
    capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]
) -> None:
    """Every feature was compared clean often enough; runs last in this file."""
    record_property("clean capabilities equal to those of ONAP's driver", sum(CLEAN.values()))
    record_property("of them by feature", ", ".join(f"{feature} {CLEAN[feature]}" for feature in FEATURES))
    record_property("capabilities with a fault of ONAP's driver", sum(FAULTS.values()))
    with capsys.disabled():
        print("\nclean capabilities compared with ONAP's driver:", dict(CLEAN))
        print("capabilities with a fault of ONAP's driver:     ", dict(FAULTS))
    assert [feature for feature in FEATURES if CLEAN[feature] < WANTED[feature]] == []
