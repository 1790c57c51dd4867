# SPDX-License-Identifier: Apache-2.0
"""The plugin with onap.openstack-compat against ONAP's own driver: equal but for ids and its listed faults."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from hpa_discovery.embedded.onap import HPADiscovery
from hpa_discovery.embedded.settings import Settings
from hpa_discovery.packs.load import load_pack
from hpa_discovery.resources import bundled
from rules.onap_faults import faults
from rules.onap_oracle import upstream, without_id
from strategies.flavors import contexts, onap_flavors, valid_flavors

COMPAT = "onap.openstack-compat"
PLUGIN = HPADiscovery(settings=Settings(packs=(COMPAT,)))
DECLARED = {
    "vim": {
        "cloud_owner": "CloudOwner",
        "cloud_region_id": "RegionOne",
        "cloud_extra_info": '{"ovsDpdk": {"libname": "dataProcessingAccelerationLibrary", "libversion": "17.11"}}',
    },
    "vimtype": "openstack",
}
PLAIN = {"id": "1", "name": "onap.a", "vcpus": 1, "ram": 1, "disk": 1, "swap": 0, "OS-FLV-EXT-DATA:ephemeral": 0}
OPTIONS = settings(
    max_examples=3000 if os.environ.get("HPA_PROVE") else 300,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
COMPARED: Counter[str] = Counter()


def ours(flavor: dict[str, Any], context: dict[str, Any]) -> list[dict[str, Any]]:
    """The plugin's answer, asked as Multicloud asks: extra specs beside the flavor."""
    bare = {name: value for name, value in flavor.items() if name != "extra_specs"}
    found = PLUGIN.get_hpa_capabilities(
        {
            "flavor": bare,
            "extra_specs": flavor["extra_specs"],
            "viminfo": context.get("vim"),
            "vimtype": context.get("vimtype"),
        }
    )
    return [without_id(capability) for capability in found]


def check(flavor: dict[str, Any], context: dict[str, Any]) -> None:
    """Every feature in which ONAP's driver has no fault is written as it writes it, in its order."""
    found = faults(flavor, context)
    clean = [feature for feature, faulty in found.items() if not faulty]
    theirs = upstream(flavor, context)
    expected = [capability for feature, capability in theirs.items() if feature in clean]
    actual = [capability for capability in ours(flavor, context) if capability["hpa-feature"] in clean]
    assert actual == expected
    COMPARED.update(capability["hpa-feature"] for capability in expected)


@OPTIONS
@given(onap_flavors())
def test_a_flavor_that_onap_reads_well_is_answered_alike(flavor: dict[str, Any]) -> None:
    """The whole list is equal."""
    assert ours(flavor, DECLARED) == list(upstream(flavor, DECLARED).values())


@OPTIONS
@given(valid_flavors(), contexts())
def test_any_flavor_is_answered_alike_where_onap_has_no_fault(flavor: dict[str, Any], context: dict[str, Any]) -> None:
    """A fault in one feature takes nothing from the others."""
    check(flavor, context)


def test_cases_of_the_pack_are_answered_alike() -> None:
    """All flavors in the test cases of the compat pack."""
    loaded = load_pack(bundled("rules") / COMPAT, tests=True)
    cases = [case for suite in loaded.tests.values() for case in suite]
    assert len(cases) > 40
    COMPARED.clear()
    for case in cases:
        # Most cases have only what their rule reads, and ONAP's driver gives up without the sizes.
        flavor = {**PLAIN, "extra_specs": {}, **case["flavor"]}
        if not faults(flavor, case.get("context", {}))["basicCapabilities"]:
            check(flavor, case.get("context", {}))
    assert len(COMPARED) == 10


@pytest.mark.parametrize("version", ["windriver", "starlingx", "openstack"])
def test_the_type_of_cloud_alone_declares_no_dpdk(version: str) -> None:
    """ONAP's driver makes up a version of DPDK from it (fault DPDKALWAYS); we do not."""
    context = {"vim": {"cloud_extra_info": ""}, "vimtype": version}
    assert "ovsDpdk" in upstream({**PLAIN, "extra_specs": {}}, context)
    assert [each["hpa-feature"] for each in ours({**PLAIN, "extra_specs": {}}, context)] == [
        "basicCapabilities",
        "localStorage",
    ]
