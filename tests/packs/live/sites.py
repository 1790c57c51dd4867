# SPDX-License-Identifier: Apache-2.0
"""Vendor folders to write into, and keepers that look at them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hpa_discovery.discovery.driven import DriverAnswer, not_asked
from hpa_discovery.discovery.generation import Compiler
from hpa_discovery.language.driver import Driver
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.files import find_packs
from hpa_discovery.packs.live.check import Check, check_pack
from hpa_discovery.packs.live.equipment import Surroundings, Tools
from hpa_discovery.packs.live.keeper import Keeper
from hpa_discovery.packs.live.roots import FixedRoot, FolderRoot, Root
from hpa_discovery.packs.live.shelf import Shelf
from hpa_discovery.packs.live.spool import Spool
from hpa_discovery.resources import bundled
from packs.live.memory_shelf import MemoryShelf

PACK = """apiVersion: hpa-discovery/v1
kind: Pack
metadata: {{namespace: {name}, name: acme, version: {version}, license: Apache-2.0, maintainers: [{{name: A}}]}}
level: {level}
activation: default
requires: {{engine: ">=0.1", sources: [openstack.flavor]}}
provides: {{features: [{feature}]}}
params:
  count: {{default: "{count}", description: How many}}
"""
RULE = """apiVersion: hpa-discovery/v1
kind: Rule
metadata: {{id: {name}/device, title: A device, maturity: sandbox}}
spec:
  source: openstack.flavor
  let:
    alias: {{path: 'flavor.extra_specs."{key}"', type: string}}
  when: {{var: alias, present: true}}
  emit:
    feature: {feature}
    version: v1
    architecture: generic
    discriminator: "{{{{ alias }}}}"
    attributes:
      - {{key: pciCount, value: "{{{{ params.count }}}}"}}
"""
TESTS = """- name: it is there
  flavor: {{extra_specs: {{"{key}": x}}}}
  expect:
    - feature: {feature}
      version: v1
      architecture: generic
      discriminator: x
      attributes:
        pciCount: {{value: "{expected}"}}
- name: it is not there
  flavor: {{extra_specs: {{}}}}
  expect: []
"""


@dataclass
class Vendor:
    """A pack with one rule that answers `key` with pciCount `count`."""

    folder: Path
    name: str = "acme.nic"
    version: str = "1.0.0"
    level: str = "vendor"
    feature: str = "pciePassthrough"
    key: str = "acme:nic"
    count: str = "1"

    def files(self, **changes: str) -> dict[str, str]:
        """The texts of the pack's files; `expected` is what its tests expect."""
        said = {**vars(self), **changes}
        said.setdefault("expected", said["count"])
        texts = {"pack.yaml": PACK, "device.yaml": RULE, "device.test.yaml": TESTS}
        return {name: text.format(**said) for name, text in texts.items()}

    def write(self, **changes: str) -> Vendor:
        """Write the pack, replacing what is there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, text in self.files(**changes).items():
            (self.folder / name).write_text(text, encoding="utf-8")
        return self


def install_wheel(site: Path, number: int) -> None:
    """Put the vendor's pack there as pip would."""
    vendor = Vendor(site / "acme_nic").write(count=str(number))
    info = site / "acme_nic-1.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme_nic\nVersion: 1\n\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[hpa_discovery.packs]\nacme.nic = acme_nic\n", encoding="utf-8")
    (info / "RECORD").write_text("".join(f"acme_nic/{name},,\n" for name in vendor.files()), encoding="utf-8")


class Events(list[tuple[str, dict[str, Any]]]):
    """An observer that remembers."""

    def event(self, name: str, fields: dict[str, Any]) -> None:
        """Take note."""
        self.append((name, fields))

    def named(self, name: str) -> list[dict[str, Any]]:
        """The fields of all events with this name."""
        return [fields for found, fields in self if found == name]


class NoDrivers:
    """Drivers that are never asked."""

    def ready(self, drivers: Iterable[Driver]) -> None:
        """Nothing to start."""

    def sweep(self) -> None:
        """Nothing to end."""

    def keep(self, drivers: Iterable[Driver]) -> None:
        """Nothing to end."""


@dataclass
class World:
    """A keeper with what it works with; `again` makes another on the same shelf, as after a restart."""

    folder: Path
    roots: tuple[Root, ...]
    shelf: Shelf = field(default_factory=MemoryShelf)
    events: Events = field(default_factory=Events)
    engine: str = "1.0.0"
    check: Check = check_pack
    ask: Callable[[Driver, Any, Any], DriverAnswer] = not_asked

    def keeper(self, enabled: frozenset[str] = frozenset()) -> Keeper:
        """A new keeper, not started."""
        compiler = Compiler(load_contracts(), ask=self.ask)
        tools = Tools(self.shelf, Spool(self.folder / "spool"), self.check, compiler, NoDrivers(), self.events)
        return Keeper(Surroundings(self.roots, bundled_root(), self.engine, enabled), tools)

    def started(self) -> Keeper:
        """A new keeper that serves."""
        keeper = self.keeper()
        keeper.start()
        return keeper


def bundled_root() -> Root:
    """The packs that ship with the engine."""
    return FixedRoot(bundled("rules"), find_packs(bundled("rules")))


def world(folder: Path, *roots: Path) -> World:
    """A world whose packs come from these folders."""
    return World(folder, tuple(map(FolderRoot, roots)))


def answers(keeper: Keeper, extra_specs: dict[str, str]) -> list[str]:
    """`feature discriminator count` of what the keeper's packs say of a flavor, without what every flavor has."""
    subject = {"id": "1", "name": "f", "vcpus": 1, "ram": 1024, "disk": 1, "extra_specs": extra_specs}
    outcome = keeper.live.generation.evaluate("openstack.flavor", subject)
    return [
        f"{found.feature} {found.discriminator} {found.attributes[0].value}"
        for found in outcome.capabilities
        if found.feature not in {"basicCapabilities", "localStorage"}
    ]
