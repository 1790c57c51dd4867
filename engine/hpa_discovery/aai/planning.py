# SPDX-License-Identifier: Apache-2.0
"""From what should be, what is ours and what is there to a plan. Pure.

Unknown is not absent: a capability is deleted only if it is ours, the last listing was
complete, and its flavor was evaluated with no doubt about this instance, or is gone.
What we did not write is left alone. What A&AI lost while we changed it, and would be
left alone if it were there, is written again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from hpa_discovery.aai.actual import ActualCapability, differing, said
from hpa_discovery.aai.desired import Instance, intended
from hpa_discovery.aai.paths import can_be_named
from hpa_discovery.aai.plan import Action, Plan
from hpa_discovery.model import ANY_DISCRIMINATOR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Set

    from hpa_discovery.aai.actual import Actual, ActualFlavor
    from hpa_discovery.aai.bulk import Replace
    from hpa_discovery.aai.desired import Desired, DesiredCapability, DesiredFlavor, Ours
    from hpa_discovery.aai.paths import Place
    from hpa_discovery.aai.plan import Kind

SAME = "A&AI has it"
NOT_OURS = "not ours"
REPLACED = "another one says it instead"
UNKNOWN = "it is not known whether it is still so"
LOST = "it went missing while it was changed"
# What A&AI tells of each beside its own texts: names, resource-version, relationships.
_AROUND_CAPABILITY, _AROUND_ATTRIBUTE = 400, 100


@dataclass(frozen=True, slots=True)
class Policy:
    """How a region wants it.

    `on_failure`: what becomes of unknown instances. `replace`: how a capability changes
    (bulk.move). `adopt`: whether what ONAP's own driver wrote becomes ours (adopting).
    `allow_deletes`: how many capabilities may go though the plan would be held.
    """

    on_failure: Literal["keep", "withdraw"] = "keep"
    replace: Replace = "transaction"
    adopt: bool = False
    allow_deletes: int = 0


def make_plan(place: Place, desired: Desired, ours: Ours, actual: Actual, policy: Policy) -> Plan:
    """What must be done so that A&AI has what is desired.

    An hpa-capability-id that is desired is ours, recorded or not: nobody else makes it.
    """
    ours = ours.with_capabilities(intended(desired))
    actions: list[Action] = []
    listed = {flavor.id for flavor in desired.flavors}
    changing = _changing(ours)
    for flavor in desired.flavors:
        found, lost = actual.flavors.get(flavor.id), changing.get(flavor.id, {})
        actions += _Flavor(flavor, found, ours, policy, lost, complete=desired.complete).actions()
    for other in actual.flavors.values():
        if other.id not in listed:
            actions += (_kept_unlisted(other, each, ours) for each in other.capabilities.values())
    count, size = _count_ours(ours, actual), _size(desired)
    return Plan(place, tuple(actions), count, policy.allow_deletes, emptied=desired.emptied, size=size)


def keep(flavor: ActualFlavor, capability: ActualCapability, why: str) -> Action:
    """The action that leaves a capability as it is."""
    return Action("keep", flavor.id, flavor.name, why, capability.id, capability.feature)


def delete(flavor: ActualFlavor, capability: ActualCapability, why: str, *, replaced: bool = False) -> Action:
    """The action that deletes a capability as it was read."""
    where = (flavor.id, flavor.name, why, capability.id, capability.feature)
    return Action("delete", *where, resource_version=capability.resource_version, replaced=replaced)


def delete_flavor(flavor: ActualFlavor, why: str) -> Action:
    """The action that deletes a flavor object once its capabilities are deleted."""
    return Action("delete", flavor.id, flavor.name, why, resource_version=flavor.resource_version)


def why_flavor_stays(flavor: ActualFlavor, ours: Ours) -> str:
    """Why a flavor object may not be deleted, whatever becomes of our capabilities; "" where it may."""
    if flavor.id not in ours.flavors:
        return "the flavor object is not ours"
    if flavor.related:
        return f"the flavor is in use: it is related to {', '.join(flavor.related)}"
    if not all(ours.owns(flavor.id, capability) for capability in flavor.capabilities):
        return "the flavor has capabilities that are not ours"
    return ""


def _changing(ours: Ours) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """By flavor."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for key, content in ours.changing.items():
        found.setdefault(ours.capabilities[key].flavor, {})[key] = content
    return found


