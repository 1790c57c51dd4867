# SPDX-License-Identifier: Apache-2.0
"""What ONAP's own driver wrote, the real one, becomes ours where we say the same, and is left where we do not."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aai.wishes import PLACE, RANDOM, REGION, actual, as_standing, as_written, capability, desired, flavor, standing
from hpa_discovery.aai.adopting import adoptable
from hpa_discovery.aai.applying import unregister_region
from hpa_discovery.aai.desired import Desired, DesiredCapability, DesiredFlavor, Ours
from hpa_discovery.aai.flavor_object import write_flavor
from hpa_discovery.discovery.generation import Generation, compile_packs
from hpa_discovery.model import CapabilityWriter
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.load import load_pack
from hpa_discovery.resources import bundled
from peers.aai.asking import Asking
from rules.onap_oracle import answers

if TYPE_CHECKING:
    from aai.wishes import Caller
    from peers.aai.running import Aai

FLAVOR: dict[str, Any] = {
    "id": "f",
    "name": "onap.f",
    "vcpus": 8,
    "ram": 16384,
    "disk": 20,
    "swap": "",
    "OS-FLV-EXT-DATA:ephemeral": 0,
    "extra_specs": {
        "hw:cpu_policy": "dedicated",
        "hw:mem_page_size": "1048576",
        "hw:numa_nodes": "1",
        "hw:numa_cpus.0": "0-7",
        "hw:numa_mem.0": "16384",
        "pci_passthrough:alias": "qat-pci-intel-8086-37c8:1",
    },
}
# Its "QuickAssist" is a capability without architecture, version and attributes.
HALF = {**FLAVOR, "extra_specs": {"pci_passthrough:alias": "QuickAssist:1"}}
ALIASES = {"pci_aliases": {"QuickAssist": {"vendor_id": "8086", "product_id": "37c8"}}}
AT = f"{REGION}/flavors/flavor/f"


@cache
def generation() -> Generation:
    """The bundled pack that serves by default."""
    loaded = load_pack(Path(bundled("rules") / "onap.openstack"))
    assert loaded.pack is not None
    return compile_packs([loaded.pack], load_contracts())


def wanted(flavor: dict[str, Any], context: dict[str, Any] | None = None) -> Desired:
    """What we say of the flavor."""
    outcome = generation().evaluate("openstack.flavor", flavor, context or {})
    writer = CapabilityWriter(PLACE.owner, PLACE.region, flavor["id"])
    inside = []
    for each in outcome.capabilities:
        content = writer.write(each)
        key = content["hpa-capability-id"]
        inside.append(
            DesiredCapability(key, each.feature, each.version, each.architecture, each.discriminator, content)
        )
    unknown = frozenset((each.feature, each.discriminator) for each in outcome.unknown)
    body = write_flavor(flavor)
    return Desired((DesiredFlavor(flavor["id"], flavor["name"], body, tuple(inside), unknown),), complete=True)


def registered_by_onap(aai: Aai, flavor: dict[str, Any], runs: int = 1) -> dict[str, str]:
    """ONAP registers the region so often; the features of what stands there then, by id.

    Each time it gets the flavor, puts its own answer into that, and puts it back. Its capabilities have new ids, so
    A&AI takes the second time for an order to delete those of the first.
    """
    with Asking(aai, app="MultiCloud") as onap:
        for _ in range(runs):
            found = onap.get(AT)
            body = found.body if found.status == 200 else {"flavor-id": "f", "flavor-name": "onap.f"}
            inside = {"hpa-capability": answers(flavor, {})}
            onap.put(AT, {**body, "flavor-selflink": "http://0.0.0.0", "hpa-capabilities": inside})
    return features(aai)


def features(aai: Aai) -> dict[str, str]:
    """The feature of each capability of the flavor, by id."""
    tree = aai.control.tree(f"{AT}/hpa-capabilities") or {"hpa-capability": []}
    return {each["hpa-capability-id"]: each["hpa-feature"] for each in tree["hpa-capability"]}


@pytest.mark.parametrize("aai", ["strict", "faithful"], indirect=True)
@pytest.mark.parametrize(("runs", "implied"), [(1, []), (2, []), (2, ["MultiCloud"])])
def test_what_we_say_too_is_replaced(aai: Aai, region: Caller, runs: int, implied: list[str]) -> None:
    """Each of ours stands for theirs; theirs that we do not say stays, and so it is the next time."""
    aai.control.change(implied_delete=implied)
    theirs = registered_by_onap(aai, FLAVOR, runs)
    asked = wanted(FLAVOR)
    ours = as_standing(asked)["f"]
    left = {key for key, feature in theirs.items() if feature == "ovsDpdk"}
    assert (len(theirs), len(left), ours.keys() & theirs.keys()) == (7, 1, set())

    assert region.apply(asked).complete
    assert standing(aai)["f"].keys() == ours.keys() | theirs.keys()
    adopting = region.apply(asked, adopt=True)

    assert (adopting.complete, adopting.plan and adopting.plan.deletes) == (True, 0)
    assert standing(aai)["f"].keys() == ours.keys() | left
    assert {key: standing(aai)["f"][key] for key in ours} == ours
    aai.control.forget()
    assert region.apply(asked, adopt=True).complete
    assert aai.control.counts() == {"GET": 1}


def test_two_of_theirs_for_one_of_ours(aai: Aai, region: Caller) -> None:
    """Of an A&AI that kept what an earlier registration left, all are replaced."""
    first = registered_by_onap(aai, FLAVOR)
    with Asking(aai) as other:
        for each in answers(FLAVOR, {}):
            other.put(f"{AT}/hpa-capabilities/hpa-capability/{each['hpa-capability-id']}", each)
    assert len(features(aai)) == 2 * len(first)
    asked = wanted(FLAVOR)

    assert region.apply(asked, adopt=True).complete

    left = [feature for key, feature in features(aai).items() if key not in as_standing(asked)["f"]]
    assert left == ["ovsDpdk", "ovsDpdk"]


def test_what_is_unknown_to_us_stays(aai: Aai, region: Caller) -> None:
    """An alias without a table: their capability stays until the table is there; then it is replaced, half as it is."""
    theirs = {feature: key for key, feature in registered_by_onap(aai, HALF).items()}
    assert standing(aai)["f"][theirs["pciePassthrough"]] == {}

    assert region.apply(wanted(HALF), adopt=True).complete
    assert set(features(aai)) & set(theirs.values()) == {theirs["pciePassthrough"], theirs["ovsDpdk"]}
    assert region.apply(wanted(HALF, ALIASES), adopt=True).complete
    assert set(features(aai)) & set(theirs.values()) == {theirs["ovsDpdk"]}


def test_they_register_again(aai: Aai, region: Caller) -> None:
    """While ONAP's driver still runs, what it writes is replaced with each turn, and ours come back."""
    aai.control.change(implied_delete=["MultiCloud"])
    asked = wanted(FLAVOR)
    for _ in range(2):
        registered_by_onap(aai, FLAVOR)
        assert region.apply(asked, adopt=True).complete
        left = [feature for key, feature in features(aai).items() if key not in as_standing(asked)["f"]]
        assert left == ["ovsDpdk"]


@pytest.mark.parametrize("key", [f"{'urn:' * 60}{RANDOM}", f"{{{RANDOM}}}", RANDOM.replace("-", ""), f" {RANDOM[1:]}"])
def test_an_id_that_is_no_uuid_as_onap_writes_it(key: str) -> None:
    """Is somebody else's; one that is too long to be kept would hold up the whole region."""
    has = actual(("f", [{**as_written(capability("f")), "hpa-capability-id": key}]))

    assert adoptable(desired(flavor("f")), Ours(), has) == {}


def test_unregistering_takes_what_was_adopted(aai: Aai, region: Caller) -> None:
    """An adopted capability that is still there goes with ours; the flavor object is theirs and stays."""
    registered_by_onap(aai, FLAVOR)
    assert region.apply(wanted(FLAVOR), adopt=True).complete

    assert unregister_region(region.target, region.ours, commit=region.commit).complete

    assert list(features(aai).values()) == ["ovsDpdk"]
