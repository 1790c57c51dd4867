# SPDX-License-Identifier: Apache-2.0
"""Short ways to listings and outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hpa_discovery.model import Capability, Outcome, Unknown, make_attribute
from hpa_discovery.store import listings
from hpa_discovery.store.seen import Seen
from store.regional import claimed, ended
from store.stored import digest

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store
    from hpa_discovery.store.listings import Recorded

FIRST = digest("first")


def capability(feature: str, value: str = "1", discriminator: str = "") -> Capability:
    """A capability with one attribute."""
    return Capability(feature, "v1", "generic", discriminator, (make_attribute("key", value, "MB"),))


def outcome(*features: str, unknown: tuple[str, ...] = (), value: str = "1") -> Outcome:
    """An outcome with these features; an unknown one may be "feature:discriminator"."""
    told = [each.partition(":") for each in unknown]
    return Outcome(
        tuple(capability(feature, value) for feature in features),
        tuple(Unknown(feature, instance or "*", "acme/rule", "let.type", "why") for feature, _, instance in told),
    )


def seen(subject_id: str, *features: str, **body: Any) -> Seen:
    """A subject with these features."""
    return Seen(subject_id, f"name of {subject_id}", {"id": subject_id, **body}, outcome(*features))


def listed(
    store: Store, region: int, *found: Seen, error: str | None = None, generation: str | None = FIRST
) -> Recorded:
    """A discovery that gave this."""
    claim, rows = claimed(store, region), listings.make_rows(found)
    with store.write("recording") as transaction:
        recorded = listings.record_listing(transaction, claim, rows, generation=generation, error=error)
    assert recorded is not None
    ended(store, claim)
    return recorded
