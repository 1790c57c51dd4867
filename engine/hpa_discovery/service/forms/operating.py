# SPDX-License-Identifier: Apache-2.0
"""What serves, and how it is doing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from hpa_discovery.packs.live.state import State
from hpa_discovery.service.forms.base import Digest, Form, Severity


class FindingRow(Form):
    """What is wrong in a pack; line and column count from 1, and 0 is the whole file."""

    code: str
    severity: Severity
    message: str
    file: str
    line: int
    column: int
    hint: str
    rule: str


class ServingRow(Form):
    """Which version of a pack serves."""

    version: str
    digest: str


class PackRow(Form):
    """How a pack or overlay stands. `offered` is the digest of what lies at its origin."""

    kind: Literal["pack", "overlay"]
    name: str
    origin: str
    state: State
    serving: ServingRow | None
    offered: str | None
    findings: list[FindingRow]
    since: datetime


class PacksReply(Form):
    """All packs and overlays; `problems` says which roots cannot be looked at, and why."""

    generation: Digest
    pinned: bool
    packs: list[PackRow]
    problems: dict[str, str]


class RuleRow(Form):
    """A rule that serves."""

    id: str
    title: str
    maturity: str
    source: str
    feature: str


class DriverSummary(Form):
    """A driver in a pack that serves."""

    id: str
    title: str
    source: str
    features: list[str]
    digest: str


class PackDetail(Form):
    """A pack as it serves, with the overlays applied."""

    namespace: str
    version: str
    level: Literal["generic", "vendor", "site"]
    activation: str
    features: list[str]
    params: dict[str, Any]
    tables: list[str]
    rules: list[RuleRow]
    drivers: list[DriverSummary]


class PackReply(Form):
    """All that is known of a name; `serving` is null for an overlay, and for a pack that does not serve."""

    name: str
    status: list[PackRow]
    serving: PackDetail | None


class RemovedReply(Form):
    """What serves without the pack that was removed."""

    removed: str
    generation: Digest


class PackFinding(Form):
    """A finding and whose it is; kind "root" is a folder or wheel in which no pack could be told apart."""

    kind: Literal["pack", "overlay", "root"]
    name: str
    origin: str
    finding: FindingRow


class FindingsReply(Form):
    """The findings that were asked for; `total` counts those that are not in this answer, too."""

    total: int
    findings: list[PackFinding]


class ActivationRow(Form):
    """One change of what serves."""

    sequence: int
    generation: str | None
    action: Literal["activate", "pin", "unpin"]
    made_by: str
    reason: str
    at: datetime


class GenerationsReply(Form):
    """What served, newest first. `next` is the `before` of the next page, null on the last one."""

    serving: Digest
    sequence: int
    pinned: bool
    activations: list[ActivationRow]
    next: int | None


class PartRow(Form):
    """A pack, overlay or driver of a generation."""

    kind: Literal["pack", "overlay", "driver"]
    name: str
    version: str
    digest: str
    origin: str


class GenerationReply(Form):
    """What a generation is made of."""

    digest: Digest
    engine: str
    created_at: datetime
    serving: bool
    parts: list[PartRow]


class ActiveReply(Form):
    """What serves now on this host."""

    generation: Digest
    sequence: int
    pinned: bool


class DriverRow(Form):
    """A driver of a pack that serves, and how it is doing. state "absent": nothing was asked of it yet."""

    id: str
    title: str
    pack: str
    source: str
    features: list[str]
    digest: str
    allowed: bool
    state: Literal["ready", "idle", "waiting", "suspended", "absent"]
    faults: int
    last_fault: str
    name: str
    version: str


class FencesRow(Form):
    """The fences around drivers on this host; `missing` says why one does not stand."""

    namespaces: bool
    landlock: bool
    user: bool
    missing: dict[str, str]


class DriversReply(Form):
    """All drivers of the generation that serves."""

    drivers: list[DriverRow]
    fences: FencesRow


class SourceRow(Form):
    """What can be asked about: where in a document of rules the subject stands, and who answers for it."""

    source: str
    root: str
    features: list[str]
    rules: int
    drivers: int


class SourcesReply(Form):
    """All sources."""

    sources: list[SourceRow]


class Health(Form):
    """The process is alive."""

    status: Literal["ok"]


class Ready(Form):
    """Requests can be sent here. `missing` is the store where only callers are answered that asked shortly before."""

    status: Literal["ready"]
    generation: Digest
    missing: list[Literal["store"]]
