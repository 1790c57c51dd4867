# SPDX-License-Identifier: Apache-2.0
"""What is known of each origin, for the keeper to see what is new and for people to see why something is not used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from hpa_discovery.model import Finding, Observer
from hpa_discovery.packs.live.looking import Found
from hpa_discovery.packs.live.root_states import RootState, RootStates
from hpa_discovery.packs.live.roots import Seen
from hpa_discovery.packs.live.state import PackStatus, State, now
from hpa_discovery.packs.live.units import Key, Unit

_Name = tuple[str, str, str]  # kind, name, origin


@dataclass(frozen=True, slots=True)
class Bar:
    """Why what lies at an origin is not even looked into: it was `removed` by command, or what the findings say."""

    findings: tuple[Finding, ...] = ()
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What the status is about: what serves, what would if it could, why it cannot, and whether a pin is in the way."""

    units: Mapping[Key, Unit]
    ready: Mapping[Key, Unit]
    refused: Mapping[Key, tuple[Finding, ...]] = field(default_factory=dict)
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    key: Key
    offered: str
    read: tuple[Finding, ...]  # what was in the way of reading it
    findings: tuple[Finding, ...]
    unit: Unit | None
    bar: Bar | None


class Ledger:
    """One entry for each pack folder and overlay file that was ever seen and is still there."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._entries: dict[Path, _Entry] = {}
        self._status: tuple[PackStatus, ...] = ()
        self._roots = RootStates(observer)
        self._problems: dict[str, str] = {}
        self._findings: tuple[Finding, ...] = ()
        self._told: dict[_Name, PackStatus] = {}
        self._looks = 0
        self._ever: set[Path] = set()  # origins that held something
        self._accepted: dict[Key, str] = {}  # the digest that serves, or would without a pin
        self._agreed: dict[Path, str] = {}  # by origin, what lay there when it served last

    @property
    def roots(self) -> tuple[RootState, ...]:
        """What the watched folders held."""
        return self._roots.states

    @property
    def problems(self) -> Mapping[str, str]:
        """The roots that cannot be looked at, and why."""
        return dict(self._problems)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong beside the packs, such as a wheel without a list of its files."""
        return self._findings

    @property
    def units(self) -> list[Unit]:
        """All that lies at an origin and is good by itself."""
        return [entry.unit for entry in self._entries.values() if entry.unit is not None]

    def looked(self, seen: Iterable[Seen]) -> None:
        """Take note of the roots, and forget origins that hold nothing any more."""
        seen = list(seen)
        self._roots.looked(seen)
        self._problems = {str(look.root): look.problem for look in seen if look.problem}
        self._findings = tuple(finding for look in seen for finding in look.findings)
        there = {found.origin for look in seen for found in look.found}
        self._looks += 1
        self._ever |= there
        self._entries = {origin: entry for origin, entry in self._entries.items() if origin in there}

    def accept(self, units: Mapping[Key, Unit]) -> None:
        """Take note of what the deployment took up last, here or on another host; a rollback does not count."""
        self._accepted = {key: unit.part.digest for key, unit in units.items()}

    def is_behind(self, found: Found) -> bool:
        """Whether the deployment may have had this before what it accepted last, so that it need not be new.

        It is where this host never had at this origin what is accepted now: another host took it up, and the
        folder here lags. Whether the content was known before is another question.
        """
        accepted, agreed = self._accepted.get((found.kind, found.name)), self._agreed.get(found.origin)
        return None not in {accepted, agreed} and found.content.digest != accepted != agreed

    def may_miss(self, origin: Path) -> bool:
        """Whether an origin that is gone was taken away: it lay there once, or nobody was looking before."""
        return self._looks == 1 or origin in self._ever

    def is_new(self, found: Found, bar: Bar | None) -> bool:
        """Whether something else lies there than was noted last, or other things are in its way."""
        entry = self._entries.get(found.origin)
        content = found.content
        return entry is None or (entry.offered, entry.read, entry.bar) != (content.digest, content.findings, bar)

    def note(
        self, found: Found, key: Key, findings: tuple[Finding, ...], unit: Unit | None = None, bar: Bar | None = None
    ) -> None:
        """Take note of what was found at an origin and what is to be said of it."""
        content = found.content
        self._entries[found.origin] = _Entry(key, content.digest, content.findings, findings, unit, bar)

    def refuse(self, unit: Unit, finding: Finding) -> None:
        """Take note that what lies at the unit's origin cannot be used after all."""
        entry = self._entries[unit.origin]
        self._entries[unit.origin] = replace(entry, findings=(*entry.findings, finding), unit=None)

    def unit_at(self, origin: Path) -> Unit | None:
        """What lies there, when it is good by itself."""
        entry = self._entries.get(origin)
        return entry.unit if entry is not None else None

    def restate(self, standing: Standing) -> None:
        """Make the status of all origins anew, and tell the observer what changed."""
        found = [_at(origin, _named(origin, entry, standing), standing) for origin, entry in self._entries.items()]
        self._agreed |= {
            origin: entry.offered
            for origin, entry in self._entries.items()
            if (unit := standing.units.get(entry.key)) is not None and unit.part.digest == entry.offered
        }
        named = {(status.kind, status.name) for status in found}
        found += [_without_origin(unit) for key, unit in standing.units.items() if key not in named]
        found += [_ours_held(unit, standing) for key, unit in standing.ready.items() if unit.ours and key not in named]
        restated = (self._since(status) for status in found)
        self._status = tuple(sorted(restated, key=_name))
        self._tell()

    def status(self) -> tuple[PackStatus, ...]:
        """As it was stated last."""
        return self._status

    def _since(self, status: PackStatus) -> PackStatus:
        before = self._told.get(_name(status))
        if before is None or (before.state, before.offered) != (status.state, status.offered):
            return status
        return replace(status, since=before.since)

    def _tell(self) -> None:
        told, self._told = self._told, {_name(status): status for status in self._status}
        for name, status in self._told.items():
            before = told.get(name)
            same = before is not None and (before.state, before.offered) == (status.state, status.offered)
            if not same and (before is not None or status.state != "serving"):
                fields = {"kind": status.kind, "name": status.name, "origin": status.origin}
                fields["findings"] = "; ".join(_line(finding) for finding in status.findings[:5])
                self._observer.event(f"pack.{status.state}", fields)


