# SPDX-License-Identifier: Apache-2.0
"""The values that cross rooms: what was found, what is wrong, what is not known.

An `hpa-capability` has the shape of A&AI schema v12 and later: `hpa-attribute-value`
is compact JSON text `{"value": <string or list of strings>, "unit": "KB|MB|GB"}`,
which is all that ONAP OOF can match.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha1
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from datetime import datetime
    from hashlib import _Hash as HASH

Severity = Literal["error", "warning", "info"]
Level = Literal["generic", "vendor", "site"]
PartKind = Literal["pack", "overlay", "driver"]

UNITS = ("KB", "MB", "GB")
ANY_DISCRIMINATOR = "*"
# Of A&AI's schema, in which capabilities are written.
AAI_VERSIONS = range(14, 31)
# What alarms are raised for: neither a rule nor a driver may give its own diagnostics codes that begin so.
ENGINE_CODES = ("conflict", "driver", "limit", "subject")

# Fixed for life: every capability id ever written to an A&AI is derived from it.
CAPABILITY_NAMESPACE = UUID("5b0c1d0e-6f0a-5d3c-9a55-3c1f6c1b7e10")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong in a pack, and where. `line` and `column` count from 1; 0 is "the whole file"."""

    code: str
    severity: Severity
    message: str
    file: str
    line: int = 0
    column: int = 0
    hint: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What could not be answered for one subject. `rule` is "" when no rule is to blame."""

    code: str
    rule: str
    level: Severity
    message: str

    def as_json(self) -> dict[str, str]:
        """The form of an answer row: code, rule, level, message."""
        return {"code": self.code, "rule": self.rule, "level": self.level, "message": self.message}


@dataclass(frozen=True, slots=True)
class Unknown:
    """A (feature, discriminator) that could not be judged: neither present nor absent.

    `discriminator` is "*" when not even the instance is known. Whoever keeps an
    inventory must leave what it has for an unknown feature.
    """

    feature: str
    discriminator: str
    rule: str
    code: str
    reason: str

    def as_json(self) -> dict[str, str]:
        """The form of an answer row."""
        return {
            "feature": self.feature,
            "discriminator": self.discriminator,
            "rule": self.rule,
            "code": self.code,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Part:
    """One pack, overlay or driver of a generation; `origin` is the folder or file it was first read from.

    The digest of a pack or overlay is that of its archive. A driver's is that of its folder, which is in its
    pack's archive.
    """

    kind: PartKind
    name: str
    version: str
    digest: str
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Active:
    """Which generation serves: the sequence rises with every change; a pinned one stays until it is unpinned.

    Sequence 0 and no generation at the very beginning. `changed_at` is UTC.
    """

    sequence: int
    generation: str | None
    pinned: bool
    changed_at: datetime


class Attribute(NamedTuple):
    """One hpa-feature-attribute; `text` is its hpa-attribute-value.

    A named tuple, and not a frozen dataclass, because some are made for each
    rule of each subject and a dataclass takes four times as long to make.
    """

    key: str
    value: str | tuple[str, ...]
    unit: str | None
    text: str


class Capability(NamedTuple):
    """One hpa-capability without its id; `discriminator` is "" where the feature has none."""

    feature: str
    version: str
    architecture: str
    discriminator: str
    attributes: tuple[Attribute, ...]

    @property
    def instance(self) -> tuple[str, str, str, str]:
        """What makes two capabilities the same thing: (feature, architecture, version, discriminator)."""
        return (self.feature, self.architecture, self.version, self.discriminator)


class Outcome(NamedTuple):
    """All that is known of one subject. `trace` is filled only by explain."""

    capabilities: tuple[Capability, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    trace: Any = None


class Observer(Protocol):
    """How the lower rooms report what happened, without knowing who listens."""

    def event(self, name: str, fields: dict[str, Any]) -> None:
        """Take note of `name` with its `fields`; must not raise."""


# What JSON takes as it is, and YAML does not: ONAP's OOF reads these texts with a YAML loader, and ends there.
_NOT_IN_YAML = re.compile(r"[\x7f-\x9f\ufffe\uffff]")


def make_attribute(key: str, value: str | tuple[str, ...], unit: str | None = None) -> Attribute:
    """The attribute with its JSON text: the only place where an hpa-attribute-value is written."""
    if isinstance(value, str):
        body = encode_basestring(value)
    else:
        body = "[" + ",".join(map(encode_basestring, value)) + "]"
    text = '{"value":' + body + "}" if unit is None else '{"value":' + body + ',"unit":"' + unit + '"}'
    if not text.isprintable():
        text = _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return Attribute(key, value, unit, text)


_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


# The instances of a cloud's flavors repeat; most have no discriminator of their own.
@lru_cache(maxsize=4096)
def _instance_text(feature: str, version: str, architecture: str, discriminator: str) -> bytes:
    parts = (feature, architecture, version, discriminator)  # the order of the id, for life
    return "".join([*(f",{encode_basestring(part)}" for part in parts), "]"]).encode()


@lru_cache(maxsize=64)
def _region_hash(owner: str, region: str) -> HASH:
    head = f"[{encode_basestring(owner)},{encode_basestring(region)}"
    return sha1(CAPABILITY_NAMESPACE.bytes + head.encode(), usedforsecurity=False)


class CapabilityWriter:
    """Writes the capabilities of one subject as A&AI objects with ids that never change.

    hpa-capability-id = uuid5(CAPABILITY_NAMESPACE, compact UTF-8 JSON array
    [owner, region, subject id, feature, architecture, version, discriminator]).
    The first three are hashed once a subject.
    """

    __slots__ = ("_start",)

    def __init__(self, owner: str, region: str, subject_id: str) -> None:
        self._start = _region_hash(owner, region).copy()
        self._start.update(f",{encode_basestring(subject_id)}".encode())

    def identify(self, capability: Capability) -> str:
        """The capability's hpa-capability-id."""
        feature, version, architecture, discriminator, _ = capability
        digest = self._start.copy()
        digest.update(_instance_text(feature, version, architecture, discriminator))
        h = digest.hexdigest()
        # RFC 9562 section 5.5: version 5 in the 13th digit, variant 10 in the 17th.
        return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{_VARIANT[h[16]]}{h[17:20]}-{h[20:32]}"

    def write(self, capability: Capability) -> dict[str, Any]:
        """The A&AI `hpa-capability` object."""
        feature, version, architecture, _, attributes = capability
        return {
            "hpa-capability-id": self.identify(capability),
            "hpa-feature": feature,
            "architecture": architecture,
            "hpa-version": version,
            "hpa-feature-attributes": [
                {"hpa-attribute-key": key, "hpa-attribute-value": text} for key, _, _, text in attributes
            ],
        }
