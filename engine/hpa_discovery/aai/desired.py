# SPDX-License-Identifier: Apache-2.0
"""What a region should have in A&AI, and which of its objects there are ours."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from hpa_discovery.model import ANY_DISCRIMINATOR

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Presence = Literal["present", "missing", "gone"]


@dataclass(frozen=True, slots=True)
class DesiredCapability:
    """One hpa-capability; `content` is the object as model.CapabilityWriter writes it."""

    id: str
    feature: str
    version: str
    architecture: str
    discriminator: str
    content: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class DesiredFlavor:
    """One flavor of the cloud.

    `properties` are those of the A&AI object (flavor_object.write_flavor). `unknown` are
    the (feature, discriminator) that could not be judged, "*" for any instance of the
    feature. `presence`: `present` in the last listing, `missing` from the last one, or
    `gone`, missing from two complete ones.
    """

    id: str
    name: str
    properties: Mapping[str, Any] = field(default_factory=dict, hash=False)
    capabilities: tuple[DesiredCapability, ...] = ()
    unknown: frozenset[tuple[str, str]] = frozenset()
    presence: Presence = "present"


@dataclass(frozen=True, slots=True)
class Desired:
    """The flavors of a region; `complete` says whether the last listing was.

    A flavor that is gone stays here while one of its capabilities is in `Ours`: what is
    not spoken of is left as it is. `emptied` says that the cloud shows no flavor any more,
    which is more often a right that was lost than the truth: such a plan is held.
    """

    flavors: tuple[DesiredFlavor, ...]
    complete: bool
    emptied: bool = False


@dataclass(frozen=True, slots=True)
class Instance:
    """What a capability of ours says of which flavor; discriminator "*" where nobody knows (adopted ones)."""

    flavor: str
    feature: str
    discriminator: str

    def is_unknown(self, unknown: frozenset[tuple[str, str]]) -> bool:
        """Whether one of these (feature, discriminator) means this instance."""
        if self.discriminator == ANY_DISCRIMINATOR:
            return any(feature == self.feature for feature, _ in unknown)
        return (self.feature, self.discriminator) in unknown or (self.feature, ANY_DISCRIMINATOR) in unknown


@dataclass(frozen=True, slots=True)
class Ours:
    """What we wrote, may have written, or adopted.

    `capabilities` by hpa-capability-id: an id stays here until a fresh read, made long
    enough after its last write (applying.SETTLED_AFTER), no more finds it. `flavors` are
    the ids of flavor objects that we created, `asked` those that we asked for without
    having heard what became of it. `changing` is the content of those whose change began
    and is not known to have ended, by hpa-capability-id: A&AI may have lost them meanwhile.
    """

    capabilities: Mapping[str, Instance] = field(default_factory=dict, hash=False)
    flavors: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    changing: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)

    def owns(self, flavor: str, capability: str) -> bool:
        """Whether the capability with this id below this flavor is ours; elsewhere the same id is not."""
        instance = self.capabilities.get(capability)
        return instance is not None and instance.flavor == flavor

    def with_capabilities(self, more: Mapping[str, Instance]) -> Ours:
        """The same and these."""
        return replace(self, capabilities={**self.capabilities, **more})

    def without_changing(self, ended: Collection[str]) -> Ours:
        """The same; these are not being changed."""
        return replace(self, changing={key: each for key, each in self.changing.items() if key not in ended})


def intended(desired: Desired) -> dict[str, Instance]:
    """What we intend to write, by hpa-capability-id: it is ours before the first write."""
    return {
        capability.id: Instance(flavor.id, capability.feature, capability.discriminator)
        for flavor in desired.flavors
        if flavor.presence == "present"
        for capability in flavor.capabilities
    }
