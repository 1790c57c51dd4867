# SPDX-License-Identifier: Apache-2.0
"""What A&AI has of a region: a frozen view of one complete read.

Members that nobody here knows stay in `told`, as they came.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hpa_discovery.aai.answers import malformed
from hpa_discovery.aai.paths import is_whole
from hpa_discovery.aai.versions import is_marked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hpa_discovery.aai.desired import Ours

    Said = tuple[Any, Any, Any, frozenset[tuple[Any, Any]]]

_OF_CAPABILITY = ("hpa-feature", "hpa-version", "architecture")
_OF_ATTRIBUTE = ("hpa-attribute-key", "hpa-attribute-value")


@dataclass(frozen=True, slots=True)
class ActualCapability:
    """One hpa-capability as it stands there."""

    id: str
    resource_version: str
    told: Mapping[str, Any] = field(repr=False, hash=False)

    @property
    def feature(self) -> str:
        """Its hpa-feature."""
        return str(self.told.get("hpa-feature", ""))


@dataclass(frozen=True, slots=True)
class ActualFlavor:
    """One flavor object with its capabilities by id; `related` are the types of what it has a relationship with."""

    id: str
    name: str
    resource_version: str
    capabilities: Mapping[str, ActualCapability] = field(hash=False)
    related: tuple[str, ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class Actual:
    """The flavors of a region, by id.

    Of one that was read `in_pages`, others may have hidden a flavor: by deleting one that
    stood before it, and creating another, between two pages.
    """

    flavors: Mapping[str, ActualFlavor] = field(hash=False)
    in_pages: bool = False

    def settle(self, ours: Ours) -> Ours:
        """What became of the flavor objects that we asked for without having heard the answer, and of our changes.

        We create a flavor with its capabilities in one write, so it is ours when one of them
        is in it, or when it says so itself. If neither, somebody else made it. If it is
        absent it may still come. A capability that is there is not lost.
        """
        ours = ours.without_changing({key for key in ours.changing if self._has(ours.capabilities[key].flavor, key)})
        found = {flavor for flavor in ours.asked if flavor in self.flavors}
        made = {each for each in found if self._is_made(each, ours)}
        return replace(ours, flavors=ours.flavors | made, asked=ours.asked - found)

    def _has(self, flavor: str, capability: str) -> bool:
        return flavor in self.flavors and capability in self.flavors[flavor].capabilities

    def _is_made(self, flavor: str, ours: Ours) -> bool:
        found = self.flavors[flavor]
        return is_marked(found.told) or any(ours.owns(flavor, capability) for capability in found.capabilities)


def said(capability: Mapping[str, Any]) -> Said:
    """What a capability says, whoever wrote it: order, resource-versions, relationships and other members do not count.

    An attribute that lingers from an earlier write does: OOF reads it too.
    """
    attributes = capability.get("hpa-feature-attributes", ())
    return (
        capability.get("hpa-feature"),
        capability.get("hpa-version") or None,
        capability.get("architecture") or None,
        frozenset((each.get("hpa-attribute-key"), each.get("hpa-attribute-value")) for each in attributes),
    )


def differing(one: Said, other: Said) -> list[str]:
    """The properties and the keys of attributes in which two capabilities differ."""
    properties = [name for name, this, that in zip(_OF_CAPABILITY, one, other, strict=False) if this != that]
    return properties + sorted({str(key) for key, _ in one[3] ^ other[3]})


def read_flavor(told: Any, doing: str) -> ActualFlavor:
    """One flavor of an answer; ConnectorError `protocol` when A&AI would not say such a thing."""
    flavor = _key(told, "flavor-id", doing)
    _check_texts(told, ("flavor-name",), doing)
    inside = told.get("hpa-capabilities", {})
    listed = inside.get("hpa-capability", []) if isinstance(inside, dict) else None
    if not isinstance(listed, list):
        raise malformed(doing, f"hpa-capabilities of the flavor {flavor[:100]!r} are no list")
    return ActualFlavor(
        flavor,
        str(told.get("flavor-name", "")),
        _version(told, doing),
        _by_id((_read_capability(each, doing) for each in listed), doing),
        _related(told, doing),
        {name: value for name, value in told.items() if name != "hpa-capabilities"},
    )


def _read_capability(told: Any, doing: str) -> ActualCapability:
    key = _key(told, "hpa-capability-id", doing)
    attributes = told.get("hpa-feature-attributes", [])
    if not isinstance(attributes, list) or not all(isinstance(each, dict) for each in attributes):
        raise malformed(doing, f"hpa-feature-attributes of {key[:100]!r} are no list of objects")
    _check_texts(told, _OF_CAPABILITY, doing)
    for each in attributes:
        _check_texts(each, _OF_ATTRIBUTE, doing)
    return ActualCapability(key, _version(told, doing), told)


def _by_id(found: Iterable[ActualCapability], doing: str) -> dict[str, ActualCapability]:
    by_id: dict[str, ActualCapability] = {}
    for each in found:
        if each.id in by_id:
            raise malformed(doing, f"the hpa-capability {each.id[:100]!r} stands twice below one flavor")
        by_id[each.id] = each
    return by_id


def _key(told: Any, name: str, doing: str) -> str:
    key = told.get(name) if isinstance(told, dict) else None
    if not isinstance(key, str) or not key:
        raise malformed(doing, f"an object in it has no {name}")
    _check_texts(told, (name,), doing)
    return key


def _version(told: Mapping[str, Any], doing: str) -> str:
    """The resource-version; "" where there is none, so that A&AI refuses what is written with it."""
    version = told.get("resource-version")
    if version is None or type(version) is int:
        return "" if version is None else str(version)
    if not isinstance(version, str):
        raise malformed(doing, "a resource-version in it is no text")
    return version


def _check_texts(told: Mapping[str, Any], names: tuple[str, ...], doing: str) -> None:
    """What is compared and told again is one value, and no half of a character."""
    for name in names:
        value = told.get(name)
        if isinstance(value, dict | list) or (isinstance(value, str) and not is_whole(value)):
            raise malformed(doing, f"{name} of an object in it is no text")


def _related(told: Mapping[str, Any], doing: str) -> tuple[str, ...]:
    listed = told.get("relationship-list") or {}
    found = listed.get("relationship", []) if isinstance(listed, dict) else None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise malformed(doing, "a relationship-list in it is no list of objects")
    for each in found:
        _check_texts(each, ("related-to",), doing)
    return tuple(dict.fromkeys(str(each.get("related-to", "something")) for each in found))
