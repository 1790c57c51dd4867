# SPDX-License-Identifier: Apache-2.0
"""What the store says a region should have in A&AI, and what of it is ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hpa_discovery.aai.desired import Desired, DesiredCapability, DesiredFlavor, Instance, Ours
from hpa_discovery.aai.flavor_object import write_flavor
from hpa_discovery.model import CapabilityWriter
from hpa_discovery.store import flavor_objects, intents, listings, subjects

if TYPE_CHECKING:
    from hpa_discovery.model import Capability
    from hpa_discovery.store.database import Transaction
    from hpa_discovery.store.flavor_objects import State
    from hpa_discovery.store.intents import Intent
    from hpa_discovery.store.region import Region
    from hpa_discovery.store.subjects import StoredSubject


def read_desired(transaction: Transaction, region: Region) -> Desired | None:
    """What the last listings and their judgement ask for; None before the first that shows anything.

    A whole listing of nothing does; one that failed at once does not, and nothing would follow from it.
    """
    last = listings.listing(transaction, region.id)
    if last is None:
        return None
    flavors = tuple(_flavor(region, subject) for subject in subjects.every(transaction, region.id))
    if not flavors and last.completed_at is None:
        return None
    return Desired(flavors, complete=last.complete, emptied=all(each.presence == "gone" for each in flavors))


def read_ours(transaction: Transaction, region: Region) -> Ours:
    """What we wrote, or may have written."""
    known = intents.ours(transaction, region.id)
    objects = flavor_objects.created(transaction, region.id)
    return Ours(
        {each.intent.capability_id: _instance(each.intent) for each in known},
        flavors=_in_state(objects, "made"),
        asked=_in_state(objects, "asked"),
        changing={each.intent.capability_id: each.intent.content for each in known if each.state == "changing"},
    )


def _in_state(objects: Mapping[str, State], state: State) -> frozenset[str]:
    return frozenset(flavor for flavor, found in objects.items() if found == state)


def _instance(intent: Intent) -> Instance:
    return Instance(intent.subject_id, intent.feature, intent.discriminator)


def _flavor(region: Region, subject: StoredSubject) -> DesiredFlavor:
    writer = CapabilityWriter(region.owner, region.region_id, subject.subject_id)
    # A body that was too large to keep has neither.
    body = {**subject.body, "id": subject.subject_id, "name": subject.name}
    return DesiredFlavor(
        subject.subject_id,
        subject.name,
        write_flavor(body),
        tuple(_capability(writer, each) for each in subject.outcome.capabilities),
        frozenset((each.feature, each.discriminator) for each in subject.outcome.unknown),
        subject.presence,
    )


def _capability(writer: CapabilityWriter, found: Capability) -> DesiredCapability:
    written = writer.write(found)
    key = written["hpa-capability-id"]
    return DesiredCapability(key, found.feature, found.version, found.architecture, found.discriminator, written)
