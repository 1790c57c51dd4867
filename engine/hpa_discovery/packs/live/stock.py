# SPDX-License-Identifier: Apache-2.0
"""The units that a keeper has: those that serve, those that are ready to serve, and those that came with the engine."""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path

from hpa_discovery.model import Finding, Part
from hpa_discovery.packs.live.assembling import Assembly, assemble
from hpa_discovery.packs.live.equipment import Surroundings
from hpa_discovery.packs.live.examining import bundled_units
from hpa_discovery.packs.live.ledger import Ledger, Standing
from hpa_discovery.packs.live.units import Key, Unit, as_known


class Stock:
    """Whoever changes it holds the keeper's lock; each mapping is replaced as a whole, so that others may read it.

    What is in `ready` is good by itself and does not serve: it is new, or a set or a pin is in the way.
    """

    def __init__(self, surroundings: Surroundings, ledger: Ledger) -> None:
        """With the bundled packs. UsageError when one is to be enabled that is not there."""
        self._surroundings = surroundings
        self._ledger = ledger
        self._ours, self._left_out = bundled_units(surroundings.bundled, surroundings.enabled)
        self.serving: Mapping[Key, Unit] = {
            key: unit for key, unit in self._ours.items() if unit.part.name not in surroundings.enabled
        }
        self.ready: Mapping[Key, Unit] = {key: unit for key, unit in self._ours.items() if key not in self.serving}
        self._refused: Mapping[Key, tuple[Finding, ...]] = {}

    @property
    def known(self) -> list[Unit]:
        """All that need not be loaded again."""
        return [*self._ours.values(), *self.serving.values(), *self.ready.values()]

    def standing(self, *, pinned: bool) -> Standing:
        """What the status is about."""
        return Standing(self.serving, self.ready, self._refused, pinned)

    def forget(self, present: Set[Key]) -> None:
        """Let go of what was ready and lies nowhere any more."""
        self.ready = {key: unit for key, unit in self.ready.items() if key in present or unit.ours}

    def take(self, origin: Path, unit: Unit | None) -> None:
        """Take note of what lies at an origin now: a unit that is ready, unless it serves, or nothing that is good."""
        self.ready = {at: one for at, one in self.ready.items() if one.origin != origin}
        if unit is None:
            return
        serving = self.serving.get(unit.key)
        if serving is None or serving.part.digest != unit.part.digest:
            self.ready = {**self.ready, unit.key: unit}
        elif not serving.ours:
            self.serving = {**self.serving, unit.key: unit}  # the same, and perhaps elsewhere

    def assembled(self, gone: Set[Key]) -> Assembly:
        """What serves next: what serves without what is gone, with what is ready.

        What others cannot serve without stays. Why some cannot serve beside the others is in `standing`.
        """
        assembly = self._without(gone)
        if not assembly.sound:
            assembly = self._without(self._those_that_can_go(gone))
        units = (*assembly.units.values(), *self.ready.values())
        self._refused = {
            key: tuple(as_known(finding, units) for finding in findings) for key, findings in assembly.refused.items()
        }
        return assembly

    def without_named(self, name: str) -> tuple[Assembly, tuple[Part, ...]]:
        """What serves next without the packs and overlays of this name, and which of those really go."""
        going = {key: unit for key, unit in self.serving.items() if key[1] == name and not unit.ours}
        assembly = self.assembled(going.keys())
        staying = {unit.part.digest for unit in assembly.units.values()}
        return assembly, tuple(unit.part for unit in going.values() if unit.part.digest not in staying)

    def none_refused(self) -> None:
        """Nothing is refused: nothing is tried, or it is tried anew."""
        self._refused = {}

    def stored(self, units: list[Unit]) -> Assembly:
        """What a generation of these units serves."""
        return assemble(units, (), self._left_out)

    def took(self, assembly: Assembly) -> None:
        """Take note of what serves now; what it took the place of, or cannot serve beside it, is ready again."""
        before, self.serving = self.serving, dict(assembly.units)
        for key, unit in {**before, **self.ready}.items():
            if key in assembly.refused:
                self.wait(unit)
        serving = {unit.part.digest for unit in assembly.units.values()}
        self.ready = {key: unit for key, unit in self.ready.items() if unit.part.digest not in serving}

    def wait(self, unit: Unit) -> None:
        """Let a unit be ready for as long as it lies at its origin, unless it serves."""
        digest = unit.part.digest
        serving, there = self.serving.get(unit.key), self._ledger.unit_at(unit.origin)
        if (serving is None or serving.part.digest != digest) and there is not None and there.part.digest == digest:
            self.ready = {unit.key: unit, **self.ready}

    def is_bundled(self, part: Part) -> bool:
        """Whether the part came with an engine, and was not a site's own copy of such a pack."""
        origin, bundled = Path(part.origin), self._surroundings.bundled.path
        if bundled in origin.parents:
            return True
        own = any(root.path in (origin, *origin.parents) for root in self._surroundings.roots)
        return not own and (("pack", part.name) in self._ours or part.name in self._left_out)

    def renew_bundled(self) -> set[Key] | None:
        """Let the bundled packs be ready that are to serve now: others may have been enabled, or changed in place.

        Which of those that serve are to go; None when nothing is to change.
        """
        old = {key for key, unit in self.serving.items() if not unit.ours and self.is_bundled(unit.part)}
        new = {key: unit for key, unit in self._ours.items() if key in old or key not in self.serving}
        self.ready = {**self.ready, **new}
        return old - new.keys() if old or new else None

    def _those_that_can_go(self, gone: Set[Key]) -> set[Key]:
        going: set[Key] = set()
        waiting = sorted(gone)
        while waiting:
            left = [key for key in waiting if not self._without({*going, key}).sound]
            if len(left) == len(waiting):
                break
            going.add(next(key for key in waiting if key not in left))
            waiting = sorted(gone - going)
        return going

    def _without(self, gone: Set[Key]) -> Assembly:
        back = {key: unit for key, unit in self._ours.items() if key in gone}
        staying = {**{key: unit for key, unit in self.serving.items() if key not in gone}, **back}
        return assemble(staying.values(), self.ready.values(), self._left_out)
