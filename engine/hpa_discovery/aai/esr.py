# SPDX-License-Identifier: Apache-2.0
"""The regions that ONAP knows already, and how it reaches their clouds (esr-system-info).

Passwords are values to be sealed by whoever asks: they are in no repr and no message.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hpa_discovery.aai.answers import NOT_FOUND, malformed
from hpa_discovery.aai.paths import REGIONS, Place, can_be_named
from hpa_discovery.errors import AaiRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hpa_discovery.aai.client import AaiClient

_DOMAIN = "Default"  # Keystone's own name for the domain of whoever has none


@dataclass(frozen=True, slots=True)
class EsrSystem:
    """One esr-system-info of a region.

    `coordinates` and `credential` are what sources.openstack_values.read_cloud takes. Where ONAP does not check the
    certificate of the cloud (ssl-insecure), we do all the same.
    """

    coordinates: Mapping[str, str] = field(hash=False)
    credential: Mapping[str, str] = field(repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class KnownRegion:
    """One cloud-region; `extra_info` is cloud-extra-info as it came, JSON text as a rule."""

    place: Place
    cloud_type: str
    version: str
    extra_info: str
    systems: tuple[EsrSystem, ...]
    complex_name: str = ""


def known_regions(client: AaiClient) -> list[KnownRegion]:
    """All regions, each with its systems: one request, and one a region. AaiRefused, ConnectorError."""
    return [_region(client, told) for told in _listed(client, f"{REGIONS}", "cloud-region")]


def _region(client: AaiClient, told: Mapping[str, Any]) -> KnownRegion:
    place = Place(_key(told, "cloud-owner"), _key(told, "cloud-region-id"))
    extra = _text(told, "cloud-extra-info")
    name = _extra_region(extra) or place.region
    systems = tuple(_system(each, name) for each in _listed(client, place.systems, "esr-system-info"))
    kind, version, where = (_text(told, each) for each in ("cloud-type", "cloud-region-version", "complex-name"))
    return KnownRegion(place, kind, version, extra, systems, where)


def _key(told: Mapping[str, Any], name: str) -> str:
    key = _text(told, name)
    if not can_be_named(key):
        raise malformed("reading the regions of A&AI", f"a cloud-region has the {name} {key[:100]!r}")
    return key


def _listed(client: AaiClient, path: str, member: str) -> list[dict[str, Any]]:
    try:
        told, reply = client.get(path, {"depth": "0"})
    except AaiRefused as refused:
        if refused.number == NOT_FOUND:
            return []
        raise
    found = told.get(member)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise malformed(reply.doing, f"no list of {member}")
    return found


def _system(told: Mapping[str, Any], region_name: str) -> EsrSystem:
    domain = _text(told, "cloud-domain") or _DOMAIN
    coordinates = {
        "auth_url": _text(told, "service-url"),
        "region_name": _text(told, "openstack-region-id") or region_name,
        "ca": _text(told, "ssl-cacert"),
    }
    credential = {
        "username": _text(told, "user-name"),
        "password": _text(told, "password"),
        "user_domain_name": domain,
        "project_name": _text(told, "default-tenant"),
        "project_domain_name": domain,
    }
    return EsrSystem(
        {name: value for name, value in coordinates.items() if value},
        {name: value for name, value in credential.items() if value},
    )


def _extra_region(extra: str) -> str:
    """The name that OpenStack has for the region, where Multicloud was told one."""
    try:
        told = json.loads(extra or "{}")
    except (ValueError, RecursionError):
        return ""
    return _text(told, "openstack-region-id") if isinstance(told, dict) else ""


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""
