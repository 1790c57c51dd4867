# SPDX-License-Identifier: Apache-2.0
"""Keeps the right packs serving: looks, checks, assembles, compiles, stores and swaps, one step at a time.

Nothing a root holds can stop what serves: what cannot be read, checked or put
together stays out, and what was accepted before goes on.
"""

from __future__ import annotations

import math
import threading
import time
from pathlib import Path
from typing import Any

from hpa_discovery.discovery.generation import Generation
from hpa_discovery.errors import ChangedError, DataError, HpaError, StoreError
from hpa_discovery.model import Active, Finding, Part
from hpa_discovery.packs.live import defects
from hpa_discovery.packs.live.assembling import Assembly
from hpa_discovery.packs.live.choosing import taken_away
from hpa_discovery.packs.live.content import Content
from hpa_discovery.packs.live.equipment import Surroundings, Tools
from hpa_discovery.packs.live.examining import stored_units
from hpa_discovery.packs.live.intake import Intake
from hpa_discovery.packs.live.ledger import Ledger
from hpa_discovery.packs.live.looking import Found, Kind
from hpa_discovery.packs.live.making import archives_of, difference, recipe_of
from hpa_discovery.packs.live.root_states import RootState
from hpa_discovery.packs.live.shelf import Recipe, Removal
from hpa_discovery.packs.live.state import Live, PackStatus, now
from hpa_discovery.packs.live.stock import Stock
from hpa_discovery.packs.live.units import Key
from hpa_discovery.packs.live.uses import Uses

_START_SECONDS = 5.0  # for what is new; it waits for the first step of whoever watches
_TRIES = 5  # against other hosts that were quicker