def _kept_unlisted(flavor: ActualFlavor, capability: ActualCapability, ours: Ours) -> Action:
    owned = ours.owns(flavor.id, capability.id)
    return keep(flavor, capability, "nothing is known of the flavor" if owned else NOT_OURS)


def _count_ours(ours: Ours, actual: Actual) -> int:
    return sum(
        ours.owns(flavor.id, capability) for flavor in actual.flavors.values() for capability in flavor.capabilities
    )


def _size(desired: Desired) -> int:
    return sum(
        _AROUND_CAPABILITY + sum(map(_attribute_size, capability.content.get("hpa-feature-attributes", ())))
        for flavor in desired.flavors
        if flavor.presence == "present"
        for capability in flavor.capabilities
    )


def _attribute_size(attribute: Mapping[str, Any]) -> int:
    return _AROUND_ATTRIBUTE + sum(len(str(each).encode("utf-8", "replace")) for each in attribute.values())


class _Flavor:
    """The actions for one flavor of the cloud."""

    def __init__(
        self,
        flavor: DesiredFlavor,
        found: ActualFlavor | None,
        ours: Ours,
        policy: Policy,
        changing: Mapping[str, Mapping[str, Any]],
        *,
        complete: bool,
    ) -> None:
        self._flavor = flavor
        self._found = found
        self._ours = ours
        self._changing = changing
        self._complete = complete
        self._withdraws = policy.on_failure == "withdraw"
        self._wanted = {each.id: each for each in self._certain()}
        self._instead = Counter((each.feature, each.discriminator) for each in self._wanted.values())

    def actions(self) -> Iterator[Action]:
        """In the order of writing: first what is new, so that a replaced instance is never missing."""
        flavor, found = self._flavor, self._found
        if not can_be_named(flavor.id):
            yield self._about("keep", f"A&AI cannot have a flavor with the id {flavor.id!r}")
        elif flavor.presence == "present" and found is None:
            yield from self._new_flavor()
        elif found is not None:
            yield from self._object(found)
            if flavor.presence == "present":
                for each in flavor.capabilities:
                    yield self._judge_wanted(each, found.capabilities.get(each.id))
            judged = {each.id for each in flavor.capabilities} if flavor.presence == "present" else set()
            for standing in found.capabilities.values():
                if standing.id not in judged:
                    yield self._judge_standing(found, standing)
            yield from self._lost(found, judged)
            if flavor.presence == "gone":
                yield from self._gone(found)

    def _certain(self) -> Iterator[DesiredCapability]:
        """What to have; an instance that is unknown itself is neither wanted nor unwanted."""
        if self._flavor.presence == "present":
            yield from (
                e for e in self._flavor.capabilities if (e.feature, e.discriminator) not in self._flavor.unknown
            )

    def _new_flavor(self) -> Iterator[Action]:
        inside = [each.content for each in self._wanted.values()]
        if not inside:
            yield self._about("keep", "there is nothing to say of the flavor")
            return
        content = {**self._flavor.properties, "hpa-capabilities": {"hpa-capability": inside}}
        count = "1 capability" if len(inside) == 1 else f"{len(inside)} capabilities"
        yield self._about("create", f"A&AI has no such flavor; with {count}", content=content)

    def _object(self, found: ActualFlavor) -> Iterator[Action]:
        """The flavor object follows the cloud where it is ours."""
        if self._flavor.presence != "present" or found.id not in self._ours.flavors:
            return
        other = {name: value for name, value in self._flavor.properties.items() if found.told.get(name) != value}
        if other:
            yield self._about("change", f"the cloud says otherwise of {', '.join(other)}", content=other)

    def _judge_wanted(self, wanted: DesiredCapability, found: ActualCapability | None) -> Action:
        if wanted.id not in self._wanted:
            return self._withheld(wanted, found)
        if found is None:
            return self._of("create", wanted, "A&AI does not have it", content=wanted.content)
        wants, has = said(wanted.content), said(found.told)
        if wants == has:
            return self._of("keep", wanted, SAME)
        if self._is_unknown(Instance(self._flavor.id, wanted.feature, wanted.discriminator)) and not self._withdraws:
            return self._of("keep", wanted, UNKNOWN)
        why, version = f"A&AI says otherwise of {', '.join(differing(wants, has))}", found.resource_version
        return self._of("change", wanted, why, content=wanted.content, resource_version=version, replaces=found.told)

    def _withheld(self, wanted: DesiredCapability, found: ActualCapability | None) -> Action:
        if self._found is not None and found is not None and self._withdraws:
            return self._judge_standing(self._found, found)
        if found is None and wanted.id in self._ours.changing and not self._withdraws:
            return self._of("create", wanted, f"{LOST}, and {UNKNOWN}", content=self._ours.changing[wanted.id])
        return self._of("keep", wanted, UNKNOWN)

    def _judge_standing(self, flavor: ActualFlavor, found: ActualCapability) -> Action:
        """What becomes of a capability that stands in A&AI and is not desired."""
        if not self._ours.owns(flavor.id, found.id):
            return keep(flavor, found, NOT_OURS)
        instance = self._ours.capabilities[found.id]
        if self._flavor.presence == "missing":
            return keep(flavor, found, "the flavor was missing from one listing only")
        if not self._complete:
            return keep(flavor, found, "the last listing was not complete")
        if self._flavor.presence == "gone":
            return delete(flavor, found, "the flavor is gone")
        if not self._is_unknown(instance):
            replaced = self._replaced(instance)
            return delete(flavor, found, REPLACED if replaced else "it is no more so", replaced=replaced)
        if self._withdraws:
            return delete(flavor, found, f"{UNKNOWN}, and then this region withdraws it")
        return keep(flavor, found, UNKNOWN)

    def _lost(self, flavor: ActualFlavor, judged: Set[str]) -> Iterator[Action]:
        """What is absent though nothing proves that it should be: a change of ours deleted it, and did not end."""
        for key, content in self._changing.items():
            if key not in judged and key not in flavor.capabilities:
                stays = self._judge_standing(flavor, ActualCapability(key, "", content))
                if stays.kind == "keep":
                    instance = self._ours.capabilities[key]
                    what = (key, instance.feature, instance.discriminator, content)
                    yield Action("create", flavor.id, flavor.name, f"{LOST}, and {stays.why}", *what)

    def _gone(self, found: ActualFlavor) -> Iterator[Action]:
        stays = why_flavor_stays(found, self._ours)
        if stays or not self._complete:
            yield self._about("keep", stays or "the last listing was not complete")
        else:
            yield delete_flavor(found, "the flavor is gone")

    def _is_unknown(self, instance: Instance) -> bool:
        return instance.is_unknown(self._flavor.unknown)

    def _replaced(self, instance: Instance) -> bool:
        """Whether another capability says the same instance, instead of one each; of an adopted one, the feature."""
        if instance.discriminator == ANY_DISCRIMINATOR:
            return any(feature == instance.feature for feature, _ in self._instead)
        which = instance.feature, instance.discriminator
        if self._instead[which] <= 0:
            return False
        self._instead[which] -= 1
        return True

    def _about(self, kind: Kind, why: str, content: Mapping[str, Any] | None = None) -> Action:
        version = self._found.resource_version if self._found else ""
        return Action(kind, self._flavor.id, self._flavor.name, why, content=content or {}, resource_version=version)

    def _of(self, kind: Kind, wanted: DesiredCapability, why: str, **more: Any) -> Action:
        flavor = self._flavor
        return Action(kind, flavor.id, flavor.name, why, wanted.id, wanted.feature, wanted.discriminator, **more)
