# SPDX-License-Identifier: Apache-2.0
"""Capabilities that ONAP's own driver wrote, and that ours stand for: they may become ours, to be replaced.

ONAP's driver gives each capability a random id (uuid4), and new ones with each run, and
does not say whose they are. Only what is so, below a flavor for which we have the same
feature, is taken for its.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from hpa_discovery.aai.desired import Instance
from hpa_discovery.aai.versions import has_owner
from hpa_discovery.model import ANY_DISCRIMINATOR

if TYPE_CHECKING:
    from hpa_discovery.aai.actual import Actual, ActualCapability, ActualFlavor
    from hpa_discovery.aai.desired import Desired, DesiredFlavor, Ours

_RANDOM = 4  # RFC 9562


def adoptable(desired: Desired, ours: Ours, actual: Actual) -> dict[str, Instance]:
    """What may be adopted, by hpa-capability-id; the discriminator of such an instance is not known."""
    found: dict[str, Instance] = {}
    for flavor in desired.flavors:
        if flavor.presence == "present" and flavor.id in actual.flavors:
            found |= _adoptable(flavor, ours, actual.flavors[flavor.id])
    return found


def _adoptable(flavor: DesiredFlavor, ours: Ours, actual: ActualFlavor) -> dict[str, Instance]:
    features = {each.feature for each in flavor.capabilities}
    wanted = {each.id for each in flavor.capabilities}
    return {
        each.id: Instance(flavor.id, each.feature, ANY_DISCRIMINATOR)
        for each in actual.capabilities.values()
        if each.feature in features and each.id not in wanted | ours.capabilities.keys() and _is_theirs(each)
    }


def _is_theirs(found: ActualCapability) -> bool:
    return _is_random(found.id) and not has_owner(found.told)


def _is_random(key: str) -> bool:
    try:
        found = UUID(key)
    except ValueError:
        return False
    return found.version == _RANDOM and str(found) == key  # UUID reads many other forms, of any length
