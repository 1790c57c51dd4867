# SPDX-License-Identifier: Apache-2.0
"""The packs of two vendors, one that is changed and one that is left alone, and an overlay for the first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hpa_discovery.packs.live.keeper import Keeper
from packs.live.memory_shelf import MemoryShelf
from packs.live.sites import Vendor, World

SPECS = {"acme:nic": "x", "beta:nic": "y"}
ACME, BETA = "pciePassthrough x 1", "pciePassthrough y 7"
OVERLAY = """apiVersion: hpa-discovery/v1
kind: Overlay
metadata: {{id: {id}}}
target: {{pack: acme.nic, version: "{version}"}}
params: {{count: "{count}"}}
"""


def acme(root: Path, folder: str = "acme") -> Vendor:
    """The pack that is changed."""
    return Vendor(root / folder)


def beta(root: Path) -> Vendor:
    """The pack that is left alone."""
    return Vendor(root / "beta", name="beta.nic", key="beta:nic", count="7")


def overlay(root: Path, count: str = "5", version: str = ">=1.0", name: str = "site") -> Path:
    """An overlay that sets acme's count."""
    file = root / f"{name}.overlay.yaml"
    file.write_text(OVERLAY.format(id=name, count=count, version=version), encoding="utf-8")
    return file


def states(keeper: Keeper) -> dict[str, str]:
    """State of each pack and overlay by name; of the bundled packs, nothing."""
    return {one.name: one.state for one in keeper.status() if not one.name.startswith("onap.")}


def codes(keeper: Keeper, name: str) -> list[str]:
    """The codes of what is said of a pack or overlay."""
    return [finding.code for one in keeper.status() if one.name == name for finding in one.findings]


def noting(site: World, checked: list[Path]) -> Callable[[Path], object]:
    """The site's check, which notes what it is asked about."""
    check = site.check
    return lambda place: (checked.append(place), check(place))[1]


def memory_of(site: World) -> MemoryShelf:
    """The site's shelf."""
    assert isinstance(site.shelf, MemoryShelf)
    return site.shelf
