# SPDX-License-Identifier: Apache-2.0
"""A pack as data: the rules, tables and parameters that one namespace owns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hpa_discovery.language.driver import Driver
    from hpa_discovery.language.rule import Rule
    from hpa_discovery.model import Level

LEVELS: tuple[Level, ...] = ("generic", "vendor", "site")  # a later one wins over an earlier one


@dataclass(frozen=True, slots=True)
class Pack:
    """One pack, checked. `params` holds the values in force: defaults, or what an overlay sets."""

    namespace: str
    version: str
    level: Level
    activation: str
    features: tuple[str, ...]
    params: Mapping[str, Any]
    tables: Mapping[str, Mapping[str, Any]]
    rules: tuple[Rule, ...]
    drivers: tuple[Driver, ...] = ()
    name: str = ""
    license: str = ""
    requires: Mapping[str, Any] = field(default_factory=dict)
    describe_params: Mapping[str, str] = field(default_factory=dict)

    @property
    def rank(self) -> int:
        """The pack's place among LEVELS: the higher one wins."""
        return LEVELS.index(self.level)


def answered(pack: Pack) -> set[tuple[str, str]]:
    """The (source, feature) pairs that rules and drivers of the pack answer."""
    found = {(rule.source, rule.emit.feature) for rule in pack.rules}
    return found | {(driver.source, feature) for driver in pack.drivers for feature in driver.answers}


@dataclass(frozen=True, slots=True)
class Settlement:
    """A site's decision which pack answers an exclusive feature of a source."""

    source: str
    feature: str
    use: str
    reason: str


@dataclass(frozen=True, slots=True)
class Overlay:
    """A site's own changes to one pack; `disable` maps rule ids to reasons."""

    id: str
    pack: str
    version: str
    disable: Mapping[str, str]
    params: Mapping[str, Any]
    tables: Mapping[str, Mapping[str, Any]]
    settlements: tuple[Settlement, ...]
