# SPDX-License-Identifier: Apache-2.0
"""Lets a pack or overlay go, for the command line and the HTTP API alike: what may go, and whether it went."""

from __future__ import annotations

from hpa_discovery.errors import DataError
from hpa_discovery.model import Part
from hpa_discovery.packs.live.keeper import Keeper
from hpa_discovery.packs.live.state import Live


def remove(keeper: Keeper, name: str, by: str, request_id: str | None = None) -> tuple[Part, ...]:
    """Let what has this name go, and not come back before its content changes; what went.

    DataError, and nothing changes, when nothing of this name serves, when it comes with hpa-discovery, while a
    generation is pinned, and when what stays cannot serve without it. StoreError.
    """
    _refuse(keeper.live, name)
    went = keeper.remove(name, by, request_id)
    if not went:
        _refuse(keeper.live, name)  # another host, or a pin, was quicker
        raise DataError(f"removing {name}: what stays cannot serve without it, so it serves on")
    return went


def _refuse(live: Live, name: str) -> None:
    units = [unit for unit in live.units.values() if unit.part.name == name]
    if not units:
        names = ", ".join(sorted(unit.part.name for unit in live.units.values()))
        raise DataError(f"removing {name}: there is no such pack or overlay; what serves is {names}")
    if any(unit.ours for unit in units):
        raise DataError(f"removing {name}: it comes with hpa-discovery; an overlay can disable its rules")
    if live.active.pinned:
        first = "hpa pack unpin, or DELETE /v1/generations/pin"
        raise DataError(f"removing {name}: generation {live.digest[:12]} is pinned; first: {first}")
