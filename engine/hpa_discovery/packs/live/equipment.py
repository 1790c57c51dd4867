# SPDX-License-Identifier: Apache-2.0
"""What a keeper works with, and where it works."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from hpa_discovery.discovery.generation import Compiler
from hpa_discovery.language.driver import Driver
from hpa_discovery.model import Observer
from hpa_discovery.packs.live.check import Check
from hpa_discovery.packs.live.roots import Root
from hpa_discovery.packs.live.shelf import Shelf
from hpa_discovery.packs.live.spool import Spool


class Drivers(Protocol):
    """Whoever runs the drivers of a generation."""

    def ready(self, drivers: Iterable[Driver]) -> None:
        """Start those that are allowed, so that the first subject need not wait. Never raises."""

    def keep(self, drivers: Collection[Driver]) -> None:
        """End all others."""

    def sweep(self) -> None:
        """End those that are not allowed any more. It is asked several times a second."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a keeper works with."""

    shelf: Shelf
    spool: Spool
    check: Check
    compiler: Compiler
    drivers: Drivers
    observer: Observer


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where packs come from, and what makes them serve. `enabled` are optional bundled packs that serve as well."""

    roots: Sequence[Root]
    bundled: Root
    engine: str
    enabled: frozenset[str] = frozenset()
