# SPDX-License-Identifier: Apache-2.0
"""A plan: what is to be done to each object of a region in A&AI, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hpa_discovery.aai.paths import Place

Kind = Literal["create", "change", "delete", "keep"]
Key = tuple[str, str]

COLUMNS = ("action", "flavor", "capability", "feature", "discriminator", "why")
HOLD_ABOVE = 20
HOLD_SHARE = 10  # percent
# Half of reading.MOST_BYTES, since escapes may double a text: what is larger than that is never read again.
MOST_BYTES = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Action:
    """What is to be done to one capability, or to the flavor object where `capability` is "".

    `keep` leaves A&AI as it is, also where nothing is. `content` is what is written: the
    whole object, or of a flavor that changes the properties that differ.
    `resource_version` is that of the object as it was read, `replaces` the capability that
    a change replaces. `replaced` says that a capability is deleted because another one says
    the same instead.
    """

    kind: Kind
    flavor: str
    flavor_name: str
    why: str
    capability: str = ""
    feature: str = ""
    discriminator: str = ""
    content: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)
    resource_version: str = ""
    replaces: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)
    replaced: bool = False

    @property
    def key(self) -> Key:
        """(flavor id, hpa-capability-id or ""): one action of a plan."""
        return self.flavor, self.capability

    def as_json(self) -> dict[str, str]:
        """One row, with the names of COLUMNS and flavor_name."""
        return {
            "action": self.kind,
            "flavor": self.flavor,
            "flavor_name": self.flavor_name,
            "capability": self.capability,
            "feature": self.feature,
            "discriminator": self.discriminator,
            "why": self.why,
        }


def counted(actions: Iterable[Action]) -> dict[Kind, int]:
    """How many of each kind, in the order of writing."""
    found = Counter(action.kind for action in actions)
    return {kind: found[kind] for kind in ("create", "change", "delete", "keep")}


@dataclass(frozen=True, slots=True)
class Plan:
    """All actions of a region, `keep` among them, in the order in which they are done.

    `of_ours` is how many capabilities of ours A&AI has. `allowed` is how many deletes
    somebody allowed; `whole` plans are never held. `emptied` as in Desired. `size` is how many bytes all
    that is desired takes there, about.
    """

    place: Place
    actions: tuple[Action, ...]
    of_ours: int = 0
    allowed: int = 0
    whole: bool = False
    emptied: bool = False
    size: int = 0

    @property
    def writes(self) -> tuple[Action, ...]:
        """The actions that write."""
        return tuple(action for action in self.actions if action.kind != "keep")

    @property
    def deletes(self) -> int:
        """How many capabilities would be lost: those that something replaces do not count."""
        return sum(
            action.kind == "delete" and bool(action.capability) and not action.replaced for action in self.actions
        )

    @property
    def held(self) -> str:
        """Why nothing of this plan may be sent, or ""."""
        if self.size > MOST_BYTES:
            return (
                f"what the packs say of {self.place} takes {self.size} bytes in A&AI; more than {MOST_BYTES} could not "
                "be read again, and are not written"
            )
        many = self.deletes > HOLD_ABOVE and self.deletes * 100 > self.of_ours * HOLD_SHARE
        if self.whole or not (many or self.emptied) or self.deletes <= self.allowed:
            return ""
        if self.emptied:
            return (
                f"the cloud shows no flavor of {self.place} any more, and it would delete {self.deletes} of "
                f"{self.of_ours} capabilities; they are deleted only when that many deletes are allowed"
            )
        return (
            f"it would delete {self.deletes} of {self.of_ours} capabilities of {self.place}; more than {HOLD_ABOVE} "
            f"and more than {HOLD_SHARE}% are deleted only when that many deletes are allowed"
        )

    def counts(self) -> dict[Kind, int]:
        """How many actions of each kind; flavor objects count as one each."""
        return counted(self.actions)

    def as_json(self) -> dict[str, Any]:
        """The plan for programs."""
        return {
            "owner": self.place.owner,
            "region": self.place.region,
            "counts": self.counts(),
            "deletes": self.deletes,
            "held": self.held,
            "actions": [action.as_json() for action in self.actions],
        }

    def table(self) -> list[tuple[str, ...]]:
        """The rows for people, in the order of COLUMNS; a flavor is told by its name."""
        return [
            (each.kind, each.flavor_name or each.flavor, each.capability, each.feature, each.discriminator, each.why)
            for each in self.actions
        ]
