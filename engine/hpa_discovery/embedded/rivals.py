# SPDX-License-Identifier: Apache-2.0
"""Other packages that register ONAP's plugin under the name of ours."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hpa_discovery.errors import DataError
from hpa_discovery.packs.site_folder import DistInfo, dist_infos

GROUP, NAME = "hpa.discovery", "discovery"
_OURS = "hpa_discovery"


@dataclass(frozen=True, slots=True)
class Rival:
    """A package as pip knows it, and what it registers."""

    distribution: str
    version: str
    value: str


def rivals(sites: Sequence[Path] | None = None) -> tuple[Rival, ...]:
    """The other packages in these site folders, by default those in which Python looks. Never imports them."""
    folders = dict.fromkeys(map(Path, sys.path) if sites is None else sites)
    return tuple(rival for info in _first_of_each(folders) for rival in _rival(info))


def _first_of_each(folders: Sequence[Path] | dict[Path, None]) -> Iterator[DistInfo]:
    seen = {_OURS}
    for folder in folders:
        for info in dist_infos(folder):
            if info.name not in seen:
                seen.add(info.name)
                yield info


def _rival(info: DistInfo) -> Iterator[Rival]:
    try:
        value = info.entry_points(GROUP).get(NAME)
        if value is not None:
            yield Rival(*info.identity(), value)
    except DataError:
        return  # what pip left half-installed cannot be loaded by stevedore either
