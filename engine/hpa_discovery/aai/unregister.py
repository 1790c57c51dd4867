# SPDX-License-Identifier: Apache-2.0
"""The plan that takes everything of ours out of a region. Pure.

It is asked for by name, so it needs no proof that anything is gone and is never held.
What others wrote stays, the cloud-region too, and so does a flavor object that they use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hpa_discovery.aai.plan import Action, Plan
from hpa_discovery.aai.planning import NOT_OURS, delete, delete_flavor, keep, why_flavor_stays

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hpa_discovery.aai.actual import Actual, ActualFlavor
    from hpa_discovery.aai.desired import Ours
    from hpa_discovery.aai.paths import Place

WHY = "the region is unregistered"


def unregister_plan(place: Place, ours: Ours, actual: Actual) -> Plan:
    """Deletes of all that is ours, each flavor object after its capabilities."""
    actions = tuple(action for flavor in actual.flavors.values() for action in _of_flavor(flavor, ours))
    count = sum(action.kind == "delete" and bool(action.capability) for action in actions)
    return Plan(place, actions, of_ours=count, whole=True)


def _of_flavor(flavor: ActualFlavor, ours: Ours) -> Iterator[Action]:
    for capability in flavor.capabilities.values():
        if ours.owns(flavor.id, capability.id):
            yield delete(flavor, capability, WHY)
        else:
            yield keep(flavor, capability, NOT_OURS)
    if stays := why_flavor_stays(flavor, ours):
        yield Action("keep", flavor.id, flavor.name, stays)
    else:
        yield delete_flavor(flavor, WHY)
