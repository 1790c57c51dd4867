# SPDX-License-Identifier: Apache-2.0
"""The A&AI object of a Nova flavor, without its capabilities.

A&AI drops a number that is none without a word, so only what has the right type is
written. OOF takes flavor-id and flavor-name; A&AI itself wants flavor-selflink too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBERS = {
    "flavor-vcpus": "vcpus",
    "flavor-ram": "ram",
    "flavor-disk": "disk",
    "flavor-ephemeral": "OS-FLV-EXT-DATA:ephemeral",
}
_BOOLEANS = {"flavor-is-public": "os-flavor-access:is_public", "flavor-disabled": "OS-FLV-DISABLED:disabled"}
_LARGEST = 2**31 - 1  # A&AI's Integer


def write_flavor(flavor: Mapping[str, Any]) -> dict[str, Any]:
    """The scalars of the A&AI object for a flavor as Nova lists it (microversion 2.1 to 2.96)."""
    written: dict[str, Any] = {
        "flavor-id": flavor["id"],
        "flavor-name": flavor["name"],
        "flavor-selflink": _selflink(flavor),
    }
    for name, member in _NUMBERS.items():
        value = flavor.get(member)
        if type(value) is int and 0 <= value <= _LARGEST:
            written[name] = value
    if (swap := flavor.get("swap")) is not None:
        written["flavor-swap"] = str(swap or 0)  # Nova says "" for none before 2.75
    for name, member in _BOOLEANS.items():
        if isinstance(flavor.get(member), bool):
            written[name] = flavor[member]
    return written


def _selflink(flavor: Mapping[str, Any]) -> str:
    """Nova's own link; below the endpoint of the API where it is not told."""
    links = flavor.get("links")
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("rel") == "self" and isinstance(link.get("href"), str):
            return str(link["href"])
    return f"/flavors/{flavor['id']}"
