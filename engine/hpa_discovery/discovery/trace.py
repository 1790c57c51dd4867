# SPDX-License-Identifier: Apache-2.0
"""What explain remembers of an evaluation: one RuleTrace per rule, one ItemTrace per item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from hpa_discovery.language.conditions import Judgement
    from hpa_discovery.language.rule import Requirement, Rule
    from hpa_discovery.model import Capability

Verdict = Literal["fired", "silent", "unknown", "withheld"]


@dataclass(slots=True)
class ItemTrace:
    """One run of a rule: its names in order, its verdicts, what came of it and why."""

    names: Mapping[str, Any] = field(default_factory=dict)
    item: Any = None
    when: Judgement | None = None
    requirements: list[tuple[Requirement, Judgement]] = field(default_factory=list)
    capability: Capability | None = None
    verdict: Verdict = "silent"
    reason: str = ""


@dataclass(slots=True)
class RuleTrace:
    """One rule: the items it ran for. No item at all means that `each` was absent."""

    rule: Rule
    namespace: str
    version: str
    items: list[ItemTrace] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DriverTrace:
    """One driver: what came of asking it, and why."""

    id: str
    verdict: Verdict
    reason: str
    capabilities: tuple[Capability, ...] = ()


@dataclass(slots=True)
class Trace:
    """Everything explain remembers of one subject; rules and drivers are in the order they were asked."""

    rules: list[RuleTrace] = field(default_factory=list)
    drivers: list[DriverTrace] = field(default_factory=list)
