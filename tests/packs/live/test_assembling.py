# SPDX-License-Identifier: Apache-2.0
"""Which packs and overlays serve together: the same set whatever came first, and none is lost for another's fault."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpa_discovery.packs.live.assembling import Assembly, assemble
from hpa_discovery.packs.live.content import overlay_content, pack_content
from hpa_discovery.packs.live.units import Unit, overlay_unit, pack_unit
from packs.live.sites import Vendor

HEAD = "apiVersion: hpa-discovery/v1\nkind: Overlay\nmetadata: {{id: {id}}}\n"
TARGET = 'target: {{pack: {pack}, version: "{version}"}}\nparams: {{count: "{count}"}}\n'
SETTLED = "target: {{pack: {use}, version: '>=0.1'}}\n"
SETTLED += "onConflict: [{{source: openstack.flavor, feature: cpuPinning, use: {use}, reason: so}}]\n"
PACKS = {
    "a1": {"name": "x.a", "version": "1.0.0"},
    "a2": {"name": "x.a", "version": "2.0.0"},
    "b1": {"name": "x.b", "feature": "cpuPinning"},
    "b2": {"name": "x.b", "feature": "cpuPinning", "version": "2.0.0"},
    "c1": {"name": "x.c", "feature": "cpuPinning"},
    "d1": {"name": "x.d"},
}
OVERLAYS = {
    "for a1": (TARGET, {"id": "o.a", "pack": "x.a", "version": "<2.0", "count": "3"}),
    "for a2": (TARGET, {"id": "o.a", "pack": "x.a", "version": ">=2.0", "count": "3"}),
    "also for a": (TARGET, {"id": "o.also", "pack": "x.a", "version": ">=0.1", "count": "4"}),
    "more for a2": (TARGET, {"id": "o.more", "pack": "x.a", "version": ">=2.0", "count": "3"}),
    "settles for b": (SETTLED, {"id": "o.settles", "use": "x.b"}),
    "settles for c": (SETTLED, {"id": "o.z-settles", "use": "x.c"}),
    "for b2": (TARGET, {"id": "o.b", "pack": "x.b", "version": ">=2.0", "count": "3"}),
    "for nobody": (TARGET, {"id": "o.nobody", "pack": "x.none", "version": ">=0.1", "count": "3"}),
}
NAMES = (*PACKS, *OVERLAYS)
FOLDER = TemporaryDirectory()


@cache
def unit(name: str) -> Unit:
    """One of the packs and overlays above."""
    place = Path(FOLDER.name) / name.replace(" ", "-")
    if name in PACKS:
        Vendor(place, **{"key": name, **PACKS[name]}).write()
        found = pack_unit(place, pack_content(place).digest, place)
    else:
        form, said = OVERLAYS[name]
        file = place.with_suffix(".overlay.yaml")
        file.write_text((HEAD + form).format(**said), encoding="utf-8")
        found = overlay_unit(file, overlay_content(file.read_bytes()).digest, file)[0]
    assert found is not None
    return found


def units(names: Iterable[str]) -> list[Unit]:
    """The units with these names."""
    return [unit(name) for name in names]


def names(assembly: Assembly) -> set[str]:
    """What serves."""
    by_digest = {unit(name).part.digest: name for name in NAMES}
    return {by_digest[one.part.digest] for one in assembly.units.values()}


def assembled(serving: Sequence[str], offered: Sequence[str]) -> set[str]:
    """What serves after `offered` was offered to `serving`."""
    return names(assemble(units(serving), units(offered)))


CASES = [
    ([], ["a1", "for a1"], {"a1", "for a1"}),
    (["a1"], ["a2"], {"a2"}),
    (["a1", "for a1"], ["a2"], {"a1", "for a1"}),
    (["a1", "for a1"], ["a2", "for a2"], {"a2", "for a2"}),
    (["a1", "for a1"], ["a2", "for a2", "for nobody"], {"a2", "for a2"}),
    (["a1", "for a1"], ["a2", "for a2", "b1", "c1"], {"a2", "for a2", "b1"}),
    (["a1", "for a1"], ["a2", "for a2", "more for a2", "also for a"], {"a2", "for a2", "more for a2"}),
    ([], ["b1", "c1"], {"b1"}),
    (["c1"], ["b1"], {"c1"}),
    (["c1"], ["b1", "settles for c"], {"c1", "b1", "settles for c"}),
    (["c1"], ["b1", "settles for b"], {"c1", "b1", "settles for b"}),
    (["b1", "c1", "settles for b"], ["settles for c"], {"b1", "c1", "settles for b"}),
    (["b1", "c1", "settles for b"], ["b2", "for b2", "for nobody"], {"b2", "for b2", "c1", "settles for b"}),
    (["for a1", "d1"], [], {"d1"}),
    (["for a1", "d1", "for nobody"], ["a1"], {"d1", "a1", "for a1"}),
    (["settles for b", "c1"], ["a1"], {"c1", "a1"}),
    (["also for a", "a1"], ["for a1"], {"a1", "also for a"}),
]


@pytest.mark.parametrize(("serving", "offered", "wanted"), CASES)
def test_cases(serving: list[str], offered: list[str], wanted: set[str]) -> None:
    """DESIGN 4 and 7: a pack that fails stays as it was, the others move on, an exclusive feature has one owner."""
    for order in (offered, offered[::-1]):
        assert assembled(serving, order) == wanted


def test_refused_is_told_why() -> None:
    """What is refused has findings that say why, also when it is an overlay whose pack is gone."""
    refused = assemble(units(["d1", "for a1"]), units(["b1", "c1"])).refused
    told = {name: {finding.code for finding in findings} for (_, name), findings in refused.items()}
    assert told == {"o.a": {"overlay.pack"}, "x.c": {"set.exclusive"}}


def test_not_sound() -> None:
    """When two packs lost the overlay that settled what both answer, the set that is left must not be used."""
    assert not assemble(units(["b1", "c1"]), units(["a1"])).sound
    assert assemble(units(["b1", "c1"]), units(["a1", "settles for b"])).sound


def test_left_out() -> None:
    """An overlay may be about a pack that is there and not used."""
    assert names(assemble((), units(["for nobody"]), ["x.none"])) == {"for nobody"}


SERVING = st.sampled_from(
    [[], ["a1"], ["a1", "for a1"], ["a2", "also for a"], ["b1", "c1", "settles for b"], ["c1", "d1"]]
)
OFFERED = st.lists(st.sampled_from(NAMES), unique_by=lambda name: unit(name).key, max_size=7)


@settings(deadline=None, max_examples=150)
@given(SERVING, OFFERED, st.randoms())
def test_any_order(serving: list[str], offered: list[str], random: object) -> None:
    """The same packs make the same set, whatever the order, and offered again they change nothing."""
    wanted = assembled(serving, offered)
    other_serving, other = list(serving), list(offered)
    random.shuffle(other_serving)  # type: ignore[attr-defined]  # lists by now
    random.shuffle(other)  # type: ignore[attr-defined]  # lists by now
    assert assembled(other_serving, other) == wanted


@settings(deadline=None, max_examples=150)
@given(SERVING, OFFERED)
def test_nothing_is_lost(serving: list[str], offered: list[str]) -> None:
    """Each thing is there, in its old form or the new; what was refused cannot be added; a refused one harms nobody."""
    whole = assemble(units(serving), units(offered))
    assert whole.sound
    keys = {unit(name).key for name in (*serving, *offered)}
    assert whole.units.keys() | whole.refused.keys() == keys
    chosen = names(whole)
    refused = [name for name in offered if name not in chosen]
    assert all(unit(name).key in whole.units for name in serving)
    for name in refused:
        assert unit(name).key in whole.refused
        assert all(finding.severity == "error" for finding in whole.refused[unit(name).key])
        assert name not in names(assemble(whole.units.values(), [unit(name)]))
    accepted = [name for name in offered if name in chosen]
    assert assembled(serving, accepted) == chosen


def test_origin_does_not_matter() -> None:
    """Where a pack was read is not part of what it is."""
    moved = replace(unit("a1"), part=replace(unit("a1").part, origin="/elsewhere"))
    assert names(assemble([moved], units(["for a1"]))) == {"a1", "for a1"}
