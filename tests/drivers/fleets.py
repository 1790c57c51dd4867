# SPDX-License-Identifier: Apache-2.0
"""A fleet with one driver that the tests can make do anything, and an observer that remembers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from hpa_discovery.discovery.driven import DriverAnswer
from hpa_discovery.drivers.fleet import Fleet
from hpa_discovery.drivers.folders import digest_of
from hpa_discovery.language.driver import Driver

VENDOR = Path(__file__).parent / "vendor"


class Everything:
    """Allows every driver."""

    def allows(self, driver_id: str, digest: str) -> bool:
        """Always."""
        return True


class Notes:
    """Remembers what is observed."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def event(self, name: str, fields: dict[str, Any]) -> None:
        """Note it."""
        self.events.append((name, fields))


def driver(folder: Path = VENDOR, **members: Any) -> Driver:
    """The driver of a folder; members of Driver may be given another value."""
    whole = Driver(
        id="acme.cards/vendor",
        title="Cards",
        source="openstack.flavor",
        reads=(),
        features=("pciePassthrough", "sriovNICNetwork"),
        start="python",
        command=("vendor:Vendor",),
        timeout=60.0,
        memory=128,
        processes=1,
        folder=str(folder),
        digest=digest_of(folder),
    )
    return replace(whole, **members)


class Asked:
    """One driver in a fleet of its own."""

    def __init__(self, fleet: Fleet, which: Driver, notes: Notes) -> None:
        self.fleet = fleet
        self.driver = which
        self.notes = notes

    def ask(self, do: str | None = None, *values: Any) -> DriverAnswer:
        """Let the driver do something."""
        return self.fleet.ask(self.driver, {} if do is None else {"do": do, "with": list(values)}, {})

    def told(self, do: str, *values: Any) -> str:
        """What it says came of it."""
        answer = self.ask(do, *values)
        (diagnostic,) = answer.diagnostics
        assert diagnostic.code == "told", diagnostic
        return diagnostic.message

    def fault(self, do: str, *values: Any) -> str:
        """The code of the fault; everything the driver answers must be unknown, and somebody must have heard."""
        answer = self.ask(do, *values)
        (diagnostic,) = answer.diagnostics
        assert answer.capabilities == ()
        assert [item.feature for item in answer.unknown] == list(self.driver.features)
        assert {item.discriminator for item in answer.unknown} == {"*"}
        assert {item.code for item in answer.unknown} == {diagnostic.code}
        assert (diagnostic.level, diagnostic.rule) == ("error", self.driver.id)
        if diagnostic.code != "driver.error":
            name, fields = self.notes.events[-1]
            assert (name, fields["driver"], fields["code"]) == ("driver.fault", self.driver.id, diagnostic.code)
        return diagnostic.code


@contextmanager
def fleet_of(folder: Path, which: Driver, **options: Any) -> Iterator[Asked]:
    """A fleet that keeps its copies in the folder, ended in the end."""
    notes = Notes()
    fleet = Fleet(folder, options.pop("allowances", Everything()), notes, **options)
    try:
        yield Asked(fleet, which, notes)
    finally:
        fleet.keep(())
