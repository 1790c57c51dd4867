# SPDX-License-Identifier: Apache-2.0
"""Which of the new packs and overlays can serve beside what serves already. Pure.

All that is new is tried at once, since a pack and the overlay for it may come
together. Where that cannot be, each is tried by itself, packs before overlays
and both by name, so that the same packs give the same set whatever came first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hpa_discovery.language.pack import Pack
from hpa_discovery.model import Finding
from hpa_discovery.packs.combine import combine
from hpa_discovery.packs.live.units import Key, Unit
from hpa_discovery.packs.load import LoadedPack
from hpa_discovery.packs.overlays import OverlayDraft

Units = Mapping[Key, Unit]


@dataclass(frozen=True, slots=True)
class Assembly:
    """What serves: its units, the packs as overlays changed them, and why others do not, by their key.

    It is not `sound` when what stays cannot serve without what went, and then must not be used.
    """

    units: Units
    packs: tuple[Pack, ...]
    refused: Mapping[Key, tuple[Finding, ...]]
    sound: bool = True


def assemble(serving: Iterable[Unit], offered: Iterable[Unit], left_out: Iterable[str] = ()) -> Assembly:
    """What serves next. `serving` is what stays; an offered unit takes the place of the one with its key.

    `left_out` are the namespaces of packs that are there and not used.
    """
    absent = frozenset(left_out)
    base = {unit.key: unit for unit in serving}
    new = {unit.key: unit for unit in sorted(offered, key=_place)}
    packs, errors = _together({**base, **new}, absent)
    if not errors:
        return Assembly({**base, **new}, packs, {})
    chosen, refused = _usable(base, absent)
    waiting = list(new.values())
    while waiting:
        left = [unit for unit in waiting if not _take(unit, chosen, absent)]
        if len(left) == len(waiting):
            break
        waiting = left
    for unit in waiting:
        refused[unit.key] = _together({**chosen, unit.key: unit}, absent)[1]
    packs, errors = _together(chosen, absent)
    return Assembly(chosen, packs, refused, sound=not errors)


def _place(unit: Unit) -> tuple[bool, str]:
    return unit.key[0] == "overlay", unit.key[1]


def _take(unit: Unit, chosen: dict[Key, Unit], absent: frozenset[str]) -> bool:
    """Add the unit to what was chosen, if it can be; whether it was."""
    if _together({**chosen, unit.key: unit}, absent)[1]:
        return False
    chosen[unit.key] = unit
    return True


def _usable(base: Units, absent: frozenset[str]) -> tuple[dict[Key, Unit], dict[Key, tuple[Finding, ...]]]:
    """What stays, without the overlays that cannot stay: the pack that one was about may be gone."""
    if not _together(base, absent)[1]:
        return dict(base), {}
    chosen: dict[Key, Unit] = {}
    refused: dict[Key, tuple[Finding, ...]] = {}
    packs = [unit for unit in base.values() if isinstance(unit.loaded, LoadedPack)]
    overlays = [unit for unit in base.values() if isinstance(unit.loaded, OverlayDraft)]
    chosen.update((unit.key, unit) for unit in packs)
    for unit in overlays:
        if not _blamed(unit, _together({**chosen, **{one.key: one for one in overlays}}, absent)[1]):
            chosen[unit.key] = unit
        else:
            refused[unit.key] = _together({**chosen, unit.key: unit}, absent)[1]
    return chosen, refused


def _blamed(unit: Unit, errors: Sequence[Finding]) -> bool:
    assert isinstance(unit.loaded, OverlayDraft)
    return any(finding.file == unit.loaded.document.file for finding in errors)


def _together(units: Units, absent: frozenset[str]) -> tuple[tuple[Pack, ...], tuple[Finding, ...]]:
    """The packs as they would serve, and the errors that keep them from it."""
    ordered = [units[key] for key in sorted(units)]
    loaded = [unit.loaded for unit in ordered if isinstance(unit.loaded, LoadedPack)]
    overlays = [unit.loaded for unit in ordered if isinstance(unit.loaded, OverlayDraft)]
    packs, findings = combine(loaded, overlays, left_out=absent)
    return tuple(packs), tuple(finding for finding in findings if finding.severity == "error")