class Keeper:
    """One for a process. `live` is what serves; threads that answer read it without a lock.

    A keeper without roots, such as the command line has, does only what it is told.
    """

    def __init__(self, surroundings: Surroundings, tools: Tools) -> None:
        self._surroundings = surroundings
        self._tools = tools
        self._ledger = Ledger(tools.observer)
        self._stock = Stock(surroundings, self._ledger)
        self._stepping = threading.Lock()  # for as long as packs are looked at and checked
        self._lock = threading.RLock()  # for as long as what serves is changed
        self._sequence = 0
        self._began = time.monotonic()  # to look for what will serve
        self._live: Live | None = None
        self._uses = Uses(tools, deletes=bool(surroundings.roots))
        self._intake = Intake(tools, self._ledger, self._stock, self._uses, self._lock)

    @property
    def live(self) -> Live:
        """What serves now. Only after `start`."""
        assert self._live is not None
        return self._live

    @property
    def serving(self) -> bool:
        """Whether something serves: after `start`."""
        return self._live is not None

    @property
    def left(self) -> bool:
        """Whether the last step left something new for the next one."""
        return self._intake.left

    def start(self) -> Live:
        """Serve what was accepted before, then take up what changed since. StoreError when the shelf is not there."""
        with self._lock:
            active = self._tools.shelf.active()
            if active.generation is not None:
                self._begin_with(active)
        try:
            self.step("the service started", _START_SECONDS)
        except OSError as error:  # what serves is not what could not be read or written
            self._tools.observer.event("packs.failed", {"message": str(error)})
        except HpaError:
            raise
        except Exception as error:
            if self._live is None:
                raise
            # What was accepted before serves, whatever the packs of today make us do.
            self._tools.observer.event("packs.defect", defects.whole(error, "taking up packs at the start"))
        return self.live

    def step(self, reason: str = "", patience: float = math.inf) -> bool:
        """Look at the roots once, and examine what is new for `patience` seconds; whether what serves is another.

        StoreError: nothing changed. OSError: what could not be read or written was left out, and is tried again by
        the next step.
        """
        with self._stepping:
            before, self._began = self._live, time.monotonic()
            for _ in range(_TRIES):
                with self._lock:
                    self.follow()
                    sequence = self._sequence
                if self._stepped(sequence, reason, patience):
                    return self._live is not before
            raise _overtaken()

    def follow(self) -> bool:
        """Serve what another host, or a command, made serve since; whether that changed anything.

        StoreError, also for what another engine made: this one cannot answer what that means, and serves what it has.
        """
        with self._lock:
            active = self._tools.shelf.active()
            if active.sequence <= self._sequence or active.generation is None:
                return False
            self._began = time.monotonic()
            recipe = self._tools.shelf.recipe(active.generation)
            if recipe.engine != self._surroundings.engine:
                told = f"the engine {recipe.engine} made it, and here is {self._surroundings.engine}"
                raise StoreError(f"following the store: generation {active.generation} serves now; {told}")
            self._adopt(active, recipe)
            self._restate()
            return True

    def tidy(self) -> None:
        """End the drivers and delete the files of generations that nobody uses any more; end what was revoked."""
        self._tools.drivers.sweep()
        if not self._uses.changed:
            return
        if self._stepping.acquire(blocking=False):  # else the step does it, when what it reads has its place
            try:
                with self._lock:
                    self._tidy()
            finally:
                self._stepping.release()

    def remove(self, name: str, by: str, request_id: str | None = None) -> tuple[Part, ...]:
        """Let a pack or overlay go, and not come back before it changes; what went. StoreError.

        What came with the engine stays, and what others cannot serve without, and all while a generation is pinned.
        """
        with self._lock:
            for _ in range(_TRIES):
                if self._pinned():
                    return ()
                assembly, parts = self._stock.without_named(name)
                if not parts:
                    return ()
                if self._serve(assembly, "removed by command", removal=Removal(parts, by, request_id)):
                    self._restate()
                    return parts
                self.follow()
            raise _overtaken()

    def status(self) -> tuple[PackStatus, ...]:
        """How each pack and overlay stands, by kind and name."""
        return self._ledger.status()

    def roots(self) -> tuple[RootState, ...]:
        """What the watched folders held when they were looked at last."""
        return self._ledger.roots

    def problems(self) -> dict[str, str]:
        """The roots that cannot be looked at, and why."""
        return dict(self._ledger.problems)

    def findings(self) -> tuple[Finding, ...]:
        """What is wrong beside the packs, such as a wheel without a list of its files."""
        return self._ledger.findings

    def _stepped(self, sequence: int, reason: str, patience: float) -> bool:
        """Whether the step was taken; not when another host was quicker, which may have seen what is newer."""
        seen = [root.look() for root in self._surroundings.roots]
        removed = self._tools.shelf.removed()
        fault = self._intake.examine(seen, removed, patience)
        with self._lock:
            gone = taken_away(seen, self._stock.serving, self._ledger, removed)
            if self._sequence != sequence or not self._take_up(gone, reason):
                return False
            self._restate()
            self._tidy()
        if fault is not None:
            raise fault
        return True

    def _begin_with(self, active: Active) -> None:
        """What the shelf has. Another engine's packs are checked anew: what they mean may have changed."""
        assert active.generation is not None
        recipe = self._tools.shelf.recipe(active.generation)
        if recipe.engine != self._surroundings.engine:
            self._tools.observer.event("engine.changed", {"from": recipe.engine, "to": self._surroundings.engine})
            self._begin_anew(active, recipe, f"the engine is {self._surroundings.engine} now, and was {recipe.engine}")
            return
        try:
            self._adopt(active, recipe)
        except StoreError:
            raise
        except DataError as error:
            self._tools.observer.event("generation.damaged", {"generation": recipe.digest, "message": str(error)})
            self._begin_anew(active, recipe, "what was stored cannot be used as it is")
            return
        if self._surroundings.roots and (gone := self._stock.renew_bundled()) is not None:
            self._insist(gone, "the bundled packs are others")

    def _begin_anew(self, active: Active, recipe: Recipe, reason: str) -> None:
        """Of an earlier generation, what still can serve."""
        self._sequence = active.sequence
        for part in recipe.parts:
            if part.kind != "driver" and not self._stock.is_bundled(part):
                try:
                    content = Content(self._tools.shelf.content(part.digest), part.digest)
                    kind: Kind = "overlay" if part.kind == "overlay" else "pack"
                    self._intake.judge(Found(kind, Path(part.origin), part.name, content))
                except StoreError:
                    raise
                except DataError as error:
                    self._tools.observer.event("pack.damaged", {"name": part.name, "message": str(error)})
        self._insist(set(), reason, pin=active.pinned)

    def _pinned(self) -> bool:
        return self._live is not None and self._live.active.pinned

    def _insist(self, gone: set[Key], reason: str, *, pin: bool = False) -> None:
        """Take up what is ready, whatever other hosts do meanwhile. StoreError when they are quicker all the time."""
        for _ in range(_TRIES):
            if self._take_up(gone, reason, pin=pin):
                return
            self.follow()
        raise _overtaken()

    def _take_up(self, gone: set[Key], reason: str, *, pin: bool = False) -> bool:
        """Let what is ready serve and what is gone go; False, and nothing changed, when another host was quicker."""
        if self._pinned():
            return True
        if self._live is not None and not self._stock.ready and not gone:
            self._stock.none_refused()
            return True
        while True:
            try:
                return self._serve(self._stock.assembled(gone), reason, pin=pin)
            except ChangedError as error:
                if not self._intake.refuse_changed(error):
                    raise

    def _serve(self, assembly: Assembly, reason: str, *, pin: bool = False, removal: Removal | None = None) -> bool:
        """Store the generation, then serve it; False when another host was quicker."""
        recipe = recipe_of(assembly.units, self._surroundings.engine)
        if self._live is not None and recipe.digest == self._live.digest:
            self._stock.took(assembly)
            return True
        generation = self._compiled(assembly)
        told = difference(self._live.units if self._live is not None else {}, assembly.units)
        why = "; ".join(filter(None, (reason, told)))
        archives = archives_of(assembly.units)
        active = self._tools.shelf.offer(recipe, archives, self._sequence, why, pin=pin, removal=removal)
        if active is None:
            return False
        self._swap(Live(active, recipe, generation, assembly.units, now()))
        self._stock.took(assembly)
        self._ledger.accept(assembly.units)
        return True

    def _adopt(self, active: Active, recipe: Recipe) -> None:
        """Serve what the shelf says. StoreError, and nothing changes, when it cannot be read from there."""
        units = stored_units(recipe.parts, self._stock.known, self._tools.shelf, self._tools.spool)
        assembly = self._stock.stored(units)
        if not assembly.sound or recipe_of(assembly.units, self._surroundings.engine).digest != recipe.digest:
            raise DataError(f"serving generation {active.generation}: its packs do not make it any more")
        unpinned = self._pinned() and not active.pinned
        self._swap(Live(active, recipe, self._compiled(assembly), assembly.units, now()))
        self._stock.took(assembly)
        if not active.pinned and not unpinned:
            self._ledger.accept(assembly.units)
        if unpinned:  # what came while it was pinned, and what the pinned one took the place of
            for unit in self._ledger.units:
                self._stock.wait(unit)

    def _compiled(self, assembly: Assembly) -> Generation:
        generation = self._tools.compiler.compile(assembly.packs)
        self._uses.prepare([driver for pack in generation.packs for driver in pack.drivers])
        return generation

    def _swap(self, live: Live) -> None:
        self._live = live
        self._uses.add(live)
        self._sequence = live.active.sequence
        fields: dict[str, Any] = {"generation": live.digest, "sequence": self._sequence}
        fields |= {"packs": len(live.generation.packs), "seconds": round(time.monotonic() - self._began, 4)}
        self._tools.observer.event("generation.serving", fields)

    def _restate(self) -> None:
        self._ledger.restate(self._stock.standing(pinned=self._pinned()))

    def _tidy(self) -> None:
        self._uses.tidy([*self._stock.ready.values()], [*self._ledger.units, *self._stock.serving.values()])


def _overtaken() -> StoreError:
    return StoreError(f"activating a generation: {_TRIES} times something else was activated meanwhile")
