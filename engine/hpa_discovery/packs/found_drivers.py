# SPDX-License-Identifier: Apache-2.0
"""The drivers that there are: those of the packs at hand, in force or not, and one in a folder of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hpa_discovery.drivers.folders import digest_of
from hpa_discovery.errors import DataError, PackError, UsageError
from hpa_discovery.language.driver import Driver, parse_driver
from hpa_discovery.language.spelling import nearest
from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.packs.draft import UNTOLD, PackDocument
from hpa_discovery.packs.files import DRIVER_FILE, DRIVERS, Refused, find_packs, read_file, shown
from hpa_discovery.packs.installed import installed_packs
from hpa_discovery.packs.lint_targets import packs_at
from hpa_discovery.packs.load import load_pack
from hpa_discovery.packs.partial import read_as
from hpa_discovery.resources import bundled


@dataclass(frozen=True, slots=True)
class FoundDriver:
    """A driver and the pack that it belongs to."""

    driver: Driver
    namespace: str
    version: str
    root: Path


@dataclass(frozen=True, slots=True)
class FoundDrivers:
    """The drivers of packs, by id.

    `faulty` are packs with errors, of which some drivers may not be seen, `unread` what is wrong with installed wheels.
    """

    drivers: tuple[FoundDriver, ...]
    faulty: tuple[Path, ...] = ()
    unread: tuple[str, ...] = ()

    def named(self, driver_id: str) -> tuple[FoundDriver, ...]:
        """Those with this id: several packs may hold one. UsageError when there is none."""
        found = tuple(item for item in self.drivers if item.driver.id == driver_id)
        if found:
            return found
        known = sorted({item.driver.id for item in self.drivers})
        meant = nearest(driver_id, known)
        hint = f"; did you mean {meant}?" if meant else f"; there are: {', '.join(known) or 'none'}"
        if self.faulty:
            hint += f"; these packs have errors, which hpa lint tells: {', '.join(map(str, self.faulty))}"
        raise UsageError(f"there is no driver {driver_id!r} in the packs at hand{hint}")


def find_drivers(folders: Sequence[Path]) -> FoundDrivers:
    """The drivers of the packs in `folders`, of installed packs and of bundled ones.

    Where two packs have one namespace, both are told. DataError for a folder that cannot be read.
    """
    installed = installed_packs()
    roots = [root for folder in folders for root in packs_at(folder)]
    roots += [*(pack.root for pack in installed.packs), *find_packs(bundled("rules"))]
    with_drivers = [root for root in dict.fromkeys(map(Path.absolute, roots)) if (root / DRIVERS).is_dir()]
    found: list[FoundDriver] = []
    faulty: list[Path] = []
    for root in with_drivers:
        loaded = load_pack(root)
        pack = loaded.known
        if not loaded.ok:
            faulty.append(root)
        if pack is not None:
            found += [FoundDriver(driver, pack.namespace, pack.version, root) for driver in pack.drivers]
    ordered = sorted(found, key=lambda item: (item.driver.id, str(item.root)))
    unread = (f"{problem.file}: {problem.message}" for problem in installed.problems)
    return FoundDrivers(tuple(ordered), tuple(faulty), tuple(unread))


def driver_at(folder: Path) -> Driver:
    """The driver in `folder`, or the only one of the pack that it is; the rest of the pack need not be right.

    UsageError where there is none or more than one; PackError with what is wrong in its driver.yaml; DataError
    for what no driver may hold.
    """
    if (folder / DRIVER_FILE).exists():
        return _read(folder)
    places = sorted(path.parent for path in (folder / DRIVERS).glob(f"*/{DRIVER_FILE}"))
    if len(places) == 1:
        return _read(places[0])
    told = f"there are {', '.join(map(str, places))}; name one" if places else f"there is no {DRIVER_FILE}"
    raise UsageError(f"looking for a driver in {folder}: {told}")


def _read(folder: Path) -> Driver:
    file = shown(folder, DRIVER_FILE)
    text = read_file(folder / DRIVER_FILE, folder)
    if isinstance(text, Refused):
        raise DataError(f"reading {file}: {text.message}")
    document = PackDocument(DRIVER_FILE, file, read_yaml(text, file))
    document, found = read_as("driver", document)
    findings = [*document.yaml.findings, *(item for item in found if item is not UNTOLD)]
    if any(finding.severity == "error" for finding in findings):
        raise PackError(f"reading {file}: it has errors", findings)
    return parse_driver(document.value, str(folder.absolute()), digest_of(folder))
