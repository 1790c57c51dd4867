# SPDX-License-Identifier: Apache-2.0
"""Keeps the right packs serving: looks, checks, assembles, compiles, stores and swaps, one step at a time.

Nothing a root holds can stop what serves: what cannot be read, checked or put
together stays out, and what was accepted before goes on.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from weakref import WeakSet

from hpa_discovery.discovery.generation import Compiler, Generation
from hpa_discovery.errors import StoreError
from hpa_discovery.language.driver import Driver
from hpa_discovery.model import Finding, Observer
from hpa_discovery.packs.live.assembling import Assembly, assemble
from hpa_discovery.packs.live.content import Content
from hpa_discovery.packs.live.examining import bundled_units, examine, stored_units
from hpa_discovery.packs.live.ledger import Ledger
from hpa_discovery.packs.live.making import archives_of, difference, recipe_of
from hpa_discovery.packs.live.roots import Found, Root, Seen
from hpa_discovery.packs.live.shelf import Active, Part, Recipe, Shelf
from hpa_discovery.packs.live.spool import Spool
from hpa_discovery.packs.live.state import Live, PackStatus, now
from hpa_discovery.packs.live.units import Key, Unit, as_known
from hpa_discovery.packs.live.verdict import Check

_TRIES = 5  # against other hosts that were quicker


class Drivers(Protocol):
    """Whoever runs the drivers of a generation."""

    def ready(self, drivers: Iterable[Driver]) -> None:
        """Start those that are allowed, so that the first subject need not wait. Never raises."""

    def keep(self, drivers: Collection[Driver]) -> None:
        """End all others."""


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
class Site:
    """Where packs come from, and what makes them serve. `enabled` are optional bundled packs that serve as well."""

    roots: Sequence[Root]
    bundled: Root
    engine: str
    enabled: frozenset[str] = frozenset()


class Keeper:
    """One for a process. `live` is what serves; threads that answer read it without a lock."""

    def __init__(self, site: Site, tools: Tools) -> None:
        self._site = site
        self._tools = tools
        self._ours, self._left_out = bundled_units(site.bundled, site.enabled)
        self._units: dict[Key, Unit] = dict(self._ours)
        self._ready: dict[Key, Unit] = {}  # found good, and not serving: a set or a pin is in the way
        self._ledger = Ledger(tools.observer)
        self._lock = threading.RLock()
        self._sequence = 0
        self._live: Live | None = None
        self._used: WeakSet[Live] = WeakSet()  # also by answers that are still being made
        self._in_use: set[int] = set()

    @property
    def live(self) -> Live:
        """What serves now. Only after `start`."""
        assert self._live is not None
        return self._live

    @property
    def serving(self) -> bool:
        """Whether something serves: after `start`."""
        return self._live is not None

    def start(self) -> Live:
        """Serve what was accepted before, then take up what changed since. StoreError when the shelf is not there."""
        with self._lock:
            active = self._tools.shelf.active()
            if active.generation is not None:
                self._begin_with(active)
            self.step("the service started")
            return self.live

    def step(self, reason: str = "") -> bool:
        """Look at the roots once; whether another generation serves now. StoreError, OSError: nothing changed."""
        with self._lock:
            before = self._live
            self.follow()
            seen = [root.look() for root in self._site.roots]
            self._ledger.looked(seen)
            self._examine(seen)
            self._take_up(self._gone(seen), reason)
            self._ledger.settle(self._units, self._ready, self._pinned())
            return self._live is not before

    def follow(self) -> bool:
        """Serve what another host, or a command, made serve since; whether that changed anything. StoreError."""
        with self._lock:
            self._tidy()
            active = self._tools.shelf.active()
            if active.sequence == self._sequence or active.generation is None:
                return False
            recipe = self._tools.shelf.recipe(active.generation)
            if recipe.engine != self._site.engine:
                return False  # this engine cannot answer what another one means
            self._adopt(active, recipe)
            self._ledger.settle(self._units, self._ready, self._pinned())
            return True

    def remove(self, name: str, reason: str) -> bool:
        """Let a pack or overlay go; whether there was one. StoreError."""
        with self._lock:
            gone = {key for key, unit in self._units.items() if key[1] == name and not unit.ours}
            self._take_up(gone, reason)
            self._ledger.settle(self._units, self._ready, self._pinned())
            return bool(gone)

    def status(self) -> tuple[PackStatus, ...]:
        """How each pack and overlay stands, by kind and name."""
        return self._ledger.status()

    def problems(self) -> dict[str, str]:
        """The roots that cannot be looked at, and why."""
        return dict(self._ledger.problems)

    def findings(self) -> tuple[Finding, ...]:
        """What is wrong beside the packs, such as a wheel without a list of its files."""
        return self._ledger.findings

    def _begin_with(self, active: Active) -> None:
        """What the shelf has. Another engine's packs are checked anew: what they mean may have changed."""
        assert active.generation is not None
        recipe = self._tools.shelf.recipe(active.generation)
        if recipe.engine == self._site.engine:
            self._adopt(active, recipe)
            return
        self._tools.observer.event("engine.changed", {"from": recipe.engine, "to": self._site.engine})
        self._sequence = active.sequence
        for part in recipe.parts:
            if part.kind != "driver" and ("pack", part.name) not in self._ours:
                self._offer(self._stored(part))
        self._take_up(set(), f"the engine is {self._site.engine} now, and was {recipe.engine}", pin=active.pinned)

    def _stored(self, part: Part) -> Found:
        content = Content(self._tools.shelf.content(part.digest), part.digest)
        return Found("overlay" if part.kind == "overlay" else "pack", Path(part.origin), part.name, content)

    def _examine(self, seen: Iterable[Seen]) -> None:
        """Find out which of what lies in the roots is new, and whether it is any good."""
        removed = self._tools.shelf.removed()
        found = [item for look in seen for item in look.found]
        present = {(item.kind, item.name) for item in found}
        self._ready = {key: unit for key, unit in self._ready.items() if key in present or self._live is None}
        for item in found:
            if self._ledger.is_new(item) and (item.name, item.content.digest) not in removed:
                self._offer(item)

    def _offer(self, found: Found) -> None:
        """Judge what was found; when it is good, it is ready to serve."""
        key: Key = (found.kind, found.name)
        serving = self._units.get(key)
        self._ready.pop(key, None)
        if serving is not None and serving.part.digest == found.content.digest:
            self._ledger.note(found, key, ())
            return
        unit, findings = examine(found, self._tools.spool, self._tools.check)
        self._ledger.note(found, key if unit is None else unit.key, findings)
        if unit is not None:
            self._ready[unit.key] = unit

    def _gone(self, seen: Iterable[Seen]) -> set[Key]:
        """What was taken away: its origin is gone, while its root is there and holds others."""
        roots = [look.root for look in seen if look.reliable]
        return {
            key
            for key, unit in self._units.items()
            if not unit.ours and any(root in unit.origin.parents for root in roots) and not os.path.lexists(unit.origin)
        }

    def _pinned(self) -> bool:
        return self._live is not None and self._live.active.pinned

    def _take_up(self, gone: set[Key], reason: str, *, pin: bool = False) -> None:
        """Let what is ready serve and what is gone go. StoreError when other hosts are quicker again and again."""
        for _ in range(_TRIES):
            if self._pinned() or (self._live is not None and not self._ready and not gone):
                return
            assembly = self._assembled(gone)
            units = (*assembly.units.values(), *self._ready.values())
            for key, findings in assembly.refused.items():
                self._ledger.refuse(key, tuple(as_known(finding, units) for finding in findings))
            if self._serve(assembly, reason, pin):
                return
            self.follow()
        raise StoreError(f"activating a generation: {_TRIES} times something else was activated meanwhile")

    def _assembled(self, gone: set[Key]) -> Assembly:
        staying = {**self._ours, **{key: unit for key, unit in self._units.items() if key not in gone}}
        assembly = assemble(staying.values(), self._ready.values(), self._left_out)
        return assembly if assembly.sound else assemble(self._units.values(), self._ready.values(), self._left_out)

    def _serve(self, assembly: Assembly, reason: str, pin: bool) -> bool:
        """Store the generation, then serve it; False when another host was quicker."""
        recipe = recipe_of(assembly.units, self._site.engine)
        if self._live is not None and recipe.digest == self._live.digest:
            self._took(assembly)
            return True
        generation = self._compiled(assembly)
        told = difference(self._live.units if self._live is not None else {}, assembly.units)
        why = "; ".join(filter(None, (reason, told)))
        active = self._tools.shelf.offer(recipe, archives_of(assembly.units), self._sequence, why, pin=pin)
        if active is None:
            return False
        self._swap(Live(active, recipe, generation, assembly.units, now()))
        self._took(assembly)
        return True

    def _adopt(self, active: Active, recipe: Recipe) -> None:
        """Serve what the shelf says. StoreError, and nothing changes, when it cannot be read from there."""
        known = [*self._ours.values(), *self._units.values(), *self._ready.values()]
        units = stored_units(recipe.parts, known, self._tools.shelf, self._tools.spool)
        assembly = assemble(units, (), self._left_out)
        if not assembly.sound or recipe_of(assembly.units, self._site.engine).digest != recipe.digest:
            raise StoreError(f"serving generation {active.generation}: its packs do not make it any more")
        self._swap(Live(active, recipe, self._compiled(assembly), assembly.units, now()))
        self._took(assembly)

    def _compiled(self, assembly: Assembly) -> Generation:
        generation = self._tools.compiler.compile(assembly.packs)
        self._tools.drivers.ready([driver for pack in generation.packs for driver in pack.drivers])
        return generation

    def _took(self, assembly: Assembly) -> None:
        self._units = dict(assembly.units)
        serving = {unit.part.digest for unit in assembly.units.values()}
        self._ready = {key: unit for key, unit in self._ready.items() if unit.part.digest not in serving}

    def _swap(self, live: Live) -> None:
        self._live = live
        self._used.add(live)
        self._sequence = live.active.sequence
        fields = {"generation": live.digest, "sequence": self._sequence, "packs": len(live.generation.packs)}
        self._tools.observer.event("generation.serving", fields)

    def _tidy(self) -> None:
        """End the drivers and forget the files of generations that nobody uses any more."""
        used = list(self._used)
        sequences = {live.active.sequence for live in used}
        if sequences == self._in_use:
            return
        self._in_use = sequences
        self._tools.drivers.keep([driver for live in used for driver in live.drivers])
        units = [*self._ready.values(), *(unit for live in used for unit in live.units.values())]
        self._tools.spool.keep({unit.part.digest for unit in units})