def _at(origin: Path, entry: _Entry, standing: Standing) -> PackStatus:
    unit = standing.units.get(entry.key)
    findings = entry.findings
    state: State = "held"
    if unit is not None and unit.part.digest == entry.offered and _may_serve(entry):
        state = "serving"
    elif entry.bar is not None:
        state = "removed" if entry.bar.removed else "held"
    elif _waits(entry, standing):
        state = "waiting"
    else:
        findings = (*standing.refused.get(entry.key, ()), *findings)
    part = unit.part if unit is not None else None
    kind, name = entry.key
    return PackStatus(kind, name, str(origin), state, part, entry.offered, findings, now())


def _named(origin: Path, entry: _Entry, standing: Standing) -> _Entry:
    """What cannot say its name has that of what serves from there."""
    kind, name = entry.key
    if name:
        return entry
    known = next((key for key, unit in standing.units.items() if key[0] == kind and unit.origin == origin), entry.key)
    return replace(entry, key=known)


def _waits(entry: _Entry, standing: Standing) -> bool:
    """Whether the next step takes it up, or the first one after it is unpinned: it is good, and was not refused."""
    if standing.pinned and entry.key in standing.ready:
        return True
    return entry.unit is not None and entry.key not in standing.refused


def _may_serve(entry: _Entry) -> bool:
    """Removed by command, it may serve for a while: an earlier generation is pinned."""
    return entry.unit is not None or (entry.bar is not None and entry.bar.removed)


def _without_origin(unit: Unit) -> PackStatus:
    """Of a unit that serves and was not found: the bundled ones are not looked for."""
    if unit.ours:
        return PackStatus(*unit.key, unit.part.origin, "serving", unit.part, unit.part.digest, (), now())
    return PackStatus(*unit.key, unit.part.origin, "missing", unit.part, "", (), now())


def _ours_held(unit: Unit, standing: Standing) -> PackStatus:
    """Of a bundled pack that was enabled and cannot serve."""
    findings = standing.refused.get(unit.key, ())
    state: State = "waiting" if standing.pinned else "held"
    return PackStatus(*unit.key, unit.part.origin, state, None, unit.part.digest, findings, now())


def _name(status: PackStatus) -> _Name:
    return status.kind, status.name, status.origin


def _line(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    return f"{place} {finding.code} {finding.message}"
