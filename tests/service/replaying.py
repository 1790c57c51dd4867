# SPDX-License-Identifier: Apache-2.0
"""What a stored generation answers, computed again beside the service from its recipe and archives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hpa_discovery.discovery.driven import DriverAnswer
from hpa_discovery.discovery.generation import Compiler, Generation
from hpa_discovery.discovery.rows import answer_row
from hpa_discovery.drivers.fleet import Fleet
from hpa_discovery.language.driver import Driver
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.live.assembling import assemble
from hpa_discovery.packs.live.examining import stored_units
from hpa_discovery.packs.live.spool import Spool
from hpa_discovery.service.shelf import StoreShelf
from hpa_discovery.store.allowances import AllowedDrivers
from hpa_discovery.store.database import Store
from packs.live.sites import Events

SOURCE = "openstack.flavor"


class Replay:
    """Answers as any generation of a store would, with drivers of its own."""

    def __init__(self, store: Store, folder: Path) -> None:
        events = Events()
        self._shelf = StoreShelf(store, "test")
        self._spool = Spool(folder / "packs")
        self._fleet = Fleet(folder / "drivers", AllowedDrivers(store, events), events)
        self._known: dict[str, Generation] = {}

    def rows(self, digest: str, subjects: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows that POST /v1/discover must have given for these subjects."""
        generation = self._known.get(digest) or self._made(digest)
        contract = generation.source(SOURCE).contract
        return [answer_row(contract, each, generation.evaluate(SOURCE, each), "", "") for each in subjects]

    def end(self) -> None:
        """End the drivers."""
        self._fleet.keep(())

    def _made(self, digest: str) -> Generation:
        units = stored_units(self._shelf.recipe(digest).parts, (), self._shelf, self._spool)
        compiler = Compiler(load_contracts(), ask=self._ask)
        self._known[digest] = generation = compiler.compile(assemble(units, ()).packs)
        return generation

    def _ask(self, driver: Driver, subject: Any, context: Any) -> DriverAnswer:
        return self._fleet.ask(driver, subject, context)
