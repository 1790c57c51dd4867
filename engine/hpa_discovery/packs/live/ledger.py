# SPDX-License-Identifier: Apache-2.0
"""What is known of each origin, for the keeper to see what is new and for people to see why something is not used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from hpa_discovery.model import Finding, Observer
from hpa_discovery.packs.live.roots import Found, Seen
from hpa_discovery.packs.live.state import PackStatus, State, now
from hpa_discovery.packs.live.units import Key, Unit


@dataclass(frozen=True, slots=True)
class _Entry:
    key: Key
    offered: str
    read: tuple[Finding, ...]  # what was in the way of reading it
    findings: tuple[Finding, ...]
    since: datetime


class Ledger:
    """One entry for each pack folder and overlay file that was ever seen and is still there."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._entries: dict[Path, _Entry] = {}
        self._status: tuple[PackStatus, ...] = ()
        self._problems: dict[str, str] = {}
        self._findings: tuple[Finding, ...] = ()
        self._told: dict[Path, tuple[State, str]] = {}

    @property
    def problems(self) -> Mapping[str, str]:
        """The roots that cannot be looked at, and why."""
        return dict(self._problems)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong beside the packs, such as a wheel without a list of its files."""
        return self._findings

    def looked(self, seen: Iterable[Seen]) -> None:
        """Take note of the roots, and forget origins that hold nothing any more."""
        seen = list(seen)
        self._problems = {str(look.root): look.problem for look in seen if look.problem}
        self._findings = tuple(finding for look in seen for finding in look.findings)
        there = {found.origin for look in seen for found in look.found}
        self._entries = {origin: entry for origin, entry in self._entries.items() if origin in there}

    def is_new(self, found: Found) -> bool:
        """Whether something else lies there than was noted last."""
        entry = self._entries.get(found.origin)
        return entry is None or (entry.offered, entry.read) != (found.content.digest, found.content.findings)

    def note(self, found: Found, key: Key, findings: tuple[Finding, ...]) -> None:
        """Take note of what was found at an origin and what is to be said of it."""
        content = found.content
        self._entries[found.origin] = _Entry(key, content.digest, content.findings, findings, now())

    def refuse(self, key: Key, findings: tuple[Finding, ...]) -> None:
        """A unit that is good by itself cannot serve beside the others."""
        for origin, entry in self._entries.items():
            if entry.key == key:
                self._entries[origin] = replace(entry, findings=findings)

    def settle(self, serving: Mapping[Key, Unit], ready: Mapping[Key, Unit], pinned: bool) -> None:
        """Make the status of all origins anew, and tell the observer what changed."""
        found = [_at(origin, entry, serving, ready, pinned) for origin, entry in self._entries.items()]
        named = {(status.kind, status.name) for status in found}
        found += [_missing(unit) for key, unit in serving.items() if key not in named and not unit.ours]
        found += [_ours(unit) for key, unit in serving.items() if key not in named and unit.ours]
        self._status = tuple(sorted(found, key=lambda status: (status.kind, status.name, status.origin)))
        self._tell()

    def status(self) -> tuple[PackStatus, ...]:
        """As it was settled last."""
        return self._status

    def _tell(self) -> None:
        told = {Path(status.origin): (status.state, status.offered) for status in self._status}
        for status in self._status:
            state = (status.state, status.offered)
            before = self._told.get(Path(status.origin))
            if before != state and (before is not None or status.state != "serving"):
                fields = {"kind": status.kind, "name": status.name, "origin": status.origin}
                fields["findings"] = "; ".join(_line(finding) for finding in status.findings[:5])
                self._observer.event(f"pack.{status.state}", fields)
        self._told = told


def _at(
    origin: Path, entry: _Entry, serving: Mapping[Key, Unit], ready: Mapping[Key, Unit], pinned: bool
) -> PackStatus:
    unit = serving.get(entry.key)
    state: State = "held"
    if unit is not None and unit.part.digest == entry.offered:
        state = "serving"
    elif pinned and entry.key in ready:
        state = "waiting"
    kind, name = entry.key
    part = unit.part if unit is not None else None
    return PackStatus(kind, name, str(origin), state, part, entry.offered, entry.findings, entry.since)


def _missing(unit: Unit) -> PackStatus:
    return PackStatus(*unit.key, unit.part.origin, "missing", unit.part, "", (), now())


def _ours(unit: Unit) -> PackStatus:
    return PackStatus(*unit.key, unit.part.origin, "serving", unit.part, unit.part.digest, (), now())


def _line(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    return f"{place} {finding.code} {finding.message}"
