# SPDX-License-Identifier: Apache-2.0
"""`hpa discover --cloud` on a real Nova: every flavor a row, and each of the difficult ones right."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import Ran, run_hpa
from peers import nova_flavors as flavors

if TYPE_CHECKING:
    from peers.real_nova import RealNova

pytestmark = pytest.mark.peer


@cache
def discovered(cloud: str, *options: str) -> Ran:
    """What discover says of the cloud, asked once."""
    return run_hpa("discover", "--cloud", cloud, "-o", "jsonl", *options)


def rows(cloud: str, *options: str) -> dict[str, dict[str, Any]]:
    """The rows by the flavor's name."""
    return {row["subject"]["name"]: row for row in discovered(cloud, *options).rows}


def features(row: dict[str, Any], feature: str) -> list[dict[str, Any]]:
    """The attributes of each capability of the feature, values as JSON."""
    return [
        {item["hpa-attribute-key"]: json.loads(item["hpa-attribute-value"]) for item in found["hpa-feature-attributes"]}
        for found in row["capabilities"]
        if found["hpa-feature"] == feature
    ]


def test_every_flavor_is_a_row_over_all_pages(nova: RealNova) -> None:
    """Private and disabled flavors and 1,100 others, each once."""
    ran = discovered("admin")

    assert sorted(row["subject"]["name"] for row in ran.rows) == sorted(flavors.ALL)
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("cloud", ["admin", "old"])
def test_pinning_topology_numa_and_huge_pages_are_right(nova: RealNova, cloud: str) -> None:
    """The hw:* keys give what they say, above and below the microversion that lists them."""
    row = rows(cloud, "--name-prefix", "onap.")["onap.hw"]

    assert features(row, "cpuPinning") == [
        {
            "logicalCpuThreadPinningPolicy": {"value": "require"},
            "logicalCpuPinningPolicy": {"value": "dedicated"},
        }
    ]
    assert features(row, "hugePages") == [{"memoryPageSize": {"value": "1", "unit": "GB"}}]
    [numa] = features(row, "numa")
    assert numa["numaNodes"] == {"value": "2"}
    assert numa["numaCpu-0"] == {"value": "2"}
    assert numa["numaMem-1"] == {"value": "3072", "unit": "MB"}


def test_several_pci_aliases_with_spaces_are_right(nova: RealNova) -> None:
    """An alias in ONAP's form gives its device; one asked for twice is there once, with the sum or the reason."""
    row = rows("admin", "--name-prefix", "onap.")["onap.pci"]

    told = features(row, "pciePassthrough")
    assert {"value": "8086"} in [attributes.get("pciVendorId") for attributes in told]
    assert len(told) + len([item for item in row["unknown"] if item["feature"] == "pciePassthrough"]) >= 2


def test_traits_are_instruction_sets(nova: RealNova) -> None:
    """A required HW_CPU trait is one; a forbidden trait is none."""
    [found] = features(rows("admin", "--name-prefix", "onap.")["onap.traits"], "instructionSetExtensions")

    assert found == {"instructionSetExtensions": {"value": ["avx512f"]}}


def test_keys_with_spaces_and_colons_are_read(nova: RealNova) -> None:
    """Keys of operators pass through, and ONAP's SR-IOV key among them is read, dashes of the physnet included."""
    [found] = features(rows("admin", "--name-prefix", "onap.")["onap.keys"], "sriovNICNetwork")

    assert found["physicalNetwork"] == {"value": "phys-net-1"}
    assert found["pciCount"] == {"value": "2"}


def test_extra_specs_that_policy_hides_make_features_unknown(nova: RealNova) -> None:
    """For a user without permission nothing that extra specs tell is said to be absent."""
    row = rows("member", "--name-prefix", "onap.")["onap.hw"]

    assert {"cpuPinning", "numa", "hugePages"} <= {item["feature"] for item in row["unknown"]}
    assert [item["code"] for item in row["diagnostics"]] == ["subject.unreadable"]
    assert features(row, "basicCapabilities") != []
    assert discovered("member", "--name-prefix", "onap.").code == 0
