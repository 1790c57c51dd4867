# SPDX-License-Identifier: Apache-2.0
"""Whether ONAP's OOF places anything into a region, by what A&AI has of the region itself.

OOF skips a region, and tells nobody, unless it has a version and is related to exactly one
complex that says where it is. What stands in its flavors does not matter then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from hpa_discovery.aai.answers import NOT_FOUND
from hpa_discovery.aai.paths import can_be_named
from hpa_discovery.errors import AaiRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hpa_discovery.aai.client import AaiClient
    from hpa_discovery.aai.paths import Place

_COMPLEX = "/cloud-infrastructure/complexes/complex/"
_WANTED = ("latitude", "longitude", "city", "country", "complex-name")


def why_skipped(client: AaiClient, place: Place) -> str:
    """All that OOF misses in the region; "" where it takes it.

    One request, and one more where there is one complex. AaiRefused, also when A&AI has no such region;
    ConnectorError.
    """
    told, _ = client.get(place.path, {"depth": "0"})
    reasons = [] if told.get("cloud-region-version") else ["it has no cloud-region-version"]
    links = _complexes(told)
    if len(links) == 1:
        reasons += _missing(client, links[0])
    else:
        reasons.append(f"it is related to {len(links)} complexes, and not to one")
    return "; ".join(reasons)


def _complexes(told: Mapping[str, Any]) -> list[str]:
    listed = told.get("relationship-list")
    found = listed.get("relationship") if isinstance(listed, dict) else None
    return [
        str(each.get("related-link", ""))
        for each in (found if isinstance(found, list) else ())
        if isinstance(each, dict) and each.get("related-to") == "complex"
    ]


def _missing(client: AaiClient, link: str) -> list[str]:
    """What the complex at this link lacks. Of the link its last part counts: it may begin with a server's name."""
    name = unquote(link.partition(_COMPLEX)[2].strip("/"))
    if not can_be_named(name):
        return ["its complex has no name"]
    try:
        told, _ = client.get(_COMPLEX + quote(name, safe=""), {"depth": "0"})
    except AaiRefused as refused:
        if refused.number != NOT_FOUND:
            raise
        return ["its complex is not there"]
    missing = [each for each in _WANTED if not told.get(each)]
    return [f"its complex has no {', '.join(missing)}"] if missing else []
