# SPDX-License-Identifier: Apache-2.0
"""Transactions of the double of A&AI: whatever a call did before it was refused is not there afterwards."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from peers.aai.errors import AaiFault
from peers.aai.inventory import Client, Inventory, Refused
from peers.aai.operations import DELETE, PATCH, PUT, Operation, prepare
from peers.aai.schema import view
from peers.aai.settings import Settings

VIEW = view(28)
US = Client("us", "t")
REGION = "cloud-infrastructure/cloud-regions/cloud-region/o/r"
COMPLEX = "cloud-infrastructure/complexes/complex/x"
PLACE = {"physical-location-type": "t", "street1": "s", "city": "c", "postal-code": "p", "country": "c", "region": "r"}
EDGE = {"related-to": "complex", "related-link": f"/aai/v28/{COMPLEX}"}
IDS = st.sampled_from(["a", "b"])
TEXTS = st.sampled_from(["x", "y"])


@st.composite
def operations(draw: st.DrawFn) -> tuple[str, str, Any]:
    """A write that may be refused: it names few things, with a resource-version or without."""
    flavor = f"{REGION}/flavors/flavor/{draw(IDS)}"
    capability = f"{flavor}/hpa-capabilities/hpa-capability/{draw(IDS)}"
    attributes = [{"hpa-attribute-key": key, "hpa-attribute-value": draw(TEXTS)} for key in draw(st.sets(IDS))]
    body = {"hpa-feature": draw(TEXTS), "hpa-feature-attributes": attributes}
    return draw(
        st.sampled_from(
            [
                (PUT, flavor, {"flavor-name": draw(TEXTS), "flavor-selflink": "s"}),
                (PUT, capability, body),
                (PATCH, flavor, {"flavor-swap": draw(TEXTS)}),
                (DELETE, capability, None),
                (DELETE, flavor, None),
                (PUT, f"{REGION}/relationship-list/relationship", EDGE),
                (DELETE, f"{REGION}/relationship-list/relationship", EDGE),
                (DELETE, REGION, None),
            ]
        )
    )


def ready(inventory: Inventory, told: tuple[str, str, Any]) -> Operation:
    """The operation with the resource-version that stands there before the call, if any."""
    method, uri, body = told
    try:
        version = inventory.tree(28, uri).get("resource-version", "")
    except AaiFault:
        version = ""
    if method == PUT and "relationship" not in uri and version:
        body = body | {"resource-version": version}
    return prepare(VIEW, method, uri, version, json.dumps(body or {}), strict=False)


def everything(inventory: Inventory) -> list[Any]:
    """All that can be read, in an order that does not matter."""
    found = []
    for uri in ("cloud-infrastructure/cloud-regions", "cloud-infrastructure/complexes"):
        try:
            found.append(_sorted(inventory.tree(28, uri)))
        except AaiFault:
            found.append(None)
    return found


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(each) for name, each in sorted(value.items())}
    return sorted(map(_sorted, value), key=json.dumps) if isinstance(value, list) else value


@given(st.lists(st.lists(operations(), min_size=1, max_size=5), max_size=12))
@settings(deadline=None)
def test_a_refused_call_leaves_nothing(calls: list[list[tuple[str, str, Any]]]) -> None:
    """Not a vertex, not an attribute, not an edge, not a resource-version; and it is not in the journal."""
    inventory = Inventory(Settings())
    inventory.load(28, [(REGION, {}), (COMPLEX, PLACE)])
    for call in calls:
        prepared = [ready(inventory, each) for each in call]
        before, written = everything(inventory), len(inventory.journal.told()["writes"])
        try:
            inventory.write(VIEW, prepared, US)
        except Refused:
            assert everything(inventory) == before
            assert len(inventory.journal.told()["writes"]) == written
        else:
            assert len(inventory.journal.told()["writes"]) == written + len(call)


def test_one_call_gives_one_resource_version() -> None:
    """All that it touched has the same, later than all before; what it did not change keeps its own."""
    inventory = Inventory(Settings())
    inventory.load(28, [(REGION, {})])
    flavors = [f"{REGION}/flavors/flavor/{name}" for name in "ab"]
    body = {"flavor-name": "n", "flavor-selflink": "s"}

    inventory.write(VIEW, [ready(inventory, (PUT, uri, body)) for uri in flavors], US)
    first = [inventory.tree(28, uri)["resource-version"] for uri in flavors]
    changed = body | {"flavor-swap": "1"}
    again = [ready(inventory, (PUT, uri, told)) for uri, told in zip(flavors, [body, changed], strict=True)]
    inventory.write(VIEW, again, US)
    second = [inventory.tree(28, uri)["resource-version"] for uri in flavors]

    assert first[0] == first[1] == second[0] < second[1]
    assert inventory.tree(28, REGION)["resource-version"] < first[0]
