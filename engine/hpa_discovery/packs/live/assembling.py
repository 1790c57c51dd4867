# SPDX-License-Identifier: Apache-2.0
"""Which of the new packs and overlays can serve beside what serves already. Pure.

All that is new is tried at once, since a pack and the overlay for it may come
together. Where that cannot be, each is tried by itself, then packs with the
overlays that name them; packs before overlays and both by name, so that the
same packs give the same set whatever came first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hpa_discovery.language.pack import Pack
from hpa_discovery.model import Finding
from hpa_discovery.packs.combine import combine
from hpa_discovery.packs.live.units import Key, Unit
from hpa_discovery.packs.load import LoadedPack
from hpa_discovery.packs.overlays import OverlayDraft

Units = Mapping[Key, Unit]
_REACHES = (1, 2, 4)  # who names a pack; who names a pack that one of these names, too; and further still


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
    new = {unit.key: unit for unit in offered}
    packs, errors = _together({**base, **new}, absent)
    if not errors:
        return Assembly({**base, **new}, packs, {})
    chosen = _usable(base, absent)
    refused: dict[Key, tuple[Finding, ...]] = {}
    waiting = sorted({**base, **new}.values(), key=_place)
    waiting = [unit for unit in waiting if chosen.get(unit.key) is not unit]
    while taken := _taken(waiting, chosen, absent):
        chosen.update((unit.key, unit) for unit in taken)
        waiting = [unit for unit in waiting if unit not in taken]
    for unit in waiting:
        refused[unit.key] = _together({**chosen, unit.key: unit}, absent)[1]
    packs, errors = _together(chosen, absent)
    return Assembly(chosen, packs, refused, sound=not errors)


def _place(unit: Unit) -> tuple[bool, str]:
    return unit.key[0] == "overlay", unit.key[1]


def _taken(waiting: Sequence[Unit], chosen: Mapping[Key, Unit], absent: frozenset[str]) -> list[Unit]:
    """Those that can serve beside what was chosen: as many as can by themselves, or else one group; none when none."""
    units = dict(chosen)
    for unit in waiting:
        if not _together({**units, unit.key: unit}, absent)[1]:
            units[unit.key] = unit
    alone = [unit for unit in waiting if units.get(unit.key) is unit]
    if alone:
        return alone
    for group in _groups(waiting):
        if not _together({**chosen, **{unit.key: unit for unit in group}}, absent)[1]:
            return group
    return []


def _groups(waiting: Sequence[Unit]) -> Iterator[list[Unit]]:
    """Packs and overlays that may need each other: an overlay with what it names, then with what names that, too."""
    packs = [unit for unit in waiting if isinstance(unit.loaded, LoadedPack)]
    groups = [[*(pack for pack in packs if pack.part.name in _names(unit)), unit] for unit in waiting[len(packs) :]]
    groups += [_reached(unit, waiting, reach) for reach in _REACHES for unit in waiting]
    yield from {tuple(unit.key for unit in group): group for group in groups if len(group) > 1}.values()


def _reached(unit: Unit, waiting: Sequence[Unit], reach: int) -> list[Unit]:
    names = _names(unit)
    for _ in range(reach):
        group = [other for other in waiting if names & _names(other)]
        names = frozenset().union(*map(_names, group))
    return group


def _names(unit: Unit) -> frozenset[str]:
    """The packs that the unit is, or is about."""
    if isinstance(unit.loaded, LoadedPack):
        return frozenset({unit.part.name})
    overlay = unit.loaded.overlay
    return frozenset(filter(None, (overlay.pack, *(settlement.use for settlement in overlay.settlements))))


def _usable(base: Units, absent: frozenset[str]) -> dict[Key, Unit]:
    """What stays, without the overlays that cannot stay: the pack that one was about may be gone."""
    if not _together(base, absent)[1]:
        return dict(base)
    chosen: dict[Key, Unit] = {}
    packs = [unit for unit in base.values() if isinstance(unit.loaded, LoadedPack)]
    overlays = [unit for unit in base.values() if isinstance(unit.loaded, OverlayDraft)]
    chosen.update((unit.key, unit) for unit in packs)
    for unit in overlays:
        if not _blamed(unit, _together({**chosen, **{one.key: one for one in overlays}}, absent)[1]):
            chosen[unit.key] = unit
    return chosen


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
