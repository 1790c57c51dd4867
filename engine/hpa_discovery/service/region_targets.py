# SPDX-License-Identifier: Apache-2.0
"""Where a region says that its cloud and its A&AI are: URLs that can be asked, CAs that can be read, the rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hpa_discovery.connectors.egress import Egress
from hpa_discovery.connectors.egress_rules import Kind
from hpa_discovery.connectors.origin import read_url
from hpa_discovery.connectors.trust import trusting
from hpa_discovery.errors import ConnectorError, EgressError
from hpa_discovery.service.problems import Fault
from hpa_discovery.store.region import Region

_WITH_VERSION = re.compile(r"/v[0-9]+(/|$)")


@dataclass(frozen=True, slots=True)
class _Place:
    """One other system, and where in a body it stands."""

    kind: Kind
    url: str
    ca: str
    at: str
    member: str


def target_faults(region: Region) -> list[Fault]:
    """What is wrong with the URLs and CAs of a region; nothing is looked up or asked."""
    return [fault for place in _places(region) for fault in _faults(place)]


def egress_faults(region: Region, before: Region | None, egress: Egress) -> list[Fault]:
    """Which addresses may not be asked by the rules, among those that differ from `before`.

    A name is looked up when it is asked: then discovery tells of it, by an alarm.
    """
    known = set() if before is None else {place.url for place in _places(before)}
    faults = []
    for place in _places(region):
        if place.url and place.url not in known:
            origin, _ = read_url(place.url)
            try:
                egress.check_written(place.kind, origin.host, origin.port)
            except EgressError as error:
                faults.append(Fault(str(error), f"{place.at}/{place.member}"))
    return faults


def _places(region: Region) -> Iterator[_Place]:
    told = {name: str(region.coordinates.get(name, "")) for name in ("auth_url", "ca")}
    yield _Place("cloud", told["auth_url"], told["ca"], "/coordinates", "auth_url")
    yield _Place("aai", region.aai.url, region.aai.ca, "/aai", "url")


def _faults(place: _Place) -> Iterator[Fault]:
    try:
        path = read_url(place.url)[1] if place.url else ""
    except ConnectorError as error:
        told = "the URL" if "@" in place.url else repr(place.url[:200])  # before an @ there may be a password
        yield Fault(f"{told} cannot be asked: {error}", f"{place.at}/{place.member}")
    else:
        if place.kind == "aai" and _WITH_VERSION.search(path):
            message = f"{place.url[:200]!r} ends in a version of the schema: leave it out; `aai.version` says it"
            yield Fault(message, f"{place.at}/{place.member}")
    if place.ca:
        try:
            trusting(place.ca)
        except ConnectorError as error:
            yield Fault(str(error), f"{place.at}/ca")
