# SPDX-License-Identifier: Apache-2.0
"""What serves now, and what people are told about each pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from hpa_discovery.discovery.generation import Generation
from hpa_discovery.language.driver import Driver
from hpa_discovery.model import Active, Finding, Part
from hpa_discovery.packs.live.shelf import Recipe
from hpa_discovery.packs.live.units import Key, Unit

# serving: what lies at the origin serves. held: it was refused. waiting: it is good, and a generation is pinned or
# the next step takes it up. missing: it serves, and its origin holds no pack. removed: it was removed by command, and
# did not change since.
State = Literal["serving", "held", "waiting", "missing", "removed"]


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Live:
    """The generation that serves. Whoever answers takes it once, and uses it to the end of the answer."""

    active: Active
    recipe: Recipe
    generation: Generation
    units: Mapping[Key, Unit]
    since: datetime

    @property
    def digest(self) -> str:
        """The generation's identity: with it, what was answered can be computed again."""
        return self.recipe.digest

    @property
    def drivers(self) -> list[Driver]:
        """The drivers that its packs may ask."""
        return [driver for pack in self.generation.packs for driver in pack.drivers]


@dataclass(frozen=True, slots=True)
class PackStatus:
    """How one pack or overlay stands: what serves of it, what lies at its origin, and why they differ."""

    kind: str
    name: str
    origin: str
    state: State
    serving: Part | None
    offered: str  # the digest of what lies at the origin, "" when it cannot be read
    findings: tuple[Finding, ...]
    since: datetime

    def as_json(self) -> dict[str, Any]:
        """The form of /v1/packs; times are RFC 3339 in UTC."""
        serving = self.serving and {"version": self.serving.version, "digest": self.serving.digest}
        return {
            "kind": self.kind,
            "name": self.name,
            "origin": self.origin,
            "state": self.state,
            "serving": serving,
            "offered": self.offered or None,
            "findings": [asdict(finding) for finding in self.findings],
            "since": self.since.isoformat(),
        }


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)
