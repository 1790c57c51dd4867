# SPDX-License-Identifier: Apache-2.0
"""Where each capability of a flavor belongs in A&AI, for programs that write A&AI themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hpa_discovery.aai.versions import LAST, checked_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hpa_discovery.aai.paths import Place


def resource_urls(
    place: Place, flavor: str, capabilities: Iterable[Mapping[str, Any]], version: int = LAST
) -> list[dict[str, Any]]:
    """One {"resource-url", "hpa-capability"} a capability: PUT the object at this path of A&AI's server.

    `capabilities` are as model.CapabilityWriter writes them. The URL begins with
    /aai/v<version>, and stays the same on every run, as the hpa-capability-id does.
    DataError for a version that is not supported.
    """
    start = f"/aai/v{checked_version(version)}"
    return [
        {"resource-url": start + place.capability(flavor, each["hpa-capability-id"]), "hpa-capability": dict(each)}
        for each in capabilities
    ]
